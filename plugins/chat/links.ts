// Invitations that can be passed on: whoever knows the code may enter, until it expires, is used up or is taken back.
import { randomBytes } from 'node:crypto'
import { and, asc, eq, gt, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm'
import type { Db } from '#core'
import { errors } from './errors.ts'
import type { Tables } from './tables.ts'

/** A row of chat_links. */
export type Link = Tables['links']['$inferSelect']

// 128 bits: nobody finds one by trying.
const codeBytes = 16

/** Keeps the links of groups. */
export class Links {
  readonly #links: Tables['links']
  readonly #limit: number

  /** At most `limit` links of one group work at once. */
  constructor({ links }: Tables, limit: number) {
    this.#links = links
    this.#limit = limit
  }

  /** Inside a unit of the group: a new link. Those that work no more make room. Throws `CHAT_TOO_MANY_LINKS`. */
  async make(tx: Db, link: Omit<Link, 'code' | 'used'>): Promise<Link> {
    const t = this.#links
    const { conversation, createdAt } = link
    await tx.delete(t).where(and(eq(t.conversation, conversation), or(lte(t.expiresAt, createdAt), lte(t.uses, t.used))))
    if ((await tx.$count(t, eq(t.conversation, conversation))) >= this.#limit) throw errors.TOO_MANY_LINKS({ limit: this.#limit })
    const row = { ...link, code: randomBytes(codeBytes).toString('base64url'), used: 0 }
    await tx.insert(t).values(row)
    return row
  }

  /** The links of a group that still work, or those of `maker` among them, oldest first. */
  list(db: Db, conversation: number, now: Date, maker?: string): Promise<Link[]> {
    const t = this.#links
    const here = and(eq(t.conversation, conversation), this.#works(now), maker === undefined ? undefined : eq(t.maker, maker))
    return db.select().from(t).where(here).orderBy(asc(t.createdAt), asc(t.code))
  }

  /** Inside a unit of the group: the link works no more; false if there is none of these, or it is not `maker`'s. */
  async revoke(tx: Db, conversation: number, code: string, maker?: string): Promise<boolean> {
    const t = this.#links
    const one = and(eq(t.code, code), eq(t.conversation, conversation), maker === undefined ? undefined : eq(t.maker, maker))
    return (await tx.delete(t).where(one).returning({ code: t.code })).length > 0
  }

  /** Inside a unit of the group: whoever goes takes their links along. */
  async revokeOf(tx: Db, conversation: number, makers: readonly string[]): Promise<void> {
    const t = this.#links
    await tx.delete(t).where(and(eq(t.conversation, conversation), inArray(t.maker, [...makers])))
  }

  /** Inside a unit of the group: count one who enters. The row's own lock keeps it exact on every database. False: none left. */
  async use(tx: Db, code: string): Promise<boolean> {
    const t = this.#links
    const used = tx.update(t).set({ used: sql`${t.used} + 1` as never })
    const rows = await used.where(and(eq(t.code, code), or(isNull(t.uses), lt(t.used, t.uses)))).returning({ code: t.code })
    return rows.length > 0
  }

  #works(now: Date) {
    const t = this.#links
    return and(or(isNull(t.expiresAt), gt(t.expiresAt, now)), or(isNull(t.uses), lt(t.used, t.uses)))
  }
}
