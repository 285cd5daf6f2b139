import { type Ambient, ambient } from '../../src/ambient.ts'

/** Time that passes only when a test says so. */
export interface TestClock {
  readonly ambient: Ambient
  /** Both clocks go on; a negative number sets the wall clock back and leaves the other. */
  advance(ms: number): void
}

/** A clock that stands at noon of 20 November 2026. `node` keeps the ids of two servers apart. */
export const testClock = (node = 0): TestClock => {
  let wallMs = Date.UTC(2026, 10, 20, 12)
  let steadyMs = 1_000_000
  return {
    ambient: { ...ambient(node), now: () => wallMs, monotonic: () => steadyMs },
    advance: (ms) => {
      wallMs += ms
      steadyMs += Math.max(0, ms)
    },
  }
}
