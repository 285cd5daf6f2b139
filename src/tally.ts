/** Counts what has begun and not ended yet, and tells when there is nothing left. */
export class Tally {
  #count = 0
  #over: (() => void) | undefined

  begin(): void {
    this.#count++
  }

  end(): void {
    this.#count--
    if (this.#count === 0) this.#over?.()
  }

  /** Resolves when nothing is under way, or after `timeoutMs`. One waits at a time. */
  async over(timeoutMs: number): Promise<void> {
    if (this.#count === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#over = resolve
    const timer = setTimeout(resolve, timeoutMs)
    await promise
    clearTimeout(timer)
  }
}
