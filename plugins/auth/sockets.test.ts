import { describe, expect, test } from 'bun:test'
import { decodeJwt } from 'jose'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { call } from '../../test/support/http.ts'
import { noPostgres, postgresServer } from '../../test/support/postgres.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../../test/support/server.ts'
import { testUnless } from '../../test/support/skip.ts'
import { TestSocket } from '../../test/support/socket.ts'
import { secrets } from '../../test/support/tokens.ts'
import { auth } from './index.ts'

const origin = 'https://app.example.com'
const env = { PARLEY_AUTH_SECRET: secrets.own, PARLEY_ORIGINS: origin }

const guest = async ({ url }: TestServer, name = 'Ann') => (await call(`${url}/api/auth/guest`, { body: { name } })).body
const open = ({ url }: TestServer, token: string) => TestSocket.open(url, ['parley.v1', `auth.${token}`])
const ticketFor = async ({ url }: TestServer, token: string, from?: string): Promise<string> => {
  const options = { method: 'POST', token, ...(from !== undefined && { headers: { origin: from } }) }
  return (await call(`${url}/api/auth/ticket`, options)).body.ticket
}
const openWithTicket = ({ url }: TestServer, ticket: string, from?: string) =>
  TestSocket.open(`${url}/ws?ticket=${ticket}`, ['parley.v1'], from === undefined ? {} : { origin: from })

/** What a socket with this ticket is told: the user's name, or the error's code and the close code. */
const outcome = async (server: TestServer, ticket: string, from?: string): Promise<string> => {
  const socket = await openWithTicket(server, ticket, from)
  const frame = await Promise.race([socket.next('core.welcome'), socket.next('error')])
  if (!frame.error) return frame.data.user.name
  return `${frame.error.code} ${(await socket.closed).code}`
}

forEachDatabase('auth on sockets', (newDatabase) => {
  const start = async (options: TestServerOptions = {}): Promise<TestServer> => {
    const databaseUrl = await newDatabase()
    const given = { identity: auth, env, ...options }
    return startTestServer([], databaseUrl === undefined ? given : { ...given, databaseUrl })
  }

  describe('a connection', () => {
    test('is welcomed as its token’s user, until its token’s end', async () => {
      const clock = testClock()
      await using server = await start({ ambient: clock.ambient })
      const { user, accessToken } = await guest(server)
      const { data } = await (await open(server, accessToken)).next('core.welcome')
      expect(data).toMatchObject({ user: { id: user.id, name: 'Ann' }, expiresAt: '2026-11-20T12:10:00.000Z', plugins: ['auth'] })
      expect(data.session).toBe(decodeJwt(accessToken).sid)
    })

    test('T11: renews its token without reconnecting, and not with another user’s', async () => {
      const clock = testClock()
      await using server = await start({ ambient: clock.ambient })
      const [ann, eve] = [await guest(server, 'Ann'), await guest(server, 'Eve')]
      const socket = await open(server, ann.accessToken)
      await socket.next('core.welcome')
      clock.advance(60_000)
      const { body } = await call(`${server.url}/api/auth/refresh`, { body: { refreshToken: ann.refreshToken } })
      expect((await socket.request('core.auth', { token: body.accessToken })).expiresAt).toBe('2026-11-20T12:11:00.000Z')
      expect(await socket.refusal('core.auth', { token: eve.accessToken })).toBe('CORE_FORBIDDEN')
      expect(await socket.refusal('core.auth', { token: `${body.accessToken}x` })).toBe('CORE_BAD_TOKEN')
      await socket.settle()
    })

    test('with a token of a session that was revoked is told so and closed with 4509', async () => {
      await using server = await start()
      const { accessToken } = await guest(server)
      await call(`${server.url}/api/auth/logout`, { method: 'POST', token: accessToken })
      const socket = await open(server, accessToken)
      expect((await socket.next('error')).error?.code).toBe('CORE_SESSION_REVOKED')
      expect((await socket.closed).code).toBe(4509)
    })
  })

  describe('revocation', () => {
    test('by logout closes all sockets of the session with 4509, and no other', async () => {
      await using server = await start()
      const [ann, eve] = [await guest(server, 'Ann'), await guest(server, 'Eve')]
      const sockets = await Promise.all([open(server, ann.accessToken), open(server, ann.accessToken), open(server, eve.accessToken)])
      await Promise.all(sockets.map((socket) => socket.next('core.welcome')))
      await call(`${server.url}/api/auth/logout`, { method: 'POST', token: ann.accessToken })
      const [one, two] = await Promise.all(sockets.slice(0, 2).map((socket) => socket.closed))
      expect([one?.code, two?.code]).toEqual([4509, 4509])
      await sockets[2]?.settle()
    })

    test('T9: by reuse of a refresh token closes the sockets with 4509', async () => {
      const clock = testClock()
      await using server = await start({ ambient: clock.ambient })
      const { accessToken, refreshToken } = await guest(server)
      const socket = await open(server, accessToken)
      await socket.next('core.welcome')
      await call(`${server.url}/api/auth/refresh`, { body: { refreshToken } })
      clock.advance(11_000)
      await call(`${server.url}/api/auth/refresh`, { body: { refreshToken } })
      expect((await socket.closed).code).toBe(4509)
    })

    test('of another device is done from this one', async () => {
      await using server = await start()
      const account = { login: 'ann', password: 'correct horse battery' }
      const phone = (await call(`${server.url}/api/auth/register`, { body: { ...account, name: 'Ann' } })).body
      const desk = (await call(`${server.url}/api/auth/login`, { body: account })).body
      const [lost, kept] = await Promise.all([open(server, phone.accessToken), open(server, desk.accessToken)])
      await Promise.all([lost.next('core.welcome'), kept.next('core.welcome')])
      const path = `/api/auth/sessions/${decodeJwt(phone.accessToken).sid}`
      expect((await call(server.url + path, { method: 'DELETE', token: desk.accessToken })).status).toBe(204)
      expect((await lost.closed).code).toBe(4509)
      await kept.settle()
    })
  })

  describe('T8: a ticket', () => {
    test('opens one socket', async () => {
      await using server = await start()
      const { accessToken } = await guest(server)
      const ticket = await ticketFor(server, accessToken)
      expect(await outcome(server, ticket)).toBe('Ann')
      expect(await outcome(server, ticket)).toBe('CORE_BAD_TOKEN 4501')
    })

    test('presented twice at the same time opens one socket', async () => {
      await using server = await start()
      const { accessToken } = await guest(server)
      const ticket = await ticketFor(server, accessToken)
      const outcomes = await Promise.all([1, 2, 3].map(() => outcome(server, ticket)))
      expect(outcomes.sort()).toEqual(['Ann', 'CORE_BAD_TOKEN 4501', 'CORE_BAD_TOKEN 4501'])
    })

    test('is too late after 31 seconds', async () => {
      const clock = testClock()
      await using server = await start({ ambient: clock.ambient })
      const { accessToken } = await guest(server)
      const [early, late] = [await ticketFor(server, accessToken), await ticketFor(server, accessToken)]
      clock.advance(29_000)
      expect(await outcome(server, early)).toBe('Ann')
      clock.advance(2_000)
      expect(await outcome(server, late)).toBe('CORE_TOKEN_EXPIRED 4501')
    })

    test('works only from the origin that asked for it', async () => {
      await using server = await start()
      const { accessToken } = await guest(server)
      expect(await outcome(server, await ticketFor(server, accessToken, origin), origin)).toBe('Ann')
      expect(await outcome(server, await ticketFor(server, accessToken, origin), server.url)).toBe('CORE_BAD_TOKEN 4501')
      expect(await outcome(server, await ticketFor(server, accessToken, origin))).toBe('CORE_BAD_TOKEN 4501')
      expect(await outcome(server, await ticketFor(server, accessToken), origin)).toBe('CORE_BAD_TOKEN 4501')
    })

    test('ends with its session', async () => {
      await using server = await start()
      const { accessToken } = await guest(server)
      const ticket = await ticketFor(server, accessToken)
      await call(`${server.url}/api/auth/logout`, { method: 'POST', token: accessToken })
      expect(await outcome(server, ticket)).toBe('CORE_SESSION_REVOKED 4509')
    })

    test('does not outlive the token that paid for it', async () => {
      const clock = testClock()
      await using server = await start({ ambient: clock.ambient })
      const { accessToken } = await guest(server)
      clock.advance(300_000)
      const socket = await openWithTicket(server, await ticketFor(server, accessToken))
      expect((await socket.next('core.welcome')).data.expiresAt).toBe('2026-11-20T12:10:00.000Z')
    })

    test('is no access token, and an access token is no ticket', async () => {
      await using server = await start()
      const { accessToken } = await guest(server)
      const ticket = await ticketFor(server, accessToken)
      expect((await call(`${server.url}/api/auth/me`, { token: ticket })).code).toBe('CORE_BAD_TOKEN')
      for (const bad of [accessToken, 'x', `${ticket}x`]) expect(await outcome(server, bad)).toBe('CORE_BAD_TOKEN 4501')
    })
  })
})

