import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { FakeClock } from '../../../test/support/client/clock.ts'
import { installPeers, type Pair, pairOfLinks } from '../../../test/support/client/peers.ts'

let clock: FakeClock
let pair: Pair
let uninstall: () => void

const states = (): string[] => pair.links.map(({ state }) => state)
/** When the impolite one has offered a new connection, in seconds. */
const tries = (): number[] => {
  const known = new Set<string | undefined>()
  return pair.said.flatMap(({ from, signal, session, atMs }) => {
    if (from !== 1 || signal !== 'offer' || known.has(session)) return []
    known.add(session)
    return [atMs / 1_000]
  })
}

describe('a link without a way', () => {
  beforeAll(() => {
    uninstall = installPeers()
  })
  beforeEach(() => {
    clock = new FakeClock()
    pair = pairOfLinks(clock)
  })
  afterEach(() => {
    for (const link of pair.links) link.close()
  })
  afterAll(() => uninstall())

  test('is tried again after pauses that grow to half a minute, by the one who made the first offer', async () => {
    await clock.advance(300_000)
    expect(states()).toEqual(['failed', 'failed'])
    // Each try has half a minute before it has failed.
    expect(tries()).toEqual([0, 35, 75, 125, 185, 245])
  })

  test('stands as soon as a try finds one, and nothing is tried any more', async () => {
    await clock.advance(60_000)
    pair.turn(true)
    await clock.advance(20_000)
    expect(states()).toEqual(['connected', 'connected'])
    const said = pair.said.length
    await clock.advance(300_000)
    expect(pair.said.length).toBe(said)
    expect(clock.timers).toBe(0)
  })

  test.each([0, 1] as const)('is tried at once when the network of one side changes (%i)', async (side) => {
    await clock.advance(31_000)
    pair.turn(true)
    expect(states()).toEqual(['failed', 'failed'])
    pair.links[side].restart()
    await clock.advance(0)
    await clock.advance(0)
    expect(tries()).toEqual([0, 31])
    expect(states()).toEqual(['connected', 'connected'])
  })

  test.each([0, 1] as const)('is tried at once when a side has its line to the server back (%i)', async (side) => {
    await clock.advance(31_000)
    pair.turn(true)
    pair.links[side].pause()
    pair.links[side].resume()
    await clock.advance(0)
    await clock.advance(0)
    expect(tries()).toEqual([0, 31])
    expect(states()).toEqual(['connected', 'connected'])
  })

  test('is not tried any more by who is out of the call', async () => {
    await clock.advance(32_000)
    for (const link of pair.links) link.close()
    const said = pair.said.length
    for (const link of pair.links) link.restart()
    await clock.advance(300_000)
    expect(pair.said.length).toBe(said)
    expect(clock.timers).toBe(0)
  })

  test('that was lost begins with a short pause again', async () => {
    await clock.advance(130_000)
    pair.turn(true)
    await clock.advance(30_000)
    pair.turn(false)
    const lostAt = clock.monotonic() / 1_000
    await clock.advance(36_000)
    expect(tries().at(-1)).toBe(lostAt + 35)
  })
})

describe('two who try again at once', () => {
  beforeAll(() => {
    uninstall = installPeers()
  })
  afterAll(() => uninstall())

  test.each([
    [0, 0],
    [900, 0],
    [0, 900],
    [40, 300],
    [300, 40],
    [700, 650],
  ] as const)('are brought together, however long their signals take (%i ms, %i ms)', async (one, other) => {
    for (let headStartMs = -1_000; headStartMs <= 1_000; headStartMs += 125) {
      clock = new FakeClock()
      pair = pairOfLinks(clock, [one, other])
      await clock.advance(33_000)
      pair.turn(true)
      pair.links[headStartMs < 0 ? 0 : 1].restart()
      await clock.advance(Math.abs(headStartMs))
      pair.links[headStartMs < 0 ? 1 : 0].restart()
      await clock.advance(6_000)
      expect(states()).toEqual(['connected', 'connected'])
      for (const link of pair.links) link.close()
    }
  })
})
