// bad-input D. What HTTP answers in general is PROTOCOL 8; here it is spoken badly.
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { RawSocket, rawRequest } from '../support/raw-socket.ts'
import { startScene } from './scene.ts'

const scene = await startScene()
const { url } = scene
const { host } = new URL(url)
afterEach(() => scene.expectUnharmed())
afterAll(() => scene.stop())

const post = (headers: string, body: string): string =>
  `POST /api/auth/guest HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`
const guest = '{"name":"Ann"}'

/** Sends `first`, then `rest` byte by byte every two seconds; milliseconds until the server ends it. */
const drip = async (first: string, rest: string): Promise<number> => {
  const raw = await RawSocket.connect(url)
  const startedMs = performance.now()
  raw.write(first)
  let at = 0
  const timer = setInterval(() => raw.write(rest[at++ % rest.length] ?? ''), 2_000)
  await raw.ended
  clearInterval(timer)
  return performance.now() - startedMs
}
// Begun at once, because they take their time.
const slowHeader = drip('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a')
const slowBody = drip(post('Content-Length: 100', ''), 'a')

describe('D1: a request whose end can be read in two ways is refused', () => {
  test.each([
    ['two lengths', post('Content-Length: 14\r\nContent-Length: 15', guest)],
    ['a length with a sign', post('Content-Length: +14', guest)],
    ['a negative length', post('Content-Length: -1', guest)],
    ['a length in hexadecimal', post('Content-Length: 0xe', guest)],
    ['an unknown transfer encoding', post('Transfer-Encoding: xchunked', `e\r\n${guest}\r\n0\r\n\r\n`)],
    ['chunked, then identity', post('Transfer-Encoding: chunked, identity', `e\r\n${guest}\r\n0\r\n\r\n`)],
    ['a chunk of 2^68 bytes', post('Transfer-Encoding: chunked', `FFFFFFFFFFFFFFFFF\r\n${guest}`)],
    ['a negative chunk', post('Transfer-Encoding: chunked', `-1\r\n${guest}`)],
    ['a length and chunks', post('Content-Length: 14\r\nTransfer-Encoding: chunked', `e\r\n${guest}\r\n0\r\n\r\n`)],
  ])('%s', async (_, bytes) => {
    const raw = await RawSocket.connect(url)
    raw.write(bytes)
    raw.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const { status } = await raw.answer()
    expect([400, 0]).toContain(status)
    await raw.ended
    expect(raw.received.toString()).not.toContain('"status":"ok"')
  })
})

describe('D4, D5: the request line', () => {
  test.each([
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', [400]],
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b<>\\^`{|}\r\n\r\n', [200, 400, 404]],
    ['an unknown version', `GET /healthz HTTP/9.9\r\nHost: ${host}\r\n\r\n`, [400, 505]],
    ['TRACE', `TRACE /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`, [405]],
    ['TRACE of nothing', `TRACE /nowhere HTTP/1.1\r\nHost: ${host}\r\n\r\n`, [404, 405]],
    ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n`, [400, 404, 405]],
    ['a method that nobody knows', `BREW /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`, [0, 400, 405]],
  ])('%s is never served', async (_, bytes, statuses) => {
    const answer = await rawRequest(url, bytes)
    expect(statuses).toContain(answer.status)
    if (answer.status === 405) expect(answer.headers.allow).toContain('GET')
    expect(answer.body).not.toContain('TRACE /')
  })
})