test('T11: a socket is warned a minute before its token ends, and closed with 4501 half a minute after', async () => {
  const clock = testClock()
  await using server = await startTestServer([], { identity: auth, env, ambient: clock.ambient })
  const [ann, eve] = [await guest(server, 'Ann'), await guest(server, 'Eve')]
  const [kept, lost] = await Promise.all([open(server, ann.accessToken), open(server, eve.accessToken)])
  await Promise.all([kept.next('core.welcome'), lost.next('core.welcome')])
  clock.advance(541_000)
  const warnings = await Promise.all([kept.next('core.token_expiring'), lost.next('core.token_expiring')])
  expect(warnings.map(({ data }) => data.expiresAt)).toEqual(['2026-11-20T12:10:00.000Z', '2026-11-20T12:10:00.000Z'])
  const { body } = await call(`${server.url}/api/auth/refresh`, { body: { refreshToken: ann.refreshToken } })
  await kept.request('core.auth', { token: body.accessToken })
  clock.advance(90_000)
  expect((await lost.closed).code).toBe(4501)
  await kept.settle()
})

testUnless(noPostgres)('what one node revokes, another closes within a second', async () => {
  const databaseUrl = await (await postgresServer()).createDatabase()
  const options = { databaseUrl, identity: auth }
  await using one = await startTestServer([], { ...options, env: { ...env, PARLEY_NODE: '1' } })
  await using two = await startTestServer([], { ...options, env: { ...env, PARLEY_NODE: '2' } })
  const { accessToken, refreshToken } = await guest(one)
  const socket = await open(two, accessToken)
  await socket.next('core.welcome')
  const ticket = await ticketFor(one, accessToken)
  expect(await outcome(two, ticket)).toBe('Ann')
  expect(await outcome(one, ticket)).toBe('CORE_BAD_TOKEN 4501')
  const startedMs = performance.now()
  await call(`${one.url}/api/auth/logout`, { method: 'POST', token: accessToken })
  expect((await socket.closed).code).toBe(4509)
  expect(performance.now() - startedMs).toBeLessThan(1_000)
  expect((await call(`${two.url}/api/auth/me`, { token: accessToken })).code).toBe('CORE_SESSION_REVOKED')
  expect((await call(`${two.url}/api/auth/refresh`, { body: { refreshToken } })).code).toBe('AUTH_REFRESH_INVALID')
})
