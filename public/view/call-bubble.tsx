import { canCall, telephone } from '../state/calls.ts'
import { isGroup } from '../state/groups.ts'
import { texts } from '../state/settings.ts'
import { accountOf, type Told } from '../text/call-account.ts'
import { PhoneIcon, VideoIcon } from './call-icons.tsx'

interface CallBubbleProps {
  readonly told: Told
  readonly peer: string
  readonly me: string
  readonly isOwn: boolean
}

/** A call in a conversation: what became of it, and how to call back. */
export const CallBubble = ({ told, peer, me, isOwn }: CallBubbleProps) => {
  const words = texts.value.calls
  const { text, detail, isMissed, isFailed, isGoing } = accountOf(told, me, isOwn, words)
  // Of two, nobody comes in later.
  const isOffered = canCall() && telephone.value !== undefined && telephone.value.present?.peer !== peer && (!isGoing || isGroup(peer))
  return (
    <span class={`call-entry ${isMissed || isFailed ? 'call-entry--bad' : ''}`}>
      <span class="call-entry__sign">{told.kind === 'video' ? <VideoIcon size={20} /> : <PhoneIcon size={20} />}</span>
      <span class="call-entry__text">
        <span class="call-entry__what">{text}</span>
        {detail !== undefined && <span class="call-entry__detail">{detail}</span>}
      </span>
      {isOffered && (
        <button class="call-entry__back" type="button" onClick={() => void telephone.peek()?.dial(peer, told.kind)}>
          {isGoing ? words.join : isOwn ? words.again : words.back}
        </button>
      )}
    </span>
  )
}
