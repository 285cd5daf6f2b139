import { canCall, telephone } from '../state/calls.ts'
import { texts } from '../state/settings.ts'
import { PhoneIcon, VideoIcon } from './call-icons.tsx'

/** In a conversation: a call that goes on without this page, and the way into it. */
export const CallGoing = ({ peer }: { readonly peer: string }) => {
  const words = texts.value.calls
  const phone = telephone.value
  const call = canCall() ? phone?.with(peer) : undefined
  if (!call) return null
  const { people, kind } = call.info
  const inside = people.filter(({ party }) => party !== undefined).length
  return (
    <div class="going" role="status">
      {kind === 'video' ? <VideoIcon size={20} /> : <PhoneIcon size={20} />}
      <span class="going__text">{call.state === 'elsewhere' ? words.elsewhere : words.going(inside)}</span>
      {call.state === 'open' && (
        <button class="button button--small going__join" type="button" onClick={() => void phone?.dial(peer, kind)}>
          {words.join}
        </button>
      )}
    </div>
  )
}
