import type { Log } from '#core'

/** Make of `sync` what a timer may call: one at a time, and a failure is logged; the next look covers what this one missed. */
export const polling = (sync: () => Promise<void>, log: Log, message: string): (() => Promise<void>) => {
  let isSyncing = false
  return async () => {
    if (isSyncing) return
    isSyncing = true
    try {
      await sync()
    } catch (failure) {
      log.warn({ err: failure }, message)
    } finally {
      isSyncing = false
    }
  }
}
