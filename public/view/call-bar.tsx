import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import type { Telephone } from '../state/telephone.ts'
import { HangUpIcon, MicrophoneIcon, MicrophoneOffIcon, PhoneIcon, VideoIcon } from './call-icons.tsx'
import { Duration, statusOf } from './call-status.tsx'

/** The call while something else is done: a bar above the page. */
export const CallBar = ({ phone }: { readonly phone: Telephone }) => {
  const words = texts.value
  const { present } = phone
  if (!present || !phone.isSmall.value) return null
  const { call, peer, kind } = present
  const name = nameOf(peer) ?? words.unnamed
  const isHeard = call?.media.audio ?? true
  const status = statusOf(phone, present, words)
  const mute = isHeard ? words.calls.mute : words.calls.unmute
  return (
    <section class="call-bar" aria-label={words.calls.callWith(name)}>
      <button
        class="call-bar__back"
        type="button"
        onClick={() => {
          phone.isSmall.value = false
        }}
      >
        {kind === 'video' ? <VideoIcon size={18} /> : <PhoneIcon size={18} />}
        <bdi class="call-bar__name">{name}</bdi>
        <span class="call-bar__status">
          {status}
          {call && status === undefined && <Duration phone={phone} call={call} />}
        </span>
        <span class="said">{words.calls.toCall}</span>
      </button>
      {call && (
        <button class="call-bar__tool" type="button" aria-label={mute} title={mute} onClick={() => void call.setAudio(!isHeard)}>
          {isHeard ? <MicrophoneIcon size={20} /> : <MicrophoneOffIcon size={20} />}
        </button>
      )}
      <button
        class="call-bar__tool call-bar__tool--end"
        type="button"
        aria-label={words.calls.hangUp}
        title={words.calls.hangUp}
        onClick={() => phone.hangUp()}
      >
        <HangUpIcon size={20} />
      </button>
    </section>
  )
}
