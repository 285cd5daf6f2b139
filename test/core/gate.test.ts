// Who comes and goes while hooks take their time: hooks are held by the test, so that every order can be had.
import { describe, expect, test } from 'bun:test'
import { type Connection, type Connections, coreErrors, definePlugin, type Hooks, type Identity } from '#core'
import { closing, frame, RawWebSocket } from '../support/raw-socket.ts'
import { startTestServer } from '../support/server.ts'
import { TestSocket } from '../support/socket.ts'

/** A step that waits until the test lets it go on. */
const gate = () => {
  const reached = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const pass = (): Promise<void> => {
    reached.resolve()
    return open.promise
  }
  return { reached: reached.promise, open: () => open.resolve(), refuse: (failure: unknown) => open.reject(failure), pass }
}

const identityOf = (token: string | undefined): Identity => ({ userId: `U${token}`, sessionId: 'S1', scope: [] })

/** Plugins whose hooks are `hooks`, in order; what each saw is written to `seen`. */
const witnesses = (...all: readonly Hooks[]) => {
  const seen: string[] = []
  let connections: Connections | undefined
  const plugins = all.map((hooks, i) =>
    definePlugin({
      id: `witness-${i}`,
      setup: (context) => {
        connections = context.connections
        return {
          hooks: {
            onConnect: (connection) => {
              seen.push(`connect ${i}`)
              return hooks.onConnect?.(connection)
            },
            onDisconnect: (connection, code) => {
              seen.push(`disconnect ${i}`)
              return hooks.onDisconnect?.(connection, code)
            },
          },
        }
      },
    }),
  )
  return { seen, plugins, connections: () => connections as Connections }
}

const slowIdentity = (hook: NonNullable<Hooks['authenticate']>) =>
  definePlugin({ id: 'slow-identity', capabilities: ['authenticate'], setup: () => ({ hooks: { authenticate: hook } }) })

/** Closes properly, so that the server has seen it when this resolves. */
const leave = async (ws: RawWebSocket): Promise<void> => {
  ws.send(frame(8, closing(1000)))
  await ws.closed()
}

describe('a connection that goes while it is being signed in', () => {
  test.each(['by subprotocol', 'by core.auth'])('is no connection of anybody afterwards: %s', async (way) => {
    const asking = gate()
    const { seen, plugins, connections } = witnesses({})
    const identity = slowIdentity(({ token }) => (token === '2' ? identityOf(token) : asking.pass().then(() => identityOf(token))))
    await using server = await startTestServer(plugins, { identity })
    const offers = way === 'by subprotocol' ? 'parley.v1, auth.1' : 'parley.v1'
    const ws = await RawWebSocket.open(server.url, { 'Sec-WebSocket-Protocol': offers })
    if (way === 'by core.auth') ws.message({ id: 'a', type: 'core.auth', data: { token: '1' } })
    await asking.reached
    await leave(ws)
    asking.open()
    const other = await TestSocket.open(server.url, ['parley.v1', 'auth.2'])
    await other.next('core.welcome')
    await other.settle()
    expect([...connections()].map(({ userId }) => userId)).toEqual(['U2'])
    expect([connections().count, connections().ofUser('U1').length]).toEqual([1, 0])
    expect(seen).toEqual(['connect 0'])
  })

  test('is told to onDisconnect only after onConnect is done with it, and to nobody who has not seen it', async () => {
    const slow = gate()
    const told = Promise.withResolvers<void>()
    const { seen, plugins, connections } = witnesses({ onConnect: () => slow.pass(), onDisconnect: () => told.resolve() }, {})
    await using server = await startTestServer(plugins, { identity: slowIdentity(({ token }) => identityOf(token)) })
    const ws = await RawWebSocket.open(server.url, { 'Sec-WebSocket-Protocol': 'parley.v1, auth.1' })
    await slow.reached
    await leave(ws)
    expect(seen).toEqual(['connect 0'])
    slow.open()
    await told.promise
    expect(seen).toEqual(['connect 0', 'disconnect 0'])
    expect(connections().count).toBe(0)
  })

  test('gets no welcome, and the frames that it sent are not handled', async () => {
    const slow = gate()
    const handled: string[] = []
    const { plugins } = witnesses({ onConnect: () => slow.pass() })
    const spy = definePlugin({
      id: 'spy',
      capabilities: ['all-messages'],
      setup: () => ({ hooks: { onMessage: ({ type }) => void handled.push(type) } }),
    })
    await using server = await startTestServer([...plugins, spy], { identity: slowIdentity(({ token }) => identityOf(token)) })
    const ws = await RawWebSocket.open(server.url, { 'Sec-WebSocket-Protocol': 'parley.v1, auth.1' })
    ws.message({ id: 'early', type: 'core.ping' })
    await slow.reached
    await leave(ws)
    slow.open()
    const other = await TestSocket.open(server.url)
    await other.settle()
    expect(handled).toEqual(['core.ping'])
    expect(ws.frames.map(({ opcode }) => opcode)).toEqual([8])
  })
})

