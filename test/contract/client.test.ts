// The client against the real server: what src/client/*.test.ts show on a fake one holds here, too.
import { afterEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definePlugin } from '#core'
import { catalogue } from '../../plugins/index.ts'
import { type AnyProtocol, type Client, type ClientOptions, createClient, type Posted } from '../../src/client/index.ts'
import type { Plugin } from '../../src/plugin.ts'
import { freePort } from '../support/ports.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { describeUnless } from '../support/skip.ts'

const needed = ['rooms', 'chat']
const plugins = (catalogue as readonly Plugin[]).filter(({ id }) => needed.includes(id))
const missing = plugins.length < needed.length ? 'the client’s contract needs the plugins rooms and chat' : undefined

/** The network of one client, which a test can take away without a word. */
const breakable = (): { readonly WebSocket: typeof WebSocket; break(): void } => {
  const open = new Set<{ terminate(): void }>()
  class Breakable extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      const own = this as unknown as { terminate(): void }
      open.add(own)
      this.addEventListener('close', () => open.delete(own))
    }
  }
  const end = (): void => {
    for (const socket of open) socket.terminate()
  }
  return { WebSocket: Breakable, break: end }
}

type AnyClient = Client<AnyProtocol>
const started: AnyClient[] = []

const open = (url: string, userId: string, options: Partial<ClientOptions> = {}): AnyClient => {
  // Without jitter: a test waits for events, and should not wait long.
  const random = (): number => Math.random() * 0.02
  const client = createClient({ url, token: async () => `test.${userId}`, random, ...options })
  started.push(client)
  client.start()
  return client
}

/** Resolves when `holds` does, looking after every event that `listen` tells of. */
const until = (listen: (look: () => void) => () => void, holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const undo = listen(() => {
      if (!holds()) return
      undo()
      resolve()
    })
    if (holds()) {
      undo()
      resolve()
    }
  })

const whenKind = (client: AnyClient, kind: string): Promise<void> =>
  until(
    (look) => client.onState(look),
    () => client.state.kind === kind,
  )

