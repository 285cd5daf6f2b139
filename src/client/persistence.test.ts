import { describe, expect, test } from 'bun:test'
import { World } from '../../test/support/client/world.ts'
import type { WireError } from '../errors.ts'

const error = (kind: WireError['kind'], retryAfterMs?: number): WireError => ({
  code: `CORE_${kind.toUpperCase()}`,
  kind,
  message: kind,
  retry: true,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

describe('what heals in the background', () => {
  test('asks again after rate_limited, unavailable, internal and silence', async () => {
    const world = new World()
    const verdicts = [error('rate_limited', 2_000), error('unavailable'), error('internal'), 'ignore' as const]
    world.server.judge = () => verdicts.shift() ?? 'answer'
    world.server.post('U2', 'U1', 'Hello')
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2')
    await world.pass(2_000)
    expect(world.server.of('chat.history').length).toBe(1)
    await world.pass(20_000)
    expect(conversation.messages.map(({ data }) => data.text)).toEqual(['Hello'])
    expect(world.server.of('chat.history').length).toBe(5)
  })

  test('believes internal five times', async () => {
    const world = new World()
    world.server.judge = () => error('internal')
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2')
    await world.pass(600_000)
    expect(world.server.of('chat.history').length).toBe(5)
    expect(conversation.error?.code).toBe('CORE_INTERNAL')
  })

  test('leaves no timer behind when the client stops in the middle of a pause', async () => {
    const world = new World()
    world.server.judge = () => error('unavailable', 60_000)
    const client = await world.online('U1')
    client.chat.conversation('U2')
    client.chat.send('U2', 'Hello')
    await world.pass(10)
    world.server.connections.clear()
    client.stop()
    await world.pass(30_000)
    expect(world.clock.timers).toBe(0)
    expect(client.chat.unsent()[0]?.state).toBe('queued')
  })

  test('asks at most eight things at once', async () => {
    const world = new World(Array.from({ length: 40 }, (_, index) => `U${index}`))
    const client = await world.online('U0')
    world.server.judge = () => 'ignore'
    for (let index = 1; index < 40; index++) client.chat.conversation(`U${index}`)
    await world.pass(100)
    expect(world.server.of('chat.history').length).toBe(8)
  })

  test('what still waited for its turn when the line broke goes on with the next one', async () => {
    const users = Array.from({ length: 21 }, (_, index) => `U${index}`)
    const world = new World(users)
    const client = await world.online('U0')
    world.server.judge = () => 'ignore'
    const sendings = users.slice(1).map((userId) => client.chat.send(userId, 'Hi'))
    const conversations = users.slice(1).map((userId) => client.chat.conversation(userId))
    await world.pass(10)
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(1_000)
    expect(sendings.every(({ state }) => state === 'sent')).toBe(true)
    expect(conversations.every(({ head, isLoaded }) => isLoaded && head === 1)).toBe(true)
  })

  test('never draws more refusals than would close the line, however much there is to ask', async () => {
    const users = Array.from({ length: 121 }, (_, index) => `U${index}`)
    const world = new World(users)
    const client = await world.online('U0')
    // 10 a second, burst 40, as the server counts them.
    let tokens = 40
    let countedAt = world.clock.monotonic()
    const refusals: number[] = []
    world.server.judge = () => {
      const now = world.clock.monotonic()
      tokens = Math.min(40, tokens + (now - countedAt) / 100)
      countedAt = now
      if (tokens >= 1) {
        tokens--
        return 'answer'
      }
      refusals.push(now)
      return error('rate_limited', (1 - tokens) * 100)
    }
    const conversations = users.slice(1).map((userId) => client.chat.conversation(userId))
    const sendings = users.slice(1, 60).map((userId) => client.chat.send(userId, 'Hi'))
    await world.pass(120_000)
    expect(conversations.every(({ isLoaded }) => isLoaded)).toBe(true)
    expect(sendings.every(({ state }) => state === 'sent')).toBe(true)
    const worst = Math.max(...refusals.map((at) => refusals.filter((other) => other >= at && other < at + 10_000).length))
    expect(refusals.length).toBeGreaterThan(0)
    expect(worst).toBeLessThan(60)
  })
})
