import { afterAll, describe, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const json = 'application/json'

describe('PROTOCOL 8: addresses that every server has', () => {
  test('/healthz says ok', async () => {
    expect(await target.api('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })

  test('/readyz says ready', async () => {
    expect(await target.api('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
  })

  test('/api/core tells server, protocol and plugins', async () => {
    expect((await target.api('GET', '/api/core')).body).toEqual({
      server: { name: expect.any(String), version: expect.any(String) },
      protocol: 1,
      plugins: expect.any(Array),
    })
  })

  test('/docs/asyncapi.json names every message of the plugins that are on, and openapi.json their routes', async () => {
    const async_ = (await target.api('GET', '/docs/asyncapi.json')).body
    expect(async_.asyncapi).toStartWith('3.')
    expect(Object.keys(async_.components.messages)).toContain('core.auth')
    if (target.plugins.includes('chat')) expect(Object.keys(async_.components.messages)).toContain('chat.posted')
    const open = (await target.api('GET', '/docs/openapi.json')).body
    expect(open.openapi).toStartWith('3.')
    if (target.plugins.includes('auth')) expect(open.paths).toHaveProperty('/api/auth/guest')
  })

  test('HEAD answers as GET does, without a body', async () => {
    const answer = await target.api('HEAD', '/healthz')
    expect([answer.status, answer.body]).toEqual([200, ''])
  })
})

describe('PROTOCOL 8: errors', () => {
  test.each(['/nowhere', '/api/nowhere', '/api/', '/api/auth/nowhere', '/api/core/x', '/healthz/', '/api/__proto__', '/api/v2/core'])(
    'an unknown address is 404 CORE_NOT_FOUND as JSON: %s',
    async (path) => {
      const { status, headers, body } = await target.api('GET', path)
      expect(status).toBe(404)
      expect(headers.get('content-type')).toBe(json)
      expect(headers.get('x-request-id')).toMatch(/./)
      expect(body).toEqual({ error: { code: 'CORE_NOT_FOUND', kind: 'not_found', message: expect.any(String), retry: false } })
    },
  )

  test.each([
    ['POST', '/healthz', 'GET'],
    ['DELETE', '/api/core', 'GET'],
    ['PUT', '/docs/openapi.json', 'GET'],
    ['PROPFIND', '/healthz', 'GET'],
  ])('a method that an address does not have is 405 with Allow: %s %s', async (method, path, allowed) => {
    const { status, headers, body } = await target.api(method, path)
    expect([status, body.error.code]).toEqual([405, 'CORE_METHOD_NOT_ALLOWED'])
    expect(headers.get('allow')?.split(', ')).toContain(allowed)
  })

  test('every answer carries the headers that keep a browser in bounds', async () => {
    for (const path of ['/healthz', '/api/nowhere', '/api/core']) {
      const { headers } = await target.api('GET', path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 8: bodies', () => {
  const post = (
    body: string | Uint8Array | ReadableStream,
    headers: Record<string, string> = { 'content-type': json },
  ): Promise<Response> => fetch(`${target.url}/api/auth/guest`, { method: 'POST', body: body as never, headers })
  const codeOf = async (answer: Response): Promise<string> => ((await answer.json()) as { error: { code: string } }).error.code

  test('are JSON in UTF-8', async () => {
    for (const type of [json, 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
      expect((await post('{"name":"Zoë"}', { 'content-type': type })).status).toBe(201)
    }
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=utf-16',
    'application/jsonp',
    '',
  ])('of another type are 415: %j', async (type) => {
    const answer = await post('{"name":"Ann"}', { 'content-type': type })
    expect([answer.status, await codeOf(answer)]).toEqual([415, 'CORE_UNSUPPORTED_MEDIA_TYPE'])
  })

  test('that are compressed are 415, and not unpacked', async () => {
    const bomb = Bun.gzipSync(new Uint8Array(10_000_000))
    const answer = await post(bomb, { 'content-type': json, 'content-encoding': 'gzip' })
    expect([answer.status, await codeOf(answer)]).toEqual([415, 'CORE_UNSUPPORTED_MEDIA_TYPE'])
  })

  test('of 256 KiB are read, one byte more is 413, said in advance or not', async () => {
    const sized = (bytes: number): string => JSON.stringify({ name: 'Ann' }).padEnd(bytes, ' ')
    expect((await post(sized(262_144))).status).toBe(201)
    const told = await post(sized(262_145))
    expect([told.status, await codeOf(told)]).toEqual([413, 'CORE_TOO_LARGE'])
    const chunked = await post(new Blob([sized(262_145)]).stream())
    expect([chunked.status, await codeOf(chunked)]).toEqual([413, 'CORE_TOO_LARGE'])
  })

  test('of many megabytes are 413 too', async () => {
    expect((await post('x'.repeat(4_000_000))).status).toBe(413)
  })

  test.each([
    ['not JSON', 'nonsense', 'CORE_BAD_JSON'],
    ['empty', '', 'CORE_BAD_JSON'],
    ['behind a byte-order mark', '\ufeff{"name":"Ann"}', 'CORE_BAD_JSON'],
    ['a list', '[]', 'CORE_BAD_ENVELOPE'],
    ['null', 'null', 'CORE_BAD_ENVELOPE'],
    ['without what is needed', '{}', 'CORE_BAD_FIELD'],
    ['with a field that nobody knows', '{"name":"Ann","admin":true}', 'CORE_BAD_FIELD'],
    ['with a prototype', '{"name":"Ann","__proto__":{"admin":true}}', 'CORE_BAD_FIELD'],
    ['with a field of the wrong kind', '{"name":["Ann"]}', 'CORE_BAD_FIELD'],
  ])('that are %s are 400', async (_, body, code) => {
    const answer = await post(body)
    expect([answer.status, await codeOf(answer)]).toEqual([400, code])
  })

  test('in bad UTF-8 are 400', async () => {
    const answer = await post(new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]))
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'CORE_BAD_JSON'])
  })

  test('say with path which field is wrong', async () => {
    const { body } = await target.api('POST', '/api/auth/register', { body: { login: '!', password: 'x', name: 'Ann' } })
    expect(body.error.path).toBe('/login')
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 8: signed-in routes', () => {
  test.each([undefined, 'Bearer', 'Bearer nonsense', 'Bearer a b', 'Basic QW5uOng=', 'eyJhbGciOiJub25lIn0.e30.'])(
    'refuse Authorization: %s with 401',
    async (authorization) => {
      const { status, body } = await target.api('GET', '/api/auth/me', authorization === undefined ? {} : { headers: { authorization } })
      expect([status, body.error.kind]).toEqual([401, 'unauthenticated'])
      expect(['CORE_AUTH_REQUIRED', 'CORE_BAD_TOKEN']).toContain(body.error.code)
    },
  )

  test('take Authorization: Bearer <token>, the scheme in any case', async () => {
    const { accessToken, user } = await target.guest()
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const { status, body } = await target.api('GET', '/api/auth/me', { headers: { authorization: `${scheme} ${accessToken}` } })
      expect([status, body.id]).toEqual([200, user.id])
    }
  })
})
