import { describe, expect, test } from 'bun:test'
import { statesOf, World } from '../../test/support/client/world.ts'
import type { ClientState } from './index.ts'
import { socketUrl } from './socket.ts'

const kinds = (states: readonly ClientState[]): string[] => states.map(({ kind }) => kind)

describe('connecting', () => {
  test('a client does nothing before it is started', async () => {
    const world = new World()
    const client = world.client('U1')
    await world.pass(60_000)
    expect(client.state).toEqual({ kind: 'idle' })
    expect(world.server.network.links).toEqual([])
  })

  test('it offers parley.v1 and its token, and is online with the welcome', async () => {
    const world = new World()
    const client = world.client('U1')
    const states = statesOf(client)
    client.start()
    client.start()
    await world.pass(10)
    expect(kinds(states)).toEqual(['connecting', 'online'])
    expect(client.state).toMatchObject({ kind: 'online', welcome: { user: { id: 'U1' }, plugins: ['auth', 'rooms', 'chat'] } })
    expect(world.server.network.links.map((link) => link.server.protocols)).toEqual([['parley.v1', 'auth.U1']])
  })

  test('http becomes ws, and a bare host gets the path /ws', () => {
    expect(socketUrl('https://a.example')).toBe('wss://a.example/ws')
    expect(socketUrl('http://localhost:8787/')).toBe('ws://localhost:8787/ws')
    expect(socketUrl('wss://a.example/chat/ws')).toBe('wss://a.example/chat/ws')
    expect(() => socketUrl('chat')).toThrow(TypeError)
  })

  test('without any WebSocket class it says so at once', () => {
    const world = new World()
    const platform = globalThis.WebSocket
    try {
      Reflect.deleteProperty(globalThis, 'WebSocket')
      const nothing = { WebSocket: undefined } as unknown as object
      expect(() => world.client('U1', nothing)).toThrow('pass a class')
    } finally {
      globalThis.WebSocket = platform
    }
  })

  test('without a token it closes and asks for nothing more', async () => {
    const world = new World()
    const client = world.client('U1', { token: async () => undefined })
    client.start()
    await world.pass(60_000)
    expect(client.state).toEqual({ kind: 'closed', reason: { code: 4501, reason: 'there is no token' } })
    expect(world.server.network.links).toEqual([])
  })

  test('a token that cannot be had just now is asked for again', async () => {
    const world = new World()
    let asked = 0
    const token = async (): Promise<string> => {
      if (++asked === 1) throw new Error('no network')
      return 'U1'
    }
    const client = world.client('U1', { token })
    client.start()
    await world.pass(0)
    expect(client.state).toMatchObject({ kind: 'waiting', reason: { code: 1006, reason: 'no network' } })
    await world.pass(1_000)
    expect(client.state.kind).toBe('online')
  })

  test('a welcome that does not come within 15 s is waited for no longer', async () => {
    const world = new World()
    const client = world.client('U1', { token: () => new Promise<string>(() => {}) })
    client.start()
    await world.pass(14_999)
    expect(client.state.kind).toBe('connecting')
    await world.pass(1)
    expect(client.state).toMatchObject({ kind: 'waiting', reason: { reason: 'no welcome in time' } })
  })

  test('a token that comes after stop opens nothing', async () => {
    const world = new World()
    const late = Promise.withResolvers<string>()
    const client = world.client('U1', { token: () => late.promise })
    client.start()
    client.stop()
    late.resolve('U1')
    await world.pass(1_000)
    expect(client.state).toEqual({ kind: 'closed', reason: undefined })
    expect(world.server.network.links).toEqual([])
  })
})

describe('staying connected', () => {
  test('35 s without any frame are taken for a dead line, heartbeats for a living one', async () => {
    const world = new World()
    const client = await world.online('U1')
    await world.pass(300_000)
    expect(world.server.network.links.length).toBe(1)
    world.server.sendsHeartbeats = false
    const states = statesOf(client)
    await world.pass(36_000)
    expect(states[0]).toMatchObject({ kind: 'waiting', reason: { reason: 'nothing was heard for too long' } })
    expect(world.server.network.links.length).toBe(2)
  })

  test('a cable that was pulled is noticed without anybody saying so', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.network.open[0]?.freeze()
    await world.pass(36_000)
    expect(client.state.kind).toBe('online')
    expect(world.server.network.links.length).toBe(2)
  })

  test('a wall clock that is set while the line is up changes nothing', async () => {
    const world = new World()
    const client = await world.online('U1')
    const states = statesOf(client)
    for (const hours of [5, -48, 24]) {
      world.clock.wallOffsetMs += hours * 3_600_000
      await world.pass(60_000)
    }
    expect(states).toEqual([])
  })

  test('frames that are no JSON, no object or binary are ignored', async () => {
    const world = new World()
    const client = await world.online('U1')
    const link = world.server.network.links[0]?.server
    for (const text of ['', '{', '[]', '7', 'null', '{"data":{}}', '{"type":7}']) link?.send(text)
    link?.send(new Uint8Array(4) as unknown as string)
    await world.pass(10)
    expect(client.state.kind).toBe('online')
  })
})

