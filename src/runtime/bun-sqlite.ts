import type { Database, SQLQueryBindings } from 'bun:sqlite'
import type { Runtime, SqliteDatabase, SqliteStatement } from './runtime.ts'

// Computed, so that a bundler leaves it alone: the one bundle must also load on Deno, which knows no `bun:`.
const driver = 'bun:' + 'sqlite'

type Bindings = SQLQueryBindings[]

const statement = (db: Database, text: string): SqliteStatement => {
  const prepared = db.prepare<Record<string, unknown>, Bindings>(text)
  return {
    run: (params) => void prepared.run(...(params as Bindings)),
    values: (params) => prepared.values(...(params as Bindings)),
    all: (params) => prepared.all(...(params as Bindings)),
  }
}

/** Opens an SQLite file with Bun's own driver. */
export const openSqlite: Runtime['openSqlite'] = async (path, mode): Promise<SqliteDatabase> => {
  const { Database: Sqlite } = (await import(driver)) as typeof import('bun:sqlite')
  const db = mode === 'read' ? new Sqlite(path, { readonly: true }) : new Sqlite(path, { readwrite: true, create: true })
  return {
    exec: (text) => void db.run(text),
    prepare: (text) => statement(db, text),
    close: () => db.close(true),
  }
}
