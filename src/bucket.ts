/** A token bucket: `rate` a second, at most `burst` at once. */
export class Bucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #lastMs: number

  constructor(ratePerSecond: number, burst: number, nowMs: number) {
    this.#perMs = ratePerSecond / 1_000
    this.#burst = burst
    this.#tokens = burst
    this.#lastMs = nowMs
  }

  /**
   * Take `cost` tokens: 0 when there were so many, else none are taken and the milliseconds until there will be come
   * back. What costs more than the bucket holds costs all that it holds. `nowMs` is monotonic.
   */
  take(nowMs: number, cost = 1): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#lastMs) * this.#perMs)
    this.#lastMs = nowMs
    const wanted = Math.min(cost, this.#burst)
    if (this.#tokens >= wanted) {
      this.#tokens -= wanted
      return 0
    }
    return Math.ceil((wanted - this.#tokens) / this.#perMs)
  }
}

const generationSize = 10_000

/**
 * One bucket per key. Keys come from outside, so their number is bounded: at most 20,000 are remembered, and those go
 * first that were not asked for the longest. Whoever is forgotten begins with a full bucket. Each call takes the same
 * time, in a flood of keys too.
 */
export class Buckets {
  readonly #rate: number
  readonly #burst: number
  /** Keys that were asked for lately; when there are enough they become the old ones, and the old ones are dropped. */
  #young = new Map<string, Bucket>()
  #old = new Map<string, Bucket>()

  constructor(ratePerSecond: number, burst: number) {
    this.#rate = ratePerSecond
    this.#burst = burst
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** As `Bucket.take`, from the bucket of `key`. */
  take(key: string, nowMs: number, cost = 1): number {
    const bucket = this.#young.get(key)
    return (bucket ?? this.#remember(key, nowMs)).take(nowMs, cost)
  }

  #remember(key: string, nowMs: number): Bucket {
    const known = this.#old.get(key)
    const bucket = known ?? new Bucket(this.#rate, this.#burst, nowMs)
    if (known) this.#old.delete(key)
    this.#young.set(key, bucket)
    if (this.#young.size >= generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    return bucket
  }
}
