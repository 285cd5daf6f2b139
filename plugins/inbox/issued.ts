// What need not be written again where other nodes write and answer too: as told.ts, but what was issued stands in the database.
//
// A user's row of inbox_heads is a lock: whoever changes something for the user takes it before looking at it, and whoever answers
// a device of theirs takes it by raising `issued`, and looks at things only after that has committed. So a change either sees
// that answer, and is a write if the answer carried the thing's present position, or has committed before it, and then the
// answer shows it. The position is read beside the lock and may be older than what a change just before has written: positions
// only rise, so at worst it costs a write. A user without a row has been told of nothing; the first change makes it.
import { and, asc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import type { Tables } from './tables.ts'

type Values = Record<string, unknown>
type Found = { readonly user: string; readonly issued: number; readonly position: number | null }

const p = (name: string): never => sql.placeholder(name) as never

/** Which changes no device can have heard of, on Postgres. */
export class Issued {
  readonly #store: Store
  readonly #tables: Tables
  readonly #statements = new Map<number, Statement<Values, Found>>()

  constructor(store: Store, tables: Tables) {
    this.#store = store
    this.#tables = tables
  }

  /** Inside a unit: those of some users, who come in order, for whom the thing needs a new position. */
  async due(tx: Db, users: readonly string[], kind: string, key: string): Promise<string[]> {
    const values = Object.fromEntries(users.map((user, i) => [`user${i}`, user]))
    const found = await this.#foundOf(users.length)(tx, { ...values, kind, key })
    const untold = new Set(found.filter(({ issued, position }) => position !== null && position > issued).map(({ user }) => user))
    return users.filter((user) => !untold.has(user))
  }

  /** Inside a unit, and before anything is looked at: the user's devices may be told of everything up to `position`. */
  async issue(tx: Db, user: string, position: number): Promise<void> {
    const { heads } = this.#tables
    await tx
      .update(heads)
      .set({ issued: position })
      .where(and(eq(heads.user, user), lt(heads.issued, position)))
  }

  #foundOf(count: number): Statement<Values, Found> {
    const known = this.#statements.get(count)
    if (known) return known
    const made = foundStatement(this.#store, this.#tables, count)
    this.#statements.set(count, made)
    return made
  }
}

const foundStatement = (store: Store, { heads, entries }: Tables, count: number): Statement<Values, Found> =>
  store.statement(`inbox_found_${count}`, (db) => {
    const thing = and(eq(entries.user, heads.user), eq(entries.kind, p('kind')), eq(entries.key, p('key')))
    const users = Array.from({ length: count }, (_, i) => p(`user${i}`))
    return db
      .select({ user: heads.user, issued: heads.issued, position: entries.position })
      .from(heads)
      .leftJoin(entries, thing)
      .where(inArray(heads.user, users))
      .orderBy(asc(heads.user))
      .for('no key update', { of: heads })
  })
