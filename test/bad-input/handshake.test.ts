// bad-input A, the part before the upgrade. A13 and A24 (slow ones) stand in test/protocol/05-staying, A33 in limits.
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { quickest } from '../support/quickest.ts'
import { handshake, type RawAnswer, RawSocket, RawWebSocket, rawRequest } from '../support/raw-socket.ts'
import { TestSocket } from '../support/socket.ts'
import { startScene } from './scene.ts'

const scene = await startScene()
const { url } = scene
afterEach(() => scene.expectUnharmed())
afterAll(() => scene.stop())

const shake = (changes: Parameters<typeof handshake>[1], path?: string): Promise<RawAnswer> =>
  rawRequest(url, handshake(url, changes, path))
/** What connects, sends nothing and waits, begun at once because it takes its time. */
const idle = RawSocket.connect(url).then(async (raw) => {
  const startedMs = performance.now()
  await raw.ended
  return performance.now() - startedMs
})

describe('a malformed handshake', () => {
  test.each([
    ['A1: no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['A1: a short key', { 'Sec-WebSocket-Key': 'dGVzdA==' }, 400],
    ['A1: an empty key', { 'Sec-WebSocket-Key': '' }, 400],
    ['A1: a long key', { 'Sec-WebSocket-Key': Buffer.alloc(64).toString('base64') }, 400],
    ['A2: version 8', { 'Sec-WebSocket-Version': '8' }, 426],
    ['A2: version 12', { 'Sec-WebSocket-Version': '12' }, 426],
    ['A2: no version', { 'Sec-WebSocket-Version': undefined }, 426],
    ['A2: version 13x', { 'Sec-WebSocket-Version': '13x' }, 426],
    ['A4: two keys', { 'Sec-WebSocket-Key': [Buffer.alloc(16).toString('base64'), Buffer.alloc(16, 1).toString('base64')] }, 400],
  ])('%s', async (_, changes, status) => {
    expect((await shake(changes)).status).toBe(status)
  })
})

describe('A6: a foreign origin is 403 before the upgrade', () => {
  const { host, hostname, port } = new URL(url)
  test.each([
    'https://evil.example',
    'null',
    `http://${host}.evil.io`,
    `http://evil.io/${host}`,
    `http://evil-${host}`,
    `http://${hostname}:${Number(port) + 1}`,
    `http://${hostname}`,
    'chrome-extension://abcdefgh',
    `http://user@${host}.evil.io`,
    'http://localhost.',
    '',
  ])('%s', async (Origin) => {
    const answer = await shake({ Origin })
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([403, 'CORE_ORIGIN_NOT_ALLOWED'])
  })

  test('its own origin in another case is its own', async () => {
    expect((await shake({ Origin: `HTTP://${host.toUpperCase()}` })).status).toBe(101)
  })
})

describe('credentials in the wrong place', () => {
  test('A7: a cookie signs nobody in', async () => {
    const token = await scene.token()
    const socket = await TestSocket.open(url, ['parley.v1'], { cookie: `token=${token}; access_token=${token}; __Host-parley=${token}` })
    expect(await socket.refusal('rooms.list')).toBe('CORE_AUTH_REQUIRED')
  })

  test.each(['token', 'access_token', 'auth', 'ticket', 'Authorization'])(
    'A8: a long-lived token in the query signs nobody in: ?%s=',
    async (name) => {
      const token = await scene.token()
      const ws = await RawWebSocket.open(`${url}/ws?${name}=${token}`, {})
      ws.message({ id: 'q', type: 'rooms.list' })
      expect(await ws.next('error')).toMatchObject({ error: { kind: 'unauthenticated' } })
      expect(scene.program.said()).not.toContain(token)
      ws.raw.destroy()
    },
  )
})

describe('a handshake made to be expensive', () => {
  test('A9: a header of 20 KB is 431, one of 12 KB is read', async () => {
    expect((await shake({ 'X-Long': 'x'.repeat(20_000) })).status).toBe(431)
    expect((await shake({ 'X-Long': 'x'.repeat(12_000) })).status).toBe(101)
  })

  test('A9: 2,000 headers are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`X-${i}`, 'a']))
    expect([400, 431]).toContain((await shake(many)).status)
  })

  test.each([' ', ',', ', ', ' ,', '\t,'])('A10: a subprotocol header of 15 KB of %j is read in linear time', async (text) => {
    const ask = async (): Promise<void> => {
      const answer = await shake({ 'Sec-WebSocket-Protocol': `a${text.repeat(15_000 / text.length)}b` })
      expect([400, 431]).toContain(answer.status)
    }
    expect(await quickest(200, ask)).toBeLessThan(200)
  })

  test.each([
    'permessage-deflate; server_max_window_bits=99',
    'permessage-deflate; server_max_window_bits=-1; client_max_window_bits=1e9',
    'permessage-deflate, permessage-deflate, permessage-deflate',
    '__proto__; constructor=1, toString',
    'permessage-deflate; server_max_window_bits="\\',
    ';;;,,,===',
  ])('A11: the extension %s is not taken', async (extensions) => {
    const answer = await shake({ 'Sec-WebSocket-Extensions': extensions })
    expect([101, 400]).toContain(answer.status)
    expect(answer.headers['sec-websocket-extensions']).toBeUndefined()
  })
})

describe('A12: what is not HTTP', () => {
  test.each([
    ['a TLS hello', Buffer.from('16030100dc010000d80303', 'hex')],
    ['an HTTP/2 preface', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['random bytes', Buffer.from('00ff00ff7f80fe0d0a0d0a', 'hex')],
    ['a line that never was HTTP', Buffer.from('HELLO THERE\r\n\r\n')],
    ['a null byte in the request line', Buffer.from('GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a bare line feed', Buffer.from('\n\n\n\n')],
  ])(
    '%s is answered with an error and closed',
    async (_, bytes) => {
      const raw = await RawSocket.connect(url)
      raw.write(bytes)
      const answer = await raw.answer()
      expect([0, 400, 404, 505]).toContain(answer.status)
      raw.destroy()
    },
    20_000,
  )
})

describe('A13: a connection that sends nothing', () => {
  test('is closed within 14 seconds', async () => {
    expect(await idle).toBeLessThan(16_000)
  }, 30_000)
})
