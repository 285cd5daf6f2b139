import { conversations, type Entry } from '../state/conversations.ts'
import { goTo } from '../state/jump.ts'
import { mentionsIn } from '../state/mentions.ts'
import { texts } from '../state/settings.ts'
import type { Thread } from '../state/thread.ts'
import { DownIcon, MentionIcon } from './icons.tsx'
import type { ListPlace } from './list-place.ts'

interface JumpsProps {
  readonly thread: Thread
  readonly place: ListPlace
}

const Count = ({ count }: { readonly count: number }) =>
  count === 0 ? null : <span class="badge jump__count">{count > 99 ? '99+' : count}</span>

/** To the next message that mentions oneself and was neither read nor on the screen. */
const ToMention = ({ thread, place, entry }: JumpsProps & { readonly entry: Entry | undefined }) => {
  const words = texts.value
  const seen = Math.max(place.seen.value, entry?.read ?? 0)
  const ahead = mentionsIn(thread.peer).filter((seq) => seq > seen)
  const [next] = ahead
  if (next === undefined) return null
  return (
    <button class="jump" type="button" aria-label={words.jumpToMention(ahead.length)} onClick={() => goTo(thread.peer, next)}>
      <Count count={ahead.length} />
      <MentionIcon size={22} />
    </button>
  )
}

const ToEnd = ({ place, entry }: JumpsProps & { readonly entry: Entry | undefined }) => {
  const words = texts.value
  if (place.isAtEnd.value) return null
  const missed = entry?.unread ?? 0
  return (
    <button
      class="jump jump--end"
      type="button"
      aria-label={missed > 0 ? words.jumpToNew(missed) : words.jumpToNewest}
      onClick={() => place.toEnd()}
    >
      <Count count={missed} />
      <DownIcon size={22} />
    </button>
  )
}

/** Ways over many messages at once: to what mentions oneself, and to the newest. */
export const Jumps = (props: JumpsProps) => {
  const entry = conversations.value.find(({ peer }) => peer === props.thread.peer)
  return (
    <div class="jumps">
      <ToMention {...props} entry={entry} />
      <ToEnd {...props} entry={entry} />
    </div>
  )
}
