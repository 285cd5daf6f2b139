// How a conversation is laid out: days, groups of one person's messages, and what is still on its way.
// Pure, so that every rule of it is a test.
import type { Content, TextEntity } from '../../src/client/index.ts'
import { type Told, toldBy } from '../text/call-account.ts'
import { startOfDay } from '../text/time.ts'

/** What happened to a message of our own; `posted` is what others wrote and what is in the log. */
export type LineState = 'posted' | 'queued' | 'sending' | 'sent' | 'failed'

/** A message in the log, as much of it as the layout needs. */
export interface Logged {
  readonly from: string
  readonly seq: number
  /** RFC 3339. */
  readonly time: string
  readonly data: {
    readonly id: string
    readonly clientId: string
    readonly text?: string
    readonly editedAt?: string
    readonly recalledAt?: string
    readonly entities?: readonly TextEntity[]
    /** The position that it answers. */
    readonly reply?: number
    readonly forward?: { readonly from: string }
    /** Of a kind that a plugin has added. */
    readonly content?: Content
    /** Deleted for oneself. */
    readonly hidden?: boolean
    /** Of a change of the group: what changed. */
    readonly change?: Readonly<Record<string, unknown>>
  }
  readonly reactions?: Reactions
  readonly isPinned?: boolean
}

/** Who reacted, by emoji. */
export type Reactions = Readonly<Record<string, readonly string[]>>

/** A message of our own that may not be in the log yet. */
export interface Outgoing {
  readonly clientId: string
  readonly text: string
  readonly entities?: readonly TextEntity[] | undefined
  readonly reply?: number | undefined
  readonly state: 'queued' | 'sending' | 'sent' | 'failed'
  /** Milliseconds since 1970, when it was written. */
  readonly at: number
}

/** One bubble. */
export interface Line {
  /** Stays the same while a message goes from queued to posted, so that its bubble is not made anew. */
  readonly key: string
  readonly own: boolean
  /** Who wrote it; empty for our own that is on its way. */
  readonly author: string
  readonly text: string
  readonly entities: readonly TextEntity[]
  /** The position of the message that it answers. */
  readonly reply: number | undefined
  /** Who said it first, of a forwarded one. */
  readonly forwardedFrom: string | undefined
  readonly isPinned: boolean
  readonly isEdited: boolean
  readonly isRecalled: boolean
  readonly reactions: Reactions
  /** The call that it is about. */
  readonly call?: Told
  /** A change of the group, which is told in the middle and is no bubble. */
  readonly change?: Readonly<Record<string, unknown>>
  readonly at: number
  readonly state: LineState
  /** Position in the log; absent while it is on its way. */
  readonly seq?: number
  /** First and last of a group: they carry the corner, the tail and the space around. */
  readonly first: boolean
  readonly last: boolean
  /** Nothing but a few emoji: shown large and without a bubble. */
  readonly jumbo: boolean
  /** The first that was unread when the conversation was opened. */
  readonly unread: boolean
}

/** The bubbles of one local day. */
export interface Day {
  /** Local midnight, milliseconds since 1970. */
  readonly start: number
  readonly lines: readonly Line[]
}

/** Messages of one person closer together than this belong to one group. */
const groupGapMs = 5 * 60_000

const emojiOnly = /^(?:\p{RGI_Emoji}\s*){1,3}$/v

interface Plain extends Omit<Line, 'first' | 'last' | 'unread'> {
  /** Local midnight. */
  readonly day: number
}

// A message stays the same object until it is changed. So does what is made of it, and nothing of it is drawn again when
// others come before or behind it.
const plains = new WeakMap<Logged, Plain>()
const lines = new WeakMap<Plain, Line>()

const fromLog = (message: Logged, me: string): Plain => {
  const known = plains.get(message)
  if (known && known.own === (message.from === me)) return known
  const plain = read(message, me)
  plains.set(message, plain)
  return plain
}