describe('frames that come before the welcome', () => {
  test('wait for it, 64 of them, and are handled in order; one more closes the connection with 4029', async () => {
    const asking = gate()
    const identity = slowIdentity(({ token }) => asking.pass().then(() => identityOf(token)))
    await using server = await startTestServer([], { identity })
    const [patient, flood] = await Promise.all([1, 2].map(() => TestSocket.open(server.url, ['parley.v1', 'auth.1'])))
    for (let i = 1; i <= 64; i++) patient?.send({ id: `p${i}`, type: 'core.ping' })
    for (let i = 1; i <= 65; i++) flood?.send({ id: `f${i}`, type: 'core.ping' })
    expect((await flood?.closed)?.code).toBe(4029)
    asking.open()
    await patient?.next('ack', ({ id }) => id === 'p64')
    expect(patient?.frames.map(({ id, type }) => id ?? type)).toEqual([
      'core.welcome',
      ...Array.from({ length: 64 }, (_, i) => `p${i + 1}`),
    ])
    expect(flood?.frames).toEqual([])
  })
})

describe('a hook that refuses a connection', () => {
  test.each([
    [
      'at once',
      'CORE_FORBIDDEN',
      4503,
      () => {
        throw coreErrors.FORBIDDEN()
      },
    ],
    ['later', 'CORE_FORBIDDEN', 4503, () => Promise.reject(coreErrors.FORBIDDEN())],
    [
      'by mistake',
      'CORE_INTERNAL',
      1013,
      () => {
        throw new Error('oops')
      },
    ],
  ] as const)('%s: the client is told, and each hook that saw it hears of its end once', async (_, code, closed, onConnect) => {
    const told = Promise.withResolvers<void>()
    const { seen, plugins, connections } = witnesses({}, { onConnect, onDisconnect: () => told.resolve() }, {})
    await using server = await startTestServer(plugins, { identity: slowIdentity(({ token }) => identityOf(token)) })
    const socket = await TestSocket.open(server.url, ['parley.v1', 'auth.1'])
    expect((await socket.next('error')).error?.code).toBe(code)
    expect((await socket.closed).code).toBe(closed)
    await told.promise
    expect(seen).toEqual(['connect 0', 'connect 1', 'disconnect 0', 'disconnect 1'])
    expect(connections().count).toBe(0)
  })

  test('that fails at the end of a connection keeps no other from hearing of it', async () => {
    const told = Promise.withResolvers<void>()
    const failing = () => {
      throw new Error('oops')
    }
    const { seen, plugins } = witnesses({ onDisconnect: failing }, { onDisconnect: () => told.resolve() })
    await using server = await startTestServer(plugins, { identity: slowIdentity(({ token }) => identityOf(token)) })
    const socket = await TestSocket.open(server.url, ['parley.v1', 'auth.1'])
    await socket.next('core.welcome')
    await socket.close()
    await told.promise
    expect(seen).toEqual(['connect 0', 'connect 1', 'disconnect 0', 'disconnect 1'])
  })
})

test('when the server stops, the hooks have heard of everybody’s end before their plugin is disposed', async () => {
  const seen: string[] = []
  const slow = definePlugin({
    id: 'slow',
    setup: () => ({
      hooks: {
        onDisconnect: async () => {
          await new Promise((done) => setImmediate(done))
          seen.push('heard')
        },
      },
      dispose: () => void seen.push('disposed'),
    }),
  })
  const server = await startTestServer([slow])
  await Promise.all([server.connect('U1'), server.connect('U2')])
  await server.stop()
  expect(seen).toEqual(['heard', 'heard', 'disposed'])
})

describe('onConnect', () => {
  test('sees a connection before its welcome, and what it subscribes to arrives from then on', async () => {
    const greeter = definePlugin({
      id: 'greeter',
      messages: {},
      setup: ({ topic, publish, connections }) => ({
        hooks: {
          onConnect: (connection: Connection) => {
            connection.subscribe(topic('all'))
            publish(topic('all'), 'greeted' as never, { count: connections.count } as never)
          },
        },
      }),
    })
    await using server = await startTestServer([greeter])
    const ann = await server.connect('U1')
    expect((await ann.next('greeter.greeted')).data).toEqual({ count: 1 })
    await server.connect('U2')
    expect((await ann.next('greeter.greeted')).data).toEqual({ count: 2 })
  })
})
