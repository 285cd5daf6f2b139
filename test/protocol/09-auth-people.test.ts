import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { type Answer, fresh, startTarget, type Tokens } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

const admin = (): string => target.hostToken({ sub: fresh('root'), name: 'Root', scope: 'auth.admin' })
const list = (query: string, token = admin()): Promise<Answer> => target.api('GET', `/api/auth/users${query}`, { token })
const put = (body: unknown, token = admin()): Promise<Answer> => target.api('POST', '/api/auth/users', { token, body })
const refusal = async (answer: Promise<Answer>): Promise<[number, string]> => {
  const { status, body } = await answer
  return [status, body.error?.code]
}
const password = 'correct horse battery'
const register = async (): Promise<Tokens & { login: string }> => {
  const login = fresh('ann')
  const { status, body } = await target.api('POST', '/api/auth/register', { body: { login, password, name: 'Ann' } })
  expect(status).toBe(201)
  return { ...body, login }
}
const signIn = (login: string): Promise<Answer> => target.api('POST', '/api/auth/login', { body: { login, password } })

describeUnless(target.lacks('auth'))('PROTOCOL 9: one’s own name', () => {
  test('PATCH /me changes it, and auth.renamed tells all devices', async () => {
    const { socket, tokens, id } = await target.connect('Ann')
    const other = await target.open(tokens.accessToken)
    const { status, body } = await target.api('PATCH', '/api/auth/me', { token: tokens.accessToken, body: { name: ' Zoë ' } })
    expect([status, body]).toEqual([200, { id, name: 'Zoë', guest: true }])
    for (const device of [socket, other]) expect((await device.next('auth.renamed')).data).toEqual({ name: 'Zoë' })
    expect((await target.api('GET', '/api/auth/me', { token: tokens.accessToken })).body.name).toBe('Zoë')
  })

  test.each([[{}], [{ name: '' }], [{ name: 'a\nb' }], [{ name: 5 }], [{ name: 'Ann', id: 'U1' }], [{ name: 'Ann', scope: 'auth.admin' }]])(
    'PATCH /me with %j is CORE_BAD_FIELD',
    async (body) => {
      const { accessToken } = await target.guest()
      expect(await refusal(target.api('PATCH', '/api/auth/me', { token: accessToken, body }))).toEqual([400, 'CORE_BAD_FIELD'])
    },
  )

  test('/users is for administrators', async () => {
    const { accessToken, user } = await target.guest()
    expect(await refusal(list('', accessToken))).toEqual([403, 'CORE_FORBIDDEN'])
    expect(await refusal(put({ users: [user.id], state: 'disabled' }, accessToken))).toEqual([403, 'CORE_FORBIDDEN'])
    expect(await refusal(target.api('GET', '/api/auth/users'))).toEqual([401, 'CORE_AUTH_REQUIRED'])
  })
})

describeUnless(target.lacksHost)('PROTOCOL 9: administrators', () => {
  test('GET /users tells who people are, and where the next page begins', async () => {
    const { user, login } = await register()
    const before = `U${BigInt(user.id.slice(1)) - 1n}`
    const { status, body } = await list(`?after=${before}&limit=1`)
    expect([status, body.users]).toEqual([
      200,
      [
        {
          ...{ id: user.id, name: 'Ann', login, host: null, guest: false, state: 'active', scope: [] },
          createdAt: expect.stringMatching(/Z$/),
        },
      ],
    ])
    await target.guest()
    expect((await list(`?after=${before}&limit=1`)).body.next).toBe(user.id)
  })

  test('who is disabled is put out with 4509 and signs in again only when active', async () => {
    const { user, login, accessToken, refreshToken } = await register()
    const socket = await target.open(accessToken)
    expect((await put({ users: [user.id, 'U1'], state: 'disabled' })).body).toEqual({ changed: [user.id] })
    expect((await socket.closed).code).toBe(4509)
    expect(await refusal(signIn(login))).toEqual([403, 'AUTH_DISABLED'])
    expect(await refusal(target.api('POST', '/api/auth/refresh', { body: { refreshToken } }))).toEqual([401, 'AUTH_REFRESH_INVALID'])
    expect(await refusal(target.api('GET', '/api/auth/me', { token: accessToken }))).toEqual([401, 'CORE_SESSION_REVOKED'])
    await put({ users: [user.id], state: 'active' })
    expect((await signIn(login)).status).toBe(200)
  })

  test('a disabled user of a host application is refused with every token', async () => {
    const sub = fresh('bob')
    const { id } = (await target.api('GET', '/api/auth/me', { token: target.hostToken({ sub, name: 'Bob' }) })).body
    await put({ users: [id], state: 'disabled' })
    const other = target.hostToken({ sub, name: 'Bob', sid: fresh('s') })
    expect(await refusal(target.api('GET', '/api/auth/me', { token: other }))).toEqual([403, 'AUTH_DISABLED'])
    expect(await refusal(target.api('PATCH', '/api/auth/me', { token: admin(), body: { name: 'Bobby' } }))).toEqual([403, 'AUTH_HOST_NAME'])
  })

  test('who is deleted has no name, and does not come back', async () => {
    const { user, login } = await register()
    expect((await put({ users: [user.id], state: 'deleted' })).body).toEqual({ changed: [user.id] })
    expect(await refusal(signIn(login))).toEqual([401, 'AUTH_WRONG_LOGIN'])
    expect((await put({ users: [user.id], state: 'active' })).body).toEqual({ changed: [] })
    const before = `U${BigInt(user.id.slice(1)) - 1n}`
    expect((await list(`?after=${before}&limit=1`)).body.users[0]).toMatchObject({ name: 'Deleted user', login: null, state: 'deleted' })
  })

  test('a scope holds at once over HTTP, and sockets come back with it', async () => {
    const { user, accessToken } = await register()
    const socket = await target.open(accessToken)
    await put({ users: [user.id], scope: ['auth.admin'] })
    expect((await socket.closed).code).toBe(4091)
    expect((await list('?limit=1', accessToken)).status).toBe(200)
    expect(await refusal(put({ users: [user.id], state: 'deleted' }, accessToken))).toEqual([409, 'AUTH_ONESELF'])
    await put({ users: [user.id], scope: [] })
    expect(await refusal(list('?limit=1', accessToken))).toEqual([403, 'CORE_FORBIDDEN'])
  })

  test.each([
    [{}],
    [{ users: ['U1'] }],
    [{ users: [], state: 'active' }],
    [{ users: ['G1'], state: 'active' }],
    [{ users: ['U1'], state: 'gone' }],
    [{ users: ['U1'], scope: 'chat.admin' }],
    [{ users: ['U1'], scope: ['a b'] }],
    [{ users: ['U1\u0000'], state: 'active' }],
    [{ users: [{ $ne: '' }], state: 'active' }],
  ])('POST /users with %j is CORE_BAD_FIELD', async (body) => {
    expect(await refusal(put(body))).toEqual([400, 'CORE_BAD_FIELD'])
  })

  test.each(['?limit=0', '?limit=201', '?after=x', '?query=', '?all=1', '?limit=1&limit=2'])(
    'GET /users%s is CORE_BAD_FIELD',
    async (query) => {
      expect(await refusal(list(query))).toEqual([400, 'CORE_BAD_FIELD'])
    },
  )
})
