// Disks that fill up and disks that fail, as SQLite reports them.
import { openSqlite } from '../../src/runtime/bun-sqlite.ts'
import type { Runtime, SqliteDatabase, SqliteStatement } from '../../src/runtime/runtime.ts'

/** A driver whose connections can be reached, and whose statements can be made to fail. */
export interface FaultyDriver extends Pick<Runtime, 'openSqlite'> {
  /** What was opened for writing, in order; the writer is the last. */
  readonly writers: readonly SqliteDatabase[]
  /** Make every statement that contains `text` fail with this result code, until `mend`. Resolves at the first failure. */
  break(text: string, code: number): Promise<void>
  mend(): void
}

/** Bun's driver with faults to switch on. */
export const faultyDriver = (): FaultyDriver => {
  const writers: SqliteDatabase[] = []
  let fault: { readonly text: string; readonly code: number; readonly seen: () => void } | undefined
  const fail = (text: string): void => {
    if (!fault || !text.includes(fault.text)) return
    fault.seen()
    throw Object.assign(new Error('disk I/O error'), { errno: fault.code })
  }
  const guard = (text: string, statement: SqliteStatement): SqliteStatement => ({
    run: (params) => {
      fail(text)
      statement.run(params)
    },
    values: (params) => {
      fail(text)
      return statement.values(params)
    },
    all: (params) => {
      fail(text)
      return statement.all(params)
    },
  })
  return {
    writers,
    openSqlite: async (path, mode) => {
      const db = await openSqlite(path, mode)
      if (mode === 'write') writers.push(db)
      return { ...db, prepare: (text) => guard(text, db.prepare(text)) }
    },
    break: (text, code) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      fault = { text, code, seen: resolve }
      return promise
    },
    mend: () => {
      fault = undefined
    },
  }
}
