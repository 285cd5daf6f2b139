// Who may not come into a group, by whatever road.
import { and, asc, eq, gt, inArray } from 'drizzle-orm'
import type { Db } from '#core'
import { errors } from './errors.ts'
import type { Tables } from './tables.ts'

/** A row of chat_bans. */
export type Ban = Tables['bans']['$inferSelect']

/** Keeps the bans of groups. */
export class Bans {
  readonly #bans: Tables['bans']
  readonly #limit: number

  /** At most `limit` people are banned from one group. */
  constructor({ bans }: Tables, limit: number) {
    this.#bans = bans
    this.#limit = limit
  }

  /** Inside a unit of the group: those of `users` who are banned from it. */
  async among(tx: Db, conversation: number, users: readonly string[]): Promise<ReadonlySet<string>> {
    if (users.length === 0) return new Set()
    const rows = await tx.select({ user: this.#bans.user }).from(this.#bans).where(this.#of(conversation, users))
    return new Set(rows.map(({ user }) => user))
  }

  /** Inside a unit of the group: ban them; returns those who were not banned yet. Throws `CHAT_TOO_MANY_BANS`. */
  async add(tx: Db, conversation: number, users: readonly string[], { by, now }: { by: string; now: Date }): Promise<string[]> {
    if (users.length === 0) return []
    const rows = users.map((user) => ({ conversation, user, by, time: now }))
    const added = await tx.insert(this.#bans).values(rows).onConflictDoNothing().returning({ user: this.#bans.user })
    const count = await tx.$count(this.#bans, eq(this.#bans.conversation, conversation))
    if (count > this.#limit) throw errors.TOO_MANY_BANS({ limit: this.#limit })
    return added.map(({ user }) => user)
  }

  /** Inside a unit of the group: end bans; returns those whose ban ended. */
  async remove(tx: Db, conversation: number, users: readonly string[]): Promise<string[]> {
    const rows = await tx.delete(this.#bans).where(this.#of(conversation, users)).returning({ user: this.#bans.user })
    return rows.map(({ user }) => user)
  }

  /** Bans by user id, from `after` on. */
  page(db: Db, conversation: number, after: string, limit: number): Promise<Ban[]> {
    const t = this.#bans
    const here = and(eq(t.conversation, conversation), gt(t.user, after))
    return db.select().from(t).where(here).orderBy(asc(t.user)).limit(limit)
  }

  #of(conversation: number, users: readonly string[]) {
    return and(eq(this.#bans.conversation, conversation), inArray(this.#bans.user, [...users]))
  }
}
