// Signals on their way out, one after another: a candidate must not arrive before the offer that it belongs to. What gathers
// while one is under way goes together.
import { failureOf, isUncertain } from './failure.ts'

/** A candidate as it goes over the wire. */
export type Candidate = Pick<RTCIceCandidateInit, 'candidate' | 'sdpMid' | 'sdpMLineIndex' | 'usernameFragment'>

/** What one party says to another. */
export type Signal =
  | { readonly signal: 'offer' | 'answer'; readonly sdp: string }
  | { readonly signal: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly signal: 'end-of-candidates' }
  | { readonly signal: 'renegotiate'; readonly restart?: boolean }

const atOnce = 50

/** The queue of one pair of parties. */
export class Outgoing {
  readonly #send: (signal: Signal) => Promise<unknown>
  #waiting: Signal[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #isBusy = false
  #isHeld = false
  /** Counts the connections that signals were for. */
  #generation = 0

  constructor(send: (signal: Signal) => Promise<unknown>) {
    this.#send = send
  }

  push(signal: Signal): void {
    const last = this.#waiting.at(-1)
    if (signal.signal === 'candidates' && last?.signal === 'candidates' && last.candidates.length < atOnce) {
      this.#waiting[this.#waiting.length - 1] = { ...last, candidates: [...last.candidates, ...signal.candidates] }
    } else this.#waiting.push(signal)
    void this.#run()
  }

  /** There is a line again, and this device speaks for its party. */
  resume(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isHeld = false
    void this.#run()
  }

  /** What waits, and what is under way, belongs to a connection that is no more. */
  clear(): void {
    this.#waiting = []
    this.#generation++
    if (this.#timer === undefined) return
    // Nobody else would let the next ones go.
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isHeld = false
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    while (!this.#isHeld && this.#waiting.length > 0) {
      const signal = this.#waiting.shift() as Signal
      const generation = this.#generation
      try {
        await this.#send(signal)
      } catch (failure) {
        this.#refused(signal, failure, generation === this.#generation)
      }
    }
    this.#isBusy = false
  }

  // What the server refuses for good has been overtaken by something newer; a line that is down comes back.
  #refused(signal: Signal, failure: unknown, isWanted: boolean): void {
    const { code, retryAfterMs: waitMs } = failureOf(failure)
    // No answer in ten seconds, and the line still stands: it is time to ask again.
    const retryAfterMs = code === 'CLIENT_TIMEOUT' ? 0 : waitMs
    if (retryAfterMs === undefined && !isUncertain(failure) && code !== 'CALLS_NOT_IN_CALL') return
    if (isWanted) this.#waiting.unshift(signal)
    // With nothing to send there is nothing to wait for, and a link that was closed leaves no timer behind.
    if (this.#waiting.length === 0 && retryAfterMs !== undefined) return
    this.#isHeld = true
    if (retryAfterMs !== undefined) this.#timer = setTimeout(() => this.resume(), retryAfterMs)
  }
}
