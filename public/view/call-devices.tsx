import { useEffect, useId } from 'preact/hooks'
import type { Call } from '../../src/client/calls/index.ts'
import { chosen, type DeviceKind, devices, findDevices, prefer } from '../state/call-devices.ts'
import { telephone } from '../state/calls.ts'
import { texts } from '../state/settings.ts'

const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype

/** Use it in the call that there is, and tell if that did not work. */
const use = async (call: Call, kind: 'audio' | 'video', id: string): Promise<void> => {
  const isSent = kind === 'audio' ? call.media.audio : call.media.video
  await call.choose(kind, id)
  const isUsed = call.stream.getTracks().some((track) => track.getSettings().deviceId === id)
  if (isSent && !call.media.screen && !isUsed) telephone.peek()?.say(texts.peek().calls.deviceFailed)
}

const Chooser = ({ kind, call }: { readonly kind: DeviceKind; readonly call: Call | undefined }) => {
  const words = texts.value.calls
  const id = useId()
  const label = { audio: words.microphone, video: words.camera, speaker: words.speaker }[kind]
  const all = devices.value.filter((device) => device.kind === kind)
  const choose = (wanted: string): void => {
    prefer(kind, wanted === '' ? undefined : wanted)
    const first = all[0]?.id
    const next = wanted === '' ? first : wanted
    if (kind !== 'speaker' && next !== undefined && call) void use(call, kind, next)
  }
  return (
    <div class="chooser">
      <label class="chooser__label" for={id}>
        {label}
      </label>
      <select id={id} class="chooser__list" value={chosen.value[kind] ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{words.systemDevice}</option>
        {all.map((device, i) => (
          <option key={device.id} value={device.id}>
            {device.label || words.deviceNumber(label, i + 1)}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Microphone, camera and speaker; in a call they change at once. */
export const DeviceChoice = ({ call }: { readonly call?: Call | undefined }) => {
  // Once a page may use them, the browser tells their names.
  useEffect(() => void findDevices(), [])
  return (
    <>
      <Chooser kind="audio" call={call} />
      <Chooser kind="video" call={call} />
      {canChooseSpeaker() && <Chooser kind="speaker" call={call} />}
    </>
  )
}

/** The devices of the call that this page is in. */
export const DevicePanel = ({ call }: { readonly call: Call | undefined }) => (
  <section class="room__devices" aria-label={texts.value.calls.devices}>
    <DeviceChoice call={call} />
  </section>
)
