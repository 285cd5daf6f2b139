import type { Store } from './store.ts'

/**
 * What was read of the database, kept between units. Exact behind a single writer: a unit that changes something drops
 * it at once, so that later units of the same group read the change, and what units read is kept only once they have
 * committed, in their order. Where other nodes write too it keeps nothing.
 *
 * To be asked inside units only, and to be told of every change. Holds up to `limit` values, or what weighs as much where
 * `weigh` is given, which answers the same for a value always; then it begins anew.
 */
export class UnitCache<V> {
  readonly #store: Store
  readonly #limit: number
  readonly #weigh: (value: V) => number
  readonly #values = new Map<string | number, V>()
  #weight = 0

  constructor(store: Store, limit: number, weigh: (value: V) => number = () => 1) {
    this.#store = store
    this.#weigh = weigh
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
    this.#forget(key)
    this.#store.afterCommit(() => this.#forget(key))
  }

  #keep(key: string | number, value: V): void {
    this.#forget(key)
    const weight = this.#weigh(value)
    if (this.#weight + weight > this.#limit) {
      this.#values.clear()
      this.#weight = 0
    }
    this.#values.set(key, value)
    this.#weight += weight
  }

  #forget(key: string | number): void {
    const known = this.#values.get(key)
    if (known === undefined) return
    this.#values.delete(key)
    this.#weight -= this.#weigh(known)
  }
}
