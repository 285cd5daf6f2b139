// A stretch of one conversation's log that was fetched to be read, anywhere in it: how it grows at both ends, and is cut, so
// that whoever scrolls through a hundred thousand messages holds about a thousand. Pure.
import { type Entry, type Posted, withEntries } from '../../src/client/index.ts'

/** Everything readable between two positions, both included. Positions that are not in it hold nothing that is shown. */
export interface Span {
  readonly from: number
  readonly to: number
  /** Whether nothing comes before it. */
  readonly isStart: boolean
  readonly messages: readonly Posted[]
  /** Changes of the group. */
  readonly notices: readonly Entry[]
}

/** A page of history. */
export interface Page {
  readonly messages: readonly Entry[]
  readonly head: number
  readonly more: boolean
}

/** This many messages are kept; further ones are cut off at the other end. */
export const mostMessages = 1_200

/** The changes of a group among some entries. */
export const noticesOf = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ type }) => type === 'chat.grouped')

// A page shows its messages as they are now, so the older changes that stand in it must not be applied again.
const messagesOf = (entries: readonly Entry[]): readonly Posted[] =>
  withEntries(
    [],
    entries.filter(({ type }) => type === 'chat.posted'),
  )

/** The page as a span. `bounds` says what it reaches to where that is known better than by its entries. */
export const spanOf = (page: Page, bounds: Partial<Pick<Span, 'from' | 'to' | 'isStart'>> = {}): Span => ({
  from: page.messages[0]?.seq ?? 1,
  to: page.messages.at(-1)?.seq ?? 0,
  isStart: !page.more,
  ...bounds,
  messages: messagesOf(page.messages),
  notices: noticesOf(page.messages),
})

/** Both as one; `older` ends where `newer` begins. */
export const joined = (older: Span, newer: Span): Span => ({
  ...{ from: older.from, to: newer.to, isStart: older.isStart },
  messages: [...older.messages, ...newer.messages],
  notices: [...older.notices, ...newer.notices],
})

/** The span after some more entries of the log, which change its messages. */
export const changed = (span: Span, entries: readonly Entry[]): Span => {
  const changes = entries.filter(
    ({ type, data }) => type !== 'chat.posted' && (data.target ?? 0) >= span.from && (data.target ?? 0) <= span.to,
  )
  return changes.length === 0 ? span : { ...span, messages: withEntries(span.messages, changes) }
}

/** What is left without everything after `seq`. */
export const upTo = (span: Span, seq: number): Span => ({
  ...span,
  to: Math.min(span.to, seq),
  messages: span.messages.filter((message) => message.seq <= seq),
  notices: span.notices.filter((notice) => notice.seq <= seq),
})

/** Without its newest messages where it has too many. */
export const withoutNewest = (span: Span): Span => {
  const last = span.messages[mostMessages - 1]
  return span.messages.length > mostMessages && last ? upTo(span, last.seq) : span
}

/** Without its oldest messages where it has too many. */
export const withoutOldest = (span: Span): Span => {
  const first = span.messages.at(-mostMessages)
  if (span.messages.length <= mostMessages || !first) return span
  return {
    ...span,
    from: first.seq,
    isStart: false,
    messages: span.messages.slice(-mostMessages),
    notices: span.notices.filter(({ seq }) => seq >= first.seq),
  }
}
