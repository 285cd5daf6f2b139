// The checker has teeth: each way to break the promises is planted in a history that is right, and found.
import { describe, expect, test } from 'bun:test'
import { check } from './checker.ts'
import type { Event, Log, Row } from './history.ts'

interface Recorded {
  readonly events: readonly Event[]
  readonly logs: ReadonlyMap<string, Log>
}

const conv = 'U1:U2'
const send = (cid: string, proc = 'p1') => ({ proc, conv, user: 'U1', cid })
const textOf = (cid: string): string => `text of ${cid}`
const row = (seq: number): Row => ({ seq, id: `M${seq}`, user: 'U1', cid: `c${seq}`, text: textOf(`c${seq}`) })
const logOf = (rows: readonly Row[], head = rows.length): ReadonlyMap<string, Log> => new Map([[conv, { head, rows }]])

/** Ten messages, sent and acknowledged one after another and seen by the addressee. */
const good = (): { events: Event[]; rows: Row[] } => {
  const events: Event[] = []
  const rows = Array.from({ length: 10 }, (_, index) => row(index + 1))
  for (const { seq, id, cid, text } of rows) {
    events.push({ t: seq, type: 'invoke', text, ...send(cid) })
    events.push({ t: seq + 0.1, type: 'push', id, seq, text, ...send(cid, 'p2') })
    events.push({ t: seq + 0.2, type: 'ok', id, seq, isSecond: false, ...send(cid) })
  }
  return { events, rows }
}

/** The numbers of the rules that are violated. */
const violated = ({ events, logs }: Recorded): string[] => [
  ...new Set(check(events, logs).violations.map((text) => text.split(' ')[0] as string)),
]

/** A right history, changed. */
const planted = (change: (good: { events: Event[]; rows: Row[] }) => Partial<{ events: Event[]; rows: Row[]; head: number }>): Recorded => {
  const before = good()
  const { events = before.events, rows = before.rows, head } = change(before)
  return { events, logs: logOf(rows, head) }
}

test('a history in which everything is right has no violation, and is counted', () => {
  const { counts, violations } = check(good().events, logOf(good().rows))
  expect(violations).toEqual([])
  expect(counts).toEqual({
    attempts: 10,
    retries: 0,
    acknowledged: 10,
    refused: 0,
    unknown: 0,
    recovered: 0,
    lost: 0,
    unexpected: 0,
    duplicated: 0,
  })
})

test('a send whose answer was lost counts as recovered if the second try finds it stored', () => {
  const again = (isSecond: boolean): Event[] => [
    { t: 20, type: 'invoke', text: textOf('c11'), ...send('c11') },
    { t: 21, type: 'info', ...send('c11') },
    { t: 22, type: 'invoke', text: textOf('c11'), ...send('c11', 'p3') },
    { t: 23, type: 'ok', id: 'M11', seq: 11, isSecond, ...send('c11', 'p3') },
  ]
  const after = (isSecond: boolean): Recorded =>
    planted(({ events, rows }) => ({ events: [...events, ...again(isSecond)], rows: [...rows, row(11)] }))
  const [found, stored] = [after(true), after(false)]
  expect(check(found.events, found.logs)).toMatchObject({ violations: [], counts: { unknown: 1, retries: 1, recovered: 1 } })
  expect(check(stored.events, stored.logs)).toMatchObject({ violations: [], counts: { unknown: 1, retries: 1, recovered: 0 } })
})

test('a message that is sent again after its acknowledgement overtakes nothing', () => {
  const again: Event[] = [
    { t: 20, type: 'invoke', text: textOf('c3'), ...send('c3') },
    { t: 21, type: 'ok', id: 'M3', seq: 3, isSecond: true, ...send('c3') },
  ]
  expect(violated(planted(({ events }) => ({ events: [...events, ...again] })))).toEqual([])
})

test('a send without an answer may be stored or not; if it is, it counts as recovered', () => {
  const unanswered: Event[] = [
    { t: 20, type: 'invoke', text: textOf('c11'), ...send('c11') },
    { t: 21, type: 'info', ...send('c11') },
  ]
  const absent = planted(({ events }) => ({ events: [...events, ...unanswered] }))
  expect(check(absent.events, absent.logs)).toMatchObject({ violations: [], counts: { unknown: 1, recovered: 0 } })
  const present = planted(({ events, rows }) => ({ events: [...events, ...unanswered], rows: [...rows, row(11)] }))
  expect(check(present.events, present.logs)).toMatchObject({ violations: [], counts: { unknown: 1, recovered: 1 } })
})

