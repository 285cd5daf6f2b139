// One process per database file. SQLite would let a second one in, and two group commits that each believe
// to be the only writer would number messages twice.
//
// The lock is itself a small SQLite database beside the file, kept locked for as long as the process lives:
// the kernel frees it whatever ends the process, so a stale one cannot exist and no start waits for one. The
// holder's pid is the database's `user_version`, bytes 60–63 of the file.
import { closeSync, openSync, readSync, realpathSync } from 'node:fs'
import { core } from '../errors.ts'
import type { Runtime, SqliteDatabase } from '../runtime/runtime.ts'
import { failureOf } from './sqlite-failure.ts'

/** A held lock. */
export interface Lock {
  release(): void
}

// Kernel locks belong to the process: they do not keep two stores of one process apart, and closing any other
// descriptor of the file would give them up. So stores of this process never come as far as the file.
const heldHere = new Set<string>()

const holder = (path: string): number => {
  const bytes = Buffer.alloc(4)
  const file = openSync(path, 'r')
  readSync(file, bytes, 0, 4, 60)
  closeSync(file)
  return bytes.readUInt32BE()
}

const seize = (db: SqliteDatabase): void => {
  // No journal and no fsync: the content is worthless, and taking the lock must work on a full disk.
  db.exec('pragma busy_timeout = 0')
  db.exec('pragma locking_mode = exclusive')
  db.exec('pragma journal_mode = off')
  db.exec('pragma synchronous = off')
  db.exec(`pragma user_version = ${process.pid}`)
}

/** Take the lock of the database file `path`. Throws `CORE_DATABASE_IN_USE`. */
export const lockDatabase = async (path: string, openSqlite: Runtime['openSqlite']): Promise<Lock> => {
  const lockPath = `${realpathSync(path)}.lock`
  if (heldHere.has(lockPath)) throw core.DATABASE_IN_USE({ path, pid: process.pid })
  heldHere.add(lockPath)
  let db: SqliteDatabase | undefined
  try {
    db = await openSqlite(lockPath, 'write')
    seize(db)
  } catch (error) {
    db?.close()
    heldHere.delete(lockPath)
    throw failureOf(error) === 'busy' ? core.DATABASE_IN_USE({ path, pid: holder(lockPath) }, error) : error
  }
  const held = db
  return {
    release: () => {
      held.close()
      heldHere.delete(lockPath)
    },
  }
}
