import { describe, expect, test } from 'bun:test'
import { statesOf, World } from '../../test/support/client/world.ts'

const tenMinutes = 600_000

/** A world in which every token is a new one. */
const withTokens = (lifeMs: number): { readonly world: World; readonly token: () => Promise<string> } => {
  const world = new World()
  world.server.tokenLifeMs = lifeMs
  let last = 0
  return { world, token: async () => `U1~${++last}` }
}

describe('a token', () => {
  test('is renewed on the same line when the server says that it ends soon', async () => {
    const { world, token } = withTokens(tenMinutes)
    const client = await world.online('U1', { token })
    const states = statesOf(client)
    await world.pass(4 * tenMinutes)
    expect(states).toEqual([])
    expect(world.server.of('core.auth').map(({ data }) => data.token)).toEqual(['U1~2', 'U1~3', 'U1~4', 'U1~5'])
    expect(world.server.network.links.length).toBe(1)
  })

  test('is renewed by our own clock if the reminder was lost, however wrong that clock is', async () => {
    for (const wallOffsetMs of [0, 7_200_000, -7_200_000]) {
      const { world, token } = withTokens(tenMinutes)
      world.server.plan = ({ type }) => (type === 'core.token_expiring' ? [] : [0])
      const { clock } = world
      const wrong = {
        now: () => clock.now() + wallOffsetMs,
        monotonic: () => clock.monotonic(),
        setTimeout: (run: () => void, delayMs: number) => clock.setTimeout(run, delayMs),
        clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
      }
      const client = await world.online('U1', { token, clock: wrong })
      const states = statesOf(client)
      await world.pass(2 * tenMinutes)
      expect(states).toEqual([])
      expect(world.server.of('core.auth').length).toBe(2)
    }
  })

  test('that never ends is never renewed', async () => {
    const world = new World()
    await world.online('U1')
    await world.pass(24 * 3_600_000)
    expect(world.server.of('core.auth')).toEqual([])
  })

  test('that lasts a month is renewed after a month', async () => {
    const { world, token } = withTokens(30 * 24 * 3_600_000)
    world.server.heartbeatMs = 3_600_000
    await world.online('U1', { token })
    await world.pass(29 * 24 * 3_600_000)
    expect(world.server.of('core.auth')).toEqual([])
    await world.pass(24 * 3_600_000)
    expect(world.server.of('core.auth').length).toBe(1)
  })

  test('that cannot be had just now is asked for again until it can', async () => {
    const { world } = withTokens(tenMinutes)
    let asked = 0
    const token = async (): Promise<string> => {
      asked++
      if (asked > 1 && asked < 5) throw new Error('no network')
      return `U1~${asked}`
    }
    const client = await world.online('U1', { token })
    const states = statesOf(client)
    await world.pass(tenMinutes + 30_000)
    expect(states).toEqual([])
    expect(world.server.of('core.auth').map(({ data }) => data.token)).toEqual(['U1~5'])
  })

  test('that is refused is asked for once more before it ends, and not again and again', async () => {
    const { world, token } = withTokens(tenMinutes)
    await world.online('U1', { token })
    world.server.refuse = () => 4501
    await world.pass(tenMinutes - 1_000)
    expect(world.server.of('core.auth').length).toBe(2)
  })

  test('that the app still holds from before does not make it go round', async () => {
    const { world } = withTokens(20_000)
    await world.online('U1')
    await world.pass(60_000)
    expect(world.server.of('core.auth').length).toBeLessThanOrEqual(12)
    expect(world.server.network.links.length).toBe(1)
  })

  test('that comes when its line is gone is not presented on the next one', async () => {
    const { world } = withTokens(tenMinutes)
    const late = Promise.withResolvers<string>()
    const answers = [Promise.resolve('U1~1'), late.promise, Promise.resolve('U1~3')]
    const client = await world.online('U1', { token: () => answers.shift() ?? Promise.resolve('U1~4') })
    await world.pass(tenMinutes - 50_000)
    expect(answers.length).toBe(1)
    await world.cut()
    await world.pass(1_000)
    late.resolve('U1~2')
    await world.pass(1_000)
    expect(client.state.kind).toBe('online')
    expect(world.server.of('core.auth')).toEqual([])
  })

  test('is renewed once when the reminder and our own clock come together', async () => {
    const { world } = withTokens(tenMinutes)
    const waiting: ((token: string) => void)[] = []
    let isFirst = true
    const token = (): Promise<string> => {
      if (isFirst) {
        isFirst = false
        return Promise.resolve('U1')
      }
      return new Promise((resolve) => waiting.push(resolve))
    }
    await world.online('U1', { token })
    await world.pass(tenMinutes - 10)
    expect(waiting.length).toBe(1)
  })
})
