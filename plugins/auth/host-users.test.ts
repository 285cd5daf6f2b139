import { afterAll, describe, expect, test } from 'bun:test'
import { decodeJwt } from 'jose'
import { startApi } from '../../test/support/api.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { call } from '../../test/support/http.ts'
import { startTestServer, type TestServerOptions } from '../../test/support/server.ts'
import { TestSocket } from '../../test/support/socket.ts'
import { quietLog, sqliteFiles } from '../../test/support/stores.ts'
import { codeOf, hostToken, secrets } from '../../test/support/tokens.ts'
import type { HostClaims } from './host-tokens.ts'
import { HostUsers } from './host-users.ts'
import { auth } from './index.ts'
import { Revocations } from './revocations.ts'
import { Rights } from './rights.ts'
import type { SessionRow, UserRow } from './store.ts'
import type { SignedIdentity } from './tokens.ts'

const env = { PARLEY_AUTH_SECRET: secrets.own, PARLEY_AUTH_HOST_SECRET: secrets.host }

const nobodysRights = new Rights(new Set(), new Set())
const files = sqliteFiles()
afterAll(() => files.remove())

forEachDatabase('users of a host application', (newDatabase) => {
  const start = async (options: TestServerOptions = {}) => {
    const server = await startApi(auth, newDatabase, { env, ...options })
    return {
      ...server,
      token: (claims: Parameters<typeof hostToken>[0]) => hostToken(claims, server.clock.ambient.now()),
      me: (token: string) => server.get('/me', token),
      logout: (token: string) => server.post('/logout', undefined, token),
      sessions: async (token: string) => (await server.get('/sessions', token)).body.sessions,
    }
  }

  test('become users on first sight, and are the same user ever after', async () => {
    await using server = await start()
    const first = await server.me(await server.token({ sub: 'ann', name: 'Ann' }))
    expect(first.body).toEqual({ id: expect.stringMatching(/^U\d{1,19}$/), name: 'Ann', guest: false })
    expect((await server.me(await server.token({ sub: 'ann', name: 'Ann', sid: 'other' }))).body).toEqual(first.body)
    expect((await server.me(await server.token({ sub: 'bob', name: 'Bob' }))).body.id).not.toBe(first.body.id)
  })

  test('of two issuers are two users, and none is a guest or an account', async () => {
    await using server = await start()
    const [one, two] = await Promise.all(
      ['a', 'b'].map(async (iss) => (await server.me(await server.token({ sub: 'ann', iss, name: 'Ann' }))).body),
    )
    expect(one.id).not.toBe(two.id)
    expect((await server.post('/login', { login: 'ann', password: 'any password' })).code).toBe('AUTH_WRONG_LOGIN')
  })

  test('seen for the first time by many requests at once are one user with one session', async () => {
    await using server = await start()
    const token = await server.token({ sub: 'ann', name: 'Ann' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.me(token)))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect((await server.sessions(token)).length).toBe(1)
  })

  test('are known again after a restart', async () => {
    const databaseUrl = (await newDatabase()) ?? (await files.make())
    const options = { databaseUrl, identity: auth, env }
    const token = await hostToken({ sub: 'ann', name: 'Ann' }, Date.now())
    const first = await startTestServer([], options)
    const before = (await call(`${first.url}/api/auth/me`, { token })).body
    await first.stop()
    await using second = await startTestServer([], options)
    expect((await call(`${second.url}/api/auth/me`, { token })).body).toEqual(before)
  })

  test('without a name, or with one that cannot be shown, are called User and four digits', async () => {
    await using server = await start()
    for (const claims of [{ sub: 'ann@example.com' }, { sub: 'eve', name: '\u200b' }]) {
      expect((await server.me(await server.token(claims))).body.name).toMatch(/^User \d{4}$/)
    }
  })

  test('have sessions that are listed and revoked like any other', async () => {
    await using server = await start()
    const [web, phone] = [await server.token({ sub: 'ann', sid: 'web' }), await server.token({ sub: 'ann', sid: 'phone' })]
    await server.me(web)
    await server.me(phone)
    const other = (await server.sessions(web)).find((session: { current: boolean }) => !session.current)
    expect((await server.remove(`/sessions/${other.id}`, web)).status).toBe(204)
    expect((await server.me(phone)).code).toBe('CORE_SESSION_REVOKED')
    expect((await server.me(web)).status).toBe(200)
    expect((await server.sessions(web)).length).toBe(1)
  })

  test('who log out are refused with every token issued until then, and let in with a newer one', async () => {
    await using server = await start()
    const old = await server.token({ sub: 'ann' })
    const socket = await TestSocket.open(server.url, ['parley.v1', `auth.${old}`])
    const { session } = (await socket.next('core.welcome')).data
    expect((await server.logout(old)).status).toBe(204)
    expect((await socket.closed).code).toBe(4509)
    expect((await server.me(old)).code).toBe('CORE_SESSION_REVOKED')
    server.clock.advance(1_000)
    expect((await server.me(old)).code).toBe('CORE_SESSION_REVOKED')
    const fresh = await server.token({ sub: 'ann' })
    expect((await server.me(fresh)).status).toBe(200)
    expect((await server.me(old)).code).toBe('CORE_SESSION_REVOKED')
    const again = await TestSocket.open(server.url, ['parley.v1', `auth.${fresh}`])
    expect((await again.next('core.welcome')).data.session).toBe(session)
    expect((await server.logout(fresh)).status).toBe(204)
    expect((await again.closed).code).toBe(4509)
  })

  test('have the scope that their token grants', async () => {
    await using server = await start()
    const token = await server.token({ sub: 'ann', scope: 'rooms.admin' })
    const ticket = (await server.post('/ticket', undefined, token)).body.ticket
    const claims = decodeJwt(ticket) as { identity: { scope: string[] } }
    expect(claims.identity.scope).toEqual(['rooms.admin'])
  })

  test('whose keys cannot be fetched yet are told AUTH_KEYS_UNAVAILABLE', async () => {
    const jwks = { PARLEY_AUTH_HOST_JWKS: '/nowhere/keys.json', PARLEY_AUTH_HOST_ISSUER: 'host', PARLEY_AUTH_HOST_AUDIENCE: 'chat' }
    await using server = await start({ env: { ...env, ...jwks } })
    const token = `${btoa('{"alg":"EdDSA"}')}.e30.AAAA`.replaceAll('=', '')
    const { status, code, body } = await server.me(token)
    expect([status, code, body.error.retry]).toEqual([503, 'AUTH_KEYS_UNAVAILABLE', true])
    expect((await server.me(await server.token({ sub: 'ann', iss: 'host', aud: 'chat' }))).status).toBe(200)
  })
})

