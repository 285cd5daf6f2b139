// Every query of the plugin. Rows in, rows out; what they mean is decided in sessions.ts and host-users.ts.
import { and, asc, eq, gt, gte, inArray, lt, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import type { Tables } from './tables.ts'

/** A row of `auth_users`. */
export type UserRow = Tables['users']['$inferSelect']
/** A row of `auth_sessions`. */
export type SessionRow = Tables['sessions']['$inferSelect']
/** What a rotation changes. */
export type Rotation = Pick<SessionRow, 'refreshHash' | 'generation' | 'rotatedAt' | 'lastSeenAt' | 'expiresAt'>
/** A session that has ended, and when. */
export interface Revoked {
  readonly id: string
  readonly atMs: number
}

// A query's list of ids stays well below what either database takes as parameters.
const idsPerQuery = 500

/** The plugin's tables, as questions and changes. */
export const createAuthStore = (store: Store, tables: Tables) => ({
  ...userQueries(store, tables),
  ...sessionQueries(store, tables),
  ...hostQueries(store, tables),
  ...keyQueries(store, tables),
  ...operatorQueries(store, tables),
})

/** See `createAuthStore`. */
export type AuthStore = ReturnType<typeof createAuthStore>

const userQueries = (store: Store, { users, sessions }: Tables) => ({
  /** Add a user and the first session, both or neither; false if the login is taken. */
  addUser: (user: UserRow, session: SessionRow): Promise<boolean> =>
    store.write(async (tx) => {
      const added = await tx.insert(users).values(user).onConflictDoNothing().returning({ id: users.id })
      if (added.length === 0) return false
      await tx.insert(sessions).values(session)
      return true
    }),

  findUser: async (id: string): Promise<UserRow | undefined> => (await store.read.select().from(users).where(eq(users.id, id)))[0],

  findLogin: async (login: string): Promise<UserRow | undefined> =>
    (await store.read.select().from(users).where(eq(users.login, login)))[0],

  setPasswordHash: (id: string, passwordHash: string): Promise<void> =>
    store.write(async (tx) => {
      await tx.update(users).set({ passwordHash }).where(eq(users.id, id))
    }),

  /** Names by id; who does not exist is left out. */
  names: async (ids: readonly string[]): Promise<Map<string, string>> => {
    const names = new Map<string, string>()
    for (let i = 0; i < ids.length; i += idsPerQuery) {
      const some = ids.slice(i, i + idsPerQuery)
      const rows = await store.read.select({ id: users.id, name: users.name }).from(users).where(inArray(users.id, some))
      for (const row of rows) names.set(row.id, row.name)
    }
    return names
  },
})

const sessionQueries = (store: Store, { sessions, usedTickets, disabled }: Tables) => ({
  /** False, and nothing is added, for somebody who is disabled. */
  addSession: (session: SessionRow): Promise<boolean> =>
    store.write(
      async (tx) => {
        const [out] = await tx.select().from(disabled).where(eq(disabled.userId, session.userId))
        if (!out) await tx.insert(sessions).values(session)
        return out === undefined
      },
      { serial: disablingKey },
    ),

  /** A user's sessions that have not expired, revoked ones too, newest first. */
  sessionsOf: async (userId: string, now: Date): Promise<SessionRow[]> => {
    const rows = await store.read
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    return rows.sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
  },

  /**
   * Decide about a session with nobody else in between, and write what `decide` wants changed.
   * Resolves to what `decide` returned. `decide` may run more than once.
   */
  changeSession: <T extends { readonly change?: Partial<SessionRow> }>(
    id: string,
    decide: (session: SessionRow | undefined) => T,
  ): Promise<T> =>
    store.write(
      async (tx) => {
        const decision = decide(await findSession(tx, sessions, id))
        if (decision.change) await tx.update(sessions).set(decision.change).where(eq(sessions.id, id))
        return decision
      },
      { serial: `auth/session/${id}` },
    ),

  /** Sessions revoked at `since` or later. */
  revokedSince: async (since: Date): Promise<Revoked[]> => {
    const found = store.read.select({ id: sessions.id, revokedAt: sessions.revokedAt }).from(sessions)
    const rows = await found.where(gte(sessions.revokedAt, since))
    return rows.map(({ id, revokedAt }) => ({ id, atMs: revokedAt?.getTime() ?? 0 }))
  },

  /** Note that a ticket is used; false if it was before. */
  useTicket: (id: string, expiresAt: Date): Promise<boolean> =>
    store.write(async (tx) => {
      const used = await tx.insert(usedTickets).values({ id, expiresAt }).onConflictDoNothing().returning({ id: usedTickets.id })
      return used.length > 0
    }),

  /** Forget tickets that were over an hour ago (a clock may be set back), and sessions that were over a day ago. */
  prune: (nowMs: number): Promise<void> =>
    store.write(async (tx) => {
      await tx.delete(usedTickets).where(lt(usedTickets.expiresAt, new Date(nowMs - 3_600_000)))
      await tx.delete(sessions).where(lt(sessions.expiresAt, new Date(nowMs - 86_400_000)))
    }),
})

// Whoever is being disabled must not begin a session at that moment. Both are rare.
const disablingKey = 'auth/disabling'

/** A user as the operator sees them. */
export type Listed = Pick<UserRow, 'id' | 'name' | 'login' | 'guest' | 'createdAt'> & { readonly disabledAt: Date | null }

const operatorQueries = (store: Store, { users, sessions, disabled }: Tables) => ({
  /** Users by id, from `after` on. */
  listUsers: (after: string, limit: number): Promise<Listed[]> => {
    const { id, name, login, guest, createdAt } = users
    return store.read
      .select({ id, name, login, guest, createdAt, disabledAt: disabled.time })
      .from(users)
      .leftJoin(disabled, eq(disabled.userId, users.id))
      .where(gt(users.id, after))
      .orderBy(asc(users.id))
      .limit(limit)
  },

  /** Everybody who is disabled. */
  disabledUsers: async (): Promise<string[]> => (await store.read.select({ id: disabled.userId }).from(disabled)).map(({ id }) => id),

  /** Let users sign in no more and end all their sessions; whose state changed, and which sessions have ended. */
  disable: (ids: readonly string[], now: Date): Promise<{ changed: string[]; ended: string[] }> =>
    store.write(
      async (tx) => {
        const known = await tx
          .select({ id: users.id })
          .from(users)
          .where(inArray(users.id, [...ids]))
        if (known.length === 0) return { changed: [], ended: [] }
        const rows = known.map(({ id }) => ({ userId: id, time: now }))
        const added = await tx.insert(disabled).values(rows).onConflictDoNothing().returning({ id: disabled.userId })
        const theirs = inArray(
          sessions.userId,
          known.map(({ id }) => id),
        )
        const ended = await tx.update(sessions).set({ revokedAt: now }).where(theirs).returning({ id: sessions.id })
        return { changed: added.map(({ id }) => id), ended: ended.map(({ id }) => id) }
      },
      { serial: disablingKey },
    ),

  /** Let them sign in again; whose state changed. */
  enable: (ids: readonly string[]): Promise<string[]> =>
    store.write(async (tx) => {
      const rows = await tx
        .delete(disabled)
        .where(inArray(disabled.userId, [...ids]))
        .returning({ id: disabled.userId })
      return rows.map(({ id }) => id)
    }),
})

const findSession = async (db: Db, sessions: Tables['sessions'], id: string): Promise<SessionRow | undefined> =>
  (await db.select().from(sessions).where(eq(sessions.id, id)))[0]

/** What a host application's token stands for here. */
export interface HostLogin {
  readonly user: Pick<UserRow, 'id' | 'name'>
  readonly session: Pick<SessionRow, 'id' | 'createdAt' | 'lastSeenAt' | 'revokedAt'>
}

type HostKey = { issuer: string; subject: string; hostSid: string }

// Prepared, and one query: after a restart everybody of the host application comes through here, all at once. Scalar
// subqueries, because a join with parameters costs three times as much (src/store/README.md).
const hostLoginStatement = (store: Store, { users, sessions }: Tables): Statement<HostKey, HostLogin> => {
  const { id, userId, hostSid, createdAt, lastSeenAt, revokedAt } = sessions
  const p = sql.placeholder
  const name = sql<string>`(select ${users.name} from ${users} where ${users.id} = ${userId})`
  const mine = sql`(select ${users.id} from ${users} where ${users.issuer} = ${p('issuer')} and ${users.subject} = ${p('subject')})`
  return store.statement('auth_host_login', (db) =>
    db
      .select({ user: { id: userId, name }, session: { id, createdAt, lastSeenAt, revokedAt } })
      .from(sessions)
      .where(and(eq(userId, mine), eq(hostSid, p('hostSid')))),
  )
}

const hostQueries = (store: Store, tables: Tables) => {
  const { users, sessions } = tables
  const loginBy = hostLoginStatement(store, tables)
  const keyOf = ({ issuer, subject }: UserRow, { hostSid }: SessionRow): HostKey => ({
    issuer: issuer ?? '',
    subject: subject ?? '',
    hostSid: hostSid ?? '',
  })
  const addLogin = (user: UserRow, session: SessionRow): Promise<HostLogin> =>
    store.write(async (tx) => {
      await tx.insert(users).values(user).onConflictDoNothing()
      const mine = and(eq(users.issuer, user.issuer ?? ''), eq(users.subject, user.subject ?? ''))
      const [found] = await tx.select({ id: users.id }).from(users).where(mine)
      await tx
        .insert(sessions)
        .values({ ...session, userId: found?.id ?? user.id })
        .onConflictDoNothing()
      const [login] = await loginBy(tx, keyOf(user, session))
      return login ?? { user, session }
    })
  return {
    /**
     * The user and the session that a host application's token stands for, added if they are new; at once where the
     * database answers at once. Two nodes may do this for the same person at once: the unique indexes decide, both get
     * the same rows.
     */
    hostLogin: (user: UserRow, session: SessionRow): HostLogin | Promise<HostLogin> => {
      const known = ([login]: readonly HostLogin[]): HostLogin | Promise<HostLogin> => login ?? addLogin(user, session)
      const found = loginBy(store.read, keyOf(user, session))
      return found instanceof Promise ? found.then(known) : known(found)
    },

    /** Keep a host's session and its user's name up to date. */
    touchHost: (sessionId: string, change: Partial<SessionRow>, user: Pick<UserRow, 'id' | 'name'> | undefined): Promise<void> =>
      store.write(async (tx) => {
        await tx.update(sessions).set(change).where(eq(sessions.id, sessionId))
        if (user) await tx.update(users).set({ name: user.name }).where(eq(users.id, user.id))
      }),
  }
}

const keyQueries = (store: Store, { keys }: Tables) => ({
  /** The stored signing secret; `secret` becomes it if there is none. */
  keepSecret: (secret: string, now: Date): Promise<string> =>
    store.write(async (tx) => {
      await tx.insert(keys).values({ id: 'signing', secret, createdAt: now }).onConflictDoNothing()
      return (await tx.select().from(keys).where(eq(keys.id, 'signing')))[0]?.secret ?? secret
    }),
})