describe('D6, D7: paths that want out', () => {
  test.each([
    '/docs/..%2f..%2f..%2fetc/passwd',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/../package.json',
    '/docs/../../package.json',
    '/..%5c..%5cpackage.json',
    '/docs\\..\\..\\package.json',
    '/%00',
    '/index.html%00.md',
    '/%c0%ae%c0%ae/package.json',
    '/%',
    '/%zz',
    `/${'a'.repeat(8_000)}`,
    '//evil.example/x',
    '/\\evil.example/x',
    '/.env',
    '/data/parley.db',
    '/src/main.ts',
    '/node_modules/hono/package.json',
  ])('%s is 404 or 400', async (path) => {
    const answer = await rawRequest(url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect([400, 404]).toContain(answer.status)
    expect(answer.headers.location).toBeUndefined()
  })

  test('an absolute address leads nowhere else', async () => {
    const answer = await rawRequest(url, `GET http://evil.example/healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect([200, 400, 404]).toContain(answer.status)
    expect(answer.headers.location).toBeUndefined()
  })

  test('nothing redirects because a query asks for it', async () => {
    for (const path of ['/?next=//evil.example', '/healthz?redirect=https://evil.example', '/api/auth?next=//evil.example']) {
      const { status, redirected } = await fetch(url + path, { redirect: 'manual' })
      expect([status < 300 || status >= 400, redirected]).toEqual([true, false])
    }
  })
})

describe('D8–D10: bodies', () => {
  test('257 KiB are 413, by length and by chunks', async () => {
    const body = guest.padEnd(257 * 1_024, ' ')
    expect((await rawRequest(url, post(`Content-Length: ${body.length}`, body))).status).toBe(413)
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    expect((await rawRequest(url, post('Transfer-Encoding: chunked', chunks))).status).toBe(413)
  })

  test('a length of many gigabytes is refused before anything of it has come', async () => {
    const answer = await rawRequest(url, post('Content-Length: 99999999999', ''))
    expect([400, 413]).toContain(answer.status)
  })

  test('100 bodies of 200 KiB at once cost less than 100 MB', async () => {
    const body = guest.padEnd(200 * 1_024, ' ')
    const cost = await scene.memoryOf(async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => rawRequest(url, post(`Content-Length: ${body.length}`, body))))
      for (const { status } of answers) expect(status).toBe(201)
    })
    expect(cost).toBeLessThan(100_000_000)
  })

  test.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'identity, gzip'])('the encoding %s is 415', async (encoding) => {
    const bomb = Bun.gzipSync(new Uint8Array(1_000_000))
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    expect((await fetch(`${url}/api/auth/guest`, { method: 'POST', headers, body: bomb })).status).toBe(415)
  })

  test('what a form of another page can send is 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      expect((await fetch(`${url}/api/auth/guest`, { method: 'POST', headers: { 'content-type': type }, body: guest })).status).toBe(415)
    }
  })
})

describe('D11: a request that never ends', () => {
  test('a header of one byte every two seconds is cut off', async () => {
    expect(await slowHeader).toBeLessThan(17_000)
  }, 30_000)

  test('a body of one byte every two seconds is cut off', async () => {
    expect(await slowBody).toBeLessThan(17_000)
  }, 30_000)
})

describe('D16: queries', () => {
  test.each([
    '?a=1&a=2',
    '?a[]=1',
    '?a[__proto__]=1',
    '?__proto__=1&__proto__=2',
    '?constructor=1',
    `?${'a=1&'.repeat(1_000)}`,
    '?%',
    '?=&&&',
  ])('%s harms nothing', async (query) => {
    for (const path of ['/healthz', '/api/auth', '/api/core']) expect([200, 400]).toContain((await fetch(url + path + query)).status)
  })
})

describe('D18: ranges', () => {
  test.each(['bytes=0-,0-,0-', `bytes=${'0-,'.repeat(1_000)}0-`, 'bytes=-1', 'bytes=5-2', 'bytes=99999999999-', 'lines=1-2'])(
    'the range %s is one range, the whole or 416',
    async (range) => {
      const answer = await fetch(`${url}/docs/openapi.json`, { headers: { range } })
      expect([200, 206, 416]).toContain(answer.status)
      expect((await answer.arrayBuffer()).byteLength).toBeLessThan(1_000_000)
    },
  )
})

describe('D20: the API', () => {
  test.each(['/api', '/api/', '/api/v2', '/api/nope', '/api/auth/nope', '/api/../api/nope'])('%s is no page: 404 as JSON', async (path) => {
    const answer = await fetch(url + path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/json'])
  })
})
