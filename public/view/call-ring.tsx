import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Call } from '../../src/client/calls/index.ts'
import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import type { CallKind, Telephone } from '../state/telephone.ts'
import { Avatar } from './avatar.tsx'
import { HangUpIcon, PhoneIcon, VideoIcon } from './call-icons.tsx'
import { useModal } from './call-modal.ts'
import { BellOffIcon } from './icons.tsx'

interface RoundProps {
  readonly label: string
  readonly look: 'accept' | 'refuse' | 'soft'
  readonly kind?: CallKind
  run(): void
}

const Round = ({ label, look, kind, run }: RoundProps) => (
  <button class={`ring__button ring__button--${look}`} type="button" onClick={run}>
    <span class="ring__disc">
      {look === 'refuse' ? <HangUpIcon size={28} /> : kind === 'video' ? <VideoIcon size={28} /> : <PhoneIcon size={28} />}
    </span>
    {label}
  </button>
)

interface IncomingCallProps {
  readonly phone: Telephone
  readonly call: Call
}

const Choice = ({ phone, call }: IncomingCallProps) => {
  const words = texts.value.calls
  const answer = (kind: CallKind) => (): void => void phone.answer(call, kind)
  const isVideo = call.info.kind === 'video'
  return (
    <div class="ring__choice">
      <Round label={words.decline} look="refuse" run={() => phone.decline(call)} />
      {isVideo ? (
        <Round label={words.acceptVoice} look="soft" kind="audio" run={answer('audio')} />
      ) : (
        <Round label={words.acceptVideo} look="soft" kind="video" run={answer('video')} />
      )}
      <Round label={words.accept} look="accept" kind={call.info.kind} run={answer(call.info.kind)} />
    </div>
  )
}

/**
 * Somebody calls. Above everything, other dialogs too. The focus goes to the name and to no button: whoever is just writing
 * a line and ends it with Enter must not have answered. Esc makes it silent.
 */
export const IncomingCall = ({ phone, call }: IncomingCallProps) => {
  const words = texts.value
  const dialog = useModal()
  const title = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => title.current?.focus(), [])
  const { caller, group, kind } = call.info
  const name = nameOf(caller) ?? words.unnamed
  const what = kind === 'video' ? words.calls.video : words.calls.voice
  const isSilent = phone.isSilent(call)
  return (
    <dialog
      ref={dialog}
      class="ring"
      aria-labelledby="ring-title"
      aria-describedby="ring-what"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        phone.silence(call)
      }}
      // What a telephone's own button for going back asks for.
      onCancel={(event) => {
        event.preventDefault()
        phone.silence(call)
      }}
      // A browser may close it all the same; nothing was decided by that.
      onClose={() => dialog.current?.showModal()}
    >
      <div class={`ring__sheet ${isSilent ? 'ring__sheet--silent' : ''}`}>
        <span class="ring__avatar">
          <Avatar id={caller} name={name} size="large" />
        </span>
        <h2 class="ring__title" id="ring-title" tabIndex={-1} ref={title}>
          {words.calls.isCalling(name)}
        </h2>
        <p class="ring__what" id="ring-what">
          {group === undefined ? what : words.calls.inGroup(what, nameOf(group) ?? words.unnamed)}
        </p>
        <Choice phone={phone} call={call} />
        <button class="ring__silence" type="button" disabled={isSilent} onClick={() => phone.silence(call)}>
          <BellOffIcon size={18} />
          {words.calls.silence}
        </button>
      </div>
    </dialog>
  )
}
