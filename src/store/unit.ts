// Units of work, the same on every database: who is inside one, what waits for its commit, what dooms it.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Log } from '../log.ts'
import type { Db } from './store.ts'

/** One run of one unit. A unit that is run again gets a new one; what the old one gathered is forgotten. */
export interface Attempt {
  readonly effects: (() => void)[]
  /** Why it must not commit, even if the unit itself caught it. */
  failure: { readonly error: unknown } | undefined
  /** False once the unit has returned: what it left running may no longer touch the transaction. */
  isOpen: boolean
  /** The unit's own view of the database. */
  readonly tx: Db
}

/** Keeps track of the unit that the running code belongs to. One per store. */
export interface Units {
  /** The open attempt around the caller. */
  current(): Attempt | undefined
  start(tx: Db): Attempt
  /** Run `work` as part of `attempt`. */
  inside<T>(attempt: Attempt, work: () => T): T
  /** Run `work` as part of no unit, whoever calls. */
  outside<T>(work: () => T): T
  /** Run a nested unit as part of `attempt`, which its failure dooms. */
  join<T>(attempt: Attempt, unit: (tx: Db) => T | Promise<T>): Promise<T>
}

/** Tracking for one store. */
export const createUnits = (): Units => {
  const storage = new AsyncLocalStorage<Attempt | undefined>()
  return {
    current: () => {
      const attempt = storage.getStore()
      return attempt?.isOpen ? attempt : undefined
    },
    start: (tx) => ({ effects: [], failure: undefined, isOpen: true, tx }),
    inside: (attempt, work) => storage.run(attempt, work),
    outside: (work) => storage.run(undefined, work),
    join: async (attempt, unit) => {
      try {
        return await unit(attempt.tx)
      } catch (error) {
        doom(attempt, error)
        throw error
      }
    },
  }
}

/** Keep `attempt` from committing. The first reason counts. */
export const doom = (attempt: Attempt, error: unknown): void => {
  attempt.failure ??= { error }
}

/** Run what waited for the commit, in call order. One that throws is logged and stops no other. */
export const runEffects = (effects: readonly (() => void)[], log: Log): void => {
  for (const effect of effects) {
    try {
      effect()
    } catch (error) {
      log.error({ err: error }, 'an effect after a commit failed')
    }
  }
}
