import { expect, test } from 'bun:test'
import { forEachStore } from '../../test/support/stores.ts'
import { migrations } from './migrations/index.ts'
import { createAuthStore, type SessionRow, type UserRow } from './store.ts'
import { tables } from './tables.ts'

const nowMs = Date.UTC(2026, 10, 20, 12)
const hourMs = 3_600_000
const dayMs = 24 * hourMs

const user = (id: string, change: Partial<UserRow> = {}): UserRow => ({
  ...{ id, name: 'Ann', login: null, passwordHash: null, guest: true, issuer: null, subject: null, createdAt: new Date(nowMs) },
  ...{ state: null, scope: null, changedAt: null },
  ...change,
})
const session = (id: string, change: Partial<SessionRow> = {}): SessionRow => {
  const now = new Date(nowMs)
  const times = { rotatedAt: now, createdAt: now, lastSeenAt: now, expiresAt: new Date(nowMs + dayMs), revokedAt: null }
  return { id, userId: 'U1', refreshHash: 'x', generation: 0, hostSid: null, device: '', ...times, ...change }
}

forEachStore('what auth stores', (open) => {
  const start = async () => {
    const { store } = await open()
    await store.migrate('auth', migrations)
    return { auth: createAuthStore(store, tables(open.kit)) }
  }

  test('a user whose login is taken is not added, and neither is the session', async () => {
    const { auth } = await start()
    expect(await auth.addUser(user('U1', { login: 'ann' }), session('S1'))).toBe(true)
    expect(await auth.addUser(user('U2', { login: 'ann' }), session('S2', { userId: 'U2' }))).toBe(false)
    expect(await auth.findUser('U2')).toBeUndefined()
    expect(await auth.sessionsOf('U2', new Date(nowMs))).toEqual([])
    expect(await auth.findLogin('ann')).toEqual(user('U1', { login: 'ann' }))
  })

  test('what is decided about a session is decided one after another', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S1'))
    const next = () =>
      auth.changeSession('S1', (found) => ({ generation: found?.generation, change: { generation: (found?.generation ?? 0) + 1 } }))
    const decisions = await Promise.all(Array.from({ length: 20 }, next))
    expect(decisions.map(({ generation }) => generation)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  test('nobody begins a session who may not sign in, or whom nobody knows', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S1'))
    const at = new Date(nowMs)
    const { ended } = await auth.changeUser({ id: 'U1', now: at }, () => ({ state: 'disabled' }))
    expect(ended).toEqual(['S1'])
    expect(await auth.addSession(session('S2'))).toBe(false)
    expect(await auth.addSession(session('S3', { userId: 'U404' }))).toBe(false)
    await auth.changeUser({ id: 'U1', now: at }, () => ({ state: null }))
    expect(await auth.addSession(session('S4'))).toBe(true)
  })

  test('a sign-in and the end of all sessions at the same time leave no session alive', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S0'))
    for (let round = 1; round <= 10; round++) {
      const begun = [1, 2, 3].map((i) => auth.addSession(session(`S${round * 10 + i}`)))
      await Promise.all([...begun, auth.changeUser({ id: 'U1', now: new Date(nowMs) }, () => ({ state: 'disabled' }))])
      expect((await auth.sessionsOf('U1', new Date(nowMs))).filter(({ revokedAt }) => revokedAt === null)).toEqual([])
      await auth.changeUser({ id: 'U1', now: new Date(nowMs) }, () => ({ state: null }))
    }
  })

  test('each change of a user is later than the one before, whatever the clocks say', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S1'))
    for (const atMs of [nowMs, nowMs, nowMs - dayMs]) await auth.changeUser({ id: 'U1', now: new Date(atMs) }, () => ({ name: `A${atMs}` }))
    const [changed] = await auth.changedSince(new Date(nowMs))
    expect(changed).toMatchObject({ id: 'U1', name: `A${nowMs - dayMs}`, changedAt: new Date(nowMs + 2) })
    expect(await auth.changedSince(new Date(nowMs + 3))).toEqual([])
  })

  test('who was disabled before users had a state is disabled still', async () => {
    const { store } = await open()
    await store.migrate('auth', migrations.slice(0, 2))
    const { kit } = open
    const common = { name: kit.text('name').notNull(), guest: kit.bool('guest').notNull(), createdAt: kit.time('created_at').notNull() }
    const users = kit.table('auth_users', { id: kit.id().primaryKey(), ...common })
    const disabled = kit.table('auth_disabled', { userId: kit.id('user_id').primaryKey(), time: kit.time('time').notNull() })
    await store.write(async (tx) => {
      await tx.insert(users).values(['U1', 'U2'].map((id) => ({ id, name: 'Ann', guest: true, createdAt: new Date(nowMs) })))
      await tx.insert(disabled).values({ userId: 'U2', time: new Date(nowMs + 1) })
    })
    await store.migrate('auth', migrations)
    const auth = createAuthStore(store, tables(kit))
    expect([await auth.findUser('U1'), await auth.findUser('U2')]).toEqual([
      user('U1'),
      user('U2', { state: 'disabled', changedAt: new Date(nowMs + 1) }),
    ])
  })

  test('a ticket is used once', async () => {
    const { auth } = await start()
    const outcomes = await Promise.all([1, 2, 3].map(() => auth.useTicket('t', new Date(nowMs))))
    expect(outcomes.filter(Boolean).length).toBe(1)
  })

  test('old tickets and sessions are removed, and nothing else', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S1'))
    await auth.addSession(session('S2', { expiresAt: new Date(nowMs - dayMs - 1) }))
    await auth.addSession(session('S3', { expiresAt: new Date(nowMs - dayMs), revokedAt: new Date(nowMs) }))
    await auth.useTicket('old', new Date(nowMs - hourMs - 1))
    await auth.useTicket('young', new Date(nowMs - hourMs))
    await auth.prune(nowMs)
    const left = await auth.sessionsOf('U1', new Date(0))
    expect(left.map(({ id }) => id).sort()).toEqual(['S1', 'S3'])
    expect([await auth.useTicket('old', new Date(nowMs)), await auth.useTicket('young', new Date(nowMs))]).toEqual([true, false])
    expect(await auth.findUser('U1')).toBeDefined()
  })

  test('revoked sessions are found by when they were revoked', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S1'))
    await auth.addSession(session('S2', { revokedAt: new Date(nowMs - 1) }))
    await auth.addSession(session('S3', { revokedAt: new Date(nowMs) }))
    expect(await auth.revokedSince(new Date(nowMs))).toEqual([{ id: 'S3', atMs: nowMs }])
  })

  test('a host’s user met by many at once is one user with one session', async () => {
    const { auth } = await start()
    const meet = (i: number) => {
      const row = user(`U${i}`, { issuer: '', subject: 'ann', guest: false })
      return auth.hostLogin(row, session(`S${i}`, { hostSid: 'web', refreshHash: null }))
    }
    const met = await Promise.all(Array.from({ length: 10 }, (_, i) => meet(i + 1)))
    expect(new Set(met.map(({ user, session: { id } }) => `${user.id} ${id}`)).size).toBe(1)
    const sessions = await auth.sessionsOf(met[0]?.user.id as string, new Date(0))
    expect(sessions.map(({ id }) => id)).toEqual([met[0]?.session.id as string])
  })

  test('the secret that is made first stays', async () => {
    const { auth } = await start()
    const kept = await Promise.all(['one', 'two', 'three'].map((secret) => auth.keepSecret(secret, new Date(nowMs))))
    expect(new Set(kept).size).toBe(1)
    expect(await auth.keepSecret('four', new Date(nowMs))).toBe(kept[0] as string)
  })

  test('names are found however many are asked for', async () => {
    const { auth } = await start()
    await auth.addUser(user('U1'), session('S1'))
    const ids = Array.from({ length: 1_201 }, (_, i) => `U${i + 1}`)
    expect(await auth.names(ids)).toEqual(new Map([['U1', 'Ann']]))
    expect(await auth.names([])).toEqual(new Map())
  })
})
