import { afterAll, describe, expect, test } from 'bun:test'
import { decodeJwt } from 'jose'
import { startApi } from '../../test/support/api.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { type Answer, call } from '../../test/support/http.ts'
import { noPostgres, postgresServer } from '../../test/support/postgres.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { testUnless } from '../../test/support/skip.ts'
import { TestSocket } from '../../test/support/socket.ts'
import { sqliteFiles } from '../../test/support/stores.ts'
import { hostToken, secrets } from '../../test/support/tokens.ts'
import { auth } from './index.ts'

const password = 'correct horse battery'
const files = sqliteFiles()
afterAll(() => files.remove())

const env = { PARLEY_AUTH_SECRET: secrets.own, PARLEY_AUTH_HOST_SECRET: secrets.host }

/** What an administrator of the host application does. */
const administrate = (url: string, nowMs: () => number) => {
  const token = (scope = 'auth.admin') => hostToken({ sub: 'root', name: 'Root', scope }, nowMs())
  const put = async (body: object, given?: string): Promise<Answer> =>
    call(`${url}/api/auth/users`, { body, token: given ?? (await token()) })
  return {
    token,
    put,
    set: async (users: readonly string[], wanted: object): Promise<unknown> => (await put({ users, ...wanted })).body,
    list: async (query = '', given?: string): Promise<Answer> => call(`${url}/api/auth/users${query}`, { token: given ?? (await token()) }),
  }
}

const open = (server: TestServer, token: string): Promise<TestSocket> => TestSocket.open(server.url, ['parley.v1', `auth.${token}`])
const connect = async (server: TestServer, token: string): Promise<TestSocket> => {
  const socket = await open(server, token)
  await socket.next('core.welcome')
  return socket
}

const start = async (newDatabase: NewDatabase, more: Record<string, string> = {}) => {
  const server = await startApi(auth, newDatabase, { env: { ...env, ...more } })
  const nowMs = (): number => server.clock.ambient.now()
  const register = async (login = 'ann', name = 'Ann') => (await server.post('/register', { login, password, name })).body
  const login = (name = 'ann') => server.post('/login', { login: name, password })
  const rename = (name: unknown, token: string) => call(`${server.api}/me`, { method: 'PATCH', body: { name }, token })
  return { ...server, ...administrate(server.url, nowMs), nowMs, register, login, rename }
}

