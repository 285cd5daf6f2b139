// The queries about people that change, and what has changed.
import { and, asc, eq, gt, gte, inArray } from 'drizzle-orm'
import type { Db, Store } from '#core'
import type { Tables } from './tables.ts'

/** A row of `auth_users`. */
export type UserRow = Tables['users']['$inferSelect']

/** Whether somebody may not sign in any more. */
export const isBarred = ({ state }: Pick<UserRow, 'state'>): boolean => state !== null

/** What is held by whoever decides about one user, or signs them in. */
export const userKey = (id: string): string => `auth/user/${id}`
// Administrators change people one after another, so that two who do it to each other are not both gone.
const administrationKey = 'auth/administration'

/** Whom a change is about. */
export interface UserChange {
  readonly id: string
  /** The administrator, if it is one who wants it. */
  readonly by?: string
  readonly now: Date
}

/** What a change has done. */
export interface ChangedUser {
  readonly before: UserRow | undefined
  /** `before`, if nothing had to change. */
  readonly user: UserRow | undefined
  /** Sessions that ended with it. */
  readonly ended: readonly string[]
}

/** See `createAuthStore`. */
export const peopleQueries = (store: Store, { users, sessions }: Tables) => {
  const endSessions = async (tx: Db, { id, state }: UserRow, now: Date): Promise<string[]> => {
    const change = { revokedAt: now, ...(state === 'deleted' && { device: '' }) }
    const theirs = and(eq(sessions.userId, id), gt(sessions.expiresAt, now))
    const ended = await tx.update(sessions).set(change).where(theirs).returning({ id: sessions.id })
    return ended.map((session) => session.id)
  }
  return {
    /**
     * Decide about a user, knowing who wants it, with nobody else in between, and write what `decide` wants changed.
     * Whoever is barred by it has no session left. `decide` may run more than once.
     */
    changeUser: (
      { id, by, now }: UserChange,
      decide: (user: UserRow | undefined, operator: UserRow | undefined) => Partial<UserRow> | undefined,
    ): Promise<ChangedUser> =>
      store.write(async (tx) => {
        await store.lock(tx, ...(by === undefined ? [] : [administrationKey]), userKey(id))
        const rows = await tx
          .select()
          .from(users)
          .where(inArray(users.id, by === undefined ? [id] : [id, by]))
        const before = rows.find((row) => row.id === id)
        const change = decide(
          before,
          rows.find((row) => row.id === by),
        )
        if (!before || !change) return { before, user: before, ended: [] }
        // Later than the change before, whatever the clocks say: that is how other nodes know which is the newer.
        const changedAt = new Date(Math.max(now.getTime(), (before.changedAt?.getTime() ?? 0) + 1))
        const user: UserRow = { ...before, ...change, changedAt }
        await tx
          .update(users)
          .set({ ...change, changedAt })
          .where(eq(users.id, id))
        return { before, user, ended: isBarred(user) ? await endSessions(tx, user, now) : [] }
      }),

    /** People by id, at most `count` of those after `after`. */
    usersAfter: (after: string, count: number): Promise<UserRow[]> =>
      Promise.resolve(store.read.select().from(users).where(gt(users.id, after)).orderBy(asc(users.id)).limit(count)),

    /** Users who were changed at `since` or later. */
    changedSince: (since: Date): Promise<UserRow[]> => Promise.resolve(store.read.select().from(users).where(gte(users.changedAt, since))),
  }
}
