import type { LineState } from '../state/layout.ts'
import type { Progress } from '../state/receipts.ts'
import { texts } from '../state/settings.ts'
import { ClockMark, FailMark, TickMark, TicksMark } from './icons.tsx'

const marks = {
  queued: ClockMark,
  sending: ClockMark,
  sent: TickMark,
  posted: TickMark,
  delivered: TicksMark,
  read: TicksMark,
  failed: FailMark,
} as const

/** What became of a message of our own: a small sign, and a word for those who do not see it. */
export const StateMark = ({ state }: { readonly state: LineState | Progress }) => {
  const words = texts.value
  const said = {
    queued: words.stateQueued,
    sending: words.stateSending,
    sent: words.stateSent,
    posted: words.stateSent,
    delivered: words.stateDelivered,
    read: words.stateRead,
    failed: words.stateFailed,
  }[state]
  const Mark = marks[state]
  return (
    <span class={`mark mark--${state}`} title={said} data-state={state === 'posted' ? 'sent' : state}>
      <Mark size={16} />
      <span class="said">{said}</span>
    </span>
  )
}
