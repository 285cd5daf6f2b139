// Holds a history against the log that was read in the end. Pure: no clock, no network, no server's word for anything.
// The rules are numbered as in the table of invariants (delivery contract, C1–C6 and C10); each is one linear pass.
import type { Event, Invoke, Log, Ok, Push, Row } from './history.ts'

/** How many of what there were. */
export interface Counts {
  /** Different messages that were sent at least once. */
  readonly attempts: number
  /** Sends beyond the first of each. */
  readonly retries: number
  readonly acknowledged: number
  /** Messages of which no send was acknowledged and every one refused. */
  readonly refused: number
  /** Sends whose connection ended before an answer. */
  readonly unknown: number
  /** Messages whose answer was lost although they were stored, as a second try or the log told later. */
  readonly recovered: number
  readonly lost: number
  readonly unexpected: number
  readonly duplicated: number
}

/** What the checker says. A history is right if there are no violations, and worth something if the counts say so. */
export interface Verdict {
  readonly counts: Counts
  /** Each begins with the number of its rule. */
  readonly violations: readonly string[]
}

interface Message {
  readonly first: Invoke
  /** The highest position acknowledged in the conversation before this was first sent. */
  readonly after: number
  readonly acks: Ok[]
  sends: number
  refusals: number
  unknowns: number
}

interface Facts {
  readonly events: readonly Event[]
  readonly messages: ReadonlyMap<string, Message>
  readonly logs: ReadonlyMap<string, Log>
  /** Rows of the logs by message. */
  readonly stored: ReadonlyMap<string, readonly Row[]>
}

type Rule = (facts: Facts) => string[]

const keyOf = ({ conv, user, cid }: { readonly conv: string; readonly user: string; readonly cid: string }): string =>
  `${conv} ${user} ${cid}`

const groupBy = <T>(items: Iterable<T>, keyOfItem: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOfItem(item))
    if (group) group.push(item)
    else groups.set(keyOfItem(item), [item])
  }
  return groups
}

const messagesOf = (events: readonly Event[]): Map<string, Message> => {
  const messages = new Map<string, Message>()
  const heads = new Map<string, number>()
  for (const event of events) {
    if (event.type === 'push') continue
    const key = keyOf(event)
    if (event.type === 'invoke' && !messages.has(key)) {
      messages.set(key, { first: event, after: heads.get(event.conv) ?? 0, acks: [], sends: 0, refusals: 0, unknowns: 0 })
    }
    const message = messages.get(key)
    if (!message) throw new Error(`the history answers ${key}, which nobody sent`)
    note(message, event)
    if (event.type === 'ok') heads.set(event.conv, Math.max(heads.get(event.conv) ?? 0, event.seq))
  }
  return messages
}

const note = (message: Message, event: Exclude<Event, Push>): void => {
  if (event.type === 'invoke') message.sends++
  else if (event.type === 'ok') message.acks.push(event)
  else if (event.type === 'fail') message.refusals++
  else message.unknowns++
}

const rowsOf = (logs: ReadonlyMap<string, Log>): [string, Row][] =>
  [...logs].flatMap(([conv, { rows }]) => rows.map((row): [string, Row] => [conv, row]))

const factsOf = (events: readonly Event[], logs: ReadonlyMap<string, Log>): Facts => {
  const grouped = groupBy(rowsOf(logs), ([conv, row]) => keyOf({ conv, ...row }))
  const stored = new Map([...grouped].map(([key, found]) => [key, found.map(([, row]) => row)]))
  return { events, messages: messagesOf(events), logs, stored }
}

const acknowledged = ({ messages }: Facts): [string, Message][] => [...messages].filter(([, { acks }]) => acks.length > 0)

// C1: what was acknowledged is there, where the acknowledgement said.
const lost: Rule = (facts) =>
  acknowledged(facts)
    .filter(([key]) => !facts.stored.has(key))
    .map(([key]) => `I1 lost: ${key} was acknowledged`)

const misplaced: Rule = (facts) =>
  acknowledged(facts).flatMap(([key, { acks }]) => {
    const row = facts.stored.get(key)?.[0]
    return acks
      .filter(({ id, seq }) => row && (row.id !== id || row.seq !== seq))
      .map(({ id, seq }) => `I1 misplaced: ${key} was acknowledged as ${id} at ${seq} and is ${row?.id} at ${row?.seq}`)
  })

const unexpected: Rule = ({ messages, stored }) =>
  [...stored.keys()].filter((key) => !messages.has(key)).map((key) => `I2 unexpected: nobody sent ${key}`)

const duplicated: Rule = ({ stored, logs }) => {
  const twice = [...stored]
    .filter(([, rows]) => rows.length > 1)
    .map(([key, rows]) => `I3 duplicated: ${key} is there ${rows.length} times`)
  const ids = groupBy(rowsOf(logs), ([, { id }]) => id)
  const shared = [...ids].filter(([, rows]) => rows.length > 1).map(([id]) => `I3 duplicated: the id ${id} belongs to several messages`)
  return [...twice, ...shared]
}

