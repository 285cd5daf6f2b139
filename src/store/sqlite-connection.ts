import type { SqliteDatabase, SqliteStatement } from '../runtime/runtime.ts'
import { refusal } from './sqlite-failure.ts'

/** Sees every statement of a connection pass. */
export interface Watch {
  /** Before a statement runs. To throw keeps it from running. */
  before(): void
  /** After a statement that may have changed something. */
  wrote(): void
  /** After a statement that the database refused; `error` is the driver's. */
  refused(error: unknown, shown: Error): void
}

/** A connection that compiles each text once, translates errors, and tells its watch. */
export interface SqliteConnection {
  statement(text: string): SqliteStatement
}

const cachedStatements = 256
const reads = /^\s*\(*\s*select\b/i

const guard = (raw: SqliteStatement, isRead: boolean, watch: Watch | undefined): SqliteStatement => {
  const around = <T>(work: () => T): T => {
    watch?.before()
    let result: T
    try {
      result = work()
    } catch (error) {
      const shown = refusal(error)
      watch?.refused(error, shown)
      throw shown
    }
    if (!isRead) watch?.wrote()
    return result
  }
  return {
    run: (params) => around(() => raw.run(params)),
    values: (params) => around(() => raw.values(params)),
    all: (params) => around(() => raw.all(params)),
  }
}

const compile = (db: SqliteDatabase, text: string): SqliteStatement => {
  try {
    return db.prepare(text)
  } catch (error) {
    throw refusal(error)
  }
}

/** `db` with a cache of statements; the one that was not used for longest goes first. */
export const connect = (db: SqliteDatabase, watch?: Watch): SqliteConnection => {
  const cache = new Map<string, SqliteStatement>()
  return {
    statement: (text) => {
      let known = cache.get(text)
      if (known) cache.delete(text)
      else known = guard(compile(db, text), reads.test(text), watch)
      cache.set(text, known)
      if (cache.size > cachedStatements) cache.delete(cache.keys().next().value as string)
      return known
    },
  }
}
