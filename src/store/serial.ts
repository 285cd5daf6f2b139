/** Runs work with the same key one after another, in call order; different keys do not wait for each other. */
export class SerialQueue {
  readonly #tails = new Map<string, Promise<void>>()

  /** `work` must not reject. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(key)
    const tail = (before === undefined ? work() : before.then(work)).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    this.#tails.set(key, tail)
    return tail
  }
}

const offset = 0xcbf29ce484222325n
const prime = 0x100000001b3n

/** A 64-bit number for `key` (FNV-1a over UTF-16 units), as SQL text: the same on every node. */
export const lockNumber = (key: string): string => {
  let hash = offset
  for (let i = 0; i < key.length; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(key.charCodeAt(i))) * prime)
  return BigInt.asIntN(64, hash).toString()
}

/** The query that takes the locks of `keys`, in the order of their text, until the transaction ends. */
export const lockText = (keys: readonly string[]): string =>
  `select pg_advisory_xact_lock(key) from unnest(array[${keys.toSorted().map(lockNumber).join(', ')}]::bigint[]) as keys(key)`