forEachDatabase('people', (newDatabase) => {
  describe('are listed', () => {
    test('by id, page by page, whatever they are', async () => {
      await using server = await start(newDatabase)
      const ann = await server.register('ann@example.com')
      const guest = await server.guest('Gus')
      const host = await hostToken({ sub: 'h-1', iss: 'host', name: 'Hanna' }, server.nowMs())
      const hanna = (await server.get('/me', host)).body
      const root = (await server.get('/me', await server.token())).body
      const common = { login: null, host: null, guest: false, state: 'active', scope: [], createdAt: '2026-11-20T12:00:00.000Z' }
      const all = [
        { ...common, id: ann.user.id, name: 'Ann', login: 'ann@example.com' },
        { ...common, id: guest.user.id, name: 'Gus', guest: true },
        { ...common, id: hanna.id, name: 'Hanna', host: { issuer: 'host', subject: 'h-1' } },
        { ...common, id: root.id, name: 'Root', host: { issuer: '', subject: 'root' } },
      ]
      expect((await server.list()).body).toEqual({ users: all })
      const first = (await server.list('?limit=3')).body
      expect(first).toEqual({ users: all.slice(0, 3), next: hanna.id })
      expect((await server.list(`?limit=3&after=${first.next}`)).body).toEqual({ users: all.slice(3) })
      expect((await server.list('?limit=4')).body).toEqual({ users: all })
    })

    test('by a part of name, login or subject, in any case and script', async () => {
      await using server = await start(newDatabase)
      const zoe = await server.register('first@example.com', 'ZOË_%')
      await server.guest('Gus')
      const ids = async (query: string) =>
        (await server.list(`?query=${encodeURIComponent(query)}`)).body.users.map(({ id }: { id: string }) => id)
      for (const query of ['zoë', 'FIRST@', '_%', 'Zoe\u0308', zoe.user.id])
        expect([query, await ids(query)]).toEqual([query, [zoe.user.id]])
      expect(await ids('nobody')).toEqual([])
      expect(await ids("' or 1=1 --")).toEqual([])
    })

    test('and changed by nobody without the scope', async () => {
      await using server = await start(newDatabase)
      const { accessToken, user } = await server.guest('Eve')
      for (const given of [accessToken, await server.token('chat.admin'), await server.token('AUTH.ADMIN auth.administrator')]) {
        const answers = [await server.list('', given), await server.put({ users: [user.id], state: 'disabled' }, given)]
        expect(answers.map(({ status, code }) => [status, code])).toEqual(Array(2).fill([403, 'CORE_FORBIDDEN']))
      }
      expect((await call(`${server.api}/users`)).code).toBe('CORE_AUTH_REQUIRED')
      const early = await server.token()
      server.clock.advance(331_000)
      expect((await server.list('', early)).code).toBe('CORE_TOKEN_EXPIRED')
      expect((await server.get('/me', accessToken)).body.name).toBe('Eve')
    })

    test('only with a request that is right', async () => {
      await using server = await start(newDatabase)
      for (const query of ['?limit=0', '?limit=201', '?limit=x', '?after=G1', '?after=', '?query=', `?query=${'x'.repeat(65)}`, '?all=1']) {
        expect([query, (await server.list(query)).status]).toEqual([query, 400])
      }
      const state = 'disabled'
      const bad = [
        ...[{}, { users: ['U1'] }, { users: [], state }, { users: ['G1'], state }, { users: 'U1', state }, { users: [null], state }],
        ...[
          { users: ['U1'], state: 'gone' },
          { users: ['U1'], scope: ['Chat'] },
          { users: ['U1'], scope: 'chat.admin' },
        ],
        ...[
          { users: ['U1'], scope: ['chat.admin auth.admin'] },
          { users: ['U1'], scope: Array(21).fill('a.b') },
        ],
        ...[
          { users: Array(201).fill('U1'), state },
          { users: ['U1'], state, by: 'U2' },
        ],
      ]
      for (const body of bad) expect([body, (await server.put(body)).code]).toEqual([body, 'CORE_BAD_FIELD'])
      expect(await server.set(['U404', 'U1'], { state })).toEqual({ changed: [] })
    })
  })

  describe('who are disabled', () => {
    test('cannot sign in, refresh, use a token or a ticket, and their sockets are closed', async () => {
      await using server = await start(newDatabase)
      const { user, accessToken, refreshToken } = await server.register()
      const socket = await connect(server, accessToken)
      const { ticket } = (await server.post('/ticket', undefined, accessToken)).body
      expect(await server.set([user.id, 'U404', user.id], { state: 'disabled' })).toEqual({ changed: [user.id] })
      expect((await socket.closed).code).toBe(4509)
      const refused = await server.login()
      expect([refused.status, refused.code]).toEqual([403, 'AUTH_DISABLED'])
      expect((await server.post('/login', { login: 'ann', password: 'wrong password' })).code).toBe('AUTH_WRONG_LOGIN')
      expect((await server.post('/refresh', { refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
      expect((await server.get('/me', accessToken)).code).toBe('CORE_SESSION_REVOKED')
      const late = await TestSocket.open(`${server.url}/ws?ticket=${ticket}`, ['parley.v1'])
      expect((await late.closed).code).toBe(4509)
      expect((await server.list(`?query=${user.id}`)).body.users[0]).toMatchObject({ state: 'disabled', login: 'ann' })
    })

    test('come back by signing in once they are enabled, and their old sessions stay ended', async () => {
      await using server = await start(newDatabase)
      const { user, accessToken, refreshToken } = await server.register()
      const put = (state: string) => server.set([user.id], { state })
      expect([await put('disabled'), await put('disabled')]).toEqual([{ changed: [user.id] }, { changed: [] }])
      expect([await put('active'), await put('active')]).toEqual([{ changed: [user.id] }, { changed: [] }])
      expect((await server.get('/me', accessToken)).code).toBe('CORE_SESSION_REVOKED')
      expect((await server.post('/refresh', { refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
      const { status, body } = await server.login()
      expect([status, body.user]).toEqual([200, user])
      await connect(server, body.accessToken)
    })

    test('are refused with every token of the host application, newer ones too, until they are enabled', async () => {
      await using server = await start(newDatabase)
      const token = () => hostToken({ sub: 'bob', name: 'Bob', scope: 'rooms.broadcast' }, server.nowMs())
      const old = await token()
      const { id } = (await server.get('/me', old)).body
      const socket = await connect(server, old)
      await server.set([id], { state: 'disabled' })
      expect((await socket.closed).code).toBe(4509)
      server.clock.advance(1_000)
      const refused = await server.get('/me', await token())
      expect([refused.status, refused.code]).toEqual([403, 'AUTH_DISABLED'])
      expect((await (await open(server, await token())).closed).code).toBe(4503)
      const otherSession = await hostToken({ sub: 'bob', name: 'Bobby', sid: 'other' }, server.nowMs())
      expect((await server.get('/me', otherSession)).code).toBe('AUTH_DISABLED')
      await server.set([id], { state: 'active' })
      expect((await server.get('/me', old)).code).toBe('CORE_SESSION_REVOKED')
      expect((await server.get('/me', await token())).body).toEqual({ id, name: 'Bob', guest: false })
    })
  })

  describe('who are deleted', () => {
    test('have no name, no login and no way back', async () => {
      await using server = await start(newDatabase)
      const { user, accessToken } = await server.register('ann@example.com')
      const socket = await connect(server, accessToken)
      expect(await server.set([user.id], { state: 'deleted', scope: ['chat.admin'] })).toEqual({ changed: [user.id] })
      expect((await socket.closed).code).toBe(4509)
      expect((await server.login('ann@example.com')).code).toBe('AUTH_WRONG_LOGIN')
      expect((await server.list(`?query=${user.id}`)).body.users).toEqual([
        expect.objectContaining({ id: user.id, name: 'Deleted user', login: null, state: 'deleted', scope: [] }),
      ])
      for (const wanted of [{ state: 'active' }, { state: 'deleted' }, { scope: ['chat.admin'] }]) {
        expect(await server.set([user.id], wanted)).toEqual({ changed: [] })
      }
      const again = await server.register('ann@example.com', 'Other Ann')
      expect(again.user.id).not.toBe(user.id)
    })

    test('are not made anew by a token of the host application', async () => {
      await using server = await start(newDatabase)
      const token = () => hostToken({ sub: 'bob', name: 'Bob' }, server.nowMs())
      const { id } = (await server.get('/me', await token())).body
      await server.set([id], { state: 'deleted' })
      server.clock.advance(1_000)
      expect((await server.get('/me', await token())).code).toBe('AUTH_DISABLED')
      expect((await server.list(`?query=${id}`)).body.users).toEqual([
        expect.objectContaining({ id, name: 'Deleted user', host: { issuer: '', subject: 'bob' }, state: 'deleted' }),
      ])
    })
  })

  describe('administrators', () => {
    test('are those whom the setting names, by login or id, beside what they were given', async () => {
      const databaseUrl = (await newDatabase()) ?? (await files.make())
      const first = await startTestServer([], { databaseUrl, identity: auth, env })
      const register = async (url: string, login: string) =>
        call(`${url}/api/auth/register`, { body: { login, password, name: login } }).then(({ body, code }) => code ?? body.user.id)
      const [ann, bob] = [await register(first.url, 'ann'), await register(first.url, 'bob')]
      await first.stop()
      const named = { ...env, PARLEY_AUTH_ADMINS: `ANN,${bob},nobody,U404` }
      await using second = await startTestServer([], { databaseUrl, identity: auth, env: named })
      for (const login of ['ann', 'bob']) {
        const token = (await call(`${second.url}/api/auth/login`, { body: { login, password } })).body.accessToken
        expect(decodeJwt(token).scope).toBe('auth.admin calls.admin chat.admin rooms.admin rooms.broadcast')
        expect((await call(`${second.url}/api/auth/users`, { token })).status).toBe(200)
      }
      expect(await register(second.url, 'Nobody')).toBe('AUTH_LOGIN_TAKEN')
      for (const wanted of [{ state: 'disabled' }, { state: 'deleted' }, { scope: [] }]) {
        const { status, code } = await administrate(second.url, Date.now).put({ users: ['U1', ann], ...wanted })
        expect([status, code]).toEqual([403, 'AUTH_NAMED_ADMIN'])
      }
    })

    test('make others administrators, at once on HTTP, and by coming back on sockets', async () => {
      await using server = await start(newDatabase)
      const { user, accessToken, refreshToken } = await server.register()
      const socket = await connect(server, accessToken)
      expect((await server.list('', accessToken)).code).toBe('CORE_FORBIDDEN')
      const scope = ['chat.admin', 'auth.admin', 'chat.admin']
      expect(await server.set([user.id], { scope })).toEqual({ changed: [user.id] })
      expect((await socket.closed).code).toBe(4091)
      expect(await server.set([user.id], { scope })).toEqual({ changed: [] })
      expect((await server.list(`?query=${user.id}`, accessToken)).body.users[0].scope).toEqual(['auth.admin', 'chat.admin'])
      const renewed = (await server.post('/refresh', { refreshToken })).body
      expect(decodeJwt(renewed.accessToken).scope).toBe('auth.admin chat.admin')
      const back = await connect(server, renewed.accessToken)
      await server.set([user.id], { scope: [] })
      expect((await back.closed).code).toBe(4091)
      expect((await server.list('', renewed.accessToken)).code).toBe('CORE_FORBIDDEN')
      expect(decodeJwt((await server.login()).body.accessToken).scope).toBeUndefined()
    })

    test('of guests and of a host’s users nobody can make: accounts have scopes', async () => {
      await using server = await start(newDatabase)
      const guest = (await server.guest()).user.id
      const host = (await server.get('/me', await hostToken({ sub: 'bob' }, server.nowMs()))).body.id
      expect(await server.set([guest, host], { scope: ['chat.admin'] })).toEqual({ changed: [] })
      expect(await server.set([guest, host], { scope: ['chat.admin'], state: 'disabled' })).toEqual({ changed: [guest, host] })
      expect((await server.list(`?query=${host}`)).body.users[0].scope).toEqual([])
    })

    test('leave themselves alone, so that one always remains', async () => {
      await using server = await start(newDatabase)
      const { id } = (await server.get('/me', await server.token())).body
      const other = (await server.guest()).user.id
      for (const wanted of [{ state: 'disabled' }, { state: 'deleted' }, { scope: [] }]) {
        const { status, code } = await server.put({ users: [other, id], ...wanted })
        expect([status, code]).toEqual([409, 'AUTH_ONESELF'])
      }
      expect((await server.list(`?query=${other}`)).body.users[0].state).toBe('active')
    })

    test('who take each other’s rights at the same time: one of them remains', async () => {
      await using server = await start(newDatabase)
      const [ann, bob] = [await server.register('ann'), await server.register('bob', 'Bob')]
      const take = (from: string, token: string) => server.put({ users: [from], scope: [] }, token)
      for (let round = 0; round < 5; round++) {
        await server.set([ann.user.id, bob.user.id], { scope: ['auth.admin'] })
        await Promise.all([take(bob.user.id, ann.accessToken), take(ann.user.id, bob.accessToken)])
        const { users } = (await server.list()).body
        expect(users.filter(({ scope }: { scope: string[] }) => scope.length > 0)).toHaveLength(1)
      }
    })

    test('who disable each other at the same time: one of them remains, of a host application too', async () => {
      await using server = await start(newDatabase)
      const token = (sub: string) => hostToken({ sub, scope: 'auth.admin' }, server.nowMs())
      const ids = await Promise.all(['ann', 'bob'].map(async (sub) => (await server.get('/me', await token(sub))).body.id))
      for (let round = 0; round < 5; round++) {
        const [ann, bob] = [await token('ann'), await token('bob')]
        await Promise.all([
          server.put({ users: [ids[1]], state: 'disabled' }, ann),
          server.put({ users: [ids[0]], state: 'disabled' }, bob),
        ])
        const { users } = (await server.list()).body
        expect(users.filter(({ state }: { state: string }) => state === 'disabled')).toHaveLength(1)
        await server.set(ids, { state: 'active' })
        server.clock.advance(2_000)
      }
    })
  })

  describe('take another name', () => {
    test('which their devices are told at once, and which others see', async () => {
      await using server = await start(newDatabase)
      const { user, accessToken } = await server.register()
      const [one, two] = [await connect(server, accessToken), await connect(server, accessToken)]
      const { status, body } = await server.rename('  Ann Smith ', accessToken)
      expect([status, body]).toEqual([200, { ...user, name: 'Ann Smith' }])
      for (const socket of [one, two]) expect((await socket.next('auth.renamed')).data).toEqual({ name: 'Ann Smith' })
      expect((await server.get('/me', accessToken)).body.name).toBe('Ann Smith')
      expect((await (await open(server, accessToken)).next('core.welcome')).data.user.name).toBe('Ann Smith')
      expect((await server.login()).body.user.name).toBe('Ann Smith')
      expect((await server.rename('Ann Smith', accessToken)).status).toBe(200)
    })

    test('if it is one, and their own to choose', async () => {
      await using server = await start(newDatabase)
      const { accessToken } = await server.guest('Gus')
      for (const name of ['', '\u202eGus', 'x'.repeat(41), 7, null, ['Gus']]) {
        expect((await server.rename(name, accessToken)).code).toBe('CORE_BAD_FIELD')
      }
      const more = await call(`${server.api}/me`, { method: 'PATCH', body: { name: 'Gus', id: 'U1' }, token: accessToken })
      expect(more.code).toBe('CORE_BAD_FIELD')
      const host = await server.rename('Bobby', await hostToken({ sub: 'bob', name: 'Bob' }, server.nowMs()))
      expect([host.status, host.code]).toEqual([403, 'AUTH_HOST_NAME'])
      expect((await call(`${server.api}/me`, { method: 'PATCH', body: { name: 'Eve' } })).code).toBe('CORE_AUTH_REQUIRED')
    })
  })
})

test('ten names a minute, and 120 requests of an administrator', async () => {
  const sqlite = async (): Promise<undefined> => undefined
  await using server = await start(sqlite, { PARLEY_LIMITS: 'on' })
  const { accessToken } = await server.guest()
  const statuses: number[] = []
  for (let i = 0; i < 11; i++) statuses.push((await server.rename(`Ann ${i}`, accessToken)).status)
  expect(statuses).toEqual([...Array<number>(10).fill(200), 429])
  const token = await server.token()
  const answers = await Promise.all(Array.from({ length: 121 }, () => server.list('?limit=1', token)))
  expect(answers.filter(({ code }) => code === 'CORE_RATE_LIMITED')).toHaveLength(1)
})

testUnless(noPostgres)('what one node changes about people, another knows soon', async () => {
  const databaseUrl = await (await postgresServer()).createDatabase()
  const options = { databaseUrl, identity: auth }
  await using one = await startTestServer([], { ...options, env: { ...env, PARLEY_NODE: '1' } })
  await using two = await startTestServer([], { ...options, env: { ...env, PARLEY_NODE: '2' } })
  const root = administrate(one.url, Date.now)
  const guest = (await call(`${one.url}/api/auth/guest`, { body: { name: 'Gus' } })).body
  const account = (await call(`${one.url}/api/auth/register`, { body: { login: 'ann', password, name: 'Ann' } })).body
  const bob = await hostToken({ sub: 'bob', name: 'Bob' }, Date.now())
  const { id } = (await call(`${two.url}/api/auth/me`, { token: bob })).body
  const sockets = await Promise.all([guest.accessToken, bob, account.accessToken].map((token) => connect(two, token)))
  await root.set([guest.user.id, id], { state: 'disabled' })
  await root.set([account.user.id], { scope: ['chat.admin'] })
  expect((await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([4509, 4509, 4091])
  const later = await hostToken({ sub: 'bob', name: 'Bob', iat: Math.floor(Date.now() / 1_000) + 5 }, Date.now())
  expect((await call(`${two.url}/api/auth/me`, { token: later })).code).toBe('AUTH_DISABLED')
  await using three = await startTestServer([], { ...options, env: { ...env, PARLEY_NODE: '3' } })
  expect((await call(`${three.url}/api/auth/me`, { token: later })).code).toBe('AUTH_DISABLED')
  expect((await call(`${three.url}/api/auth/me`, { token: guest.accessToken })).code).toBe('CORE_SESSION_REVOKED')
})