describe('what is reported', () => {
  test('an acknowledged message that is gone, at the end or in the middle', () => {
    const tail = planted(({ rows }) => ({ rows: rows.slice(0, 9) }))
    expect(check(tail.events, tail.logs).counts.lost).toBe(1)
    expect(violated(tail)).toEqual(['I1', 'I5'])
    const middle = planted(({ rows }) => ({ rows: rows.filter(({ seq }) => seq !== 5).map((kept, i) => ({ ...kept, seq: i + 1 })) }))
    expect(violated(middle)).toContain('I1')
  })

  test('an acknowledged message at another place than its acknowledgement said', () => {
    const recorded = planted(({ events }) => ({ events: events.map((event) => (event.type === 'ok' ? { ...event, id: 'M99' } : event)) }))
    expect(violated(recorded)).toEqual(['I1'])
  })

  test('a message that nobody sent', () => {
    const recorded = planted(({ rows }) => ({ rows: [...rows, { ...row(11), user: 'U9' }] }))
    expect(check(recorded.events, recorded.logs).counts.unexpected).toBe(1)
    expect(violated(recorded)).toEqual(['I2'])
  })

  test('a message that is there twice, and an id that two messages share', () => {
    const twice = planted(({ rows }) => ({ rows: [...rows, { ...row(11), cid: 'c10', text: textOf('c10') }] }))
    expect(check(twice.events, twice.logs).counts.duplicated).toBe(1)
    expect(violated(twice)).toEqual(['I3'])
    const shared = planted(({ events, rows }) => ({
      events: [...events, { t: 20, type: 'invoke', text: textOf('c11'), ...send('c11') }, { t: 21, type: 'info', ...send('c11') }],
      rows: [...rows, { ...row(11), id: 'M1' }],
    }))
    expect(violated(shared)).toEqual(['I3'])
  })

  test('a hole, a log that begins late, and a head that is not the last', () => {
    const holed = planted(({ rows }) => ({ rows: rows.map((kept) => (kept.seq > 5 ? { ...kept, seq: kept.seq + 1 } : kept)) }))
    expect(violated(holed)).toContain('I4')
    const late = planted(({ rows }) => ({ events: [], rows: rows.map((kept) => ({ ...kept, seq: kept.seq + 1 })) }))
    expect(violated(late)).toContain('I4')
    expect(violated(planted(() => ({ head: 11 })))).toEqual(['I4'])
  })

  test('rows in another order than their positions', () => {
    const recorded = planted(({ rows }) => ({ rows: [...rows.slice(0, 3), row(5), row(4), ...rows.slice(5)] }))
    expect(violated(recorded)).toContain('I4')
  })

  test('two messages that have swapped their places', () => {
    const swap: Readonly<Record<number, number>> = { 4: 5, 5: 4 }
    const recorded = planted(({ rows }) => ({
      rows: rows.map((kept) => ({ ...row(swap[kept.seq] ?? kept.seq), seq: kept.seq })),
    }))
    expect(violated(recorded)).toEqual(['I1', 'I5'])
  })

  test('a device that was shown something else, or in another order', () => {
    const other = planted(({ events }) => ({ events: events.map((event) => (event.type === 'push' ? { ...event, text: 'x' } : event)) }))
    expect(violated(other)).toEqual(['I5'])
    const phantom: Event = { t: 20, type: 'push', id: 'M11', seq: 11, text: textOf('c11'), ...send('c11', 'p2') }
    expect(violated(planted(({ events }) => ({ events: [...events, phantom] })))).toEqual(['I5'])
    const again = planted(({ events }) => ({ events: [...events, ...events.filter(({ type }) => type === 'push').slice(0, 1)] }))
    expect(violated(again)).toEqual(['I5'])
  })

  test('a message that stands before one whose acknowledgement its sender had already', () => {
    const recorded = planted(({ events, rows }) => {
      const late = (event: Event): Event => (event.cid === 'c1' ? { ...event, t: event.t + 20 } : event)
      const moved = events.map(late).sort((a, b) => a.t - b.t)
      return { events: moved.filter(({ type }) => type !== 'push').map((event) => ({ ...event, proc: event.cid })), rows }
    })
    expect(violated(recorded)).toEqual(['I6'])
  })

  test('sends of one connection that overtook each other', () => {
    const [first, second] = [row(1), row(2)]
    const invoke = ({ cid, text }: Row, t: number): Event => ({ t, type: 'invoke', text, ...send(cid) })
    const ok = ({ cid, id, seq }: Row, t: number): Event => ({ t, type: 'ok', id, seq, isSecond: false, ...send(cid) })
    const events = [invoke(second, 1), invoke(first, 2), ok(first, 3), ok(second, 4)]
    expect(violated({ events, logs: logOf([first, second]) })).toEqual(['I7'])
  })

  test('a text that is not what was sent', () => {
    const recorded = planted(({ events, rows }) => ({
      events: events.filter(({ type }) => type !== 'push'),
      rows: rows.map((kept) => (kept.seq === 3 ? { ...kept, text: 'x' } : kept)),
    }))
    expect(violated(recorded)).toEqual(['I8'])
  })

  test('a second acknowledgement that differs from the first', () => {
    const again: Event[] = [
      { t: 20, type: 'invoke', text: textOf('c3'), ...send('c3', 'p3') },
      { t: 21, type: 'ok', id: 'M11', seq: 11, isSecond: true, ...send('c3', 'p3') },
    ]
    expect(violated(planted(({ events }) => ({ events: [...events, ...again] })))).toEqual(['I1', 'I9'])
  })

  test('a message that is stored although it was refused', () => {
    const refused: Event[] = [
      { t: 20, type: 'invoke', text: textOf('c11'), ...send('c11') },
      { t: 21, type: 'fail', code: 'CORE_STORAGE_FULL', ...send('c11') },
    ]
    expect(violated(planted(({ events }) => ({ events: [...events, ...refused] })))).toEqual([])
    expect(violated(planted(({ events, rows }) => ({ events: [...events, ...refused], rows: [...rows, row(11)] })))).toEqual(['I10'])
  })
})

test('an answer to something that nobody sent is a fault of the history itself', () => {
  expect(() => check([{ t: 1, type: 'ok', id: 'M1', seq: 1, isSecond: false, ...send('c1') }], logOf([]))).toThrow('which nobody sent')
})
