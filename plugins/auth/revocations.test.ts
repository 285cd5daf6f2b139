import { describe, expect, test } from 'bun:test'
import { quietLog } from '../../test/support/stores.ts'
import { codeOf } from '../../test/support/tokens.ts'
import { Revocations } from './revocations.ts'
import type { Revoked } from './store.ts'

const horizonMs = 660_000

/** Revocations over rows and a clock that the test changes. */
const watched = () => {
  const state = { nowMs: 10_000_000, rows: [] as Revoked[], fails: false }
  const asked: number[] = []
  const closed: string[] = []
  const store = {
    revokedSince: async (since: Date) => {
      asked.push(since.getTime())
      if (state.fails) throw new Error('no database')
      return state.rows.filter(({ atMs }) => atMs >= since.getTime())
    },
  }
  const connection = (id: string) => ({ close: (code: number) => void closed.push(`${id} ${code}`) })
  const connections = { ofSession: (id: string) => [connection(id)] as never }
  const log = quietLog()
  const revocations = new Revocations({ store, connections, log, now: () => state.nowMs, horizonMs })
  const isEnded = async (sessionId: string, issuedAtMs = 0): Promise<boolean> =>
    (await codeOf(() => revocations.check({ sessionId, issuedAtMs }))) === 'CORE_SESSION_REVOKED'
  return { state, asked, closed, log, revocations, isEnded }
}

describe('revocations', () => {
  test('close the session’s sockets once, and refuse its tokens from then on', async () => {
    const { revocations, closed, isEnded } = watched()
    expect(await isEnded('S1')).toBe(false)
    revocations.add({ id: 'S1', atMs: 5 })
    revocations.add({ id: 'S1', atMs: 5 })
    expect(closed).toEqual(['S1 4509'])
    expect([await isEnded('S1'), await isEnded('S2')]).toEqual([true, false])
  })

  test('refuse what was issued until then, and nothing later', async () => {
    const { revocations, isEnded } = watched()
    revocations.add({ id: 'S1', atMs: 1_000 })
    expect([await isEnded('S1', 1_000), await isEnded('S1', 1_001)]).toEqual([true, false])
  })

  test('of before the start are learnt as far back as a token can live', async () => {
    const { revocations, state, isEnded } = watched()
    state.rows = [{ id: 'S1', atMs: state.nowMs - horizonMs + 1 }]
    await revocations.sync()
    expect(await isEnded('S1')).toBe(true)
  })

  test('of other nodes are learnt with an overlap, for those that were committed late', async () => {
    const { revocations, state, isEnded, closed } = watched()
    await revocations.sync()
    state.rows = [{ id: 'S1', atMs: state.nowMs - 30_000 }]
    state.nowMs += 300
    await revocations.sync()
    expect(await isEnded('S1')).toBe(true)
    await revocations.sync()
    expect(closed).toEqual(['S1 4509'])
  })

  test('are not missed when the database was away for long', async () => {
    const { revocations, state, isEnded, log } = watched()
    await revocations.poll()
    state.fails = true
    state.rows = [{ id: 'S1', atMs: state.nowMs + 1_000 }]
    for (let i = 0; i < 10; i++) {
      state.nowMs += 60_000
      await revocations.poll()
    }
    expect(log.lines.length).toBe(10)
    state.fails = false
    await revocations.poll()
    expect(await isEnded('S1')).toBe(true)
  })

  test('are asked for by one look at a time', async () => {
    const { revocations, asked } = watched()
    await Promise.all([revocations.poll(), revocations.poll(), revocations.poll()])
    expect(asked.length).toBe(1)
    await revocations.poll()
    expect(asked.length).toBe(2)
  })

  test('are forgotten when no token of before can be valid any more', async () => {
    const { revocations, state } = watched()
    revocations.add({ id: 'S1', atMs: state.nowMs })
    state.nowMs += horizonMs
    await revocations.sync()
    expect(revocations.check({ sessionId: 'S1', issuedAtMs: state.nowMs })).toBe(state.nowMs - horizonMs)
    state.nowMs += 1
    await revocations.sync()
    expect(revocations.check({ sessionId: 'S1', issuedAtMs: state.nowMs })).toBeUndefined()
  })
})
