// Signals between two parties of one call: who may say what when. In memory only: what is lost with it is made up for by a new
// offer, which every client makes when it comes back.
import { coreErrors } from '#core'
import { errors } from './errors.ts'
import type { Signal } from './messages.ts'

/** Candidates of one party in one negotiation. */
export const candidateLimit = 100
/** Signals, and characters of them, that wait for a party that is away. */
const waitingLimit = 128
const waitingLength = 524_288

interface Side {
  /** Its offer has not been answered yet. */
  hasOffered: boolean
  candidates: number
}
interface Pair {
  readonly low: Side
  readonly high: Side
  /** There was an offer, so candidates mean something. */
  hasBegun: boolean
}

const newSide = (): Side => ({ hasOffered: false, candidates: 0 })

/** What every two parties of a call have negotiated so far. */
export class Negotiations {
  readonly #pairs = new Map<string, Pair>()
  readonly #hasBegun: boolean

  /** `hasBegun`: of a call from before a restart nobody knows any more; it is not held against its parties. */
  constructor(hasBegun: boolean) {
    this.#hasBegun = hasBegun
  }

  /** Take a signal into account. Throws `CALLS_NO_OFFER`, `CALLS_TOO_MANY_CANDIDATES`. */
  note(from: number, to: number, signal: Signal): void {
    const pair = this.#pair(from, to)
    const [mine, theirs] = from < to ? [pair.low, pair.high] : [pair.high, pair.low]
    if (signal.signal === 'offer') {
      pair.hasBegun = true
      mine.hasOffered = true
      mine.candidates = 0
    } else if (signal.signal === 'answer') {
      if (!theirs.hasOffered) throw errors.NO_OFFER()
      // Who answers has given up an offer of their own that crossed the other one.
      mine.hasOffered = false
      theirs.hasOffered = false
      mine.candidates = 0
    } else if (signal.signal !== 'renegotiate') {
      if (!pair.hasBegun) throw errors.NO_OFFER()
      if (signal.signal === 'candidates') count(mine, signal.candidates.length)
    }
  }

  /** Only these parties are still there; the number of another one never comes again. */
  keep(parties: ReadonlySet<number>): void {
    for (const key of this.#pairs.keys()) if (!key.split(' ').every((id) => parties.has(Number(id)))) this.#pairs.delete(key)
  }

  /** Pairs that have said something to each other. */
  get size(): number {
    return this.#pairs.size
  }

  #pair(from: number, to: number): Pair {
    const key = from < to ? `${from} ${to}` : `${to} ${from}`
    const known = this.#pairs.get(key)
    if (known) return known
    const pair: Pair = { low: newSide(), high: newSide(), hasBegun: this.#hasBegun }
    this.#pairs.set(key, pair)
    return pair
  }
}

const count = (side: Side, candidates: number): void => {
  if (side.candidates + candidates > candidateLimit) throw errors.TOO_MANY_CANDIDATES({ limit: candidateLimit })
  side.candidates += candidates
}

/** A signal on its way, as its receiver will see it. */
export interface Passed {
  readonly from: string
  readonly data: Omit<Signal, 'party'> & { readonly party: number }
}

/** What waits for one party that is away. */
export class Waiting {
  #signals: Passed[] = []
  #length = 0

  /** Throws `CORE_RATE_LIMITED` when there is no room for it. Asked before the signal counts for anything. */
  check(signal: object): void {
    if (this.#signals.length >= waitingLimit || this.#length + sizeOf(signal) > waitingLength) {
      throw coreErrors.RATE_LIMITED().with({ retryAfterMs: 1_000 })
    }
  }

  add(signal: Passed): void {
    this.#signals.push(signal)
    this.#length += sizeOf(signal.data)
  }

  take(): readonly Passed[] {
    const signals = this.#signals
    this.#signals = []
    this.#length = 0
    return signals
  }
}

const sizeOf = (signal: object): number => JSON.stringify(signal).length
