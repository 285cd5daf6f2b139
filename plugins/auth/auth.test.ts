import { afterAll, describe, expect, test } from 'bun:test'
import { startApi } from '../../test/support/api.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { call } from '../../test/support/http.ts'
import { startTestServer, type TestServerOptions } from '../../test/support/server.ts'
import { sqliteFiles } from '../../test/support/stores.ts'
import { codeOf, secrets } from '../../test/support/tokens.ts'
import { auth } from './index.ts'

const password = 'correct horse battery'
const files = sqliteFiles()
afterAll(() => files.remove())

forEachDatabase('auth', (newDatabase) => {
  const start = (options: TestServerOptions = {}) => startApi(auth, newDatabase, options)

  describe('guests', () => {
    test('come in with a name and get tokens', async () => {
      await using server = await start()
      const { status, body } = await server.post('/guest', { name: '  Ann ' })
      expect(status).toBe(201)
      expect(body).toEqual({
        user: { id: expect.stringMatching(/^U\d{1,19}$/), name: 'Ann', guest: true },
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        expiresIn: 600,
      })
      expect((await server.get('/me', body.accessToken)).body).toEqual(body.user)
    })

    test('with a name that is not one are refused at the field', async () => {
      await using server = await start()
      for (const name of ['', '\u202eAnn', '\u200b', 'x'.repeat(41), 7, null, ['Ann'], { $gt: '' }]) {
        const { status, body } = await server.post('/guest', { name })
        expect([status, body.error.code, body.error.path]).toEqual([400, 'CORE_BAD_FIELD', '/name'])
      }
    })

    test('cannot bring an id, a role or anything else along', async () => {
      await using server = await start()
      for (const extra of [{ id: 'U1' }, { scope: 'rooms.admin' }, { guest: false }]) {
        expect((await server.post('/guest', { name: 'Ann', ...extra })).code).toBe('CORE_BAD_FIELD')
      }
    })

    test('are refused where they are switched off', async () => {
      await using server = await start({ env: { PARLEY_AUTH_GUESTS: 'false' } })
      const { status, code } = await server.post('/guest', { name: 'Ann' })
      expect([status, code]).toEqual([403, 'AUTH_GUESTS_OFF'])
      expect((await server.get('')).body).toEqual({ guest: false, register: true, login: true })
    })

    test('are switched off in production unless they are asked for', async () => {
      await using server = await start({ env: { NODE_ENV: 'production' } })
      expect((await server.post('/guest', { name: 'Ann' })).code).toBe('AUTH_GUESTS_OFF')
      await using open = await start({ env: { NODE_ENV: 'production', PARLEY_AUTH_GUESTS: 'true' } })
      expect((await open.post('/guest', { name: 'Ann' })).status).toBe(201)
    })
  })

  describe('accounts', () => {
    test('are made with login, password and name, and signed in to', async () => {
      await using server = await start()
      const made = await server.post('/register', { login: 'Ann@Example.com', password, name: 'Ann' })
      expect([made.status, made.body.user.guest]).toEqual([201, false])
      const { status, body } = await server.post('/login', { login: 'ANN@example.COM', password })
      expect([status, body.user]).toEqual([200, made.body.user])
      expect((await server.get('/me', body.accessToken)).body).toEqual(made.body.user)
    })

    test('of the same login, in any case, are refused', async () => {
      await using server = await start()
      await server.post('/register', { login: 'ann', password, name: 'Ann' })
      const { status, body } = await server.post('/register', { login: 'ANN', password: 'another password', name: 'Eve' })
      expect([status, body.error.code, body.error.path]).toEqual([409, 'AUTH_LOGIN_TAKEN', '/login'])
      expect((await server.post('/login', { login: 'ann', password: 'another password' })).code).toBe('AUTH_WRONG_LOGIN')
    })

    test('of the same login made at the same time: one comes to be', async () => {
      await using server = await start()
      const answers = await Promise.all([1, 2, 3].map((i) => server.post('/register', { login: 'ann', password, name: `Ann ${i}` })))
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    })

    test('T17: with a weak or an oversized password are refused', async () => {
      await using server = await start()
      for (const weak of ['', 'short', 'password123', 'x'.repeat(129), 'ann12345', '\ud800 lone surrogate']) {
        const { status, body } = await server.post('/register', { login: 'ann12345', password: weak, name: 'Ann' })
        expect([status, body.error.code, body.error.path]).toEqual([400, 'AUTH_WEAK_PASSWORD', '/password'])
      }
      expect((await server.post('/register', { login: 'ann', password: 'x'.repeat(1_000_000), name: 'Ann' })).status).toBe(413)
    })

    test('T17: take a password exactly as it is: nothing is trimmed, cut or normalised', async () => {
      await using server = await start()
      const exact = ' nul\0 and Zoe\u0308 and a tail '
      await server.post('/register', { login: 'ann', password: exact, name: 'Ann' })
      const near = [exact.trim(), exact.normalize('NFC'), exact.replace('\0', ''), exact.slice(0, 5), `${exact} `]
      for (const other of near) expect((await server.post('/login', { login: 'ann', password: other })).code).toBe('AUTH_WRONG_LOGIN')
      expect((await server.post('/login', { login: 'ann', password: exact })).status).toBe(200)
    })

    test('with a wrong password and without an account are refused alike', async () => {
      await using server = await start()
      await server.post('/register', { login: 'ann', password, name: 'Ann' })
      const wrong = await server.post('/login', { login: 'ann', password: 'wrong password' })
      const unknown = await server.post('/login', { login: 'nobody', password: 'wrong password' })
      const long = await server.post('/login', { login: 'ann', password: 'x'.repeat(10_000) })
      expect([wrong.status, wrong.code]).toEqual([401, 'AUTH_WRONG_LOGIN'])
      expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body])
      expect([long.status, long.body]).toEqual([wrong.status, wrong.body])
    })

    test('with a login that cannot be one are refused at the field', async () => {
      await using server = await start()
      for (const login of ['an', 'ann smith', 'änn', 'x'.repeat(65), ['ann'], { $ne: '' }]) {
        for (const path of ['/login', '/register']) {
          const { body } = await server.post(path, { login, password, ...(path === '/register' && { name: 'Ann' }) })
          expect([body.error.code, body.error.path]).toEqual(['CORE_BAD_FIELD', '/login'])
        }
      }
    })

    test('are refused where they are switched off', async () => {
      await using server = await start({ env: { PARLEY_AUTH_REGISTER: 'off', PARLEY_AUTH_LOGIN: 'off' } })
      const answers = await Promise.all([
        server.post('/register', { login: 'ann', password, name: 'Ann' }),
        server.post('/login', { login: 'ann', password }),
      ])
      expect(answers.map(({ status, code }) => [status, code])).toEqual([
        [403, 'AUTH_REGISTER_OFF'],
        [403, 'AUTH_LOGIN_OFF'],
      ])
      expect((await server.get('')).body).toEqual({ guest: true, register: false, login: false })
    })
  })

  describe('limits', () => {
    const on = { env: { PARLEY_LIMITS: 'on' } }

    test('five logins a minute for one account, from wherever, and then one each twelve seconds', async () => {
      await using server = await start(on)
      const attempt = () => server.post('/login', { login: 'ann', password: 'x'.repeat(200) })
      for (let i = 0; i < 5; i++) expect((await attempt()).code).toBe('AUTH_WRONG_LOGIN')
      const { status, body } = await attempt()
      expect([status, body.error.code, body.error.retryAfterMs]).toEqual([429, 'CORE_RATE_LIMITED', 12_000])
      server.clock.advance(12_000)
      expect((await attempt()).code).toBe('AUTH_WRONG_LOGIN')
      expect((await attempt()).code).toBe('CORE_RATE_LIMITED')
    })

    test('twenty logins a minute from one address, for whatever accounts', async () => {
      await using server = await start(on)
      const attempt = (i: number) => server.post('/login', { login: `user${i}`, password: 'x'.repeat(200) })
      for (let i = 0; i < 20; i++) expect((await attempt(i)).code).toBe('AUTH_WRONG_LOGIN')
      expect((await attempt(20)).code).toBe('CORE_RATE_LIMITED')
    })

    test('120 refresh tokens a minute from one address, good or bad', async () => {
      await using server = await start(on)
      const attempt = () => server.post('/refresh', { refreshToken: 'nonsense' })
      for (let i = 0; i < 120; i++) expect((await attempt()).code).toBe('AUTH_REFRESH_INVALID')
      expect((await attempt()).code).toBe('CORE_RATE_LIMITED')
    })

    test('as many new accounts a minute from one address as are set', async () => {
      await using server = await start({ env: { ...on.env, PARLEY_AUTH_ACCOUNTS_PER_MINUTE: '2' } })
      const statuses = []
      for (let i = 0; i < 3; i++) statuses.push((await server.post('/guest', { name: 'Ann' })).status)
      expect(statuses).toEqual([201, 201, 429])
    })
  })

  test('a server that is started again still knows who was signed in and who was revoked', async () => {
    const databaseUrl = (await newDatabase()) ?? (await files.make())
    const options = { databaseUrl, identity: auth, env: { PARLEY_AUTH_SECRET: secrets.own } }
    const first = await startTestServer([], options)
    const [ann, eve] = await Promise.all(
      ['Ann', 'Eve'].map(async (name) => (await call(`${first.url}/api/auth/guest`, { body: { name } })).body),
    )
    await call(`${first.url}/api/auth/logout`, { method: 'POST', token: eve.accessToken })
    await first.stop()
    await using second = await startTestServer([], options)
    expect((await call(`${second.url}/api/auth/me`, { token: ann.accessToken })).body).toEqual(ann.user)
    expect((await call(`${second.url}/api/auth/me`, { token: eve.accessToken })).code).toBe('CORE_SESSION_REVOKED')
  })

  test('a development server without a secret makes one and keeps it', async () => {
    const databaseUrl = (await newDatabase()) ?? (await files.make())
    const options = { databaseUrl, identity: auth }
    const first = await startTestServer([], options)
    const ann = (await call(`${first.url}/api/auth/guest`, { body: { name: 'Ann' } })).body
    await first.stop()
    await using second = await startTestServer([], options)
    expect((await call(`${second.url}/api/auth/me`, { token: ann.accessToken })).body).toEqual(ann.user)
  })
})

