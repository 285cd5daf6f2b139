// One connection to Postgres, over one client of the driver with room for exactly one.
//
// The driver's own pool would connect again in the middle of a transaction whose connection was lost, and run
// the rest of the unit outside any transaction. A client that is thrown away with its connection cannot.
import postgres, { type ParameterOrJSON, type Sql } from 'postgres'
import { isPlannedAnew } from './plan.ts'
import { failureOf } from './postgres-failure.ts'

/** Rows as the driver gives them: arrays of columns in select order, or objects by name. */
export interface Rows {
  readonly rows: unknown[]
  /** What the server says it did: `COMMIT`, `ROLLBACK`, `SELECT`… */
  readonly command: string
}

const asIs = (value: unknown): unknown => value
const time = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)

// JSON and times pass as text, for drizzle's columns know better what becomes of them. Numbers come as numbers,
// as they do on SQLite, also the 64-bit ones that counts and sums are.
const types = {
  json: { to: 114, from: [114, 3802], serialize: asIs, parse: asIs },
  date: { to: 1184, from: [1082, 1114, 1184], serialize: time, parse: asIs },
  whole: { to: 20, from: [20, 1700], serialize: String, parse: Number },
}

// A plan is kept for as long as its connection, so texts that are likely to be different each time get none.
const longestPrepared = 4000
const connectSeconds = 5

/** What the server enforces on each connection, milliseconds. Longer than the store's patience nowhere. */
const limits = { statement_timeout: 5000, lock_timeout: 2000, idle_in_transaction_session_timeout: 10_000 }

const open = (url: string, onclose: () => void): Sql =>
  postgres(url, {
    max: 1,
    connect_timeout: connectSeconds,
    fetch_types: false,
    max_lifetime: null,
    onnotice: () => {},
    onclose,
    connection: { application_name: 'parley', TimeZone: 'UTC', standard_conforming_strings: 'on', ...limits } as Record<
      string,
      string | number
    >,
    types: types as never,
  }) as unknown as Sql

/** A connection that does one thing at a time and is gone for good once it is lost. */
export class PostgresConnection {
  readonly #client: Sql
  readonly #onLost: () => void
  #lost: unknown
  #hasAnswered = false
  #reject: ((error: unknown) => void) | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(url: string, onLost: () => void) {
    this.#onLost = onLost
    this.#client = open(url, () =>
      this.lose(Object.assign(new Error('The connection to the database was lost'), { code: 'CONNECTION_CLOSED' })),
    )
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** False until the server has answered once: what failed before that was connecting. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** Run one statement after those before it. Rejects with the driver's error. */
  query(text: string, params: readonly unknown[], shape: 'arrays' | 'objects'): Promise<Rows> {
    const result = this.#last.then(() => this.#send(text, params, shape))
    this.#last = result.catch(() => {})
    return result
  }

  /** Give it up at once. What it was doing is rejected with `error`; the server undoes an open transaction. */
  lose(error: unknown): void {
    if (this.isLost) return
    this.#lost = error
    this.#reject?.(error)
    this.#onLost()
    this.#client.end({ timeout: 0 }).catch(() => {})
  }

  /** Close it when it has nothing to do. */
  async close(): Promise<void> {
    this.#lost ??= new Error('The connection was closed')
    await this.#client.end({ timeout: 1 })
  }

  async #send(text: string, params: readonly unknown[], shape: 'arrays' | 'objects'): Promise<Rows> {
    if (this.isLost) throw this.#lost
    try {
      const rows = await this.#answer(text, params, shape)
      this.#hasAnswered = true
      return { rows, command: rows.command }
    } catch (error) {
      // Not to be used again, whatever the driver would make of it.
      if (failureOf(error) === 'unavailable') this.lose(error)
      throw error
    }
  }

  #answer(text: string, params: readonly unknown[], shape: 'arrays' | 'objects'): Promise<unknown[] & { readonly command: string }> {
    const prepare = params.length > 0 && text.length <= longestPrepared && !isPlannedAnew(text)
    const query = this.#client.unsafe(text, params as ParameterOrJSON<never>[], { prepare })
    return new Promise((resolve, reject) => {
      this.#reject = reject
      ;(shape === 'arrays' ? query.values() : query).then(resolve as (rows: unknown) => void, reject)
    })
  }
}
