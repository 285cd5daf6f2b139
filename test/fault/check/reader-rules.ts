// I11–I18, I20, I21: what readers are promised, and what the storage and the whole come to.
import type { Event, EventOf } from './event.ts'
import { type Facts, only, type Rule } from './facts.ts'

/** I11: who asks after an acknowledgement is told of what was acknowledged, unless they have left. */
export const ownWrites: Rule = function* ({ events }) {
  const heads = new Map<string, number>()
  const asked = new Map<string, number>()
  const gone = new Set<string>()
  for (const event of events) {
    if (event.f === 'send' && event.type === 'ok') heads.set(event.conv, Math.max(heads.get(event.conv) ?? 0, event.seq))
    else if (event.f === 'leave') gone.add(`${event.conv} ${event.user}`)
    else if (event.f === 'join' && event.type === 'ok') gone.delete(`${event.conv} ${event.user}`)
    if (event.f !== 'sync') continue
    const key = `${event.proc} ${event.conv}`
    if (event.type === 'invoke') asked.set(key, heads.get(event.conv) ?? 0)
    else if (event.type === 'ok' && event.head < (asked.get(key) ?? 0) && !gone.has(`${event.conv} ${event.user}`)) {
      yield `${key} was told that the head is ${event.head}, after ${asked.get(key)} was acknowledged`
    }
  }
}

/** I12: a page begins after `since`, has no hole, and is the last only if it ends at the head. */
export const contiguous: Rule = function* (facts) {
  for (const { proc, conv, since, rows, head, more } of only(facts, 'sync', 'ok')) {
    const hole = rows.findIndex(({ seq }, index) => seq !== since + 1 + index)
    if (hole >= 0) yield `${proc} asked ${conv} after ${since} and got ${rows[hole]?.seq} where ${since + 1 + hole} belongs`
    const last = rows.at(-1)?.seq ?? since
    if (!more && last < head) yield `${proc} was told that ${last} is the end of ${conv}, whose head is ${head}`
  }
}

/** I13: a device’s position never goes back, but for a reset. */
export const monotonicCursor: Rule = function* ({ events }) {
  const cursors = new Map<string, number>()
  for (const event of events) {
    if (event.f !== 'cursor' && event.f !== 'reset') continue
    const key = `${event.device} ${event.conv}`
    const before = cursors.get(key) ?? 0
    if (event.f === 'cursor' && event.seq < before) yield `${key} went from ${before} back to ${event.seq}`
    cursors.set(key, event.seq)
  }
}

const graceNs = 5e9

interface Stay {
  readonly fromNs: number
  readonly lowest: number
  /** When they were told that they are out; their last events may still be on the way. */
  untilNs: number
  highest: number
}

/** When each person was in each conversation that tells of joins; a conversation without any is open to its two people. */
const staysOf = (facts: Facts): Map<string, Stay[]> => {
  const stays = new Map<string, Stay[]>()
  const begun = new Map<string, number>()
  for (const event of facts.events) {
    if (event.f !== 'join' && event.f !== 'leave') continue
    const key = `${event.conv} ${event.user}`
    const all = stays.get(key) ?? []
    stays.set(key, all)
    const last = all.at(-1)
    if (event.type === 'invoke') {
      if (event.f === 'join') begun.set(key, event.t_ns)
    } else if (event.f === 'leave' && last) {
      last.untilNs = event.t_ns
      last.highest = event.bound ?? Number.POSITIVE_INFINITY
    } else if (event.f === 'join') {
      const fromNs = begun.get(key) ?? event.t_ns
      all.push({ fromNs, lowest: event.bound ?? 1, untilNs: Number.POSITIVE_INFINITY, highest: Number.POSITIVE_INFINITY })
    }
  }
  return stays
}

/** I14: nothing of a conversation reaches who is not in it, nor what was before them if that is hidden. */
export const membership: Rule = function* (facts) {
  const stays = staysOf(facts)
  const closed = new Set([...stays.keys()].map((key) => key.slice(0, key.lastIndexOf(' '))))
  for (const { conv, user, proc, row, t_ns } of only(facts, 'push')) {
    if (!closed.has(conv)) continue
    const isIn = (stays.get(`${conv} ${user}`) ?? []).some((stay) => {
      return (
        t_ns >= stay.fromNs &&
        row.seq >= stay.lowest &&
        (t_ns <= stay.untilNs || (t_ns <= stay.untilNs + graceNs && row.seq <= stay.highest))
      )
    })
    if (!isIn) yield `${proc} was shown ${row.seq} of ${conv}, which ${user} is not in`
  }
  for (const { conv, user, proc, rows } of only(facts, 'sync', 'ok')) {
    if (!closed.has(conv)) continue
    const own = stays.get(`${conv} ${user}`) ?? []
    const foreign = rows.find(({ seq }) => !own.some(({ lowest, highest }) => seq >= lowest && seq <= highest))
    if (foreign) yield `${proc} could read ${foreign.seq} of ${conv}, which is not for ${user}`
  }
}