/** Host users over a store that counts, with a clock that the test moves. */
const counted = () => {
  const clock = testClock()
  const calls: string[] = []
  const rows = new Map<string, { user: UserRow; session: SessionRow }>()
  const touched: { change: Partial<SessionRow>; name: string | undefined }[] = []
  const store = {
    hostLogin: async (user: UserRow, session: SessionRow) => {
      calls.push('hostLogin')
      const known = rows.get(user.subject ?? '') ?? { user, session: { ...session, userId: user.id } }
      rows.set(user.subject ?? '', known)
      return known
    },
    touchHost: async (_id: string, change: Partial<SessionRow>, user: Pick<UserRow, 'id' | 'name'> | undefined) => {
      calls.push('touchHost')
      touched.push({ change, name: user?.name })
    },
    revokedSince: async () => [],
  }
  const closed: number[] = []
  const connections = { ofSession: () => [{ close: (code: number) => void closed.push(code) }] as never }
  const log = quietLog()
  const now = (): number => clock.ambient.now()
  const revocations = new Revocations({ store, connections, log, now, horizonMs: 86_400_000 })
  const standing = { apply: (identity: SignedIdentity) => identity }
  const users = new HostUsers({ store, revocations, rights: nobodysRights, standing, ambient: clock.ambient, log, learn: () => {} })
  const claims = (change: Partial<HostClaims> = {}): HostClaims => ({
    ...{ issuer: '', subject: 'ann', sid: '', name: 'Ann', scope: [], issuedAtMs: now(), expiresAt: now() + 300_000 },
    ...change,
  })
  return { clock, calls, closed, touched, rows, store, log, revocations, users, claims }
}

