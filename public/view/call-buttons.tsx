import { canCall, telephone } from '../state/calls.ts'
import { texts } from '../state/settings.ts'
import type { CallKind } from '../state/telephone.ts'
import { PhoneIcon, VideoIcon } from './call-icons.tsx'

interface CallButtonsProps {
  readonly peer: string
  readonly name: string
}

/** To call whoever a conversation is with, or to join their call. */
export const CallButtons = ({ peer, name }: CallButtonsProps) => {
  const words = texts.value.calls
  // It comes a moment later than the rest of the page.
  const isIdle = telephone.value === undefined
  if (!canCall()) return null
  const dial = (kind: CallKind) => (): void => void telephone.peek()?.dial(peer, kind)
  return (
    <>
      <button class="icon-button head__call" type="button" aria-label={words.voiceTo(name)} disabled={isIdle} onClick={dial('audio')}>
        <PhoneIcon />
      </button>
      <button class="icon-button head__call" type="button" aria-label={words.videoTo(name)} disabled={isIdle} onClick={dial('video')}>
        <VideoIcon />
      </button>
    </>
  )
}
