import type { PgDatabase } from 'drizzle-orm/pg-core'
import type { Migration } from './migrate.ts'

/** The portable part of drizzle's query builder: what both databases answer alike. */
export type Db = Pick<PgDatabase<any, any, any>, 'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | '$count' | 'with'>

/** Why the database refused; a plugin never sees a driver's own code. */
export type StoreFailure = 'unique' | 'foreign_key' | 'not_null' | 'busy' | 'full' | 'unavailable' | 'corrupt' | 'other'

/** A refusal of the database, classified. `busy`, `full` and `unavailable` reach plugins as `AppError`s instead. */
export class StoreError extends Error {
  readonly failure: StoreFailure

  constructor(failure: StoreFailure, cause: unknown) {
    super(`The database refused: ${failure}`, { cause })
    this.name = 'StoreError'
    this.failure = failure
  }
}

/**
 * A query that was built once and runs many times; `params` fill its `sql.placeholder(name)`s.
 *
 * `db` is the unit's own handle, or `store.read`. On SQLite the rows come back at once, so that a unit need not
 * even be asynchronous; on Postgres as a promise. `await` fits both. A query that returns nothing gives no rows.
 * Throws a `TypeError` before it runs when a value is `undefined`; `null` is a value.
 */
export type Statement<P extends Record<string, unknown>, R> = (db: Db, params: P) => R[] | Promise<R[]>

/** What a builder passed to `Store.statement` returns: any drizzle query that can be prepared. */
export interface Preparable<R> {
  prepare(name: string): unknown
  toSQL(): { sql: string; params: unknown[] }
  then<X>(done: (rows: R[]) => X): PromiseLike<X>
}

/** How a unit of work is to be run; see `Store.write`. */
export interface WriteOptions {
  /**
   * Units with the same key run one after another, in call order, on every database. On Postgres the
   * key is also held across nodes until the commit, so commit order is call order.
   */
  readonly serial?: string
}

/** Committed data, and the only way to change it. One per process. */
export interface Store {
  readonly dialect: 'sqlite' | 'postgres'

  /**
   * Committed data only, never what a running unit has written so far. Never write through it.
   * Rejects with a `StoreError` or `CORE_STORAGE_BUSY`.
   */
  readonly read: Db

  /**
   * Run one unit of work in a transaction and resolve after its commit is durable.
   *
   * A unit that throws leaves nothing behind and disturbs no other. A call made inside another
   * joins it: one commit, and a failure of the inner one fails the whole. So does a query that the
   * database refused, even if the unit caught that: catch it to say it in your own words, not to go on
   * (`onConflictDoNothing` is for that). The unit may be run more than once (a group that had to be taken
   * apart, a serialization failure), so it does nothing but read and write through `tx`: no network, no
   * timers, no change of memory. Effects that must wait for the commit go through `afterCommit`. A unit
   * that takes longer than five seconds is given up, and what it left running can write no more.
   *
   * Rejects with the unit's own error, with a `StoreError`, or with `CORE_STORAGE_FULL`,
   * `CORE_STORAGE_BUSY`, `CORE_SHUTTING_DOWN`: certainly nothing is stored then. Only after
   * `CORE_STORAGE_UNKNOWN` nobody knows: the database did not confirm the commit.
   */
  write<T>(unit: (tx: Db) => T | Promise<T>, options?: WriteOptions): Promise<T>

  /**
   * Inside a unit: run `effect` once after its commit, in call order, or never after a rollback; true.
   * Outside: does nothing; false. `publish` is built on it.
   */
  afterCommit(effect: () => void): boolean

  /**
   * Inside a unit: hold `keys` until it ends. Units that ask for one of them on any node go on one after another, and each
   * reads what the one before has committed. Several are taken in the order of their text, so that two units never wait for
   * each other; a unit that takes more of them later should keep to that order too (else Postgres ends one of the two after
   * a second, and it is run again). Names the same locks as `serial`, which is better for one hot key: who waits here keeps
   * a connection waiting. Every key takes room in a table that all units of a server share, so no long lists. Does nothing
   * on SQLite, where the writer is alone anyway.
   */
  lock(tx: Db, ...keys: readonly string[]): void | Promise<void>

  /** Build a hot query once: `store.statement('chat.append', (db) => db.insert(t)…returning())`. */
  statement<P extends Record<string, unknown>, R>(name: string, build: (db: Db) => Preparable<R>): Statement<P, R>

  /** Whether the database answers within `timeoutMs`; for `/readyz`. */
  ping(timeoutMs: number): Promise<boolean>

  /**
   * Bring the tables of one plugin up to date; see `migrate.ts`. Each migration is applied once, whole or
   * not at all. Rejects with `CORE_MIGRATION_CHANGED` and `CORE_DATABASE_NEWER` before anything is applied,
   * and with `CORE_MIGRATION_FAILED`, after which the migrations before that one stay.
   */
  migrate(plugin: string, migrations: readonly Migration[]): Promise<void>

  /** Finish the units that were accepted, refuse new ones, close. Idempotent. */
  close(): Promise<void>
}
