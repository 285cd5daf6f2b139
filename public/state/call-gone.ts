// What is said of microphones, cameras and speakers that go away in a call.
import { effect } from '@preact/signals'
import type { DeviceNews } from '../../src/client/calls/index.ts'
import { chosen, type Device, devices } from './call-devices.ts'
import { texts } from './settings.ts'

/** What has happened to a microphone or camera, and what is used now. */
export const textOfDevice = ({ kind, what, label }: DeviceNews): string => {
  const words = texts.peek().calls
  const device = kind === 'audio' ? words.microphone : words.camera
  return what === 'gone' ? words.deviceGone(device, label) : words.deviceReplaced(device, label)
}

/** Tell when the speaker that was chosen goes away while it is in use. Returns how to end it. */
export const watchSpeaker = (isInUse: () => boolean, tell: (text: string) => void): (() => void) => {
  let before: Device | undefined
  return effect(() => {
    const id = chosen.value.speaker
    const now = devices.value.find((device) => device.kind === 'speaker' && device.id === id)
    // Sound goes to what the system prefers by itself (view/call-stream.tsx).
    if (before?.id === id && before !== undefined && !now && isInUse()) tell(texts.peek().calls.speakerGone(before.label))
    before = now
  })
}
