// Every query of the plugin. Rows in, rows out; what they mean is decided in sessions.ts and host-users.ts.
import { and, eq, gt, gte, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import { isBarred, peopleQueries, type UserRow, userKey } from './people-store.ts'
import type { Tables } from './tables.ts'

export { isBarred, type UserRow }
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
  ...peopleQueries(store, tables),
  ...sessionQueries(store, tables),
  ...hostQueries(store, tables),
  ...keyQueries(store, tables),
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

const sessionQueries = (store: Store, { users, sessions, usedTickets }: Tables) => ({
  /** Add a session of somebody who may sign in; false if the user may not, or not any more. */
  addSession: (session: SessionRow): Promise<boolean> =>
    store.write(
      async (tx) => {
        const [user] = await tx.select({ state: users.state }).from(users).where(eq(users.id, session.userId))
        if (!user || isBarred(user)) return false
        await tx.insert(sessions).values(session)
        return true
      },
      { serial: userKey(session.userId) },
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

const findSession = async (db: Db, sessions: Tables['sessions'], id: string): Promise<SessionRow | undefined> =>
  (await db.select().from(sessions).where(eq(sessions.id, id)))[0]

/** What a host application's token stands for here. */
export interface HostLogin {
  readonly user: Pick<UserRow, 'id' | 'name' | 'state'>
  readonly session: Pick<SessionRow, 'id' | 'createdAt' | 'lastSeenAt' | 'revokedAt'>
}

type HostKey = { issuer: string; subject: string; hostSid: string }

// Prepared, and one query: after a restart everybody of the host application comes through here, all at once. Scalar
// subqueries, because a join with parameters costs three times as much (src/store/README.md).
const hostLoginStatement = (store: Store, { users, sessions }: Tables): Statement<HostKey, HostLogin> => {
  const { id, userId, hostSid, createdAt, lastSeenAt, revokedAt } = sessions
  const p = sql.placeholder
  const name = sql<string>`(select ${users.name} from ${users} where ${users.id} = ${userId})`
  const state = sql<string | null>`(select ${users.state} from ${users} where ${users.id} = ${userId})`
  const mine = sql`(select ${users.id} from ${users} where ${users.issuer} = ${p('issuer')} and ${users.subject} = ${p('subject')})`
  return store.statement('auth_host_login', (db) =>
    db
      .select({ user: { id: userId, name, state }, session: { id, createdAt, lastSeenAt, revokedAt } })
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
        // Who was deleted meanwhile has no name any more.
        if (user)
          await tx
            .update(users)
            .set({ name: user.name })
            .where(and(eq(users.id, user.id), isNull(users.state)))
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
