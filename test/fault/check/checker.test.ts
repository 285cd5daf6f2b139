// The checker has teeth: each way to break the promises is planted in a history that is right, and found by its rule alone.
import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, rules } from './checker.ts'
import { type Event, type EventOf, type Row, readHistory, shaOf } from './event.ts'
import { good, group, groupRow, least, pair, rowOf, textOf } from './right-history.ts'

type Change = (event: Event) => Event | Event[]
type Finder = (event: Event) => boolean

/** The right history with some lines changed, left out or repeated. */
const planted = (change: Change): Event[] => good().flatMap(change)

const violated = (events: readonly Event[]): string[] => [...new Set(check(events, least).violations.map(({ rule }) => rule))]

const isSend =
  (type: EventOf<'send'>['type'], cid: string, conv = pair): Finder =>
  (event) =>
    event.f === 'send' && event.type === type && event.cid === cid && event.conv === conv
const isPush =
  (seq: number, conv = pair): Finder =>
  (event) =>
    event.f === 'push' && event.row.seq === seq && event.conv === conv
const without =
  (...finders: Finder[]): Change =>
  (event) =>
    finders.some((find) => find(event)) ? [] : event
const final = (change: (end: EventOf<'final'>) => Partial<EventOf<'final'>>): Change => {
  return (event) => (event.f === 'final' && event.conv === pair ? ({ ...event, ...change(event) } as Event) : event)
}
const of =
  <F extends Event['f']>(f: F, change: (event: EventOf<F>) => Event | Event[], when: (event: EventOf<F>) => boolean = () => true): Change =>
  (event) =>
    event.f === f && when(event as EventOf<F>) ? change(event as EventOf<F>) : event

const forget = (cid: string): Event[] => planted(final(({ rows }) => ({ rows: rows.slice(0, -1), head: 12 }))).filter(isNotSeen(cid))
// What is shown, synced and stored of the last message is left out, so that its loss is the only fault.
const isNotSeen =
  (cid: string) =>
  (event: Event): boolean => {
    if (event.f === 'push') return event.row.cid !== cid || event.conv !== pair
    if (event.f === 'shown' || event.f === 'cursor') return event.seq !== 13
    return !(event.f === 'receipt' && event.read === 13)
  }

const extra = (seq: number, cid: string, id = `M${seq}`): Row => ({ ...rowOf(seq), cid, id, sha: shaOf(textOf(cid)) })
const appended = (row: Row): Change => final(({ rows }) => ({ rows: [...rows, row], head: 14 }))
const settled = (events: readonly Event[]): Event[] =>
  events.map((event) => (event.f === 'cursor' && event.seq === 13 ? { ...event, seq: 14 } : event))

