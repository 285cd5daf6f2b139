// Microphones, cameras and speakers, and which of them a person prefers in this browser.
import { effect, signal } from '@preact/signals'
import { readJson, writeJson } from './storage.ts'

/** What can be chosen. */
export type DeviceKind = 'audio' | 'video' | 'speaker'

/** A device by the browser's own id. */
export interface Device {
  readonly id: string
  readonly kind: DeviceKind
  /** Empty until the browser was allowed to use one. */
  readonly label: string
}

type Choice = Readonly<Partial<Record<DeviceKind, string>>>

const key = 'parley.calls'
const kept = (readJson(key) ?? {}) as { aloud?: unknown; devices?: unknown }
const isChoice = (value: unknown): value is Choice =>
  typeof value === 'object' && value !== null && Object.values(value).every((id) => typeof id === 'string')

/** Whether a call rings aloud here. */
export const ringsAloud = signal(kept.aloud !== false)
/** What was chosen; what is absent is left to the system. */
export const chosen = signal<Choice>(isChoice(kept.devices) ? kept.devices : {})
/** What there is. */
export const devices = signal<readonly Device[]>([])

const kinds: Readonly<Record<MediaDeviceKind, DeviceKind>> = { audioinput: 'audio', videoinput: 'video', audiooutput: 'speaker' }
// Names of the browser for what the system prefers, which is what an absent choice means.
const pseudo = new Set(['', 'default', 'communications'])

/** Look what there is. Never rejects. */
export const findDevices = async (): Promise<void> => {
  const found = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  devices.value = found
    .filter(({ deviceId }) => !pseudo.has(deviceId))
    .map(({ deviceId, kind, label }) => ({ id: deviceId, kind: kinds[kind], label }))
}

/** The preferred device, if it is there now: one that was unplugged would leave a call without sound. */
export const preferred = (kind: DeviceKind): string | undefined => {
  const id = chosen.value[kind]
  return devices.value.some((device) => device.kind === kind && device.id === id) ? id : undefined
}

/** Prefer a device from now on; `undefined` leaves it to the system. */
export const prefer = (kind: DeviceKind, id: string | undefined): void => {
  const { [kind]: _, ...others } = chosen.peek()
  chosen.value = id === undefined ? others : { ...others, [kind]: id }
}

/** Know what there is, and keep what is chosen, from now on. Returns how to end it. */
export const startDevices = (): (() => void) => {
  const look = (): void => void findDevices()
  look()
  navigator.mediaDevices.addEventListener('devicechange', look)
  let isFirst = true
  const stop = effect(() => {
    const settings = { aloud: ringsAloud.value, devices: chosen.value }
    if (!isFirst) writeJson(key, settings)
    isFirst = false
  })
  return () => {
    stop()
    navigator.mediaDevices.removeEventListener('devicechange', look)
  }
}