const whenEmpty = (client: AnyClient): Promise<void> =>
  until(
    (look) => client.chat.onUnsent(look),
    () => client.chat.unsent().length === 0,
  )

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`)

afterEach(() => {
  for (const client of started.splice(0)) client.stop()
})

describeUnless(missing)('the client and the real server', () => {
  test('greet each other, and the welcome says what is switched on', async () => {
    await using server = await startTestServer(plugins)
    const client = open(server.url, 'U1')
    await whenKind(client, 'online')
    expect(client.state).toMatchObject({ welcome: { user: { id: 'U1' }, protocol: 1 } })
    expect(client.state.kind === 'online' && client.state.welcome.plugins).toEqual(expect.arrayContaining(needed))
    expect(await client.request('core.ping', {})).toMatchObject({ time: expect.any(String) })
  })

  test('a refused token closes the client with 4501 and the server’s reason', async () => {
    await using server = await startTestServer(plugins)
    const client = open(server.url, 'nobody')
    await whenKind(client, 'closed')
    expect(client.state).toMatchObject({ reason: { code: 4501, error: { code: 'CORE_BAD_TOKEN' } } })
  })

  test('errors carry code, kind and path', async () => {
    await using server = await startTestServer(plugins)
    const client = open(server.url, 'U1')
    await whenKind(client, 'online')
    const bad = client.request('chat.send', { text: 7, clientId: 'a' }, { to: 'U2' })
    expect(bad).rejects.toMatchObject({ code: 'CORE_BAD_FIELD', kind: 'invalid', path: '/data/text', retry: false })
    expect(client.request('chat.sned', {})).rejects.toMatchObject({ code: 'CORE_UNKNOWN_TYPE' })
  })

  test('what one writes the other one sees, on every device, equal to what the ack said', async () => {
    await using server = await startTestServer(plugins)
    const [ann, bob] = [open(server.url, 'U1'), open(server.url, 'U2')]
    await Promise.all([whenKind(ann, 'online'), whenKind(bob, 'online')])
    const [mine, theirs] = [ann.chat.conversation('U2'), bob.chat.conversation('U1')]
    const posted = await ann.chat.send('U2', 'Hello 你好 😀').done
    await until(
      (look) => theirs.onChange(look),
      () => theirs.head === 1,
    )
    expect(theirs.messages).toEqual([posted as Posted])
    expect(mine.messages).toEqual([posted as Posted])
  })

  test('200 texts over ten broken lines are stored once, in order, and both lists are the log', async () => {
    await using server = await startTestServer(plugins)
    const network = breakable()
    const [ann, bob] = [open(server.url, 'U1', network), open(server.url, 'U2', network)]
    await Promise.all([whenKind(ann, 'online'), whenKind(bob, 'online')])
    const [mine, theirs] = [ann.chat.conversation('U2'), bob.chat.conversation('U1')]
    for (const text of numbers(200)) ann.chat.send('U2', text)
    let breaks = 0
    const undo = bob.chat.onPosted(({ seq }) => {
      if (seq % 18 !== 0 || breaks >= 10) return
      breaks++
      network.break()
    })
    await whenEmpty(ann)
    undo()
    const lists = [mine, theirs].map(async (conversation) => {
      await until(
        (look) => conversation.onChange(look),
        () => conversation.head === 200,
      )
      return conversation.messages.map(({ seq, data }) => `${seq} ${data.text}`)
    })
    for (const list of lists) expect(await list).toEqual(numbers(200).map((text, index) => `${index + 1} ${text}`))
    expect(breaks).toBe(10)
  })

  test('a text whose ack was lost is a repeat to the server, and one message to everybody', async () => {
    await using server = await startTestServer(plugins)
    const raw = await server.connect('U2')
    const network = breakable()
    const client = open(server.url, 'U1', network)
    await whenKind(client, 'online')
    const sending = client.chat.send('U2', 'once')
    const frame = await raw.next('chat.posted')
    // Whether the ack was already read is up to the network; the outcome is not.
    network.break()
    expect((await sending.done).data.id).toBe(frame.data.id)
    expect(await raw.request('chat.history', {}, { to: 'U1' })).toMatchObject({ head: 1 })
  })

  test('a room gives back exactly what was missed while the line was down', async () => {
    await using server = await startTestServer(plugins)
    const network = breakable()
    const [ann, bob] = [open(server.url, 'U1', network), open(server.url, 'U2')]
    const heard: number[] = []
    let look = (): void => {}
    ann.rooms.join('lobby', {
      onMessage: ({ data }) => {
        heard.push(Number(data.n))
        look()
      },
      onReset: () => heard.push(-1),
    })
    await Promise.all([whenKind(ann, 'online'), whenKind(bob, 'online')])
    const room = bob.rooms.join('lobby')
    for (let n = 0; n < 30; n++) {
      if (n % 10 === 5) network.break()
      await room.send({ n })
    }
    await until(
      (again) => {
        look = again
        return () => {}
      },
      () => heard.length === 30,
    )
    expect(heard).toEqual(numbers(30).map(Number))
  })

  test('members come and go', async () => {
    await using server = await startTestServer(plugins)
    const [ann, bob] = [open(server.url, 'U1'), open(server.url, 'U2')]
    const counts: number[] = []
    let look = (): void => {}
    ann.rooms.join('lobby', {
      onMembers: (_, count) => {
        counts.push(count)
        look()
      },
    })
    await until(
      (again) => {
        look = again
        return () => {}
      },
      () => counts.at(-1) === 1,
    )
    const room = bob.rooms.join('lobby', { onMembers: () => void room.leave() })
    await until(
      (again) => {
        look = again
        return () => {}
      },
      () => counts.length === 3,
    )
    expect(counts).toEqual([1, 2, 1])
  })

  test('a token that ends soon is renewed on the same line', async () => {
    const presented: string[] = []
    const renewed = Promise.withResolvers<void>()
    const identity = definePlugin({
      id: 'test-short-lived',
      capabilities: ['authenticate'],
      setup: ({ now }) => ({
        hooks: {
          authenticate: ({ token = '' }) => {
            presented.push(token)
            if (token === 'second') renewed.resolve()
            // The first one is so short that the server warns at once, the next one does not end.
            const life = token === 'first' ? { expiresAt: now() + 40_000 } : {}
            return { userId: 'U1', sessionId: 'S1', scope: [], ...life }
          },
        },
      }),
    })
    await using server = await startTestServer(plugins, { identity })
    const names = ['first', 'second']
    const client = open(server.url, 'U1', { token: async () => names.shift() })
    await whenKind(client, 'online')
    const states: string[] = []
    client.onState(({ kind }) => states.push(kind))
    await renewed.promise
    expect(await client.request('core.ping', {})).toBeDefined()
    expect([presented, states]).toEqual([['first', 'second'], []])
  })

  test('60 texts at once under the real rates are slowed down, not cut off', async () => {
    await using server = await startTestServer(plugins, { env: { PARLEY_LIMITS: 'on' } })
    const client = open(server.url, 'U1')
    await whenKind(client, 'online')
    const states: string[] = []
    client.onState(({ kind }) => states.push(kind))
    const conversation = client.chat.conversation('U2', { recent: 1 })
    for (const text of numbers(60)) client.chat.send('U2', text)
    await whenEmpty(client)
    expect(conversation.messages.map(({ data }) => data.text)).toEqual(numbers(60))
    expect(states).toEqual([])
  })

  test('a restarted server gets what was written meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-client-'))
    const databaseUrl = `sqlite:${join(folder, 'test.db')}`
    const env = { PORT: String(await freePort()) }
    let server: TestServer = await startTestServer(plugins, { databaseUrl, env })
    const client = open(server.url, 'U1')
    await whenKind(client, 'online')
    const conversation = client.chat.conversation('U2')
    await client.chat.send('U2', 'before').done
    const reasons: number[] = []
    client.onState((state) => state.kind === 'waiting' && reasons.push(state.reason.code))
    await server.stop()
    await whenKind(client, 'waiting')
    const during = client.chat.send('U2', 'during')
    expect(during.state).toBe('queued')
    server = await startTestServer(plugins, { databaseUrl, env })
    client.retryNow()
    await during.done
    expect(reasons[0]).toBe(1012)
    expect(conversation.messages.map(({ data }) => data.text)).toEqual(['before', 'during'])
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
})
