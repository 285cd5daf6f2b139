import { afterAll, describe, expect, test } from 'bun:test'
import { handshake, type RawAnswer, rawRequest } from '../support/raw-socket.ts'
import { TestSocket } from '../support/socket.ts'
import { startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

const { url } = target
const own = new URL(url).origin
const shake = (changes: Parameters<typeof handshake>[1], path?: string): Promise<RawAnswer> =>
  rawRequest(url, handshake(url, changes, path))
const codeOf = ({ body }: RawAnswer): string => JSON.parse(body).error.code

describe('PROTOCOL 1: the handshake', () => {
  test('selects the subprotocol parley.v1, without compression, even when compression is offered', async () => {
    const answer = await shake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' })
    expect(answer.status).toBe(101)
    expect(answer.headers['sec-websocket-protocol']).toBe('parley.v1')
    expect(answer.headers['sec-websocket-extensions']).toBeUndefined()
  })

  test('selects parley.v1 among other offers, in whatever order they stand', async () => {
    const answer = await shake({ 'Sec-WebSocket-Protocol': 'graphql-ws, parley.v1 , mqtt' })
    expect(answer.headers['sec-websocket-protocol']).toBe('parley.v1')
  })

  test.each([
    ['a plain GET', { Upgrade: undefined, Connection: 'close' }],
    ['an upgrade to something else', { Upgrade: 'h2c' }],
    ['version 8', { 'Sec-WebSocket-Version': '8' }],
    ['version 12', { 'Sec-WebSocket-Version': '12' }],
    ['no version', { 'Sec-WebSocket-Version': undefined }],
  ])('answers %s with 426 and the version it speaks', async (_, changes) => {
    const answer = await shake(changes)
    expect(answer.status).toBe(426)
    expect(answer.headers['sec-websocket-version']).toBe('13')
    expect(codeOf(answer)).toBe('CORE_UPGRADE_REQUIRED')
  })

  test('answers another method than GET with 426', async () => {
    const answer = await rawRequest(url, handshake(url).replace(/^GET/, 'POST'))
    expect(answer.status).toBe(426)
  })

  test.each([
    ['no parley.v1 among the offers', { 'Sec-WebSocket-Protocol': 'parley.v2, auth.x' }],
    ['no offers at all', { 'Sec-WebSocket-Protocol': undefined }],
    ['no key', { 'Sec-WebSocket-Key': undefined }],
    ['a short key', { 'Sec-WebSocket-Key': 'abc' }],
  ])('answers %s with 400', async (_, changes) => {
    const answer = await shake(changes)
    expect(answer.status).toBe(400)
    expect(codeOf(answer)).toBe('CORE_UPGRADE_REQUIRED')
  })

  test('answers a doubled key with 400', async () => {
    const key = Buffer.alloc(16).toString('base64')
    expect((await shake({ 'Sec-WebSocket-Key': [key, key] })).status).toBe(400)
  })

  test.each([
    'https://evil.example',
    'null',
    `${own}.evil.example`,
    'https://127.0.0.1.evil.example',
    own.replace(/:\d+$/, ':1'),
    `${own.replace(/:\d+$/, '')}0:1`,
    'file://',
    'not an origin',
  ])('refuses a page from %s with 403', async (Origin) => {
    const answer = await shake({ Origin })
    expect(answer.status).toBe(403)
    expect(codeOf(answer)).toBe('CORE_ORIGIN_NOT_ALLOWED')
  })

  test('lets in a page of its own, and a program that has no origin', async () => {
    expect((await shake({ Origin: own })).status).toBe(101)
    expect((await shake({})).status).toBe(101)
  })

  test.each(['Bearer nonsense', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Bearer two words', 'Bearer ', 'bearer x'])(
    'refuses the header Authorization: %s with 401, before the upgrade',
    async (Authorization) => {
      const answer = await shake({ Authorization })
      expect(answer.status).toBe(401)
      expect(codeOf(answer)).toBe('CORE_BAD_TOKEN')
      expect(answer.headers['x-request-id']).toBeString()
    },
  )

  test('leaves no connection behind when it is refused', async () => {
    for (let i = 0; i < 30; i++) await shake({ 'Sec-WebSocket-Key': 'short' })
    const socket = await TestSocket.open(url)
    expect(await socket.request('core.ping')).toEqual({ time: expect.any(String) })
  })
})
