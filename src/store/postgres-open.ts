// What is asked of a Postgres server before it is used.
import { core } from '../errors.ts'
import type { StoreOptions } from './options.ts'
import { PostgresStore } from './postgres.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { failureOf, isHopeless } from './postgres-failure.ts'
import { PostgresPool } from './postgres-pool.ts'
import type { Store } from './store.ts'

const connectForMs = 30_000
const connectEveryMs = 500
const oldestVersion = 130_000

const check = async (connection: PostgresConnection): Promise<void> => {
  const names = ['synchronous_commit', 'fsync', 'server_version_num', 'server_encoding']
  const shown = names.map((name) => `current_setting('${name}')`)
  const { rows } = await connection.query(`select ${shown.join(', ')}, pg_is_in_recovery()`, [], 'arrays')
  const [commit, fsync, version, encoding, isReplica] = rows[0] as [string, string, string, string, boolean]
  if (commit === 'off') throw new Error('synchronous_commit is off: what was acknowledged could be lost')
  if (fsync === 'off') throw new Error('fsync is off: what was acknowledged could be lost')
  if (Number(version) < oldestVersion) throw new Error(`it is version ${version}; it must be ${oldestVersion} or newer`)
  // It may be about to be promoted, so this is waited for like a server that is starting.
  if (isReplica) throw Object.assign(new Error('it is a replica, which cannot be written; name the primary'), { code: '25006' })
  if (encoding !== 'UTF8') throw new Error(`its encoding is ${encoding}; it must be UTF8`)
}

/** The URL without its password and settings. */
const nameOf = (url: string): string => {
  const { username, host, pathname } = new URL(url)
  return `postgres://${username && `${username}@`}${host}${pathname}`
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Connect to the server that `url` names. It may still be starting, so this tries for half a minute. */
export const openPostgresStore = async (url: string, options: StoreOptions): Promise<Store> => {
  const { clock, log } = options
  const pool = new PostgresPool(url, clock.monotonic)
  const until = clock.monotonic() + (options.connectForMs ?? connectForMs)
  for (;;) {
    try {
      await pool.use('read', check)
      return new PostgresStore(pool, options)
    } catch (error) {
      const cause = (error as Error).cause ?? error
      const reason = cause instanceof Error ? cause.message : String(cause)
      if (isHopeless(cause) || failureOf(cause) === 'other' || clock.monotonic() > until) {
        await pool.close()
        throw core.DATABASE_UNUSABLE({ name: nameOf(url), reason }, cause)
      }
      log.warn({ reason }, 'the database cannot be reached yet')
      await pause(connectEveryMs)
    }
  }
}
