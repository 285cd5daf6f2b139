// What is checked and set before an SQLite file is used.
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, core } from '../errors.ts'
import type { Runtime, SqliteDatabase } from '../runtime/runtime.ts'
import { type Lock, lockDatabase } from './sqlite-lock.ts'

/** An open database: two connections and the right to them. */
export interface SqliteFile {
  readonly path: string
  readonly lock: Lock
  readonly writer: SqliteDatabase
  readonly reader: SqliteDatabase
  /** False when the file was deleted or replaced behind our back: what is written then is lost. */
  isInPlace(): boolean
}

// 3.7.0–3.51.2 can corrupt a database when the WAL is reset under a second connection.
const oldestVersion = [3, 51, 3] as const
// "PRLY": tells a file of ours from somebody else's.
const applicationId = 0x50524c59

const common = `
  pragma busy_timeout = 100;
  pragma trusted_schema = off;
  pragma mmap_size = 0;
  pragma temp_store = memory;
`
// In 2 MiB, the default, the pages that many conversations touch do not have room: they are read again for each group.
const writing = `
  pragma cache_size = -32768;
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma foreign_keys = on;
  pragma wal_autocheckpoint = 0;
`

const single = (db: SqliteDatabase, text: string): unknown => db.prepare(text).values([])[0]?.[0]

const isOld = (version: string): boolean => {
  const parts = version.split('.').map(Number)
  const at = oldestVersion.findIndex((part, i) => parts[i] !== part)
  return at >= 0 && (parts[at] ?? 0) < (oldestVersion[at] as number)
}

const checkVersion = (db: SqliteDatabase): void => {
  const version = String(single(db, 'select sqlite_version()'))
  if (isOld(version)) throw new Error(`SQLite is ${version}; it must be ${oldestVersion.join('.')} or newer`)
}

const claim = (db: SqliteDatabase): void => {
  const id = single(db, 'pragma application_id')
  if (id === applicationId) return
  if (id !== 0 || single(db, 'select count(*) from sqlite_schema') !== 0) throw new Error('it belongs to another program')
  db.exec(`pragma application_id = ${applicationId}`)
}

const openWriter = async (path: string, openSqlite: Runtime['openSqlite']): Promise<SqliteDatabase> => {
  const db = await openSqlite(path, 'write')
  try {
    checkVersion(db)
    claim(db)
    db.exec(common)
    db.exec(writing)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

const openReader = async (path: string, openSqlite: Runtime['openSqlite']): Promise<SqliteDatabase> => {
  const db = await openSqlite(path, 'read')
  db.exec(common)
  return db
}

const openBoth = async (path: string, openSqlite: Runtime['openSqlite']): Promise<SqliteFile> => {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // For its owner only: there are people's words in it, and keys. SQLite gives its other files the same mode.
    closeSync(openSync(path, 'a', 0o600))
  }
  const lock = await lockDatabase(path, openSqlite)
  try {
    const writer = await openWriter(path, openSqlite)
    const reader = await openReader(path, openSqlite)
    const { ino } = statSync(path)
    return { path, lock, writer, reader, isInPlace: () => statSync(path, { throwIfNoEntry: false })?.ino === ino }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Open, or make, the file at `path`. Throws `CORE_DATABASE_IN_USE`, `CORE_DATABASE_UNUSABLE`; never deletes anything. */
export const openSqliteFile = async (path: string, openSqlite: Runtime['openSqlite']): Promise<SqliteFile> => {
  try {
    return await openBoth(path, openSqlite)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw core.DATABASE_UNUSABLE({ name: path, reason: error instanceof Error ? error.message : String(error) }, error)
  }
}