test('T18: of 100 logins at once 68 are answered, and 32 told AUTH_BUSY; the server lives on', async () => {
  // Nobody's password is looked at before the last who finds no room was told.
  const gate = Promise.withResolvers<boolean>()
  await using server = await startTestServer([], { identity: auth, runtime: { verifyPassword: () => gate.promise } })
  let refused = 0
  const login = async (i: number) => {
    const answer = await call(`${server.url}/api/auth/login`, { body: { login: `user${i}`, password } })
    if (answer.code === 'AUTH_BUSY' && ++refused === 32) gate.resolve(false)
    return answer
  }
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => login(i)))
  const codes = answers.map(({ status, code }) => `${status} ${code}`)
  expect(codes.filter((code) => code === '503 AUTH_BUSY').length).toBe(32)
  expect(codes.filter((code) => code === '401 AUTH_WRONG_LOGIN').length).toBe(68)
  expect((await call(`${server.url}/healthz`)).status).toBe(200)
}, 120_000)

describe('T7: the secret', () => {
  const start = (env: Record<string, string>) => startTestServer([], { identity: auth, env }).then((server) => server.stop())
  const refused = {
    'missing in production': { NODE_ENV: 'production' },
    short: { PARLEY_AUTH_SECRET: 'Qk3v8mZrT1xYc6nB0dLw9sFhJ4uGpE7' },
    'a sample': { PARLEY_AUTH_SECRET: 'changeme-changeme-please-changeme!' },
    'one character over and over': { PARLEY_AUTH_SECRET: 'a'.repeat(64) },
    'a few characters over and over': { PARLEY_AUTH_SECRET: '0123456789abcdef'.repeat(4) },
    'short, for the host': { PARLEY_AUTH_HOST_SECRET: 'short' },
    'the same as the host’s': { PARLEY_AUTH_SECRET: secrets.own, PARLEY_AUTH_HOST_SECRET: secrets.own },
  }
  for (const [name, env] of Object.entries(refused)) {
    test(`is refused at start when it is ${name}`, async () => {
      expect(await codeOf(() => start(env))).toBe('CORE_BAD_SETTING')
    })
  }

  test('is not repeated in what is said about it', async () => {
    const secret = 'changeme-Zx81-changeme-Zx81-changeme'
    const failure = await start({ PARLEY_AUTH_SECRET: secret }).catch((error: Error) => error)
    expect(String(failure)).toContain('PARLEY_AUTH_SECRET')
    expect(String(failure)).not.toContain('Zx81')
  })
})
