// drizzle's door for a driver. Its classes are the only way in, hence the inheritance.
import type { Query, SQL } from 'drizzle-orm'
import {
  PgDatabase,
  PgDialect,
  PgPreparedQuery,
  PgSession,
  type PreparedQueryConfig,
  type SelectedFieldsOrdered,
} from 'drizzle-orm/pg-core'
import { type Bind, compileBind, compileRow, type Fields, type MapRow, type Nullable } from './compiled.ts'
import type { Rows } from './postgres-connection.ts'
import type { Db } from './store.ts'

/** Where a query runs: the pool, or one open transaction. Rejects with what plugins may see. */
export type Run = (text: string, params: readonly unknown[], shape: 'arrays' | 'objects') => Promise<Rows>

type Values = Record<string, unknown>

/** One query of drizzle's, compiled. It can run anywhere, not only where it was built. */
export class PostgresQuery extends PgPreparedQuery<PreparedQueryConfig> {
  /** Set by the select builder, after construction. */
  joinsNotNullableMap: Nullable
  readonly #run: Run
  readonly #fields: Fields
  readonly #bind: Bind
  #mapRow: MapRow | undefined

  constructor(run: Run, query: Query, fields: Fields) {
    super(query, undefined, undefined)
    this.#run = run
    this.#fields = fields
    this.#bind = compileBind(query.params)
  }

  /** Run it with `run`; rows for a query that returns any, none for one that does not. */
  async rows(run: Run, values: Values): Promise<Values[]> {
    const params = this.#bind(values)
    if (!this.#fields) return (await run(this.query.sql, params, 'objects')).rows as Values[]
    const { rows } = await run(this.query.sql, params, 'arrays')
    this.#mapRow ??= compileRow(this.#fields, this.joinsNotNullableMap)
    return (rows as unknown[][]).map(this.#mapRow)
  }

  execute(values: Values = {}): Promise<Values[]> {
    return this.rows(this.#run, values)
  }

  all(values: Values = {}): Promise<Values[]> {
    return this.rows(this.#run, values)
  }
}

class PostgresSession extends PgSession {
  readonly #run: Run

  constructor(run: Run, dialect: PgDialect) {
    super(dialect)
    this.#run = run
  }

  // What a query yields, its builder knows.
  prepareQuery<T extends PreparedQueryConfig>(query: Query, fields: SelectedFieldsOrdered | undefined): PgPreparedQuery<T> {
    return new PostgresQuery(this.#run, query, fields) as unknown as PgPreparedQuery<T>
  }

  override async count(query: SQL): Promise<number> {
    const { sql, params } = this.dialect.sqlToQuery(query)
    const { rows } = await this.#run(sql, params, 'arrays')
    return Number((rows[0] as unknown[])[0])
  }

  transaction(): never {
    throw new Error('Transactions belong to the store: use store.write')
  }
}

const dialect = new PgDialect()

/** Drizzle's builders over whatever `run` stands for. */
export const postgresDb = (run: Run): Db => new PgDatabase(dialect, new PostgresSession(run, dialect), undefined)
