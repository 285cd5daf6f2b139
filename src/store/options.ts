import type { Ambient } from '../ambient.ts'
import type { Log } from '../log.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** What a store needs of the world. */
export interface StoreOptions {
  readonly runtime: Pick<Runtime, 'openSqlite'>
  readonly log: Log
  readonly clock: Pick<Ambient, 'now' | 'monotonic'>
  /** The disk refused in a way after which nothing may be acknowledged: end the process, non-zero. */
  readonly onFatal: (error: unknown) => void
  /** How long one unit of work may take, milliseconds; 5,000 if absent. */
  readonly unitTimeoutMs?: number
  /** How long to try to reach a server that does not answer, milliseconds; 30,000 if absent. */
  readonly connectForMs?: number
}
