// The log of each user: one entry per thing, at the position of its last change.
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import { Issued } from './issued.ts'
import type { Tables } from './tables.ts'
import { Told } from './told.ts'

/** Where something that has changed stands. */
export interface Entry {
  readonly kind: string
  readonly key: string
  readonly position: number
}

/** Part of a user's log in rising order. */
export interface Page {
  readonly entries: readonly Entry[]
  /** Where the next page begins: the last entry's position, or where the caller was when nothing is new. */
  readonly position: number
  readonly more: boolean
  /** It begins at the start, because `since` is none of this log's positions. */
  readonly isReset: boolean
}

/** What a log needs. */
export interface LogOptions {
  readonly store: Store
  readonly tables: Tables
  /** How many users and things are kept in mind, to save writes. */
  readonly remember: number
}

// A message to a large group changes something for each of its members: so many in one statement. Sizes are powers of two,
// so that few statements fit all numbers of users.
const usersPerStatement = 128

type Values = Record<string, unknown>
type Advance = Statement<Values, { user: string; position: number }>
type Put = Statement<Values, never>

/** Writes and reads the logs. */
export class ChangeLog {
  readonly #store: Store
  /** One of the two: where this process is the only writer, and where it is not. */
  readonly #told: Told | undefined
  readonly #issued: Issued | undefined
  readonly #statements = new Map<number, { advance: Advance; put: Put }>()
  readonly #tables: Tables
  readonly #after: Statement<{ user: string; after: number; limit: number }, Entry>
  readonly #head: Statement<{ user: string }, { position: number }>

  constructor({ store, tables, remember }: LogOptions) {
    this.#store = store
    this.#tables = tables
    this.#told = store.dialect === 'sqlite' ? new Told(remember) : undefined
    this.#issued = this.#told ? undefined : new Issued(store, tables)
    this.#after = afterStatement(store, tables)
    this.#head = headStatement(store, tables)
  }

  /** Inside a unit: see `Inbox.touch`. */
  touch(tx: Db, users: readonly string[], kind: string, key: string): void | Promise<void> {
    const told = this.#told
    // A kind has no space in it, so no two things have one name.
    const thing = `${kind} ${key}`
    const due = told ? told.among(users, thing) : users
    if (due.length > 0) return this.#note(tx, [...new Set(due)].sort(), kind, key)
  }

