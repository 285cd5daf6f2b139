import type { SqliteDatabase } from '../runtime/runtime.ts'
import { connect } from './sqlite-connection.ts'
import { failureOf, isContained } from './sqlite-failure.ts'
import { sqliteDb } from './sqlite-session.ts'
import type { Db } from './store.ts'
import { type Attempt, doom, type Units } from './unit.ts'

/** The writer connection as the group commit drives it. Everything throws the driver's own errors. */
export interface Writer {
  /** What units write through; it refuses whoever is not the unit that was let in. */
  readonly tx: Db
  begin(): void
  commit(): void
  /** Also when SQLite has ended the transaction itself. */
  rollback(): void
  savepoint(): void
  release(): void
  undo(): void
  /** Let one attempt in, or nobody. */
  admit(attempt: Attempt | undefined): void
  /** Whether the attempt that was let in last may have changed something. */
  hasWritten(): boolean
  /** The driver's error that may have ended the whole transaction since `begin`, if there was one. */
  fault(): unknown
}

const ignoreNoTransaction = (error: unknown): void => {
  // SQLite ends a transaction by itself after some errors; there is nothing left to roll back then.
  if (!(error instanceof Error && /no transaction is active/.test(error.message))) throw error
}

/** The one writer of a database. */
export const createWriter = (db: SqliteDatabase, units: Units): Writer => {
  let admitted: Attempt | undefined
  let wrote = false
  let fault: unknown
  const connection = connect(db, {
    before: () => {
      if (admitted === undefined || units.current() !== admitted) throw new Error('This unit of work has ended; its transaction is closed')
    },
    wrote: () => {
      wrote = true
    },
    refused: (error, shown) => {
      if (admitted) doom(admitted, shown)
      if (!isContained(failureOf(error))) fault ??= error
    },
  })
  const control = (text: string) => {
    const statement = db.prepare(text)
    return () => statement.run([])
  }
  const begin = control('begin immediate')
  const rollback = control('rollback')
  return {
    tx: sqliteDb(connection),
    begin: () => {
      begin()
      fault = undefined
    },
    commit: control('commit'),
    rollback: () => {
      try {
        rollback()
      } catch (error) {
        ignoreNoTransaction(error)
      }
    },
    savepoint: control('savepoint unit'),
    release: control('release unit'),
    undo: control('rollback to unit'),
    admit: (attempt) => {
      admitted = attempt
      if (attempt) wrote = false
    },
    hasWritten: () => wrote,
    fault: () => fault,
  }
}
