// Runs a suite on every database. Each store gets a database of its own, which goes away with the test.
import { afterEach, describe } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../src/log.ts'
import { openSqlite } from '../../src/runtime/bun-sqlite.ts'
import { openSqlite as openNodeSqlite } from '../../src/runtime/deno-sqlite.ts'
import { type Kit, postgresKit, sqliteKit } from '../../src/store/columns.ts'
import { openStore } from '../../src/store/open.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import type { Store } from '../../src/store/store.ts'
import { noPostgres, postgresServer } from './postgres.ts'
import { describeUnless } from './skip.ts'

/** A log that keeps what was said, as `level message`. */
export interface QuietLog extends Log {
  readonly lines: string[]
}

/** A log for tests: nothing is printed. */
export const quietLog = (): QuietLog => {
  const lines: string[] = []
  const say = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`)
  const log: QuietLog = { lines, debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), child: () => log }
  return log
}

/** What an ordinary store in a test is opened with. */
export const storeOptions = (overrides: Partial<StoreOptions> = {}): StoreOptions => ({
  runtime: { openSqlite },
  log: quietLog(),
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  onFatal: (error) => {
    throw error
  },
  ...overrides,
})

/** An open store and what is needed to open its database a second time. */
export interface Opened {
  readonly store: Store
  readonly url: string
}

/** Opens stores for one suite; they are closed after each test. */
export interface Open {
  /** A store on an empty database, or on the one at `url`. */
  (overrides?: Partial<StoreOptions> & { readonly url?: string }): Promise<Opened>
  /** The URL of an empty database. */
  fresh(): Promise<string>
  readonly dialect: Store['dialect']
  /** For `tables(kit)`. */
  readonly kit: Kit
}

/** Where a suite's databases come from. */
export interface Databases {
  /** The URL of an empty one. */
  make(): Promise<string>
  /** Remove all that were made; their stores are closed. */
  remove(): void | Promise<void>
}

/** SQLite files in temporary folders. */
export const sqliteFiles = (): Databases => {
  const folders: string[] = []
  return {
    make: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'parley-store-'))
      folders.push(folder)
      return `sqlite:${join(folder, 'parley.db')}`
    },
    remove: () => {
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Databases of the shared Postgres. */
export const postgresDatabases = (): Databases => {
  const urls: string[] = []
  return {
    make: async () => {
      const url = await (await postgresServer()).createDatabase()
      urls.push(url)
      return url
    },
    remove: async () => {
      // One that was started here goes away as a whole.
      if (process.env.PARLEY_TEST_POSTGRES === undefined) return
      const server = await postgresServer()
      for (const url of urls.splice(0)) await server.dropDatabase(url)
    },
  }
}

/** An opener over `databases`; to be called inside `describe`. */
export const opener = (dialect: Store['dialect'], databases: Databases, defaults: Partial<StoreOptions> = {}): Open => {
  const opened: Store[] = []
  const open = async ({ url, ...overrides }: Partial<StoreOptions> & { readonly url?: string } = {}): Promise<Opened> => {
    const at = url ?? (await databases.make())
    const store = await openStore({ ...storeOptions({ ...defaults, ...overrides }), url: at })
    opened.push(store)
    return { store, url: at }
  }
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
    await databases.remove()
  })
  return Object.assign(open, { fresh: () => databases.make(), dialect, kit: dialect === 'sqlite' ? sqliteKit : postgresKit })
}

/**
 * Run a suite on SQLite and on Postgres: `forEachStore('chat', (open) => { test('…', async () => { const { store } = await open() … }) })`.
 * Where no Postgres is to be had, that half is skipped with a printed reason.
 */
export const forEachStore = (name: string, suite: (open: Open) => void): void => {
  describe(`${name} on SQLite`, () => suite(opener('sqlite', sqliteFiles())))
  describeUnless(noPostgres)(`${name} on Postgres`, () => suite(opener('postgres', postgresDatabases())))
}

/** Run it on SQLite through the driver that Deno uses, which Bun has too. */
export const onNodeSqlite = (name: string, suite: (open: Open) => void): void => {
  describe(`${name} on SQLite through node:sqlite`, () =>
    suite(opener('sqlite', sqliteFiles(), { runtime: { openSqlite: openNodeSqlite } })))
}
