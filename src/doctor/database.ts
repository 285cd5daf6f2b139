// Whether the database answers, may be written, and is of this program's age. Nothing is migrated, and nothing made is left.
import { existsSync, mkdtempSync, rmdirSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { sql } from 'drizzle-orm'
import { ambient } from '../ambient.ts'
import { AppError } from '../errors.ts'
import { createLog } from '../log.ts'
import type { Plugin } from '../plugin.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type Applied, pendingSteps } from '../store/ledger.ts'
import type { Migration } from '../store/migrate.ts'
import { openStore, sqlitePath } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { Found, Task } from './finding.ts'

/** What the database is looked at with. */
export interface DatabaseOptions {
  readonly settings: { readonly databaseUrl?: string }
  readonly runtime: Runtime
  readonly plugins: readonly Plugin[]
  /** The server runs, so that an SQLite file is rightly in use. */
  readonly isRunning: boolean
}

const connectForMs = 3_000
const spareBytes = 256 * 1024 * 1024

/** Opens the database, unless it is still to be made or belongs to somebody else. */
export const databaseCheck = (options: DatabaseOptions): Task => ({
  what: 'database',
  run: async () => {
    const url = options.settings.databaseUrl
    if (url === undefined) throw new Error('not tried, because DATABASE_URL is bad')
    return (url.startsWith('sqlite:') && checkFile(sqlitePath(url))) || checkStore(url, options)
  },
})

// What can be said without opening the file; `undefined` if it may be opened.
const checkFile = (path: string): Found | undefined => {
  const folder = nearestFolder(resolve(path))
  tryToWrite(folder)
  if (!existsSync(path)) return `${path} is not there yet; the first start makes it in ${folder} (${spaceIn(folder)})`
  // To open it makes files beside it, which would belong to us.
  const owner = statSync(path).uid
  if (userId() !== undefined && owner !== userId()) {
    return { note: `${path} belongs to user ${owner}, and this is user ${userId()}: run the doctor as that user to have it tried` }
  }
  return undefined
}

const userId = (): number | undefined => process.getuid?.()

const nearestFolder = (path: string): string => {
  const folder = dirname(path)
  return existsSync(folder) || folder === path ? folder : nearestFolder(folder)
}

// By doing it: rights alone say nothing of a read-only disk, and nothing to root.
const tryToWrite = (folder: string): void => {
  try {
    rmdirSync(mkdtempSync(join(folder, '.parley-doctor-')))
  } catch (failure) {
    throw new Error(`nothing can be made in ${folder} by this user (${(failure as NodeJS.ErrnoException).code})`)
  }
}

const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

const megabytes = (bytes: number): string => (bytes < 10e9 ? `${Math.round(bytes / 1e6)} MB` : `${Math.round(bytes / 1e9)} GB`)
const spaceIn = (folder: string): string => `${megabytes(freeBytes(folder))} free`

const checkStore = async (url: string, { runtime, plugins, isRunning }: DatabaseOptions): Promise<Found> => {
  const quiet = { log: createLog('silent'), clock: ambient(0), onFatal: () => {} }
  let store: Store
  try {
    store = await openStore({ url, runtime, connectForMs, ...quiet })
  } catch (failure) {
    if (isRunning && failure instanceof AppError && failure.code === 'CORE_DATABASE_IN_USE') return 'the running server has it open'
    throw failure
  }
  try {
    if (!(await store.ping(3_000))) throw new Error('it does not answer')
    if (store.dialect === 'postgres') await checkRights(store)
    const tables = await checkTables(store, plugins)
    if (store.dialect === 'postgres') return `postgres answers, ${tables}`
    const folder = dirname(resolve(sqlitePath(url)))
    const text = `sqlite answers, ${tables}, ${spaceIn(folder)}`
    return freeBytes(folder) < spareBytes ? { note: `${text}: that is little` } : text
  } finally {
    await store.close()
  }
}

const one = sql`(select 1) as one`

const checkRights = async ({ read }: Store): Promise<void> => {
  const asked = {
    mayCreate: sql<boolean>`has_schema_privilege(current_schema(), 'create')`,
    user: sql<string>`current_user`,
  }
  const [found] = await read.select(asked).from(one)
  if (!found?.mayCreate) throw new Error(`the user ${found?.user} may not make tables; grant create on its schema`)
}

/** In words, what the next start will do to the tables. Throws `CORE_DATABASE_NEWER`, `CORE_MIGRATION_CHANGED`. */
const checkTables = async (store: Store, plugins: readonly Plugin[]): Promise<string> => {
  const applied = (await hasLedger(store)) ? await readLedger(store) : []
  const pending = plugins.flatMap(({ id, migrations }) =>
    migrations
      ? pendingSteps(
          id,
          migrations as readonly Migration[],
          store.dialect,
          applied.filter(({ plugin }) => plugin === id),
        )
      : [],
  )
  const next =
    pending.length === 0
      ? 'tables up to date'
      : `the next start applies ${pending.map(({ plugin, name }) => `${plugin} ${name}`).join(', ')}`
  return applied.length === 0 && pending.length > 0 ? 'empty' : next
}

const hasLedger = async ({ dialect, read }: Store): Promise<boolean> => {
  const names = {
    sqlite: sql`sqlite_schema where name = 'parley_migrations'`,
    postgres: sql`pg_tables where tablename = 'parley_migrations' and schemaname = current_schema()`,
  }
  const [found] = await read.select({ count: sql<number>`count(*)` }).from(names[dialect])
  return Number(found?.count) > 0
}

const readLedger = ({ read }: Store): Promise<(Applied & { plugin: string })[]> =>
  Promise.resolve(
    read
      .select({ plugin: sql<string>`plugin`, name: sql<string>`name`, checksum: sql<string>`checksum` })
      .from(sql`parley_migrations`)
      .orderBy(sql`plugin, name`),
  )
