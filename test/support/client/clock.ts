import type { Clock } from '../../../src/client/index.ts'

interface Timer {
  readonly dueAt: number
  readonly run: () => void
}

/** A clock that stands still until it is told to move. Timers ring in the order in which they are due. */
export class FakeClock implements Clock {
  readonly #startedAt = Date.UTC(2026, 10, 20, 12)
  readonly #timers = new Map<number, Timer>()
  #elapsedMs = 0
  #lastId = 0
  /** Added to the wall clock only, as when somebody sets it. */
  wallOffsetMs = 0

  now(): number {
    return this.#startedAt + this.#elapsedMs + this.wallOffsetMs
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  setTimeout(run: () => void, delayMs: number): number {
    // As the platforms do it: what does not fit into 32 bits rings at once.
    const delay = delayMs > 2 ** 31 - 1 ? 1 : Math.max(0, delayMs)
    this.#timers.set(++this.#lastId, { dueAt: this.#elapsedMs + delay, run })
    return this.#lastId
  }

  /** As `setTimeout`, without the platforms' limit: for the far side of the wire. */
  after(delayMs: number, run: () => void): void {
    this.#timers.set(++this.#lastId, { dueAt: this.#elapsedMs + Math.max(0, delayMs), run })
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number)
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size
  }

  /** Let everything happen that needs no time. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Let `ms` pass; whatever is due on the way happens at its time. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms
    await this.settle()
    for (let id = this.#next(until); id !== undefined; id = this.#next(until)) {
      const timer = this.#timers.get(id) as Timer
      this.#timers.delete(id)
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueAt)
      timer.run()
      await this.settle()
    }
    this.#elapsedMs = until
  }

  #next(until: number): number | undefined {
    let first: number | undefined
    for (const [id, { dueAt }] of this.#timers) {
      if (dueAt <= until && (first === undefined || dueAt < (this.#timers.get(first) as Timer).dueAt)) first = id
    }
    return first
  }
}
