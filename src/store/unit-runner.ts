import { core } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Db } from './store.ts'
import type { Attempt, Units } from './unit.ts'

/** How a unit ended, if its group commits. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** A unit that was accepted and is not settled yet. */
export interface Waiting {
  readonly work: (tx: Db) => unknown
  /** Takes what `work` returned. */
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  attempt?: Attempt
  outcome?: Outcome
  /** It was given up while it was still running, so it must not be started again. */
  isLost?: true
}

/** What the runner needs of the transaction: a view for units and a gate in front of it. */
export interface Gate {
  readonly tx: Db
  admit(attempt: Attempt | undefined): void
}

/** What a runner works with. */
export interface RunnerOptions {
  readonly gate: Gate
  readonly units: Units
  readonly log: Log
  readonly monotonic: () => number
  /** How long one unit may take before it is given up, milliseconds. */
  readonly unitTimeoutMs: number
}

/** Whether the unit ended badly; false for one that has not run. */
export const hasFailed = (waiting: Waiting): boolean => waiting.outcome !== undefined && 'error' in waiting.outcome

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'

/** Runs units one at a time inside the open transaction, and gives up those that hang. */
export class UnitRunner {
  readonly #options: RunnerOptions
  #since = 0
  #giveUp: ((error: unknown) => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Run one unit and note its outcome. A promise only if the unit is asynchronous. */
  run(waiting: Waiting): Promise<void> | undefined {
    const { gate, units } = this.#options
    const attempt = units.start(gate.tx)
    waiting.attempt = attempt
    gate.admit(attempt)
    try {
      const started = units.inside(attempt, () => this.#start(waiting))
      if (started.pending !== undefined) return this.#wait(waiting, attempt, started.pending)
      this.#end(waiting, attempt, { value: started.value })
    } catch (error) {
      this.#end(waiting, attempt, { error })
    }
    return undefined
  }

  /** Look after asynchronous units until `stop`: one timer for many, which well-behaved ones never meet. */
  watch(): void {
    const { unitTimeoutMs, monotonic, log } = this.#options
    const check = (): void => {
      const leftMs = this.#giveUp ? unitTimeoutMs - (monotonic() - this.#since) : unitTimeoutMs
      if (leftMs <= 0) {
        log.error({ timeoutMs: unitTimeoutMs }, 'a unit of work awaited something that is not a query and was given up')
        this.#giveUp?.(core.STORAGE_BUSY(new Error('The unit of work did not end in time')))
      }
      this.#timer = setTimeout(check, leftMs > 0 ? leftMs : unitTimeoutMs)
    }
    this.#timer = setTimeout(check, unitTimeoutMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  // A query of drizzle's runs only when `then` is called, so that is done here, inside the unit.
  #start(waiting: Waiting): { readonly value?: unknown; readonly pending?: Promise<unknown> } {
    const returned = waiting.work(this.#options.gate.tx)
    if (!isThenable(returned)) return { value: returned }
    this.#since = this.#options.monotonic()
    const pending = new Promise((resolve, reject) => {
      this.#giveUp = (error) => {
        waiting.isLost = true
        reject(error)
      }
      returned.then(resolve, reject)
    })
    return { pending }
  }

  async #wait(waiting: Waiting, attempt: Attempt, pending: Promise<unknown>): Promise<void> {
    try {
      this.#end(waiting, attempt, { value: await pending })
    } catch (error) {
      this.#end(waiting, attempt, { error })
    }
    this.#giveUp = undefined
  }

  #end(waiting: Waiting, attempt: Attempt, outcome: Outcome): void {
    attempt.isOpen = false
    waiting.outcome = attempt.failure && 'value' in outcome ? attempt.failure : outcome
  }
}