// C2: positions are 1, 2, 3 … and the head is the last of them.
const dense: Rule = ({ logs }) =>
  [...logs].flatMap(([conv, { head, rows }]) => {
    const holes = rows.filter(({ seq }, index) => seq !== index + 1).slice(0, 1)
    const wrong = holes.map(({ seq }) => `I4 not dense: ${conv} has ${seq} where ${rows.findIndex((row) => row.seq === seq) + 1} belongs`)
    return head === rows.length ? wrong : [...wrong, `I4 not dense: ${conv} has ${rows.length} messages and says that its head is ${head}`]
  })

const isPush = (event: Event): event is Push => event.type === 'push'

// Everybody sees the one order, whether live or later.
const oneOrder: Rule = ({ events, logs }) =>
  events.filter(isPush).flatMap(({ conv, seq, id, text, proc }) => {
    const row = logs.get(conv)?.rows[seq - 1]
    if (row?.id === id && row.text === text) return []
    return [`I5 another order: ${proc} was shown ${id} at ${seq} of ${conv}, where ${row?.id ?? 'nothing'} is`]
  })

const risingLive: Rule = ({ events }) => {
  const last = new Map<string, number>()
  return events.filter(isPush).flatMap(({ proc, conv, seq }) => {
    const key = `${proc} ${conv}`
    const before = last.get(key) ?? 0
    last.set(key, seq)
    return seq > before ? [] : [`I5 another order: ${proc} was shown ${seq} of ${conv} after ${before}`]
  })
}

// C3: what was acknowledged before something was sent stands before it.
const realTime: Rule = (facts) =>
  acknowledged(facts).flatMap(([key, { acks, after }]) =>
    acks
      .filter(({ seq }) => seq <= after)
      .map(({ seq }) => `I6 before its time: ${key} is at ${seq}, sent after ${after} was acknowledged`),
  )

// C4: the sends of one connection to one conversation take effect in their order. What has its acknowledgement already
// takes no effect any more.
const senderOrder: Rule = ({ events }) => {
  const acks = new Map(events.filter((event) => event.type === 'ok').map((ok) => [`${ok.proc} ${keyOf(ok)}`, ok.seq]))
  const last = new Map<string, number>()
  const done = new Set<string>()
  return events.flatMap((event) => {
    const key = keyOf(event)
    if (event.type === 'ok') done.add(key)
    if (event.type !== 'invoke' || done.has(key)) return []
    const line = `${event.proc} ${event.conv}`
    const seq = acks.get(`${event.proc} ${key}`)
    const before = last.get(line) ?? 0
    if (seq !== undefined) last.set(line, seq)
    return seq === undefined || seq > before ? [] : [`I7 overtaken: ${key} is at ${seq}, sent after what is at ${before}`]
  })
}

const integrity: Rule = ({ messages, stored }) =>
  [...messages].flatMap(([key, { first }]) =>
    (stored.get(key) ?? []).filter(({ text }) => text !== first.text).map(() => `I8 altered: ${key} has another text`),
  )

// C5: a second try is answered with the first acknowledgement.
const stableAcks: Rule = (facts) =>
  acknowledged(facts)
    .filter(([, { acks }]) => new Set(acks.map(({ id, seq }) => `${id} ${seq}`)).size > 1)
    .map(([key]) => `I9 acknowledged in two ways: ${key}`)

const isRefused = ({ sends, refusals }: Message): boolean => sends === refusals

// C10: a refusal means that it is not stored.
const refusedAbsent: Rule = ({ messages, stored }) =>
  [...messages].filter(([key, message]) => isRefused(message) && stored.has(key)).map(([key]) => `I10 stored although refused: ${key}`)

const isRecovered = ({ unknowns, acks }: Message, isStored: boolean): boolean => unknowns > 0 && (acks[0] ? acks[0].isSecond : isStored)

const rules: readonly Rule[] = [
  lost,
  misplaced,
  unexpected,
  duplicated,
  dense,
  oneOrder,
  risingLive,
  realTime,
  senderOrder,
  integrity,
  stableAcks,
  refusedAbsent,
]

const countsOf = (facts: Facts): Counts => {
  const all = [...facts.messages]
  const sum = (count: (message: Message) => number): number => all.reduce((total, [, message]) => total + count(message), 0)
  return {
    attempts: all.length,
    retries: sum(({ sends }) => sends - 1),
    acknowledged: acknowledged(facts).length,
    refused: all.filter(([, message]) => isRefused(message)).length,
    unknown: sum(({ unknowns }) => unknowns),
    recovered: all.filter(([key, message]) => isRecovered(message, facts.stored.has(key))).length,
    lost: lost(facts).length,
    unexpected: unexpected(facts).length,
    duplicated: duplicated(facts).length,
  }
}

/** Check a history against what each conversation was read as in the end. */
export const check = (events: readonly Event[], logs: ReadonlyMap<string, Log>): Verdict => {
  const facts = factsOf(events, logs)
  return { counts: countsOf(facts), violations: rules.flatMap((rule) => rule(facts)) }
}
