import { afterAll, describe, expect, test } from 'bun:test'
import { startApi, type TestApi } from '../../test/support/api.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { call } from '../../test/support/http.ts'
import { startTestServer } from '../../test/support/server.ts'
import { TestSocket } from '../../test/support/socket.ts'
import { sqliteFiles } from '../../test/support/stores.ts'
import { hostToken, secrets } from '../../test/support/tokens.ts'
import { auth } from './index.ts'

const env = { PARLEY_AUTH_SECRET: secrets.own, PARLEY_AUTH_HOST_SECRET: secrets.host, PARLEY_AUTH_ADMINS: 'root,Other@example.org' }
const password = 'correct horse battery'

const files = sqliteFiles()
afterAll(() => files.remove())

forEachDatabase('whoever runs the server', (newDatabase) => {
  const start = async () => {
    // The accounts are made before their logins are among the admins.
    const databaseUrl = (await newDatabase()) ?? (await files.make())
    const before = await startApi(auth, async () => databaseUrl)
    for (const login of ['root', 'other@example.org']) await before.post('/register', { login, password, name: 'Root' })
    await before.stop()
    const server = await startApi(auth, async () => databaseUrl, { env })
    const root = (await server.post('/login', { login: 'root', password })).body
    const put = (users: readonly unknown[], state: string, token = root.accessToken) =>
      call(`${server.api}/users`, { body: { users, state }, token })
    return { ...server, root, put, [Symbol.asyncDispose]: server.stop }
  }
  const account = async (server: TestApi, login: string) => (await server.post('/register', { login, password, name: login })).body
  const open = (server: TestApi, token: string): Promise<TestSocket> => TestSocket.open(server.url, ['parley.v1', `auth.${token}`])

  test('sees all users, page by page', async () => {
    await using server = await start()
    const bob = await account(server, 'bob')
    const guest = await server.guest('Gast')
    const first = (await server.get('/users?limit=3', server.root.accessToken)).body
    expect(first.users.map(({ login }: { login: string }) => login)).toEqual(['root', 'other@example.org', 'bob'])
    expect(first.more).toBe(true)
    const second = (await server.get(`/users?limit=2&after=${bob.user.id}`, server.root.accessToken)).body
    expect(second).toEqual({ users: [{ id: guest.user.id, name: 'Gast', guest: true, createdAt: expect.any(String) }], more: false })
  })

  test('is whose login is among the admins, and whose token of the host application says so, and nobody else', async () => {
    await using server = await start()
    const bob = await account(server, 'bob')
    const other = (await server.post('/login', { login: 'OTHER@example.org', password })).body
    const nowMs = server.clock.ambient.now()
    const tokens = {
      root: server.root.accessToken,
      refreshed: (await server.post('/refresh', { refreshToken: other.refreshToken })).body.accessToken,
      host: await hostToken({ sub: 'ops', scope: 'auth.admin' }, nowMs),
      bob: bob.accessToken,
      guest: (await server.guest('root')).accessToken,
      hostUser: await hostToken({ sub: 'user', scope: 'rooms.admin' }, nowMs),
    }
    const answers = Object.entries(tokens).map(async ([name, token]) => {
      const [listed, put] = [await server.get('/users', token), await server.put([bob.user.id], 'enabled', token)]
      return [name, listed.status, put.status]
    })
    expect(await Promise.all(answers)).toEqual([
      ['root', 200, 200],
      ['refreshed', 200, 200],
      ['host', 200, 200],
      ['bob', 403, 403],
      ['guest', 403, 403],
      ['hostUser', 403, 403],
    ])
    expect([(await server.get('/users')).code, (await server.get('/users', bob.accessToken)).code]).toEqual([
      'CORE_AUTH_REQUIRED',
      'CORE_FORBIDDEN',
    ])
  })

  test('is nobody who takes the login of an admin that is not there yet', async () => {
    await using server = await startApi(auth, newDatabase, { env })
    for (const login of ['root', 'ROOT', 'other@example.org']) {
      expect((await server.post('/register', { login, password, name: 'Root' })).code).toBe('AUTH_LOGIN_TAKEN')
    }
  })

  describe('disables a user', () => {
    test('whose sockets are closed with 4509, and who signs in no more, until they are enabled', async () => {
      await using server = await start()
      const bob = await account(server, 'bob')
      const socket = await open(server, bob.accessToken)
      await socket.next('core.welcome')
      expect((await server.put([bob.user.id, bob.user.id, 'U404'], 'disabled')).body).toEqual({ changed: [bob.user.id] })
      expect((await socket.closed).code).toBe(4509)
      expect((await server.get('/me', bob.accessToken)).code).toBe('CORE_SESSION_REVOKED')
      expect((await server.post('/refresh', { refreshToken: bob.refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
      expect((await server.post('/login', { login: 'bob', password })).code).toBe('AUTH_DISABLED')
      // Nobody who does not know the password learns of it.
      expect((await server.post('/login', { login: 'bob', password: 'wrong password' })).code).toBe('AUTH_WRONG_LOGIN')
      const { users } = (await server.get('/users', server.root.accessToken)).body
      expect(users.map(({ disabledAt }: { disabledAt?: string }) => disabledAt !== undefined)).toEqual([false, false, true])
      expect([(await server.put([bob.user.id], 'disabled')).body, (await server.put([bob.user.id], 'enabled')).body]).toEqual([
        { changed: [] },
        { changed: [bob.user.id] },
      ])
      expect((await server.post('/login', { login: 'bob', password })).status).toBe(200)
      expect((await server.get('/me', bob.accessToken)).code).toBe('CORE_SESSION_REVOKED')
    })

    test('of a host application too, whatever tokens it goes on signing', async () => {
      await using server = await start()
      const sign = (sid: string) => hostToken({ sub: 'ann', sid }, server.clock.ambient.now())
      const { id } = (await server.get('/me', await sign('one'))).body
      await server.put([id], 'disabled')
      server.clock.advance(60_000)
      for (const sid of ['one', 'two']) expect((await server.get('/me', await sign(sid))).code).toBe('CORE_SESSION_REVOKED')
      await server.put([id], 'enabled')
      server.clock.advance(60_000)
      expect((await server.get('/me', await sign('two'))).body.id).toBe(id)
    })

    test('but not themselves, and nothing that is no user', async () => {
      await using server = await start()
      expect((await server.put([server.root.user.id], 'disabled')).body).toEqual({ changed: [] })
      expect((await server.get('/me', server.root.accessToken)).status).toBe(200)
      for (const users of [[], ['G1'], [7], Array.from({ length: 201 }, (_, n) => `U${n}`)]) {
        expect((await server.put(users, 'disabled')).code).toBe('CORE_BAD_FIELD')
      }
      expect((await server.put(['U1'], 'gone')).code).toBe('CORE_BAD_FIELD')
    })

    test('for longer than a restart', async () => {
      const databaseUrl = (await newDatabase()) ?? (await files.make())
      const options = { env, databaseUrl, identity: auth }
      const before = await startTestServer([], options)
      const token = await hostToken({ sub: 'ann' }, Date.now())
      const { id } = (await call(`${before.url}/api/auth/me`, { token })).body
      const operator = await hostToken({ sub: 'ops', scope: 'auth.admin' }, Date.now())
      await call(`${before.url}/api/auth/users`, { body: { users: [id], state: 'disabled' }, token: operator })
      await before.stop()
      await using after = await startTestServer([], options)
      const newer = await hostToken({ sub: 'ann', sid: 'new' }, Date.now())
      expect((await call(`${after.url}/api/auth/me`, { token: newer })).code).toBe('CORE_SESSION_REVOKED')
    })
  })
})
