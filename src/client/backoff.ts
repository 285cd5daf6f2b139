// When to come back (PROTOCOL.md, section 6).
import type { CloseInfo } from './types.ts'

const baseMs = 500
const capMs = 30_000
// A server that asks for more has lost its clock; nobody should wait for it that long.
const longestAskedMs = 5 * 60_000

/** "Full jitter": anything between 0 and min(30 s, 0.5 s × 2^attempt), so that a crowd does not come back at once. */
export const fullJitter = (attempt: number, random: () => number): number => random() * Math.min(capMs, baseMs * 2 ** attempt)

// Standard codes which say that this client is at fault: the same would happen again.
const faults = new Set([1002, 1003, 1007, 1008, 1009])

/** Whether a line that ended with `code` comes back without a new token. */
export const comesBack = (code: number): boolean => !faults.has(code) && !(code >= 4500 && code <= 4999)

/** A wait that the server asked for, ms, if it is one, bounded to five minutes. */
export const askedFor = (waitMs: unknown): number | undefined =>
  typeof waitMs === 'number' && waitMs >= 0 ? Math.min(waitMs, longestAskedMs) : undefined

/** How long a restarting server (1012) asks to wait, if its reason says so. */
const restartDelay = ({ code, reason }: CloseInfo): number | undefined => {
  if (code !== 1012) return
  try {
    return askedFor((JSON.parse(reason) as { retryAfterMs?: unknown } | null)?.retryAfterMs)
  } catch {}
}

/** How long to wait before coming back, ms. */
export const waitBefore = (info: CloseInfo, attempt: number, random: () => number): number =>
  restartDelay(info) ?? fullJitter(attempt, random)