describe('coming back', () => {
  test('a line that broke is replaced after its jitter, and the attempts count from 0 after every welcome', async () => {
    const world = new World()
    const client = await world.online('U1')
    for (let round = 0; round < 3; round++) {
      await world.cut()
      expect(client.state).toMatchObject({ kind: 'waiting', attempt: 0, retryAt: world.clock.now() + 250 })
      await world.pass(300)
      expect(client.state.kind).toBe('online')
    }
  })

  test('failed handshakes come back, each time later', async () => {
    const world = new World()
    world.server.network.isUp = false
    const client = world.client('U1')
    const waits: number[] = []
    client.onState((state) => state.kind === 'waiting' && waits.push(state.retryAt - world.clock.now()))
    client.start()
    await world.pass(120_000)
    expect(waits.slice(0, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
    world.server.network.isUp = true
    await world.pass(20_000)
    expect(client.state.kind).toBe('online')
  })

  test('a restarting server is left alone for as long as it asks', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.closeAll(1012, '{"retryAfterMs":7000}')
    await world.pass(6_900)
    expect(client.state).toMatchObject({ kind: 'waiting', reason: { code: 1012 } })
    await world.pass(200)
    expect(client.state.kind).toBe('online')
  })

  test('codes that blame the client, or end the session, close it for good', async () => {
    for (const code of [1002, 1003, 1007, 1008, 1009, 4500, 4503, 4509]) {
      const world = new World()
      const client = await world.online('U1')
      world.server.closeAll(code, 'why')
      await world.pass(600_000)
      expect(client.state).toEqual({ kind: 'closed', reason: { code, reason: 'why' } })
      expect(world.server.network.links.length).toBe(1)
      client.start()
      await world.pass(10)
      expect(client.state.kind).toBe('online')
    }
  })

  test('a refused token is tried no second time, and the reason says what the server said', async () => {
    const world = new World()
    world.server.refuse = () => 4501
    const client = world.client('U1')
    client.start()
    await world.pass(600_000)
    expect(client.state).toMatchObject({ kind: 'closed', reason: { code: 4501, error: { code: 'CORE_BAD_TOKEN' } } })
    expect(world.server.network.links.length).toBe(1)
  })

  test('a token that ended while nobody could renew it is replaced by the next one', async () => {
    const world = new World()
    const client = await world.online('U1', { token: async () => `U1~${world.clock.now()}` })
    world.server.closeAll(4501)
    await world.pass(1_000)
    expect(client.state.kind).toBe('online')
  })

  test('two different tokens refused in a row are enough', async () => {
    const world = new World()
    let last = 0
    world.server.refuse = () => 4501
    const client = world.client('U1', { token: async () => `U1~${++last}` })
    client.start()
    await world.pass(600_000)
    expect(client.state).toMatchObject({ kind: 'closed', reason: { code: 4501 } })
    expect(world.server.network.links.length).toBe(2)
  })

  test("another user's token closes it: one client speaks for one user", async () => {
    const world = new World()
    let user = 'U1'
    const client = await world.online('U1', { token: async () => user })
    user = 'U2'
    await world.cut()
    await world.pass(1_000)
    expect(client.state).toMatchObject({ kind: 'closed', reason: { code: 4501, reason: 'the token is of another user' } })
    const told = world.client('U1', { user: 'U3' })
    told.start()
    await world.pass(10)
    expect(told.state.kind).toBe('closed')
  })

  test('retryNow skips the waiting, and does nothing in any other state', async () => {
    const world = new World()
    const client = await world.online('U1')
    client.retryNow()
    world.server.closeAll(1012, '{"retryAfterMs":60000}')
    await world.pass(5)
    expect(client.state.kind).toBe('waiting')
    client.retryNow()
    expect(client.state.kind).toBe('connecting')
    client.retryNow()
    await world.pass(10)
    expect(client.state.kind).toBe('online')
    expect(world.server.network.links.length).toBe(2)
  })

  test('a stopped client stays closed, leaves no timer, and starts again', async () => {
    const world = new World()
    const client = await world.online('U1')
    client.stop()
    expect(client.state).toEqual({ kind: 'closed', reason: undefined })
    world.server.sendsHeartbeats = false
    await world.pass(120_000)
    expect(world.clock.timers).toBe(0)
    expect(world.server.connections.size).toBe(0)
    client.start()
    await world.pass(10)
    expect(client.state.kind).toBe('online')
  })

  test('whoever hears of a change may stop the client in the same moment', async () => {
    for (const kind of ['connecting', 'online', 'waiting']) {
      const world = new World()
      const client = world.client('U1')
      client.onState((state) => state.kind === kind && client.stop())
      client.start()
      await world.pass(10)
      await world.cut()
      await world.pass(60_000)
      expect(client.state).toEqual({ kind: 'closed', reason: undefined })
    }
  })

  test('one that is told of the welcome by another way may stop it, too: it closes once', async () => {
    const world = new World()
    const client = world.client('U1')
    const states = statesOf(client)
    client.chat.send('U2', 'Hello').onChange(({ state }) => state === 'sending' && client.stop())
    client.start()
    await world.pass(1_000)
    expect(kinds(states)).toEqual(['connecting', 'closed'])
  })

  test('a welcome that comes after stop is nothing', async () => {
    const world = new World()
    world.server.network.delayMs = () => 10
    const client = world.client('U1')
    client.start()
    await world.pass(15)
    client.stop()
    await world.pass(1_000)
    expect(client.state).toEqual({ kind: 'closed', reason: undefined })
  })

  test('a listener that is undone hears nothing more', async () => {
    const world = new World()
    const client = world.client('U1')
    const states: ClientState[] = []
    const undo = client.onState((state) => states.push(state))
    client.start()
    undo()
    undo()
    await world.pass(10)
    expect(kinds(states)).toEqual(['connecting'])
  })
})
