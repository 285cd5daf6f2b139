// One table function, two column kits: a plugin declares its tables once, over a kit.
import * as pg from 'drizzle-orm/pg-core'
import * as lite from 'drizzle-orm/sqlite-core'

type Bytes = { data: Uint8Array; driverData: Uint8Array }

// Drivers answer with Buffers of their own; the portable type is the plain array that everybody has.
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const bytea = pg.customType<Bytes>({ dataType: () => 'bytea', fromDriver: plain })
const blob = lite.customType<Bytes>({ dataType: () => 'blob', fromDriver: plain })

/** The portable column set. JavaScript types are identical in both dialects; that is the whole contract. */
export const postgresKit = {
  table: pg.pgTable,
  index: pg.index,
  unique: pg.uniqueIndex,
  primaryKey: pg.primaryKey,
  /** A `U…`, `G…`, `M…` id as text. */
  id: (name = 'id') => pg.text(name),
  text: (name: string) => pg.text(name),
  /** A whole number up to 2^53 − 1. */
  int: (name: string) => pg.bigint(name, { mode: 'number' }),
  bool: (name: string) => pg.boolean(name),
  /** A millisecond instant. Set it from the app's clock; never from the database's. */
  time: (name: string) => pg.timestamp(name, { withTimezone: true, precision: 3, mode: 'date' }),
  /** Stored and returned whole; never queried inside. */
  json: <T>(name: string) => pg.jsonb(name).$type<T>(),
  bytes: (name: string) => bytea(name),
}

/** What a plugin's `tables(kit)` receives. */
export type Kit = typeof postgresKit

/** The same columns for SQLite, shown under the Postgres types: the one cast in the code base. */
export const sqliteKit = {
  table: lite.sqliteTable,
  index: lite.index,
  unique: lite.uniqueIndex,
  primaryKey: lite.primaryKey,
  id: (name = 'id') => lite.text(name),
  text: (name: string) => lite.text(name),
  int: (name: string) => lite.integer(name, { mode: 'number' }),
  bool: (name: string) => lite.integer(name, { mode: 'boolean' }),
  time: (name: string) => lite.integer(name, { mode: 'timestamp_ms' }),
  json: <T>(name: string) => lite.text(name, { mode: 'json' }).$type<T>(),
  bytes: (name: string) => blob(name),
} as unknown as Kit
