// The embedded database: one file, one writer connection with group commit, one reader connection.
import { core } from '../errors.ts'
import { Checkpoints } from './checkpoint.ts'
import { GroupCommit } from './group.ts'
import { scribe } from './ledger.ts'
import type { Migration } from './migrate.ts'
import type { StoreOptions } from './options.ts'
import { connect } from './sqlite-connection.ts'
import { migrateSqlite } from './sqlite-migrate.ts'
import { openSqliteFile, type SqliteFile } from './sqlite-open.ts'
import { type SqliteQuery, sqliteDb } from './sqlite-session.ts'
import { createWriter, type Writer } from './sqlite-writer.ts'
import type { Db, Preparable, Statement, Store, WriteOptions } from './store.ts'
import { createUnits, type Units } from './unit.ts'

const tickMs = 1000

class SqliteStore implements Store {
  readonly dialect = 'sqlite'
  readonly read: Db
  readonly #file: SqliteFile
  readonly #options: StoreOptions
  readonly #units: Units = createUnits()
  readonly #writer: Writer
  readonly #groups: GroupCommit
  readonly #checkpoints: Checkpoints
  readonly #lookout: ReturnType<typeof setInterval>
  #closed: Promise<void> | undefined

  constructor(file: SqliteFile, options: StoreOptions) {
    this.#file = file
    this.#options = options
    const { log, clock } = options
    this.read = sqliteDb(connect(file.reader))
    this.#writer = createWriter(file.writer, this.#units)
    this.#groups = new GroupCommit({
      writer: this.#writer,
      units: this.#units,
      log,
      onFatal: options.onFatal,
      onCommit: () => this.#checkpoints.committed(),
      monotonic: clock.monotonic,
      unitTimeoutMs: options.unitTimeoutMs ?? 5000,
    })
    const between = (work: () => void): Promise<void> => this.#groups.between(work)
    this.#checkpoints = new Checkpoints({ db: file.writer, log, between, everyMs: tickMs })
    this.#lookout = setInterval(() => this.#look(), tickMs)
    this.#lookout.unref()
  }

  // There is one writer, so units run in call order whether they ask for it or not.
  write<T>(unit: (tx: Db) => T | Promise<T>, _options?: WriteOptions): Promise<T> {
    const around = this.#units.current()
    if (around) return this.#units.join(around, unit)
    if (this.#closed !== undefined) return Promise.reject(core.SHUTTING_DOWN())
    return this.#groups.add(unit)
  }

  afterCommit(effect: () => void): boolean {
    const around = this.#units.current()
    around?.effects.push(effect)
    return around !== undefined
  }

  // The one writer is the lock.
  lock(_tx: Db, ..._keys: readonly string[]): void {}

  statement<P extends Record<string, unknown>, R>(name: string, build: (db: Db) => Preparable<R>): Statement<P, R> {
    const { read } = this
    const { tx } = this.#writer
    const prepare = (db: Db): SqliteQuery => build(db).prepare(name) as SqliteQuery
    // Prepared at first use, because tables may be made after statements are built.
    let onWriter: SqliteQuery | undefined
    let onReader: SqliteQuery | undefined
    return (db, params) => {
      if (db === tx) {
        onWriter ??= prepare(tx)
        return onWriter.rows(params) as R[]
      }
      onReader ??= prepare(read)
      return onReader.rows(params) as R[]
    }
  }

  async ping(_timeoutMs: number): Promise<boolean> {
    if (this.#closed !== undefined || this.#groups.isBroken) return false
    try {
      this.#file.reader.prepare('select 1').values([])
      return true
    } catch {
      return false
    }
  }

  migrate(plugin: string, migrations: readonly Migration[]): Promise<void> {
    const { clock, log } = this.#options
    return this.#groups.between(() => migrateSqlite(this.#file.writer, plugin, migrations, scribe(log, clock.now)))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#groups.idle()
    clearInterval(this.#lookout)
    this.#file.reader.close()
    try {
      this.#checkpoints.close()
    } catch (error) {
      // The log stays beside the file and is read at the next start: nothing is lost.
      this.#options.log.warn({ err: error }, 'the last checkpoint failed')
    }
    this.#file.writer.close()
    this.#file.lock.release()
  }

  #look(): void {
    if (this.#file.isInPlace()) return
    clearInterval(this.#lookout)
    this.#groups.break(new Error(`The database file ${this.#file.path} was deleted or replaced while in use`))
  }
}

/** Opens, or makes, the database file at `path`. */
export const openSqliteStore = async (path: string, options: StoreOptions): Promise<Store> =>
  new SqliteStore(await openSqliteFile(path, options.runtime.openSqlite), options)
