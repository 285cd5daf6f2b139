import { afterAll, describe, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { TestSocket } from '../support/socket.ts'
import { type Answer, fresh, startTarget, type Tokens } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

const post = (path: string, body: unknown): Promise<Answer> => target.api('POST', `/api/auth${path}`, { body })
const refusal = async (answer: Promise<Answer>): Promise<[number, string]> => {
  const { status, body } = await answer
  return [status, body.error?.code]
}
const password = 'correct horse battery'
const register = async (login = fresh('ann')): Promise<Tokens & { login: string }> => {
  const { status, body } = await post('/register', { login, password, name: 'Ann' })
  expect(status).toBe(201)
  return { ...body, login }
}
/** What `Tokens` looks like; each name is spelled as the specification spells it. */
const tokens = (guest: boolean, name: string) => ({
  user: { id: expect.stringMatching(/^U\d{1,19}$/), name, guest },
  accessToken: expect.any(String),
  refreshToken: expect.any(String),
  expiresIn: expect.any(Number),
})

describeUnless(target.lacks('auth'))('PROTOCOL 9: coming in', () => {
  test('GET / says what is switched on', async () => {
    const { status, body } = await target.api('GET', '/api/auth')
    expect([status, body]).toEqual([200, { guest: true, register: expect.any(Boolean), login: expect.any(Boolean) }])
  })

  test('POST /guest answers 201 and Tokens', async () => {
    const { status, body } = await post('/guest', { name: 'Zoë 😀' })
    expect([status, body]).toEqual([201, tokens(true, 'Zoë 😀')])
    expect(body.expiresIn).toBeGreaterThan(0)
  })

  test('POST /register answers 201 and Tokens, POST /login 200 and Tokens of the same user', async () => {
    const login = fresh('ann')
    const registered = await post('/register', { login, password, name: 'Ann' })
    expect([registered.status, registered.body]).toEqual([201, tokens(false, 'Ann')])
    const back = await post('/login', { login, password })
    expect([back.status, back.body]).toEqual([200, tokens(false, 'Ann')])
    expect(back.body.user.id).toBe(registered.body.user.id)
  })

  test('a login is taken whatever the case of its letters', async () => {
    const { login } = await register()
    expect(await refusal(post('/register', { login: login.toUpperCase(), password, name: 'Eve' }))).toEqual([409, 'AUTH_LOGIN_TAKEN'])
    expect((await post('/login', { login: login.toUpperCase(), password })).status).toBe(200)
  })

  test('a wrong password and an unknown login are told alike', async () => {
    const { login } = await register()
    const [wrong, unknown] = await Promise.all([
      post('/login', { login, password: 'not the password' }),
      post('/login', { login: fresh('nobody'), password }),
    ])
    expect(wrong.status).toBe(401)
    expect(wrong.body.error.code).toBe('AUTH_WRONG_LOGIN')
    expect(unknown.body).toEqual(wrong.body)
    expect(unknown.status).toBe(wrong.status)
  })

  test('a password is kept exactly as sent: no trimming, no other form of the same letters', async () => {
    const [login, spaced] = [fresh('exact'), ' pässword ']
    expect((await post('/register', { login, password: spaced, name: 'Ann' })).status).toBe(201)
    for (const other of [spaced.trim(), spaced.normalize('NFD'), spaced.toUpperCase()]) {
      expect(await refusal(post('/login', { login, password: other }))).toEqual([401, 'AUTH_WRONG_LOGIN'])
    }
    expect((await post('/login', { login, password: spaced })).status).toBe(200)
  })

  test.each([
    ['7 characters', 'ab3$xyz'],
    ['129 characters', 'x9'.repeat(65).slice(0, 129)],
    ['a megabyte', 'x9'.repeat(60_000)],
    ['one of the common ones', 'password1'],
  ])('a password of %s is refused with AUTH_WEAK_PASSWORD', async (_, weak) => {
    expect(await refusal(post('/register', { login: fresh('weak'), password: weak, name: 'Ann' }))).toEqual([400, 'AUTH_WEAK_PASSWORD'])
  })

  test('a password of 8 and one of 128 characters are taken', async () => {
    for (const strong of ['hX7!qzPw', 'hX7!qzPw'.repeat(16)]) {
      expect((await post('/register', { login: fresh('strong'), password: strong, name: 'Ann' })).status).toBe(201)
    }
  })

  test.each([['ab'], ['x'.repeat(65)], ['a b c'], ['ännchen'], ['a\u0000bc'], ['<script>'], [''], [5], [null], [{ $gt: '' }]])(
    '%j is no login',
    async (login) => {
      expect(await refusal(post('/register', { login, password, name: 'Ann' }))).toEqual([400, 'CORE_BAD_FIELD'])
    },
  )

  test.each([
    [''],
    ['   '],
    ['x'.repeat(41)],
    ['a\nb'],
    ['a\u0000b'],
    ['\u200b\u200d'],
    ['ab\u202ecd'],
    ['\u2066a'],
    ['\ud800'],
    ['a\u0301'.padEnd(14, '\u0301')],
    [5],
    [null],
    [['Ann']],
  ])('%j is no name', async (name) => {
    expect(await refusal(post('/guest', { name }))).toEqual([400, 'CORE_BAD_FIELD'])
  })

  test('40 characters are a name, in any script', async () => {
    for (const name of ['x'.repeat(40), '李'.repeat(40), '😀'.repeat(40)])
      expect((await post('/guest', { name })).body.user.name).toBe(name)
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 9: refreshing', () => {
  test('gives a new pair for the same user', async () => {
    const first = await target.guest('Ann')
    const { status, body } = await post('/refresh', { refreshToken: first.refreshToken })
    expect([status, body]).toEqual([200, tokens(true, 'Ann')])
    expect(body.user.id).toBe(first.user.id)
    expect(body.refreshToken).not.toBe(first.refreshToken)
  })

  test('with the same token twice within 10 seconds gives the same new pair, so that two tabs may race', async () => {
    const { refreshToken } = await target.guest()
    const [one, two] = await Promise.all([post('/refresh', { refreshToken }), post('/refresh', { refreshToken })])
    const three = await post('/refresh', { refreshToken })
    expect(one.status).toBe(200)
    for (const other of [two, three])
      expect([other.body.accessToken, other.body.refreshToken]).toEqual([one.body.accessToken, one.body.refreshToken])
  })

  test.each([['nonsense'], [''], ['r1.S1.0.x.y'], ['x'.repeat(1_024)]])('with %j is 401 AUTH_REFRESH_INVALID', async (refreshToken) => {
    expect(await refusal(post('/refresh', { refreshToken }))).toEqual([401, 'AUTH_REFRESH_INVALID'])
  })

  test('an access token is no refresh token, and a refresh token no access token', async () => {
    const { accessToken, refreshToken } = await target.guest()
    expect((await refusal(post('/refresh', { refreshToken: accessToken })))[0]).toBe(401)
    expect((await target.api('GET', '/api/auth/me', { token: refreshToken })).status).toBe(401)
  })

  test('with a token that was used up more than 10 seconds ago revokes the session, the newest token and the socket too', async () => {
    const { refreshToken, accessToken } = await target.guest()
    const newer = (await post('/refresh', { refreshToken })).body as Tokens
    const socket = await target.open(newer.accessToken)
    // The server itself tells when 10 seconds have passed: it gives up on a connection that nobody signs in.
    const clock = await TestSocket.open(target.url)
    expect((await clock.closed).code).toBe(4008)
    expect(await refusal(post('/refresh', { refreshToken }))).toEqual([401, 'AUTH_REFRESH_INVALID'])
    expect((await socket.closed).code).toBe(4509)
    expect(await refusal(post('/refresh', { refreshToken: newer.refreshToken }))).toEqual([401, 'AUTH_REFRESH_INVALID'])
    expect(await refusal(target.api('GET', '/api/auth/me', { token: accessToken }))).toEqual([401, 'CORE_SESSION_REVOKED'])
  }, 30_000)
})

describeUnless(target.lacks('auth'))('PROTOCOL 9: sessions', () => {
  test('GET /me says who one is', async () => {
    const { accessToken, user } = await register()
    expect((await target.api('GET', '/api/auth/me', { token: accessToken })).body).toEqual({ id: user.id, name: 'Ann', guest: false })
  })

  test('GET /sessions lists one’s own, the current one marked', async () => {
    const { login, accessToken } = await register()
    await post('/login', { login, password })
    const { body } = await target.api('GET', '/api/auth/sessions', { token: accessToken })
    expect(body.sessions).toHaveLength(2)
    for (const session of body.sessions) {
      expect(session).toEqual({
        id: expect.stringMatching(/^S\d{1,19}$/),
        createdAt: expect.stringMatching(/Z$/),
        lastSeenAt: expect.stringMatching(/Z$/),
        device: expect.any(String),
        current: expect.any(Boolean),
      })
    }
    expect(body.sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
  })

  test('POST /logout answers 204 and ends this session and no other', async () => {
    const { login, accessToken } = await register()
    const other = (await post('/login', { login, password })).body as Tokens
    expect((await target.api('POST', '/api/auth/logout', { token: accessToken })).status).toBe(204)
    expect(await refusal(target.api('GET', '/api/auth/me', { token: accessToken }))).toEqual([401, 'CORE_SESSION_REVOKED'])
    expect((await target.api('GET', '/api/auth/me', { token: other.accessToken })).status).toBe(200)
  })

  test('a revoked session’s sockets are closed with 4509 within a second, the others stay', async () => {
    const { login, accessToken } = await register()
    const other = (await post('/login', { login, password })).body as Tokens
    const [mine, theirs] = await Promise.all([target.open(accessToken), target.open(other.accessToken)])
    const { body } = await target.api('GET', '/api/auth/sessions', { token: other.accessToken })
    const id = body.sessions.find(({ current }: { current: boolean }) => !current).id
    const startedMs = performance.now()
    expect((await target.api('DELETE', `/api/auth/sessions/${id}`, { token: other.accessToken })).status).toBe(204)
    expect((await mine.closed).code).toBe(4509)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    expect(await theirs.request('core.ping')).toHaveProperty('time')
  })

  test('a session that is not there, or is somebody else’s, is 404 AUTH_NO_SUCH_SESSION', async () => {
    const [{ accessToken }, eve] = await Promise.all([register(), register()])
    const { body } = await target.api('GET', '/api/auth/sessions', { token: accessToken })
    for (const id of [body.sessions[0].id, 'S1', 'nonsense', 'S1%20or%201=1', '..']) {
      const answer = await target.api('DELETE', `/api/auth/sessions/${id}`, { token: eve.accessToken })
      expect([404, 405]).toContain(answer.status)
      if (id.startsWith('S')) expect(answer.body.error.code).toBe('AUTH_NO_SUCH_SESSION')
    }
    expect((await target.api('GET', '/api/auth/me', { token: accessToken })).status).toBe(200)
  })

  test.each(['logout', 'ticket'])('POST /%s needs a token', async (route) => {
    expect(await refusal(target.api('POST', `/api/auth/${route}`))).toEqual([401, 'CORE_AUTH_REQUIRED'])
  })
})

describeUnless(target.lacksHost)('PROTOCOL 9: tokens of a host application', () => {
  const nowS = Math.floor(Date.now() / 1_000)
  const me = (token: string): Promise<Answer> => target.api('GET', '/api/auth/me', { token })

  test('are accepted wherever an access token is', async () => {
    const token = target.hostToken({ sub: fresh('host'), name: 'Hanna', sid: 's1', jti: 'j1' })
    const { status, body } = await me(token)
    expect([status, body]).toEqual([200, { id: expect.stringMatching(/^U\d/), name: 'Hanna', guest: false }])
    const socket = await target.open(token)
    expect(await socket.request('core.ping')).toHaveProperty('time')
    expect((await target.api('POST', '/api/auth/ticket', { token })).status).toBe(201)
  })

  test.each([
    ['without a subject', {}],
    ['with a number as subject', { sub: 5 }],
    ['with an empty subject', { sub: '' }],
    ['not yet valid', { sub: 'x', nbf: nowS + 600 }],
    ['from the future', { sub: 'x', iat: nowS + 3_600 }],
    ['with text as its end', { sub: 'x', exp: '9999999999' }],
    ['with a negative end', { sub: 'x', exp: -1 }],
    ['with its end missing', { sub: 'x', exp: undefined }],
    ['with its end in the year 9999', { sub: 'x', exp: 253_402_300_000 }],
  ])('%s are refused', async (_, claims) => {
    expect(await refusal(me(target.hostToken(claims)))).toEqual([401, 'CORE_BAD_TOKEN'])
  })

  test('signed by nobody, by another algorithm or with another key are refused', async () => {
    const good = target.hostToken({ sub: 'x' })
    const [, payload, signature] = good.split('.')
    const head = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const bad of [
      `${head({ alg: 'none' })}.${payload}.`,
      `${head({ alg: 'None' })}.${payload}.${signature}`,
      `${head({ alg: 'HS512' })}.${payload}.${signature}`,
      `${head({ alg: 'RS256' })}.${payload}.${signature}`,
      `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`,
      `${good}=`,
      `${good}.x`,
      good.split('.').slice(0, 2).join('.'),
    ]) {
      expect(await refusal(me(bad))).toEqual([401, 'CORE_BAD_TOKEN'])
    }
  })
})

describe('PROTOCOL 9: what is switched off', () => {
  const off = startTarget({ PARLEY_AUTH_GUESTS: 'false', PARLEY_AUTH_REGISTER: 'false', PARLEY_AUTH_LOGIN: 'false' })

  test('answers 403 and is told in advance', async () => {
    const other = await off
    if (!other.program) return expect(other.url).toBe(target.url)
    expect((await other.api('GET', '/api/auth')).body).toEqual({ guest: false, register: false, login: false })
    const login = fresh('off')
    expect(await refusal(other.api('POST', '/api/auth/guest', { body: { name: 'Ann' } }))).toEqual([403, 'AUTH_GUESTS_OFF'])
    expect(await refusal(other.api('POST', '/api/auth/register', { body: { login, password, name: 'Ann' } }))).toEqual([
      403,
      'AUTH_REGISTER_OFF',
    ])
    expect(await refusal(other.api('POST', '/api/auth/login', { body: { login, password } }))).toEqual([403, 'AUTH_LOGIN_OFF'])
    await other.stop()
  })
})
