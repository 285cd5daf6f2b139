import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Runtime, SqliteDatabase, SqliteStatement, SqliteValue } from './runtime.ts'

// Computed, so that a start on Bun, which has its own driver, does not load this one.
const driver = 'node:' + 'sqlite'

// node:sqlite binds every number as a REAL; a whole one must arrive as an INTEGER, as it does on Bun.
const bound = (params: readonly SqliteValue[]): SQLInputValue[] =>
  params.map((value) => (Number.isSafeInteger(value) ? BigInt(value as number) : value)) as SQLInputValue[]

/** One compiled form by column name and one by position: the driver cannot switch between the two mid-flight. */
const statement = (db: DatabaseSync, text: string): SqliteStatement => {
  const named = db.prepare(text)
  let positional: ReturnType<DatabaseSync['prepare']> | undefined
  const byPosition = () => {
    if (positional) return positional
    positional = db.prepare(text)
    positional.setReturnArrays(true)
    return positional
  }
  return {
    run: (params) => void named.run(...bound(params)),
    values: (params) => byPosition().all(...bound(params)) as unknown as unknown[][],
    all: (params) => named.all(...bound(params)) as Record<string, unknown>[],
  }
}

/** Opens an SQLite file with the driver that Deno and Node share. */
export const openSqlite: Runtime['openSqlite'] = async (path, mode): Promise<SqliteDatabase> => {
  const { DatabaseSync: Sqlite } = (await import(driver)) as typeof import('node:sqlite')
  const db = new Sqlite(path, { readOnly: mode === 'read' })
  return {
    exec: (text) => db.exec(text),
    prepare: (text) => statement(db, text),
    close: () => db.close(),
  }
}
