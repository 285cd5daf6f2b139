// When a way that was not found is looked for again.
import type { Clock } from '../environment.ts'

/** What timers need of the client's clock. */
export type Timers = Pick<Clock, 'setTimeout' | 'clearTimeout'>

// The arrows keep browsers content: there a timer function must not be called as a method.
/** The platform’s own. */
export const systemTimers: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
}

/** Soon at first, since most ways come back soon; the last one again and again. */
const pausesMs = [5_000, 10_000, 20_000, 30_000] as const

/** The pauses between tries that fail. */
export class Retry {
  readonly #run: () => void
  readonly #timers: Timers
  #failures = 0
  #timer: unknown

  constructor(run: () => void, timers: Timers = systemTimers) {
    this.#run = run
    this.#timers = timers
  }

  /** Whether there is a pause. */
  get isPausing(): boolean {
    return this.#timer !== undefined
  }

  /** A try has failed: the next one comes after a pause. */
  later(): void {
    this.stop()
    const pauseMs = pausesMs[Math.min(this.#failures++, pausesMs.length - 1)] as number
    this.#timer = this.#timers.setTimeout(() => {
      this.#timer = undefined
      this.#run()
    }, pauseMs)
  }

  /** What has changed may have opened a way: end the pause, and begin with short ones again. Says whether there was one. */
  now(): boolean {
    const wasPausing = this.isPausing
    this.reset()
    if (wasPausing) this.#run()
    return wasPausing
  }

  /** A try has begun without us, or none is wanted. */
  stop(): void {
    this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** There is a way: should it be lost, the first pause is short again. */
  reset(): void {
    this.stop()
    this.#failures = 0
  }
}
