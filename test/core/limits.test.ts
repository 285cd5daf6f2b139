import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Counted, type Limit, limit } from '../../src/limit.ts'
import { Limits, type Meter } from '../../src/limits.ts'
import type { Log } from '../../src/log.ts'

const nobody: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => nobody }

interface Client {
  meter: Meter | undefined
  readonly userId: string
  readonly ip: string
}

/** Three users and somebody who is none, at two addresses, with two connections each. */
const clients = (): Client[] =>
  ['U1', 'U2', 'U3', ''].flatMap((userId) => ['a', 'a', 'b', 'b'].map((ip): Client => ({ meter: undefined, userId, ip })))

const keyOf = (by: Counted, all: readonly Client[], client: Client): string => {
  if (by === 'connection') return `connection ${all.indexOf(client)}`
  if (by === 'server') return ''
  return by === 'user' && client.userId !== '' ? client.userId : client.ip
}

const setUp = (table: Readonly<Record<string, Limit>>, { isOn = true, rates = [] as string[], log = nobody } = {}) => {
  const clock = { nowMs: 0 }
  const ambient = { monotonic: () => clock.nowMs }
  return { clock, limits: new Limits({ isOn, rates, log, ambient, plugins: [{ id: 'p', limits: table }] }) }
}

describe('limits', () => {
  test('count by connection, user, address or for all, as a naive list of what was taken does', () => {
    const step = fc.record({ who: fc.nat({ max: 15 }), cost: fc.integer({ min: 1, max: 3 }), waitMs: fc.nat({ max: 400 }) })
    const by = fc.constantFrom<Counted>('connection', 'user', 'address', 'server')
    fc.assert(
      fc.property(
        by,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 3, max: 9 }),
        fc.array(step, { maxLength: 80 }),
        (by, count, burst, steps) => {
          const p = limit({ by, count, seconds: 1, burst })
          const { clock, limits } = setUp({ p })
          const all = clients()
          // In thousandths of a token, so that nothing is rounded.
          const model = new Map<string, { tokens: number; atMs: number }>()
          for (const { who, cost, waitMs } of steps) {
            clock.nowMs += waitMs
            const client = all[who] as Client
            const key = keyOf(by, all, client)
            const { tokens, atMs } = model.get(key) ?? { tokens: burst * 1_000, atMs: clock.nowMs }
            const left = Math.min(burst * 1_000, tokens + (clock.nowMs - atMs) * count)
            // Floating point may be a hair off at the very edge.
            if (Math.abs(left - cost * 1_000) < 1) return
            const waits = limits.takeFrom(p, client, cost)
            expect(waits === 0).toBe(left >= cost * 1_000)
            if (waits > 0) expect(Math.abs(waits - (cost * 1_000 - left) / count)).toBeLessThanOrEqual(1.001)
            model.set(key, { tokens: waits === 0 ? left - cost * 1_000 : left, atMs: clock.nowMs })
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('that are switched off count nothing, but for those that guard the protocol', () => {
    const table = { load: limit({ by: 'key', count: 1 }), protocol: limit({ by: 'key', count: 1, always: true }) }
    const { limits } = setUp(table, { isOn: false })
    expect([1, 2, 3].map(() => limits.take(table.load, 'k'))).toEqual([0, 0, 0])
    expect([1, 2, 3].map(() => limits.take(table.protocol, 'k') > 0)).toEqual([false, true, true])
  })

  test('are those of the deployment where it sets some', () => {
    const table = { one: limit({ by: 'key', count: 1 }), two: limit({ by: 'key', count: 1 }) }
    const { limits } = setUp(table, { rates: ['p.one=2/s:3'] })
    expect(Array.from({ length: 4 }, () => limits.take(table.one, 'k'))).toEqual([0, 0, 0, 500])
    expect([1, 2].map(() => limits.take(table.two, 'k'))).toEqual([0, 60_000])
  })

  test('take what costs more than the bucket holds when the bucket is full', () => {
    const p = limit({ by: 'key', count: 1, seconds: 1, burst: 2 })
    const { clock, limits } = setUp({ p })
    expect([limits.take(p, 'k', 5), limits.take(p, 'k', 5)]).toEqual([0, 2_000])
    clock.nowMs += 2_000
    expect(limits.take(p, 'k', 5)).toBe(0)
  })

  test('that nobody declared are a mistake of the program', () => {
    const { limits } = setUp({})
    expect(() => limits.take(limit({ by: 'key', count: 1 }), 'k')).toThrow('in no manifest')
  })

  test('say in the log that they were reached, but not for every refusal', () => {
    const said: object[] = []
    const log: Log = { ...nobody, warn: (fields) => void said.push(fields) }
    const p = limit({ by: 'key', count: 1, seconds: 3_600 })
    const { clock, limits } = setUp({ p }, { log })
    for (let i = 0; i < 1_001; i++) limits.take(p, 'k')
    clock.nowMs += 10_000
    limits.take(p, 'k')
    expect(said).toEqual([
      { event: 'core.limited', limit: 'p.p', refused: 1 },
      { event: 'core.limited', limit: 'p.p', refused: 1_000 },
    ])
  })
})
