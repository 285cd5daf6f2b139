/** What the outside world gives: time and identity. Injected, so that a test can hold them still. */
export interface Ambient {
  /** Wall clock, milliseconds since 1970. May jump; use it for what people and other machines read. */
  now(): number
  /** Milliseconds that never run backwards; use it for timeouts and rates. */
  monotonic(): number
  /** A new id: `prefix` and a snowflake as decimal text, e.g. `M287712345678901248`. Sorts by time when as long. */
  id(prefix: string): string
}

// A snowflake is 41 bits of milliseconds since 2026-01-01, 10 bits of node, 12 bits of counter.
const epochMs = Date.UTC(2026, 0, 1)

/** The real clock and ids that are unique per node; `node` is 0…1023. */
export const ambient = (node: number): Ambient => {
  let lastMs = 0
  let counter = 0
  const snowflake = (): string => {
    const nowMs = Date.now() - epochMs
    // A clock that was set back, and a full counter, both go on from the last millisecond used.
    if (nowMs > lastMs) {
      lastMs = nowMs
      counter = 0
    } else if (++counter > 0xfff) {
      lastMs++
      counter = 0
    }
    return ((BigInt(lastMs) << 22n) | BigInt((node << 12) | counter)).toString()
  }
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    id: (prefix) => prefix + snowflake(),
  }
}