/** I15: receipts only rise, for whoever watches, and never beyond the head. */
export const receipts: Rule = function* (facts) {
  const last = new Map<string, { read: number; delivered: number }>()
  for (const { proc, conv, user, read, delivered } of only(facts, 'receipt')) {
    const key = `${proc} ${conv} ${user}`
    const before = last.get(key) ?? { read: 0, delivered: 0 }
    if (read < before.read || delivered < before.delivered) {
      yield `${proc} saw ${user} go back in ${conv}: read ${before.read} → ${read}, delivered ${before.delivered} → ${delivered}`
    }
    const head = facts.finals.get(conv)?.head ?? Number.POSITIVE_INFINITY
    if (Math.max(read, delivered) > head) yield `${proc} saw ${user} beyond the head of ${conv}: ${Math.max(read, delivered)} of ${head}`
    last.set(key, { read, delivered })
  }
}

/** I16: what a client shows has no hole, no repeat and no other order. */
export const shownInOrder: Rule = function* ({ events }) {
  const last = new Map<string, number>()
  for (const event of events) {
    if (event.f !== 'shown' && event.f !== 'reset') continue
    const key = `${event.device} ${event.conv}`
    const before = last.get(key)
    if (event.f === 'shown' && before !== undefined && event.seq !== before + 1) yield `${key} showed ${event.seq} after ${before}`
    last.set(key, event.seq)
  }
}

/** I17: between the last write to the log of the database and an acknowledgement the disk was asked to keep it. */
export const syncBeforeAck: Rule = function* (facts) {
  let isDirty = false
  let count = 0
  for (const { type } of only(facts, 'trace')) {
    if (type === 'write') isDirty = true
    else if (type === 'sync') isDirty = false
    else {
      count++
      if (isDirty) yield `the ${count}. acknowledgement left before what was written was synced`
    }
  }
}

/** I18: the database is sound, and every conversation's head is its last position and its count. */
export const soundStorage: Rule = function* (facts) {
  for (const { integrity, foreignKeys, convs } of only(facts, 'storage')) {
    if (integrity !== 'ok') yield `the database is not sound: ${integrity}`
    if (foreignKeys > 0) yield `${foreignKeys} foreign keys point to nothing`
    for (const { conv, head, max, count } of convs) {
      if (head !== max || max !== count) yield `${conv} has the head ${head}, the last position ${max} and ${count} entries`
    }
  }
}

const lastHeal = ({ events }: Facts): number => events.reduce((at, event) => (event.f === 'heal' ? Math.max(at, event.t_ns) : at), -1)

/** I20: in the end every device has everything that it may read. */
export const convergence: Rule = function* (facts) {
  const cursors = new Map<string, EventOf<'cursor' | 'reset'>>()
  const users = new Map<string, string>()
  for (const event of facts.events) {
    if (event.f === 'cursor' || event.f === 'reset') cursors.set(`${event.device} ${event.conv}`, event)
    else if (event.f === 'sync') users.set(event.proc, event.user)
  }
  const stays = staysOf(facts)
  for (const [key, { conv, proc, seq }] of cursors) {
    const head = facts.finals.get(conv)?.head
    const last = stays.get(`${conv} ${users.get(proc)}`)?.at(-1)
    const isOut = last !== undefined && last.untilNs !== Number.POSITIVE_INFINITY
    if (head !== undefined && seq !== head && !isOut) yield `${key} stayed at ${seq}, and the head is ${head}`
  }
}

const wedgedNs = 30e9
const healthMs = 1_000

/** I21: after the last heal everybody who sends is soon answered, and the server says that it lives within a second. */
export const noWedge: Rule = function* (facts) {
  for (const { ms } of only(facts, 'health')) if (ms > healthMs) yield `the server took ${Math.round(ms)} ms to say that it lives`
  const healedNs = lastHeal(facts)
  if (healedNs < 0) return
  const waiting = new Map<string, number>()
  const slow = new Set<string>()
  for (const event of facts.events) {
    if (event.f !== 'send' || event.t_ns < healedNs) continue
    if (event.type === 'invoke' && !waiting.has(event.user)) waiting.set(event.user, event.t_ns)
    else if (event.type === 'ok') {
      if (event.t_ns - Math.max(healedNs, waiting.get(event.user) ?? event.t_ns) > wedgedNs) slow.add(event.user)
      waiting.set(event.user, Number.POSITIVE_INFINITY)
    }
  }
  for (const [user, since] of waiting) if (since !== Number.POSITIVE_INFINITY) slow.add(user)
  for (const user of slow) yield `${user} was not answered within 30 s`
}

/** Whether a line tells of a fault. */
export const isFault = (event: Event): event is EventOf<'fault'> => event.f === 'fault'