const read = (message: Logged, me: string): Plain => {
  const own = message.from === me
  const { text = '', clientId, id, editedAt, recalledAt, change, entities = [], reply, forward } = message.data
  const call = recalledAt === undefined ? toldBy(message.data.content) : undefined
  return {
    key: own && !change ? `own-${clientId}` : id,
    own,
    author: message.from,
    ...{ text, entities, reply, forwardedFrom: forward?.from, isPinned: message.isPinned === true },
    at: Date.parse(message.time),
    day: startOfDay(Date.parse(message.time)),
    state: 'posted',
    seq: message.seq,
    jumbo: entities.length === 0 && emojiOnly.test(text),
    // What becomes of a call is written into its message, which nobody has edited.
    isEdited: editedAt !== undefined && recalledAt === undefined && !call,
    isRecalled: recalledAt !== undefined,
    reactions: message.reactions ?? {},
    ...(change && { change }),
    ...(call && { call }),
  }
}

const fromOutbox = ({ clientId, text, at, state, entities = [], reply }: Outgoing): Plain => ({
  key: `own-${clientId}`,
  own: true,
  author: '',
  ...{ entities, reply, forwardedFrom: undefined, isPinned: false },
  isEdited: false,
  isRecalled: false,
  reactions: {},
  text,
  at,
  day: startOfDay(at),
  state,
  jumbo: emojiOnly.test(text),
})

const isTogether = (a: Plain | undefined, b: Plain | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.own === b.own &&
  (a.own || a.author === b.author) &&
  !a.change &&
  !b.change &&
  Math.abs(b.at - a.at) < groupGapMs &&
  a.day === b.day

const toLine = (plain: Plain, before: Plain | undefined, after: Plain | undefined, unread: boolean): Line => {
  const first = unread || !isTogether(before, plain)
  const last = !isTogether(plain, after)
  const known = lines.get(plain)
  if (known && known.first === first && known.last === last && known.unread === unread) return known
  const line = { ...plain, first, last, unread }
  lines.set(plain, line)
  return line
}

/**
 * Lay out a conversation: the log in its order, then what is on its way.
 *
 * `readUpTo` is the last position that was read when the conversation was opened: the next message of
 * the other person carries the mark. Something on its way that the log has already is left out.
 */
export const layout = (
  log: readonly Logged[],
  outgoing: readonly Outgoing[],
  me: string,
  readUpTo = Number.POSITIVE_INFINITY,
): readonly Day[] => {
  const plain = log.map((message) => fromLog(message, me))
  const known = new Set(plain.map((line) => line.key))
  plain.push(...outgoing.map(fromOutbox).filter((line) => !known.has(line.key)))
  const firstUnread = plain.findIndex((line) => !line.own && !line.change && (line.seq ?? 0) > readUpTo)
  // Whoever answers has seen it all.
  const isAnswered = firstUnread !== -1 && plain.findLastIndex((line) => line.own && !line.change) > firstUnread
  const mark = isAnswered ? -1 : firstUnread
  const days: { start: number; lines: Line[] }[] = []
  for (const [i, line] of plain.entries()) {
    const start = line.day
    const day = days[days.length - 1]
    const made = toLine(line, plain[i - 1], plain[i + 1], i === mark)
    // Clocks of two machines differ: a line that claims an earlier day than the one above it stays below it.
    if (day && start <= day.start) day.lines.push(made)
    else days.push({ start, lines: [made] })
  }
  return days
}

/** One thing in the list of messages. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly start: number }
  | { readonly kind: 'line'; readonly key: string; readonly start: number; readonly line: Line }

const lineRows = new WeakMap<Line, Row>()

const rowOf = (line: Line, start: number): Row => {
  const known = lineRows.get(line)
  if (known?.start === start) return known
  const row = { kind: 'line' as const, key: line.key, start, line }
  lineRows.set(line, row)
  return row
}

/** The days and their lines as one list. */
export const rowsOf = (days: readonly Day[]): readonly Row[] =>
  days.flatMap(({ start, lines: own }): Row[] => [{ kind: 'day', key: `day-${start}`, start }, ...own.map((line) => rowOf(line, start))])
