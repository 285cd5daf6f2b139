// A driver that counts what reaches the database.
import { openSqlite } from '../../src/runtime/bun-sqlite.ts'
import type { Runtime, SqliteStatement } from '../../src/runtime/runtime.ts'

/** Bun's driver, and every statement that was run through it, in order. */
export interface CountingDriver extends Pick<Runtime, 'openSqlite'> {
  readonly run: string[]
}

/** Bun's driver with a record of the queries: what begins and ends transactions is none. */
export const countingDriver = (): CountingDriver => {
  const run: string[] = []
  const count = (text: string, statement: SqliteStatement): SqliteStatement => ({
    run: (params) => {
      run.push(text)
      statement.run(params)
    },
    values: (params) => {
      run.push(text)
      return statement.values(params)
    },
    all: (params) => {
      run.push(text)
      return statement.all(params)
    },
  })
  return {
    run,
    openSqlite: async (path, mode) => {
      const db = await openSqlite(path, mode)
      const prepare = (text: string): SqliteStatement =>
        /^(begin|commit|rollback|savepoint|release|pragma)/i.test(text) ? db.prepare(text) : count(text, db.prepare(text))
      return { exec: (sql) => db.exec(sql), prepare, close: () => db.close() }
    },
  }
}
