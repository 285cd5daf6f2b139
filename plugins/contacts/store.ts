// Every query of the plugin. Rows in, rows out; what they mean is decided in contacts.ts and view.ts.
import { and, asc, desc, eq, gt, inArray, isNotNull, lt, notInArray, or, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import type { Tables } from './tables.ts'
import { blank, type Pair, type Row } from './view.ts'

/** Where a page of requests begins: after the one of `user` at `time`. */
export interface Before {
  readonly time: Date
  readonly user: string
}

/** What `mayReach` asks of two people's rows. */
export type Tie = Pick<Row, 'since' | 'blockedAt'>

const p = (name: string): never => sql.placeholder(name) as never

/** Reads and writes relations. */
export class RelationStore {
  readonly #tables: Tables
  readonly #pair: Statement<{ user: string; other: string }, Row>

  constructor(store: Store, tables: Tables) {
    this.#tables = tables
    const { relations } = tables
    this.#pair = store.statement('contacts_pair', (db) =>
      db
        .select()
        .from(relations)
        .where(
          or(
            and(eq(relations.user, p('user')), eq(relations.other, p('other'))),
            and(eq(relations.user, p('other')), eq(relations.other, p('user'))),
          ),
        ),
    )
  }

  async pair(db: Db, user: string, other: string): Promise<Pair> {
    return pairIn(await this.#pair(db, { user, other }), user, other)
  }

  /** As `pair`, with any number of others at once. */
  async pairs(db: Db, user: string, others: readonly string[]): Promise<Pair[]> {
    const { relations } = this.#tables
    const mine = and(eq(relations.user, user), inArray(relations.other, [...others]))
    const theirs = and(eq(relations.other, user), inArray(relations.user, [...others]))
    const rows = await db.select().from(relations).where(or(mine, theirs))
    return others.map((other) => pairIn(rows, user, other))
  }

  /** Inside a unit: the row is like this now. */
  async save(tx: Db, row: Row): Promise<void> {
    const { relations } = this.#tables
    const { user, other, ...state } = row
    if (Object.values(state).every((value) => value === null)) {
      await tx.delete(relations).where(and(eq(relations.user, user), eq(relations.other, other)))
      return
    }
    await tx
      .insert(relations)
      .values(row)
      .onConflictDoUpdate({ target: [relations.user, relations.other], set: state })
  }

  /** How many contacts, unanswered requests or blocks a user has. */
  count(db: Db, user: string, what: 'since' | 'requestedAt' | 'blockedAt'): Promise<number> {
    const { relations } = this.#tables
    return db.$count(relations, and(eq(relations.user, user), isNotNull(relations[what])))
  }

  /** Contacts or blocks of a user, by the others' ids. */
  page(db: Db, what: 'since' | 'blockedAt', { user, after, limit }: { user: string; after: string; limit: number }): Promise<Row[]> {
    const { relations } = this.#tables
    const here = and(eq(relations.user, user), gt(relations.other, after), isNotNull(relations[what]))
    return db.select().from(relations).where(here).orderBy(asc(relations.other)).limit(limit)
  }

  /** The requests of a user, newest first. */
  outgoing(db: Db, user: string, before: Before | undefined, limit: number): Promise<Row[]> {
    const { relations } = this.#tables
    const { requestedAt, other } = relations
    const here = and(eq(relations.user, user), isNotNull(requestedAt), earlier(requestedAt, other, before))
    return db.select().from(relations).where(here).orderBy(desc(requestedAt), desc(other)).limit(limit)
  }

  /** The requests to a user, but of those whom the user has blocked, newest first. */
  incoming(db: Db, user: string, before: Before | undefined, limit: number): Promise<Row[]> {
    const { relations } = this.#tables
    const { requestedAt, user: from } = relations
    const blocked = db
      .select({ other: relations.other })
      .from(relations)
      .where(and(eq(relations.user, user), isNotNull(relations.blockedAt)))
    const here = and(eq(relations.other, user), isNotNull(requestedAt), notInArray(from, blocked), earlier(requestedAt, from, before))
    return db.select().from(relations).where(here).orderBy(desc(requestedAt), desc(from)).limit(limit)
  }
}

type Columns = Tables['relations']

const earlier = (time: Columns['requestedAt'], who: Columns['user'] | Columns['other'], before: Before | undefined) =>
  before && or(lt(time, before.time), and(eq(time, before.time), lt(who, before.user)))

const pairIn = (rows: readonly Row[], user: string, other: string): Pair => {
  const of = (from: string, to: string): Row => rows.find((row) => row.user === from && row.other === to) ?? blank(from, to)
  return { mine: of(user, other), theirs: of(other, user) }
}
