// Everything that can go wrong between a client and its server, by dice that a seed decides.
import type { WireError } from '../../../src/errors.ts'
import type { FakeClock } from './clock.ts'
import type { FakeServer, PushPlan, Verdict } from './fake-server.ts'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export const dice = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What happened, so that a run in which nothing did is not taken for a good one. */
export interface Tally {
  lostPushes: number
  repeatedPushes: number
  latePushes: number
  lostAnswers: number
  ignored: number
  refused: number
  cuts: number
  restarts: number
  reloads: number
}

export const noTally = (): Tally => ({
  lostPushes: 0,
  repeatedPushes: 0,
  latePushes: 0,
  lostAnswers: 0,
  ignored: 0,
  refused: 0,
  cuts: 0,
  restarts: 0,
  reloads: 0,
})

const refusals: readonly WireError[] = [
  { code: 'CORE_RATE_LIMITED', kind: 'rate_limited', message: 'slow down', retry: true, retryAfterMs: 300 },
  { code: 'CORE_STORAGE_BUSY', kind: 'unavailable', message: 'busy', retry: true },
  { code: 'CORE_TOO_MANY_PENDING', kind: 'unavailable', message: 'too many', retry: true, retryAfterMs: 50 },
]

/** Let pushes be lost, repeated and late, answers lost, requests refused, ignored and slow, frames slow. */
export const storm = (server: FakeServer, clock: FakeClock, roll: () => number, tally: Tally): void => {
  const count = <T extends Verdict | PushPlan>(what: keyof Tally, outcome: T): T => {
    tally[what]++
    return outcome
  }
  server.network.delayMs = () => roll() * 40
  server.workMs = () => roll() * roll() * 200
  server.answerMs = () => (roll() < 0.3 ? roll() * 300 : 0)
  server.judge = () => {
    const chance = roll()
    if (chance < 0.05) return count('refused', refusals[Math.floor(roll() * refusals.length)] as WireError)
    if (chance < 0.08) return count('ignored', 'ignore')
    if (chance < 0.13) return count('lostAnswers', 'swallow answer')
    return 'answer'
  }
  server.plan = ({ seq }, connection) => {
    if (seq === undefined) return [0]
    const chance = roll()
    if (chance < 0.06) {
      // A server that drops a frame for a slow reader cuts it off soon after (PROTOCOL.md, 4090).
      clock.setTimeout(() => server.close(connection, 4090), roll() * 5_000)
      return count('lostPushes', [])
    }
    if (chance < 0.14) return count('repeatedPushes', [0, roll() * 300])
    if (chance < 0.3) return count('latePushes', [roll() * 300])
    return [0]
  }
}

/** Everything works again. */
export const calm = (server: FakeServer): void => {
  server.network.isUp = true
  server.network.delayMs = () => 5
  server.workMs = () => 0
  server.answerMs = () => 0
  server.judge = () => 'answer'
  server.plan = () => [0]
}
