import { describe, expect, test } from 'bun:test'
import { World } from '../../test/support/client/world.ts'
import type { WireError } from '../errors.ts'
import { ClientError } from './index.ts'

const failure = async (request: Promise<unknown>): Promise<ClientError> => {
  const error: unknown = await request.then(
    () => 'nothing failed',
    (reason: unknown) => reason,
  )
  if (!(error instanceof ClientError)) throw new Error(`not a ClientError: ${String(error)}`)
  return error
}

const limited: WireError = { code: 'CORE_RATE_LIMITED', kind: 'rate_limited', message: 'Slow down', retry: true, retryAfterMs: 100 }

describe('a request', () => {
  test("resolves with its ack's data", async () => {
    const world = new World()
    const client = await world.online('U1')
    const reply = client.request('chat.send', { text: 'Hi', clientId: 'a' }, { to: 'U2' })
    await world.pass(10)
    expect(await reply).toMatchObject({ id: 'M1', seq: 1 })
  })

  test('sends only the fields that it was given, and ids that are never used twice', async () => {
    const world = new World()
    const client = await world.online('U1')
    const replies = [client.request('core.ping', {}), client.request('rooms.join', {}, { room: 'a' })]
    await world.pass(10)
    await Promise.all(replies)
    const frames = world.server.requests.map(({ id, ...rest }) => rest)
    expect(frames).toEqual([
      { type: 'core.ping', data: {} },
      { type: 'rooms.join', room: 'a', data: {} },
    ])
    expect(new Set(world.server.requests.map(({ id }) => id)).size).toBe(2)
  })

  test('answers that come in another order reach their own requests', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = () => 'ignore'
    const replies = ['a', 'b', 'c'].map((name) => client.request(name, {}))
    await world.pass(10)
    const link = world.server.network.links[0]?.server
    for (const { id, type } of world.server.requests.toReversed()) link?.send(JSON.stringify({ type: 'ack', id, data: { type } }))
    await world.pass(10)
    expect(await Promise.all(replies)).toEqual([{ type: 'a' }, { type: 'b' }, { type: 'c' }])
  })

  test("rejects with everything the server's error says, and is not sent again", async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = () => ({ ...limited, path: '/data/text' })
    const failed = failure(client.request('chat.send', { text: '', clientId: 'a' }, { to: 'U2' }))
    await world.pass(60_000)
    expect(await failed).toMatchObject({ ...limited, path: '/data/text', name: 'ClientError' })
    expect(world.server.of('chat.send').length).toBe(1)
  })

  test('without a line it is CLIENT_OFFLINE, and nothing was sent', async () => {
    const world = new World()
    const client = world.client('U1')
    expect(await failure(client.request('core.ping', {}))).toMatchObject({ code: 'CLIENT_OFFLINE', kind: 'unavailable', retry: true })
    client.start()
    expect((await failure(client.request('core.ping', {}))).code).toBe('CLIENT_OFFLINE')
    await world.pass(10)
    expect(world.server.requests).toEqual([])
  })

  test('without an answer it is CLIENT_TIMEOUT after 10 s, or after the time it was given', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = () => 'ignore'
    const ended: string[] = []
    const note = (name: string, request: Promise<unknown>): void => void failure(request).then(({ code }) => ended.push(`${name} ${code}`))
    note('usual', client.request('a', {}))
    note('short', client.request('b', {}, { timeoutMs: 100 }))
    await world.pass(100)
    expect(ended).toEqual(['short CLIENT_TIMEOUT'])
    await world.pass(9_899)
    expect(ended.length).toBe(1)
    await world.pass(1)
    expect(ended).toEqual(['short CLIENT_TIMEOUT', 'usual CLIENT_TIMEOUT'])
  })

  test('an answer that comes after its timeout is nothing', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.workMs = () => 500
    const error = failure(client.request('core.ping', {}, { timeoutMs: 100 }))
    await world.pass(1_000)
    expect((await error).code).toBe('CLIENT_TIMEOUT')
    expect(client.state.kind).toBe('online')
  })

  test('whose line breaks is CLIENT_CLOSED: its outcome is unknown', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = () => 'swallow answer'
    const error = failure(client.request('chat.send', { text: 'Hi', clientId: 'a' }, { to: 'U2' }))
    await world.pass(10)
    await world.cut()
    expect((await error).code).toBe('CLIENT_CLOSED')
    expect(world.server.chat.log('U1', 'U2').length).toBe(1)
  })

  test('that is pending when the client stops is CLIENT_CLOSED', async () => {
    const world = new World()
    const client = await world.online('U1')
    const error = failure(client.request('core.ping', {}))
    client.stop()
    expect((await error).code).toBe('CLIENT_CLOSED')
  })

  test('larger than the server takes is not sent, for it would end the line for good', async () => {
    const world = new World()
    const client = await world.online('U1')
    const send = (text: string): Promise<unknown> => client.request('rooms.send', { text }, { room: 'a' })
    expect(await failure(send('字'.repeat(22_000)))).toMatchObject({ code: 'CLIENT_TOO_LARGE', retry: false })
    expect((await failure(send('\u0001'.repeat(11_000)))).code).toBe('CLIENT_TOO_LARGE')
    const small = failure(send('字'.repeat(21_000)))
    await world.pass(10)
    expect((await small).code).toBe('ROOMS_NOT_JOINED')
  })
})

describe('an event', () => {
  test('reaches the listeners of its type, then those of every type, until they are undone', async () => {
    const world = new World()
    const client = await world.online('U1')
    const heard: string[] = []
    const undo = client.on('chat.posted', (frame) => heard.push(`on ${frame.seq}`))
    client.on('rooms.sent', () => heard.push('wrong'))
    client.onAny(({ type }) => heard.push(type))
    world.server.post('U2', 'U1', 'one')
    await world.pass(10)
    undo()
    world.server.post('U2', 'U1', 'two')
    await world.pass(10)
    expect(heard).toEqual(['on 1', 'chat.posted', 'chat.posted'])
  })

  test('whose listener throws reaches the others; the error is reported, not swallowed', async () => {
    const world = new World()
    const client = await world.online('U1')
    const heard: number[] = []
    const reported: string[] = []
    // The platform's own way to report what nobody caught, made visible.
    const platform = globalThis.queueMicrotask
    globalThis.queueMicrotask = (task) => {
      try {
        task()
      } catch (error) {
        reported.push((error as Error).message)
      }
    }
    client.on('chat.posted', () => {
      throw new Error('a bug of the app')
    })
    client.on('chat.posted', ({ seq }) => heard.push(seq ?? 0))
    world.server.post('U2', 'U1', 'one')
    await world.pass(10)
    globalThis.queueMicrotask = platform
    expect(heard).toEqual([1])
    expect(reported).toEqual(['a bug of the app'])
    expect(client.state.kind).toBe('online')
  })
})