  /**
   * Changes for `user` after position `since`, at most `limit`; from the start without one, or with one beyond the head.
   * What the entries stand for is to be looked at after this has resolved, through `store.read`.
   */
  async page(user: string, since: number | undefined, limit: number): Promise<Page> {
    // Among the writers, for the sake of what need not be written; see there.
    return this.#store.write(async (tx) => {
      const page = await this.#page(tx, user, since, limit)
      await this.#issue(tx, user, page.position)
      return page
    })
  }

  /** The last position of `user`; what changes from now on stands after it. */
  async end(user: string): Promise<number> {
    return this.#store.write(async (tx) => {
      const position = await this.#last(tx, user)
      await this.#issue(tx, user, position)
      return position
    })
  }

  async #page(db: Db, user: string, since: number | undefined, limit: number): Promise<Page> {
    let rows = await this.#after(db, { user, after: since ?? 0, limit: limit + 1 })
    const isReset = since === undefined || (rows.length === 0 && (await this.#isBeyond(db, user, since)))
    if (isReset && since !== undefined) rows = await this.#after(db, { user, after: 0, limit: limit + 1 })
    const entries = rows.slice(0, limit)
    const position = entries.at(-1)?.position ?? (isReset ? 0 : (since ?? 0))
    return { entries, position, more: rows.length > limit, isReset }
  }

  async #issue(tx: Db, user: string, position: number): Promise<void> {
    this.#told?.issue(user, position)
    if (position > 0) await this.#issued?.issue(tx, user, position)
  }

  async #isBeyond(db: Db, user: string, since: number): Promise<boolean> {
    return since > 0 && since > (await this.#last(db, user))
  }

  async #last(db: Db, user: string): Promise<number> {
    const [head] = await this.#head(db, { user })
    return head?.position ?? 0
  }

  // Users come in one order everywhere, so that two units never wait for each other's heads.
  async #note(tx: Db, users: readonly string[], kind: string, key: string): Promise<void> {
    for (let at = 0; at < users.length; ) {
      const some = users.slice(at, at + portion(users.length - at))
      const due = this.#issued ? await this.#issued.due(tx, some, kind, key) : some
      await this.#noteAll(tx, due, kind, key)
      at += some.length
    }
  }

  async #noteAll(tx: Db, users: readonly string[], kind: string, key: string): Promise<void> {
    for (let at = 0; at < users.length; ) {
      const some = users.slice(at, at + portion(users.length - at))
      await this.#noteSome(tx, some, kind, key)
      at += some.length
    }
  }

  async #noteSome(tx: Db, users: readonly string[], kind: string, key: string): Promise<void> {
    const people = users.map((user) => this.#told?.of(user))
    const { advance, put } = this.#statementsFor(users.length)
    const heads = await advance(tx, valuesOf('user', users))
    const positionOf = new Map(heads.map(({ user, position }) => [user, position]))
    const positions = users.map((user) => positionOf.get(user) ?? 0)
    await put(tx, { ...valuesOf('user', users), ...valuesOf('position', positions), kind, key })
    if (!this.#told) return
    this.#store.afterCommit(() => {
      for (const [i, user] of users.entries()) this.#keep(user, people[i], `${kind} ${key}`, positions[i])
    })
  }

  #keep(user: string, person: ReturnType<Told['of']> | undefined, thing: string, position: number | undefined): void {
    if (person && position !== undefined) this.#told?.wrote(user, person, thing, position)
  }

  #statementsFor(count: number): { advance: Advance; put: Put } {
    const known = this.#statements.get(count)
    if (known) return known
    const made = { advance: advanceStatement(this.#store, this.#tables, count), put: putStatement(this.#store, this.#tables, count) }
    this.#statements.set(count, made)
    return made
  }
}

/** How many of `left` users the next statement takes. */
const portion = (left: number): number => Math.min(usersPerStatement, 2 ** Math.floor(Math.log2(left)))

const valuesOf = (name: string, values: readonly (string | number)[]): Values =>
  Object.fromEntries(values.map((value, i) => [`${name}${i}`, value]))

const p = (name: string): never => sql.placeholder(name) as never

/** Takes the next position of `count` users. */
const advanceStatement = (store: Store, { heads }: Tables, count: number): Advance =>
  store.statement(`inbox_advance_${count}`, (db) =>
    db
      .insert(heads)
      .values(Array.from({ length: count }, (_, i) => ({ user: p(`user${i}`), position: 1 })))
      .onConflictDoUpdate({ target: heads.user, set: { position: sql`${heads.position} + 1` } })
      .returning({ user: heads.user, position: heads.position }),
  )

/** Puts one thing at a position of each of `count` users. */
const putStatement = (store: Store, { entries }: Tables, count: number): Put =>
  store.statement(`inbox_put_${count}`, (db) =>
    db
      .insert(entries)
      .values(
        Array.from({ length: count }, (_, i) => ({ user: p(`user${i}`), kind: p('kind'), key: p('key'), position: p(`position${i}`) })),
      )
      .onConflictDoUpdate({ target: [entries.user, entries.kind, entries.key], set: { position: sql`excluded.position` } }),
  )

const afterStatement = (store: Store, { entries }: Tables) =>
  store.statement<{ user: string; after: number; limit: number }, Entry>('inbox_after', (db) =>
    db
      .select({ kind: entries.kind, key: entries.key, position: entries.position })
      .from(entries)
      .where(and(eq(entries.user, p('user')), gt(entries.position, p('after'))))
      .orderBy(asc(entries.position))
      .limit(p('limit')),
  )

const headStatement = (store: Store, { heads }: Tables) =>
  store.statement<{ user: string }, { position: number }>('inbox_head', (db) =>
    db
      .select({ position: heads.position })
      .from(heads)
      .where(eq(heads.user, p('user'))),
  )
