import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { LocalMedia } from './local-media.ts'
import type { DeviceNews } from './types.ts'

type Plugged = Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'groupId' | 'label'>

/** A device's track. */
class ModelTrack {
  readonly label: string
  readonly kind: string
  readonly #device: Plugged
  enabled = true
  onended: (() => void) | undefined

  constructor(device: Plugged) {
    this.#device = device
    this.label = device.label
    this.kind = device.kind === 'audioinput' ? 'audio' : 'video'
    open.push(this)
  }

  getSettings(): Partial<Plugged> {
    return { deviceId: this.#device.deviceId, groupId: this.#device.groupId }
  }

  stop(): void {}
}

const microphone = (name: string, deviceId = name): Plugged => ({ kind: 'audioinput', deviceId, groupId: `group of ${name}`, label: name })
const camera = (name: string): Plugged => ({ ...microphone(name), kind: 'videoinput' })

let plugged: readonly Plugged[] = []
let open: ModelTrack[] = []
let news: DeviceNews[] = []
let asked = 0
let media: LocalMedia
const page = new EventTarget()
const before = { mediaDevices: Object.getOwnPropertyDescriptor(navigator, 'mediaDevices'), MediaStream: globalThis.MediaStream }

const mediaDevices = Object.assign(page, {
  enumerateDevices: async () => plugged,
  getUserMedia: async (wanted: { audio?: true | { deviceId: { exact: string } }; video?: true }) => {
    asked++
    const kind = wanted.audio ? 'audioinput' : 'videoinput'
    const exact = typeof wanted.audio === 'object' ? wanted.audio.deviceId.exact : undefined
    const found = plugged.find((device) => device.kind === kind && (exact === undefined || device.deviceId === exact))
    if (!found) throw new DOMException('none', 'NotFoundError')
    return { getTracks: () => [new ModelTrack(found)] }
  },
})
class ModelStream {
  readonly #tracks = new Set<unknown>()
  getTracks = (): unknown[] => [...this.#tracks]
  addTrack = (track: unknown): unknown => this.#tracks.add(track)
  removeTrack = (track: unknown): unknown => this.#tracks.delete(track)
}

/** All that needs no time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
/** What is plugged in from now on; those that are in use and are not among it end. */
const plug = async (...devices: readonly Plugged[]): Promise<void> => {
  plugged = devices
  const labels = devices.map(({ label }) => label)
  for (const track of open.splice(0)) labels.includes(track.label) ? open.push(track) : track.onended?.()
  page.dispatchEvent(new Event('devicechange'))
  await settle()
}
const used = (): string | undefined => media.tracks.audio?.label

beforeAll(() => {
  Object.defineProperty(navigator, 'mediaDevices', { value: mediaDevices, configurable: true })
  Object.assign(globalThis, { MediaStream: ModelStream })
})
beforeEach(async () => {
  open = []
  news = []
  media = new LocalMedia(
    () => undefined,
    (one) => news.push(one),
  )
  plugged = [microphone('headset'), microphone('built-in'), camera('webcam')]
  await media.open({ audio: true, video: true })
  asked = 0
})
afterEach(() => media.stop())
afterAll(() => {
  if (before.mediaDevices) Object.defineProperty(navigator, 'mediaDevices', before.mediaDevices)
  else Reflect.deleteProperty(navigator, 'mediaDevices')
  Object.assign(globalThis, { MediaStream: before.MediaStream })
})

test('a microphone that is unplugged is replaced by another one, once, and that is said', async () => {
  await plug(microphone('built-in'), camera('webcam'))
  expect([used(), media.media.audio, media.verdict]).toEqual(['built-in', true, undefined])
  expect(news).toEqual([{ kind: 'audio', what: 'replaced', label: 'built-in' }])
  expect(asked).toBe(1)
})

test('also one that was chosen, and one that the system had chosen', async () => {
  await media.choose('audio', 'headset')
  await plug(microphone('built-in', 'default'), microphone('built-in'))
  expect(used()).toBe('built-in')
  await plug(microphone('third', 'default'), microphone('third'))
  expect(used()).toBe('third')
})

test('who was muted stays muted with the other one', async () => {
  await media.setAudio(false)
  await plug(microphone('built-in'))
  expect([used(), media.media.audio]).toEqual(['built-in', false])
})

test('where there is no other one that is said, and the next that is plugged in takes its place', async () => {
  await plug(microphone('headset'), microphone('built-in'))
  expect([media.media.video, media.verdict]).toEqual([false, 'no_camera'])
  expect(news).toEqual([{ kind: 'video', what: 'gone', label: 'webcam' }])
  await plug(microphone('headset'), camera('another'))
  expect([media.media.video, media.verdict]).toEqual([true, undefined])
  expect(news.at(-1)).toEqual({ kind: 'video', what: 'replaced', label: 'another' })
})

test('the same one takes its place when it is plugged in again', async () => {
  await plug(camera('webcam'))
  expect(used()).toBeUndefined()
  await plug(microphone('headset'), camera('webcam'))
  expect(used()).toBe('headset')
})

test('another one that is chosen in the place of what does not work is switched on, and muted if that was', async () => {
  await media.setAudio(false)
  for (const track of open) track.onended?.()
  await media.choose('audio', 'built-in')
  expect([used(), media.media.audio, media.verdict]).toEqual(['built-in', false, 'no_camera'])
  await media.setVideo(false)
  await media.choose('video', 'webcam')
  expect([media.media.video, media.verdict]).toEqual([false, undefined])
})

test('a device that is still there was taken from the page: nothing else is asked for', async () => {
  for (const track of open) track.onended?.()
  await settle()
  expect([media.verdict, asked]).toEqual(['no_microphone', 0])
  expect(news.map(({ what }) => what)).toEqual(['gone', 'gone'])
})

test('so is one that was used under the name of what the system prefers', async () => {
  plugged = [microphone('built-in', 'default'), microphone('built-in'), microphone('another')]
  await media.choose('audio', 'default')
  asked = 0
  for (const track of open) if (track.label === 'built-in') track.onended?.()
  await settle()
  expect([media.verdict, asked]).toEqual(['no_microphone', 0])
})

test('nothing is switched on after the call, nor a camera that was switched off meanwhile', async () => {
  await plug(microphone('headset'))
  await media.setVideo(false)
  await plug(microphone('headset'), camera('another'))
  expect(asked).toBe(0)
  await plug()
  media.stop()
  await plug(microphone('another'))
  expect(asked).toBe(0)
})
