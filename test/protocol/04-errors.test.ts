import { afterAll, describe, expect, test } from 'bun:test'
import { closing, frame, RawWebSocket } from '../support/raw-socket.ts'
import { describeUnless } from '../support/skip.ts'
import { type Frame, TestSocket } from '../support/socket.ts'
import { fresh, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

const nested = (depth: number): object => {
  let value: object = {}
  for (let i = 1; i < depth; i++) value = { a: value }
  return value
}
const keys = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0]))

/** A connection in a room, and what the room says to `data` sent to it as JSON text. */
const sender = async (): Promise<{ socket: TestSocket; send: (json: string) => Promise<Frame> }> => {
  const { socket } = await target.connect()
  const room = fresh('errors')
  await socket.request('rooms.join', {}, { room })
  let count = 0
  const send = async (json: string): Promise<Frame> => {
    const id = `e${++count}`
    socket.raw(`{"id":"${id}","type":"rooms.send","room":"${room}","data":${json}}`)
    await socket.settle()
    return socket.frames.find((answer) => answer.id === id) as Frame
  }
  return { socket, send }
}

describeUnless(target.lacks('auth'))('PROTOCOL 4: an error', () => {
  test('has a code, a kind, a message and whether to retry, and nothing that is not said here', async () => {
    const { socket } = await target.connect()
    socket.send({ id: 'q', type: 'no.such' })
    const answer = await socket.next('error')
    expect(answer).toEqual({
      type: 'error',
      id: 'q',
      error: { code: 'CORE_UNKNOWN_TYPE', kind: 'not_found', message: expect.any(String), retry: false },
    })
  })

  test('says nothing of the program’s inside', async () => {
    const { socket } = await target.connect()
    for (const text of ['{', '[]', '{"id":"a"}', '{"id":"a","type":"x","data":{"__proto__":1}}']) socket.raw(text)
    await socket.settle()
    const said = JSON.stringify(socket.frames.filter(({ type }) => type === 'error'))
    expect(said).not.toMatch(/\.ts|node_modules|at \w+ \(|select |SyntaxError|TypeError/i)
  })
})

describeUnless(target.lacks('auth') ?? target.lacks('rooms'))('PROTOCOL 4: what a frame is answered with', () => {
  test.each([
    '',
    ' ',
    'hello',
    '{',
    '{"id":"a",}',
    "{'id':'a'}",
    '{"id":"a","type":"core.ping"} x',
    '\ufeff{"id":"a","type":"core.ping"}',
    'NaN',
    'undefined',
  ])('%j is not JSON: CORE_BAD_JSON, without an id', async (text) => {
    const { socket } = await target.connect()
    socket.raw(text)
    expect(await socket.next('error')).toMatchObject({ error: { code: 'CORE_BAD_JSON', kind: 'invalid' } })
    expect(socket.frames.at(-1)?.id).toBeUndefined()
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })

  test.each(['[]', '"text"', '5', 'null', 'true', '[{"id":"a","type":"core.ping"}]'])(
    '%s is JSON but no object: CORE_BAD_ENVELOPE',
    async (text) => {
      const { socket } = await target.connect()
      socket.raw(text)
      expect((await socket.next('error')).error?.code).toBe('CORE_BAD_ENVELOPE')
    },
  )

  test.each([
    'no.such',
    'core',
    'core.',
    '.ping',
    'core.ping ',
    'CORE.PING',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'core.__proto__',
    'ack',
    'error',
    'core.welcome',
    'rooms.sent',
  ])('the type %j is answered by nobody: CORE_UNKNOWN_TYPE', async (type) => {
    const { socket } = await target.connect()
    expect(await socket.refusal(type)).toBe('CORE_UNKNOWN_TYPE')
  })

  test('an unknown type is named in the message, cut to 64 characters', async () => {
    const { socket } = await target.connect()
    socket.send({ id: 'q', type: 'x'.repeat(60_000) })
    const { error } = await socket.next('error')
    expect(error?.message).toContain('x'.repeat(64))
    expect(error?.message.length).toBeLessThan(200)
  })

  test('deeper than 32 is CORE_TOO_COMPLEX, 32 is not', async () => {
    const { send } = await sender()
    expect((await send(JSON.stringify(nested(32)))).type).toBe('ack')
    expect((await send(JSON.stringify(nested(33)))).error).toMatchObject({ code: 'CORE_TOO_COMPLEX', kind: 'invalid', path: '/data' })
    expect((await send(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).error?.code).toBe('CORE_TOO_COMPLEX')
  })

  test('more than 256 keys, of all objects together, is CORE_TOO_COMPLEX, 256 is not', async () => {
    const { send } = await sender()
    expect((await send(JSON.stringify(keys(256)))).type).toBe('ack')
    expect((await send(JSON.stringify(keys(257)))).error?.code).toBe('CORE_TOO_COMPLEX')
    expect((await send(JSON.stringify({ a: keys(127), b: keys(127) }))).type).toBe('ack')
    expect((await send(JSON.stringify({ a: keys(127), b: keys(128) }))).error?.code).toBe('CORE_TOO_COMPLEX')
  })

  test('more than 1,000 items in one array is CORE_TOO_COMPLEX, 1,000 is not', async () => {
    const { send } = await sender()
    expect((await send(JSON.stringify({ a: Array(1_000).fill(0), b: Array(1_000).fill(0) }))).type).toBe('ack')
    expect((await send(JSON.stringify({ a: Array(1_001).fill(0) }))).error?.code).toBe('CORE_TOO_COMPLEX')
  })

  test('more than 32,768 characters in one text, a key too, is CORE_TOO_COMPLEX, 32,768 is not', async () => {
    const { send } = await sender()
    expect((await send(JSON.stringify({ a: 'x'.repeat(32_768) }))).type).toBe('ack')
    expect((await send(JSON.stringify({ a: 'x'.repeat(32_769) }))).error?.code).toBe('CORE_TOO_COMPLEX')
    expect((await send(JSON.stringify({ ['x'.repeat(32_769)]: 1 }))).error?.code).toBe('CORE_TOO_COMPLEX')
  })

  test.each(['{"__proto__":{}}', '{"a":[{"b":{"__proto__":1}}]}', '{"\\u005f_proto__":1}', '{"constructor":{"prototype":{"admin":true}}}'])(
    'a key that could reach a prototype is CORE_BAD_FIELD: %s',
    async (json) => {
      const { send } = await sender()
      expect((await send(json)).error).toMatchObject({ code: 'CORE_BAD_FIELD', kind: 'invalid', path: expect.stringMatching(/^\/data/) })
    },
  )

  test.each(['{"n":1e400}', '{"n":[-1e400]}', `{"n":${'9'.repeat(400)}}`])(
    'a number beyond IEEE 754 is CORE_BAD_FIELD: %s',
    async (json) => {
      const { send } = await sender()
      expect((await send(json)).error).toMatchObject({ code: 'CORE_BAD_FIELD', path: expect.stringMatching(/^\/data/) })
    },
  )

  test('a field of the wrong kind is CORE_BAD_FIELD with its place', async () => {
    const { socket } = await target.connect()
    for (const [data, path] of [
      [{ limit: '5' }, '/data/limit'],
      [{ limit: 1.5 }, '/data/limit'],
      [{ limit: 0 }, '/data/limit'],
      [{ limit: 201 }, '/data/limit'],
      [{ prefix: { $gt: '' } }, '/data/prefix'],
      [{ prefix: ['a'] }, '/data/prefix'],
      [{ after: null }, '/data/after'],
    ] as const) {
      const id = fresh('field')
      socket.send({ id, type: 'rooms.list', data })
      expect((await socket.next('error', (answer) => answer.id === id)).error).toMatchObject({ code: 'CORE_BAD_FIELD', path })
    }
  })

  test('a number that JSON readers round is not a position: 9007199254740993 is CORE_BAD_FIELD', async () => {
    const { socket } = await target.connect()
    socket.raw('{"id":"q","type":"rooms.join","room":"big","data":{"since":{"epoch":"x","offset":9007199254740993}}}')
    expect((await socket.next('error')).error).toMatchObject({ code: 'CORE_BAD_FIELD', path: '/data/since/offset' })
  })

  test('a binary frame is CORE_UNSUPPORTED_DATA, even with a message inside', async () => {
    const { socket } = await target.connect()
    socket.raw(new TextEncoder().encode('{"id":"a","type":"core.ping"}'))
    expect(await socket.next('error')).toMatchObject({ error: { code: 'CORE_UNSUPPORTED_DATA', kind: 'invalid' } })
  })

  test('65,536 bytes are taken, one more closes with 1009', async () => {
    const { socket } = await target.connect()
    const pad = (bytes: number): string => JSON.stringify({ id: 'q', type: 'core.ping' }).padEnd(bytes, ' ')
    socket.raw(pad(65_536))
    expect((await socket.next('ack')).id).toBe('q')
    socket.raw(pad(65_537))
    expect((await socket.closed).code).toBe(1009)
  })

  test('bytes count, not characters', async () => {
    const { socket } = await target.connect()
    socket.raw(JSON.stringify({ id: 'q', type: 'core.ping', data: { x: '€'.repeat(22_000) } }))
    expect((await socket.closed).code).toBe(1009)
  })

  test.each([
    ['an unmasked frame', frame(1, '{}', { masked: false }), 1002],
    ['a reserved opcode', frame(3, 'x'), 1002],
    ['a reserved bit', frame(1, '{}', { reserved: 4 }), 1002],
    ['a continuation of nothing', frame(0, 'x'), 1002],
    ['bad UTF-8', frame(1, Buffer.from([0x22, 0xc3, 0x28, 0x22])), 1007],
    ['the close code 1005', frame(8, closing(1005)), 1002],
  ])('%s closes the connection', async (_, bytes, code) => {
    const ws = await RawWebSocket.open(target.url)
    ws.send(bytes)
    expect((await ws.closed()).code).toBe(code)
  })
})

describe('PROTOCOL 4: strikes', () => {
  test.each([
    ['CORE_BAD_JSON', 'nonsense'],
    ['CORE_BAD_ENVELOPE', '{"id":"a","type":"core.ping","from":"U1"}'],
    ['CORE_UNSUPPORTED_DATA', new Uint8Array(3)],
  ])('ten frames that answer %s close the connection with 4500, nine do not', async (code, text) => {
    const socket = await TestSocket.open(target.url)
    for (let i = 0; i < 9; i++) socket.raw(text)
    await socket.settle()
    expect(socket.frames.filter(({ error }) => error?.code === code)).toHaveLength(9)
    socket.raw(text)
    expect((await socket.closed).code).toBe(4500)
    expect(socket.frames.filter(({ error }) => error?.code === code)).toHaveLength(10)
  })

  test('frames that could be read are no strikes, however wrong', async () => {
    const socket = await TestSocket.open(target.url)
    for (let i = 0; i < 30; i++) {
      socket.send({ id: `a${i}`, type: 'no.such' })
      socket.send({ id: `b${i}`, type: 'core.ping', data: { x: 1 } })
      socket.send({ id: `c${i}`, type: 'core.ping', room: '***' })
      socket.send({ id: `d${i}`, type: 'core.ping', data: nested(40) })
    }
    await socket.settle()
    expect(socket.frames.filter(({ type }) => type === 'error')).toHaveLength(120)
  })

  test('strike one connection and no other of the same user', async () => {
    const { tokens, socket: good } = await target.connect()
    const bad = await target.open(tokens.accessToken)
    for (let i = 0; i < 10; i++) bad.raw('nonsense')
    expect((await bad.closed).code).toBe(4500)
    expect(await good.request('core.ping')).toHaveProperty('time')
  })
})
