// The one place that knows SQLite's result codes (https://sqlite.org/rescode.html).
import { core } from '../errors.ts'
import { StoreError, type StoreFailure } from './store.ts'

const failures: Readonly<Record<number, StoreFailure>> = {
  5: 'busy',
  6: 'busy',
  10: 'unavailable',
  11: 'corrupt',
  13: 'full',
  14: 'unavailable',
  26: 'corrupt',
  787: 'foreign_key',
  1299: 'not_null',
  1555: 'unique',
  2067: 'unique',
  2579: 'unique',
  // SQLITE_IOERR_SHMSIZE: the index of the WAL could not grow, which is how a full disk shows there.
  4874: 'full',
}

const codeOf = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  // Bun says `errno`, node:sqlite `errcode`; both carry the extended code.
  const { errno, errcode } = error as { errno?: unknown; errcode?: unknown }
  const code = errno ?? errcode
  return typeof code === 'number' ? code : undefined
}

/** What an error thrown by the driver means; `undefined` for one that SQLite did not report. */
export const failureOf = (error: unknown): StoreFailure | undefined => {
  const code = codeOf(error)
  if (code === undefined) return undefined
  return failures[code] ?? failures[code & 0xff] ?? 'other'
}

/** The error that a plugin sees in place of the driver's. */
export const refusal = (error: unknown): Error => {
  const failure = failureOf(error)
  if (failure === 'full') return core.STORAGE_FULL(error)
  if (failure === 'busy' || failure === 'unavailable') return core.STORAGE_BUSY(error)
  return new StoreError(failure ?? 'other', error)
}

/** Whether a failed statement left the transaction as it was before; anything else may have ended it. */
export const isContained = (failure: StoreFailure | undefined): boolean =>
  failure === 'unique' || failure === 'foreign_key' || failure === 'not_null' || failure === 'other'
