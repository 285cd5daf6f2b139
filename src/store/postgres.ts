// A Postgres server: one transaction per unit, ten connections, an answer within six seconds whatever it does.
import { core } from '../errors.ts'
import { scribe } from './ledger.ts'
import type { Migration } from './migrate.ts'
import type { StoreOptions } from './options.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { refusal } from './postgres-failure.ts'
import { migratePostgres } from './postgres-migrate.ts'
import type { PostgresPool } from './postgres-pool.ts'
import { type PostgresQuery, postgresDb, type Run } from './postgres-session.ts'
import { PostgresUnit, type UnitOptions } from './postgres-unit.ts'
import { lockText, SerialQueue } from './serial.ts'
import type { Db, Preparable, Statement, Store, WriteOptions } from './store.ts'
import { createUnits, runEffects, type Units } from './unit.ts'

const patienceMs = 5500
const acceptedAtMost = 1000

/** The store over a pool whose server has been looked at. */
export class PostgresStore implements Store {
  readonly dialect = 'postgres'
  readonly read: Db
  readonly #options: StoreOptions
  readonly #pool: PostgresPool
  readonly #units: Units = createUnits()
  readonly #unitOptions: UnitOptions
  readonly #serials = new SerialQueue()
  readonly #runs = new WeakMap<Db, Run>()
  readonly #accepted = new Set<Promise<void>>()
  #closed: Promise<void> | undefined

  constructor(pool: PostgresPool, options: StoreOptions) {
    this.#options = options
    this.#pool = pool
    const timeoutMs = Math.min(options.unitTimeoutMs ?? patienceMs, patienceMs)
    const run: Run = (text, params, shape) => this.#patiently(timeoutMs, (connection) => connection.query(text, params, shape))
    this.read = postgresDb(run)
    this.#runs.set(this.read, run)
    this.#unitOptions = {
      pool,
      units: this.#units,
      runs: this.#runs,
      timeoutMs,
      onCommit: (attempt) => runEffects(attempt.effects, options.log),
    }
  }

  write<T>(work: (tx: Db) => T | Promise<T>, { serial }: WriteOptions = {}): Promise<T> {
    const around = this.#units.current()
    if (around) return this.#units.join(around, work)
    if (this.#closed !== undefined) return Promise.reject(core.SHUTTING_DOWN())
    if (this.#accepted.size >= acceptedAtMost) return Promise.reject(core.STORAGE_BUSY(new Error(`${acceptedAtMost} units wait already`)))
    const unit = new PostgresUnit(this.#unitOptions, work, serial)
    const running = this.#units.outside(() => (serial === undefined ? unit.run() : this.#serials.run(serial, () => unit.run())))
    this.#accepted.add(running)
    void running.then(() => this.#accepted.delete(running))
    return unit.answer as Promise<T>
  }

  afterCommit(effect: () => void): boolean {
    const around = this.#units.current()
    around?.effects.push(effect)
    return around !== undefined
  }

  async lock(tx: Db, ...keys: readonly string[]): Promise<void> {
    const run = this.#runs.get(tx)
    if (!run || tx === this.read) throw new Error('Only a unit of work holds a lock')
    if (keys.length > 0) await run(lockText(keys), [], 'objects')
  }

  statement<P extends Record<string, unknown>, R>(name: string, build: (db: Db) => Preparable<R>): Statement<P, R> {
    let query: PostgresQuery | undefined
    return (db, params) => {
      query ??= build(this.read).prepare(name) as PostgresQuery
      const run = this.#runs.get(db)
      if (!run) throw new Error('This is no database of this store')
      return query.rows(run, params) as Promise<R[]>
    }
  }

  async ping(timeoutMs: number): Promise<boolean> {
    if (this.#closed !== undefined) return false
    try {
      await this.#patiently(timeoutMs, (connection) => connection.query('select 1', [], 'arrays'))
      return true
    } catch {
      return false
    }
  }

  async migrate(plugin: string, migrations: readonly Migration[]): Promise<void> {
    const { clock, log } = this.#options
    await this.#pool.use('write', (connection) => migratePostgres(connection, plugin, migrations, scribe(log, clock.now)))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.all(this.#accepted)
    await this.#pool.close()
  }

  /** Use a connection, and lose it rather than wait for longer than `timeoutMs`. */
  #patiently<T>(timeoutMs: number, work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let used: PostgresConnection | undefined
      let isOver = false
      const timer = setTimeout(() => {
        isOver = true
        const cause = Object.assign(new Error('The database did not answer in time'), { code: 'TIMEOUT' })
        reject(core.STORAGE_BUSY(cause))
        used?.lose(cause)
      }, timeoutMs)
      const use = async (connection: PostgresConnection): Promise<T> => {
        if (isOver) return undefined as T
        used = connection
        return work(connection)
      }
      this.#pool
        .use('read', use)
        .then(resolve, (error) => reject(refusal(error)))
        .finally(() => clearTimeout(timer))
    })
  }
}
