// drizzle's door for a driver. Its classes are the only way in, hence the inheritance.
import type { Query } from 'drizzle-orm'
import { BaseSQLiteDatabase, type SelectedFieldsOrdered, SQLiteSession, SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { type SQLiteExecuteMethod, SQLitePreparedQuery } from 'drizzle-orm/sqlite-core/session'
import type { SqliteStatement, SqliteValue } from '../runtime/runtime.ts'
import { type Bind, compileBind, compileRow, type Fields, type MapRow, type Nullable } from './compiled.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import type { Db } from './store.ts'

type Values = Record<string, unknown>
type Sync = { type: 'sync'; run: unknown; all: unknown; get: unknown; values: unknown; execute: unknown }

/** One query of drizzle's, compiled. */
export class SqliteQuery extends SQLitePreparedQuery<Sync> {
  /** Set by the select builder, after construction. */
  joinsNotNullableMap: Nullable
  private readonly statement: SqliteStatement
  private readonly method: SQLiteExecuteMethod
  private readonly fields: Fields
  private readonly bind: Bind
  private mapRow: MapRow | undefined

  constructor(statement: SqliteStatement, query: Query, method: SQLiteExecuteMethod, fields: Fields) {
    super('sync', method, query)
    this.statement = statement
    this.method = method
    this.fields = fields
    this.bind = compileBind(query.params)
  }

  /** Rows for a query that returns any, none for one that does not. */
  rows(values: Values): Values[] {
    if (this.method !== 'run') return this.all(values)
    this.run(values)
    return []
  }

  run(values: Values = {}): void {
    this.statement.run(this.bind(values) as SqliteValue[])
  }

  all(values: Values = {}): Values[] {
    if (!this.fields) return this.statement.all(this.bind(values) as SqliteValue[])
    this.mapRow ??= compileRow(this.fields, this.joinsNotNullableMap)
    const rows = this.values(values)
    // One row is the ordinary case of a hot query.
    return rows.length === 1 ? [this.mapRow(rows[0] as unknown[])] : rows.map(this.mapRow)
  }

  get(values: Values = {}): Values | undefined {
    return this.all(values)[0]
  }

  values(values: Values = {}): unknown[][] {
    return this.statement.values(this.bind(values) as SqliteValue[])
  }
}

class SqliteSession extends SQLiteSession<'sync', void, Record<string, never>, Record<string, never>> {
  private readonly connection: SqliteConnection

  constructor(connection: SqliteConnection, dialect: SQLiteSyncDialect) {
    super(dialect)
    this.connection = connection
  }

  prepareQuery(query: Query, fields: SelectedFieldsOrdered | undefined, method: SQLiteExecuteMethod): SqliteQuery {
    return new SqliteQuery(this.connection.statement(query.sql), query, method, fields as unknown as Fields)
  }

  transaction(): never {
    throw new Error('Transactions belong to the store: use store.write')
  }
}

// SQLite compiles a statement anew when a parameter in its condition has another value, in case a better plan comes of it
// (https://sqlite.org/c3ref/prepare.html); what would forbid that, SQLITE_DBCONFIG_ENABLE_QPSG, no driver can set. It does
// not look behind a unary plus, which changes nothing else. See the README for what that saves.
class Dialect extends SQLiteSyncDialect {
  override escapeParam(): string {
    return '+?'
  }
}

/** Drizzle's builders over one connection, shown as those of Postgres; see `columns.ts` for why they fit. */
export const sqliteDb = (connection: SqliteConnection): Db => {
  const dialect = new Dialect()
  const session = new SqliteSession(connection, dialect)
  return new BaseSQLiteDatabase('sync', dialect, session, undefined) as unknown as Db
}
