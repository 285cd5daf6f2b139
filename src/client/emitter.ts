import type { Undo } from './types.ts'

/** Throw later, where the platform reports what nobody caught: one bad listener must not stop the client. */
const report = (error: unknown): void => {
  queueMicrotask(() => {
    throw error
  })
}

/** Call code of the app. What it throws is reported and stops nothing here. */
export const guarded = <A extends readonly unknown[]>(listener: ((...values: A) => void) | undefined, ...values: A): void => {
  try {
    listener?.(...values)
  } catch (error) {
    report(error)
  }
}

/** Listeners for one thing. Those added or removed during a call count from the next one. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>()

  get size(): number {
    return this.#listeners.size
  }

  /** The same function added twice is called twice; each undo ends one. */
  add(listener: (value: T) => void): Undo {
    const own = (value: T): void => listener(value)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) guarded(listener, value)
  }
}
