import type { Store } from './store.ts'

/**
 * What was read of the database, kept between units. Exact behind a single writer: a unit that changes something drops
 * it at once, so that later units of the same group read the change, and what units read is kept only once they have
 * committed, in their order. Where other nodes write too it keeps nothing.
 *
 * To be asked inside units only, and to be told of every change. Holds up to `limit` values; then it begins anew.
 */
export class UnitCache<V> {
  readonly #store: Store
  readonly #limit: number
  readonly #values = new Map<string | number, V>()

  constructor(store: Store, limit: number) {
    this.#store = store
    this.#limit = store.dialect === 'sqlite' ? limit : 0
  }

  /** What is known of `key`; `undefined` when it has to be read. */
  get(key: string | number): V | undefined {
    return this.#values.get(key)
  }

  /** Inside a unit: keep `value` from its commit on. */
  fill(key: string | number, value: V): void {
    if (this.#limit > 0) this.#store.afterCommit(() => this.#keep(key, value))
  }

  /** Inside a unit that changes what `key` stands for. */
  drop(key: string | number): void {
    this.#values.delete(key)
    this.#store.afterCommit(() => this.#values.delete(key))
  }

  #keep(key: string | number, value: V): void {
    if (this.#values.size >= this.#limit) this.#values.clear()
    this.#values.set(key, value)
  }
}