/** What is planted, the rule that has to report it, and how. */
const plants: readonly (readonly [bug: string, rule: string, make: () => Event[]])[] = [
  ['an ack before the commit, whose message a kill took away', 'I1', () => forget('c13')],
  ['a message that nobody sent', 'I2', () => settled(planted(appended({ ...extra(14, 'x'), user: 'U9' })))],
  [
    'a push before its commit, which never came',
    'I2',
    () => {
      const row = extra(14, 'c14')
      const push = of(
        'push',
        (event) => [event, { ...event, row }],
        ({ row: { seq }, conv }) => seq === 13 && conv === pair,
      )
      return planted(push)
    },
  ],
  ['a retry that was stored a second time', 'I3', () => settled(planted(appended(extra(14, 'c13'))))],
  ['one id for two messages', 'I3', () => planted((event) => renamed(event, { M13: 'M12' }))],
  [
    'a hole in the log',
    'I4',
    () => planted(final(({ rows }) => ({ rows: rows.map((row) => (row.seq === 13 ? { ...row, seq: 14 } : row)), head: 14 }))).map(shifted),
  ],
  ['a head that is not the last position', 'I4', () => settled(planted(final(() => ({ head: 14 }))))],
  [
    'two messages that have swapped their positions in the log',
    'I5',
    () =>
      planted(
        final(({ rows }) => ({
          rows: rows.map((row) => (row.seq === 4 ? { ...rowOf(5), seq: 4 } : row.seq === 5 ? { ...rowOf(4), seq: 5 } : row)),
        })),
      ),
  ],
  [
    'two devices that were shown different messages at one position',
    'I5',
    () =>
      planted(
        of(
          'push',
          (event) => [event, { ...event, proc: 'U1/1', user: 'U1', row: { ...rowOf(5), seq: 4 } }],
          ({ row: { seq }, conv }) => seq === 4 && conv === pair,
        ),
      ),
  ],
  ['a message that stands before one that was acknowledged when it was sent', 'I6', () => overtaken('U1/9')],
  ['sends of one connection that overtook each other', 'I7', () => overtaken('U1/1', true)],
  [
    'a text that the log has changed',
    'I8',
    () => planted(final(({ rows }) => ({ rows: rows.map((row) => (row.seq === 3 ? { ...row, sha: shaOf('x') } : row)) }))),
  ],
  [
    'a push with another body',
    'I8',
    () => planted(of('push', (event) => ({ ...event, row: { ...event.row, sha: shaOf('x') } }), isPush(3))),
  ],
  [
    'a second ack that names another position',
    'I9',
    () => {
      const first = of('send', (event) => [event, { ...event, epoch: 'other', seq: 20 } as Event], isSend('ok', 'c13'))
      return planted(first)
    },
  ],
  ['a message that is stored although it was refused', 'I10', () => settled(planted(appended(extra(14, 'refused', 'M14'))).map(rightSha))],
  [
    'a page that does not know of what was acknowledged',
    'I11',
    () =>
      planted(
        of(
          'sync',
          (event) =>
            [event, { ...event, type: 'invoke', since: 8 }, { ...event, type: 'ok', since: 8, rows: [], head: 8, more: false }] as Event[],
          (event) => event.type === 'ok' && event.conv === pair,
        ),
      ),
  ],
  [
    'a page that says `more: false` too early',
    'I12',
    () =>
      planted(
        of(
          'sync',
          (event) => ({ ...event, rows: [] }) as Event,
          (event) => event.type === 'ok' && event.conv === pair,
        ),
      ),
  ],
  [
    'a page with a hole',
    'I12',
    () =>
      planted(
        of(
          'sync',
          (event) => ({ ...event, since: 9 }) as Event,
          (event) => event.conv === pair,
        ),
      ),
  ],
  [
    'a cursor that goes back',
    'I13',
    () =>
      planted(
        of(
          'cursor',
          (event) => [event, { ...event, seq: 4 }, event],
          ({ seq }) => seq === 6,
        ),
      ),
  ],
  ['a push after leaving', 'I14', () => planted(of('push', (event) => [event, ...late(event)], isPush(6, group))).sort(byTime)],
  [
    'a push before joining',
    'I14',
    () => planted(of('push', (event) => [{ ...event, t_ns: 0, row: groupRow(1) }, event], isPush(4, group))),
  ],
  [
    'a page of what was before joining, where that is hidden',
    'I14',
    () =>
      planted(
        of(
          'sync',
          (event) => (event.type === 'ok' ? { ...event, since: 2, rows: [3, 4, 5, 6].map(groupRow) } : event) as Event,
          ({ conv }) => conv === group,
        ),
      ),
  ],
  [
    'receipts that go back',
    'I15',
    () =>
      planted(
        of(
          'receipt',
          (event) => [event, { ...event, read: 2 }],
          ({ read }) => read === 6,
        ),
      ),
  ],
  [
    'a receipt beyond the head',
    'I15',
    () =>
      planted(
        of(
          'receipt',
          (event) => ({ ...event, delivered: 99 }),
          ({ read }) => read === 13,
        ),
      ),
  ],
  ['a dropped push that nobody noticed', 'I16', () => planted(without((event) => event.f === 'shown' && event.seq === 5))],
  [
    'an entry that was shown twice',
    'I16',
    () =>
      planted(
        of(
          'shown',
          (event) => [event, event],
          ({ seq }) => seq === 5,
        ),
      ),
  ],
  ['an ack that left before the disk was asked', 'I17', () => planted(without((event) => event.f === 'trace' && event.type === 'sync'))],
  ['a database that is not sound', 'I18', () => planted(of('storage', (event) => ({ ...event, integrity: 'row 3 missing from index' })))],
  [
    'a head that the rows do not bear out',
    'I18',
    () => planted(of('storage', (event) => ({ ...event, convs: [{ conv: pair, head: 14, max: 13, count: 13 }] }))),
  ],
  [
    'a device that never learnt of the last message',
    'I20',
    () => planted(without((event) => (event.f === 'cursor' || event.f === 'shown') && event.seq === 13)),
  ],
  [
    'a person who is not answered any more',
    'I21',
    () => [...good(), { f: 'send', type: 'invoke', t_ns: 1e13, proc: 'U1/2', conv: pair, user: 'U2', cid: 'last', sha: '' }],
  ],
  ['a server that takes long to say that it lives', 'I21', () => planted(of('health', (event) => ({ ...event, ms: 1_001 })))],
]

const byTime = (a: Event, b: Event): number => a.t_ns - b.t_ns
const late = (event: EventOf<'push'>): Event[] => [{ ...event, t_ns: event.t_ns + 5_500e6, row: groupRow(7) }]
const rightSha = (event: Event): Event => {
  return event.f === 'send' && event.type === 'invoke' && event.cid === 'refused' ? { ...event, sha: shaOf(textOf('refused')) } : event
}

/** The same history with other ids. */
const renamed = (event: Event, names: Readonly<Record<string, string>>): Event => {
  const rename = <T extends { readonly id: string }>(thing: T): T => ({ ...thing, id: names[thing.id] ?? thing.id })
  if (event.f === 'final' && event.conv === pair) return { ...event, rows: event.rows.map(rename) }
  if (event.f === 'push' && event.conv === pair) return { ...event, row: rename(event.row) }
  if (event.f === 'shown' || (event.f === 'send' && event.type === 'ok' && event.conv === pair)) return rename(event) as Event
  return event
}

