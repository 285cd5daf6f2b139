import type { Store } from './store.ts'

/**
 * What was read of committed data, outside units, kept until a unit changes it. Exact behind a single writer whose reads
 * answer at once: no commit comes between a read and its keeping, and the drop comes right after the commit. Where other
 * nodes write too it keeps nothing.
 *
 * Never to be asked inside a unit, which may have to see what the units before it in its group have written: that is what
 * `UnitCache` is for. Holds up to `limit` values; then it begins anew.
 */
export class ReadCache<V> {
  readonly #store: Store
  readonly #limit: number
  readonly #values = new Map<string | number, V>()

  constructor(store: Store, limit: number) {
    this.#store = store
    this.#limit = store.dialect === 'sqlite' ? limit : 0
  }

  /** What is known of `key`, or else what `read` finds; a promise is passed on, and what it brings is not kept. */
  get<R extends V | Promise<V>>(key: string | number, read: () => R): V | R {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const found = read()
    if (this.#limit > 0 && !(found instanceof Promise)) this.#keep(key, found as V)
    return found
  }

  /** Inside a unit that changes what `key` stands for: it is read anew after the commit. */
  drop(key: string | number): void {
    this.#store.afterCommit(() => this.#values.delete(key))
  }

  /** Inside a unit that may change anything. */
  clear(): void {
    this.#store.afterCommit(() => this.#values.clear())
  }

  #keep(key: string | number, value: V): void {
    if (this.#values.size >= this.#limit) this.#values.clear()
    this.#values.set(key, value)
  }
}
