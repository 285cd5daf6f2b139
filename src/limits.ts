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

  /** Take one: 0 when there was one, else the milliseconds until there will be. `nowMs` is monotonic. */
  take(nowMs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#lastMs) * this.#perMs)
    this.#lastMs = nowMs
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil((1 - this.#tokens) / this.#perMs)
  }

  /** Whether it has filled up again, so that forgetting it changes nothing. */
  isFull(nowMs: number): boolean {
    return this.#tokens + (nowMs - this.#lastMs) * this.#perMs >= this.#burst
  }
}

const maxBuckets = 10_000
const sweepMs = 1_000

/**
 * One bucket per key, forgotten once full. Keys come from outside, so their number is bounded: where there are
 * too many at once, the oldest is forgotten early.
 */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>()
  readonly #rate: number
  readonly #burst: number
  #sweptMs = Number.NEGATIVE_INFINITY

  constructor(ratePerSecond: number, burst: number) {
    this.#rate = ratePerSecond
    this.#burst = burst
  }

  get size(): number {
    return this.#buckets.size
  }

  take(key: string, nowMs: number): number {
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      this.#makeRoom(nowMs)
      bucket = new Bucket(this.#rate, this.#burst, nowMs)
      this.#buckets.set(key, bucket)
    }
    return bucket.take(nowMs)
  }

  sweep(nowMs: number): void {
    this.#sweptMs = nowMs
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
  }

  // Looking through all of them takes time, so a flood of keys may cause it only now and then.
  #makeRoom(nowMs: number): void {
    if (this.#buckets.size < maxBuckets) return
    if (nowMs - this.#sweptMs >= sweepMs) this.sweep(nowMs)
    if (this.#buckets.size < maxBuckets) return
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size <= maxBuckets * 0.9) return
      this.#buckets.delete(key)
    }
  }
}