/** Everybody agrees that the last message is at 14. */
const shifted = (event: Event): Event => {
  if (event.f === 'push' && event.row.seq === 13) return { ...event, row: { ...event.row, seq: 14 } }
  if (event.f === 'send' && event.type === 'ok' && event.cid === 'c13') return { ...event, seq: 14 }
  if (event.f === 'cursor' && event.seq === 13) return { ...event, seq: 14 }
  return event
}

/** The message at 12 was sent after the one at 13, and after its ack unless it was on its way with it. */
const overtaken = (proc: string, isTogether = false): Event[] => {
  const [twelve, thirteen] = [isSend('invoke', 'c12'), isSend('invoke', 'c13')]
  const events = planted(without(isSend('invoke', 'c12'), isSend('ok', 'c12'), isSend('invoke', 'c13'), isSend('ok', 'c13')))
  const pick = (find: Finder): Event => good().find(find) as Event
  const [late, lateAck] = [pick(twelve), pick(isSend('ok', 'c12'))].map((event) => ({ ...event, proc }) as Event)
  const [early, earlyAck] = [pick(thirteen), pick(isSend('ok', 'c13'))]
  const at = events.findIndex((event) => event.f === 'push' && event.row.seq === 12 && event.conv === pair)
  const order = isTogether ? [early, late, earlyAck, lateAck] : [early, earlyAck, late, lateAck]
  return [...events.slice(0, at), ...(order as Event[]), ...events.slice(at)]
}

test('a history in which everything is right is valid, and is counted', () => {
  const { result, counts, violations, doubts, recovery } = check(good(), least)
  expect([result, violations, doubts]).toEqual(['valid', [], []])
  expect(counts).toEqual({
    attempts: 22,
    retries: 1,
    acknowledged: 21,
    refused: 1,
    unknown: 1,
    recovered: 1,
    lost: 0,
    unexpected: 0,
    duplicated: 0,
    pushes: 15,
    syncs: 2,
    receipts: 12,
  })
  expect(recovery).toEqual({ p50: 5, p99: 5, max: 5 })
})

describe('what is planted is reported by its rule and by no other', () => {
  test.each(plants)('%s: %s', (_, rule, make) => {
    expect(violated(make())).toEqual([rule])
  })

  test('every rule has something planted for it', () => {
    expect([...new Set(plants.map(([, rule]) => rule))]).toEqual(Object.keys(rules))
  })
})

describe('a run that says nothing is unknown, not valid', () => {
  test('too few acknowledgements', () => {
    expect(check(good(), 1_000)).toMatchObject({ result: 'unknown', doubts: ['only 21 messages were acknowledged, and 1000 are needed'] })
  })

  test('a fault that was planned and never seen', () => {
    const events = planted(without((event) => event.f === 'fault' && event.type === 'ok'))
    expect(check(events, least)).toMatchObject({ result: 'unknown', doubts: ['kill was to happen 1 times and was seen 0 times'] })
  })

  test('a kill after which every send had its answer', () => {
    const events = planted(without(isSend('info', 'c11')))
    expect(check(events, least)).toMatchObject({ result: 'unknown' })
  })

  test('logs that nobody read in the end', () => {
    const events = planted(without(({ f }) => f === 'final'))
    expect(check(events, least)).toMatchObject({ result: 'unknown', doubts: ['nobody read the logs in the end'] })
  })
})

test('an answer to something that nobody sent is a fault of the history itself', () => {
  expect(() => check(planted(without(isSend('invoke', 'c3'))))).toThrow('which nobody sent')
})

describe('a history in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-history-'))
  const run = (text: string, ...args: string[]) => {
    const file = join(folder, 'history.jsonl')
    writeFileSync(file, text)
    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, 'main.ts'), ...args, file])
    return { exitCode, said: `${stdout}${stderr}` }
  }
  const lines = (events: readonly Event[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('')

  test('is read as it was written', () => {
    expect(readHistory(lines(good()))).toEqual(good())
    expect(() => readHistory(`${lines(good().slice(0, 2))}{"f":"send"}\n`)).toThrow('line 3 is no line of a history')
  })

  test('is checked by the command: 0 valid, 1 invalid, 2 unknown', () => {
    const valid = run(lines(good()), '--least', '20')
    expect([valid.exitCode, valid.said.split(':')[0]]).toEqual([0, 'valid'])
    expect(run(lines(good())).exitCode).toBe(2)
    const invalid = run(lines(planted(final(() => ({ head: 14 })))), '--least', '20')
    expect([invalid.exitCode, invalid.said]).toEqual([1, expect.stringContaining('I4: U1:U2 has 13 entries and says that its head is 14')])
    rmSync(folder, { recursive: true })
  })
})
