import { conversations } from '../state/conversations.ts'
import { canNotify, switchNotices, wantsNotices, wasAsked } from '../state/notify.ts'
import { texts } from '../state/settings.ts'
import { BellIcon } from './icons.tsx'

/** Offers notifications once there is something to be told of. The browser itself is asked only by a press. */
export const NotifyCard = () => {
  const words = texts.value
  const isMoment = conversations.value.some(({ last }) => last !== undefined)
  if (wasAsked.value || wantsNotices.value || !isMoment || !canNotify()) return null
  return (
    <div class="offer">
      <BellIcon size={20} />
      <p class="offer__text">{words.noticesOffer}</p>
      <span class="offer__choice">
        <button class="button button--small" type="button" onClick={() => void switchNotices(true)}>
          {words.noticesOn}
        </button>
        <button class="button button--small button--soft" type="button" onClick={() => void switchNotices(false)}>
          {words.notNow}
        </button>
      </span>
    </div>
  )
}
