// I1–I10: what was stored, once, in one order, as it was sent.
import type { Row } from './event.ts'
import { type Facts, keyOf, type Message, only, type Rule } from './facts.ts'

/** Messages with an acknowledgement. */
export const acknowledged = ({ messages }: Facts): [string, Message][] => [...messages].filter(([, { acks }]) => acks.length > 0)

/** I1: what was acknowledged is there. */
export const lost: Rule = (facts) =>
  acknowledged(facts)
    .filter(([key, { first }]) => facts.finals.has(first.conv) && !facts.stored.has(key))
    .map(([key]) => `${key} was acknowledged and is gone`)

/** I2: nothing is there, and nothing was shown, that nobody sent or that is not there in the end. */
export const phantom: Rule = function* (facts) {
  for (const key of facts.stored.keys()) if (!facts.messages.has(key)) yield `nobody sent ${key}`
  for (const { conv, proc, row } of only(facts, 'push')) {
    if (!row.isMessage || facts.stored.has(keyOf(conv, row)) || !facts.finals.has(conv)) continue
    yield `${proc} was shown ${keyOf(conv, row)}, which is not in the log`
  }
}

/** I3: nothing is there twice. */
export const duplicate: Rule = function* ({ stored, finals }) {
  for (const [key, rows] of stored) if (rows.length > 1) yield `${key} is there ${rows.length} times`
  const ids = new Set<string>()
  for (const { rows } of finals.values()) {
    for (const { id } of rows) {
      if (ids.has(id)) yield `the id ${id} belongs to several entries`
      ids.add(id)
    }
  }
}

/** I4: positions are 1, 2, 3 … and the head is the last of them. */
export const dense: Rule = function* ({ finals }) {
  for (const [conv, { head, rows }] of finals) {
    const hole = rows.findIndex(({ seq }, index) => seq !== index + 1)
    if (hole >= 0) yield `${conv} has ${rows[hole]?.seq} where ${hole + 1} belongs`
    if (head !== rows.length) yield `${conv} has ${rows.length} entries and says that its head is ${head}`
  }
}

interface Seen {
  readonly conv: string
  readonly proc: string
  readonly seq: number
  readonly id: string
  readonly epoch: string | undefined
  /** Absent in an acknowledgement, which shows no text. */
  readonly sha?: string
}

const seenIn = function* ({ events }: Facts): Iterable<Seen> {
  for (const event of events) {
    if (event.f === 'push') yield { ...event, ...event.row, epoch: event.epoch }
    else if (event.f === 'sync' && event.type === 'ok') for (const row of event.rows) yield { ...event, ...row, epoch: event.epoch }
    else if (event.f === 'send' && event.type === 'ok') yield { ...event, epoch: event.epoch }
  }
}

/** I5: everybody sees the one order: no two ever something else at one position, and in the end the log has the same. */
export const oneOrder: Rule = function* (facts) {
  const first = new Map<string, Seen>()
  for (const seen of seenIn(facts)) {
    const key = `${seen.epoch ?? ''} ${seen.conv} ${seen.seq}`
    const other = first.get(key)
    if (!other) first.set(key, seen)
    else if (other.id !== seen.id) yield `${seen.proc} was shown ${seen.id} at ${seen.seq} of ${seen.conv}, ${other.proc} ${other.id}`
  }
  for (const seen of first.values()) {
    const row = rowAt(facts, seen)
    if (row && row.id !== seen.id) yield `${seen.proc} was shown ${seen.id} at ${seen.seq} of ${seen.conv}, where ${row.id} is`
  }
}

const rowAt = ({ finals }: Facts, { conv, seq }: Pick<Seen, 'conv' | 'seq'>): Row | undefined => {
  const row = finals.get(conv)?.rows[seq - 1]
  return row?.seq === seq ? row : undefined
}

/** I6: what was acknowledged before something was sent for the first time stands before it. */
export const realTime: Rule = function* ({ events, messages }) {
  const heads = new Map<string, number>()
  const floors = new Map<string, number>()
  for (const event of events) {
    if (event.f !== 'send') continue
    const key = keyOf(event.conv, event)
    if (event.type === 'invoke' && messages.get(key)?.first === event) floors.set(key, heads.get(event.conv) ?? 0)
    if (event.type !== 'ok') continue
    const floor = floors.get(key) ?? 0
    if (event.seq <= floor) yield `${key} is at ${event.seq}, sent after ${floor} was acknowledged`
    heads.set(event.conv, Math.max(heads.get(event.conv) ?? 0, event.seq))
  }
}

/** I7: the sends of one connection to one conversation take effect in their order, those that had their answer before left out. */
export const senderOrder: Rule = function* ({ events }) {
  const order = new Map<string, number>()
  const invoked = new Map<string, { line: string; place: number }>()
  const last = new Map<string, { place: number; seq: number }[]>()
  for (const event of events) {
    if (event.f !== 'send') continue
    const line = `${event.proc} ${event.conv}`
    const key = `${line} ${event.user} ${event.cid}`
    if (event.type === 'invoke') {
      const place = (order.get(line) ?? 0) + 1
      order.set(line, place)
      if (!invoked.has(key)) invoked.set(key, { line, place })
    } else if (event.type === 'fail' || event.type === 'info') {
      // What is tried again afterwards takes its place there.
      invoked.delete(key)
    } else if (event.type === 'ok' && !event.dup) {
      const place = invoked.get(key)?.place ?? 0
      const done = last.get(line) ?? []
      done.push({ place, seq: event.seq })
      last.set(line, done)
    }
  }
  for (const [line, done] of last) {
    done.sort((a, b) => a.place - b.place)
    const wrong = done.find(({ seq }, index) => seq <= (done[index - 1]?.seq ?? 0))
    if (wrong) yield `the ${wrong.place}. send of ${line} is at ${wrong.seq}, before what was sent earlier`
  }
}

/** I8: everybody reads the text that was sent. */
export const integrity: Rule = function* (facts) {
  const wrong = new Set<string>()
  const compare = (conv: string, row: Row): void => {
    const first = facts.messages.get(keyOf(conv, row))?.first
    if (row.isMessage && first && first.sha !== row.sha) wrong.add(keyOf(conv, row))
  }
  for (const [conv, { rows }] of facts.finals) for (const row of rows) compare(conv, row)
  for (const { conv, row } of only(facts, 'push')) compare(conv, row)
  for (const { conv, rows } of only(facts, 'sync', 'ok')) for (const row of rows) compare(conv, row)
  for (const key of wrong) yield `${key} has another text than was sent`
}

/** I9: however often it was sent, a message has one acknowledgement. */
export const stableAcks: Rule = function* (facts) {
  for (const [key, { acks }] of acknowledged(facts)) {
    const different = new Set(acks.map(({ id, seq }) => `${id} at ${seq}`))
    if (different.size > 1) yield `${key} was acknowledged as ${[...different].join(' and as ')}`
  }
}

/** Whether every send of a message was refused. */
export const isRefused = ({ sends, refusals }: Message): boolean => sends === refusals

/** I10: a refusal means that it is not stored. */
export const refusedAbsent: Rule = ({ messages, stored }) =>
  [...messages].filter(([key, message]) => isRefused(message) && stored.has(key)).map(([key]) => `${key} is stored although it was refused`)