describe('a host user who is known', () => {
  test('costs no query, and not even a promise', async () => {
    const { users, calls, claims } = counted()
    await users.identify(claims())
    for (let i = 0; i < 100; i++) expect(users.identify(claims())).not.toBeInstanceOf(Promise)
    expect(calls).toEqual(['hostLogin'])
  })

  test('is written down as seen every ten minutes, in the background', async () => {
    const { users, calls, claims, clock } = counted()
    await users.identify(claims())
    clock.advance(599_000)
    await users.identify(claims())
    clock.advance(1_000)
    await users.identify(claims())
    await users.identify(claims())
    expect(calls).toEqual(['hostLogin', 'touchHost'])
  })

  test('is looked for again after a day, because the session may be gone', async () => {
    const { users, calls, claims, clock } = counted()
    await users.identify(claims())
    clock.advance(86_400_000)
    await users.identify(claims())
    expect(calls.filter((call) => call === 'hostLogin').length).toBe(2)
  })

  test('takes a new name over at once, and stores it', async () => {
    const { users, touched, claims } = counted()
    await users.identify(claims())
    expect((await users.identify(claims({ name: 'Ann Smith' }))).name).toBe('Ann Smith')
    expect(touched.map(({ name }) => name)).toEqual(['Ann Smith'])
    expect((await users.identify(claims({ name: '\u200b' }))).name).toBe('Ann Smith')
    expect((await users.identify(claims({ name: undefined }))).name).toBe('Ann Smith')
  })

  test('signs in although the database does not take the news, which is tried again', async () => {
    const { users, calls, claims, clock, store, log } = counted()
    await users.identify(claims())
    store.touchHost = async () => {
      calls.push('failed')
      throw new Error('busy')
    }
    const signIn = async (): Promise<void> => {
      expect((await users.identify(claims({ name: 'Ann Smith' }))).name).toBe('Ann Smith')
      await Promise.resolve()
    }
    for (const waitMs of [0, 4_999, 1]) {
      clock.advance(waitMs)
      await signIn()
    }
    expect(calls).toEqual(['hostLogin', 'failed', 'failed'])
    expect(log.lines.length).toBe(2)
  })

  test('whose session was revoked begins it anew, after the revocation even if the clock was set back', async () => {
    const { users, claims, clock, revocations, touched } = counted()
    const { sessionId } = await users.identify(claims())
    const revokedAtMs = clock.ambient.now()
    revocations.add({ id: sessionId, atMs: revokedAtMs })
    expect(await codeOf(() => users.identify(claims()))).toBe('CORE_SESSION_REVOKED')
    clock.advance(-5_000)
    await users.identify(claims({ issuedAtMs: revokedAtMs + 1 }))
    expect(touched[0]?.change.createdAt?.getTime()).toBe(revokedAtMs + 1)
  })

  test('whose session begins anew is let in once that is written, and not if it cannot be', async () => {
    const { users, claims, clock, revocations, store, calls } = counted()
    const { sessionId } = await users.identify(claims())
    revocations.add({ id: sessionId, atMs: clock.ambient.now() })
    clock.advance(1_000)
    const working = store.touchHost
    store.touchHost = () => Promise.reject(new Error('no database'))
    expect(await codeOf(() => users.identify(claims()))).toBe('Error: no database')
    store.touchHost = working
    const identity = users.identify(claims())
    expect(identity).toBeInstanceOf(Promise)
    expect((await identity).sessionId).toBe(sessionId)
    expect(calls).toEqual(['hostLogin', 'touchHost'])
    expect(users.identify(claims())).not.toBeInstanceOf(Promise)
  })

  test('met again in a session that began anew keeps the sockets that are open', async () => {
    const { users, claims, rows, clock, closed } = counted()
    await users.identify(claims())
    const row = rows.get('ann')
    const revokedAt = new Date(clock.ambient.now())
    clock.advance(86_400_000)
    if (row) rows.set('ann', { ...row, session: { ...row.session, revokedAt, createdAt: new Date(revokedAt.getTime() + 1) } })
    await users.identify(claims())
    expect(await codeOf(() => users.identify(claims({ subject: 'ann', sid: 'again', issuedAtMs: revokedAt.getTime() })))).toBe(
      'CORE_SESSION_REVOKED',
    )
    expect(closed).toEqual([])
  })

  test('whose row says revoked is refused, even before this node was told', async () => {
    const { users, claims, rows, clock } = counted()
    const user = {
      id: 'U1',
      name: 'Ann',
      login: null,
      passwordHash: null,
      guest: false,
      issuer: '',
      subject: 'ann',
      createdAt: new Date(0),
      state: null,
      scope: null,
      changedAt: null,
    }
    const at = new Date(clock.ambient.now())
    const times = { rotatedAt: at, createdAt: at, lastSeenAt: at, expiresAt: at, revokedAt: at }
    rows.set('ann', { user, session: { id: 'S1', userId: 'U1', refreshHash: null, generation: 0, hostSid: '', device: '', ...times } })
    expect(await codeOf(() => users.identify(claims()))).toBe('CORE_SESSION_REVOKED')
    expect(await codeOf(() => users.identify(claims({ issuedAtMs: at.getTime() + 1 })))).toBeUndefined()
  })
})
