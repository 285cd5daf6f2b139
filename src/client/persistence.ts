// Asking again: one policy for everything that may safely be asked twice (joins, history, durable sends).
import { askedFor, fullJitter } from './backoff.ts'
import type { Environment } from './environment.ts'
import { ClientError, clientError, isLineLoss } from './errors.ts'
import type { RequestOptions } from './protocol.ts'
import type { Requests } from './requests.ts'

/** One thing to ask, and whether anybody still wants the answer. */
export interface Question {
  readonly type: string
  readonly data: object
  readonly address?: RequestOptions
  /** Asked before every try; when false it rejects with CLIENT_CANCELLED instead of trying (again). */
  isWanted?(): boolean
  /** Called right before every try. */
  onTry?(): void
}

/** What a person did goes beside what only heals, so that neither waits for the other. */
export type Lane = 'urgent' | 'background'

interface Turn {
  readonly question: Question
  resolve(data: unknown): void
  reject(error: unknown): void
}

const internalTries = 5
const laneWidth = 8
const fastestMs = 100
const slowestMs = 2_000

const mayTryAgain = (error: unknown, tries: number): error is ClientError =>
  error instanceof ClientError && error.retry && !isLineLoss(error) && (error.kind !== 'internal' || tries < internalTries)

/** Asks until there is an answer that counts, on the present line only. */
export class Persistence {
  readonly #env: Environment
  readonly #requests: Requests
  /** Ends a pause that is under way. */
  readonly #pauses = new Set<() => void>()
  readonly #waiting: Record<Lane, Turn[]> = { urgent: [], background: [] }
  readonly #running: Record<Lane, number> = { urgent: 0, background: 0 }
  /** Nobody asks before this, `monotonic` ms: the server said to slow down. */
  #calmAt = 0
  /**
   * The least time between two questions, ms, once the server refused for the rate, until nothing is left to ask: a
   * crowd of retries would get the line closed (4029).
   */
  #paceMs = 0

  constructor(env: Environment, requests: Requests) {
    this.#env = env
    this.#requests = requests
  }

  /**
   * Ask in turn, and again after `rate_limited`, `unavailable`, a timeout, or (five times) `internal`: after the
   * server's time plus jitter. Rejects with what cannot be retried, and with CLIENT_CLOSED when the line breaks.
   */
  ask(lane: Lane, question: Question): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting[lane].push({ question, resolve, reject })
      this.#advance(lane)
    })
  }

  /** The line broke: end every pause, forget whoever waits for a turn. */
  lost(): void {
    const waiting = [...this.#waiting.urgent.splice(0), ...this.#waiting.background.splice(0)]
    for (const { reject } of waiting) reject(clientError('CLIENT_CLOSED'))
    for (const end of [...this.#pauses]) end()
    this.#calmAt = 0
    this.#paceMs = 0
  }

  #advance(lane: Lane): void {
    const waiting = this.#waiting[lane]
    while (this.#running[lane] < laneWidth) {
      const turn = waiting.shift()
      if (!turn) break
      this.#running[lane]++
      const done = (): void => {
        this.#running[lane]--
        this.#advance(lane)
      }
      this.#insist(turn.question).then(turn.resolve, turn.reject).then(done, done)
    }
    if (this.#running.urgent + this.#running.background === 0) this.#paceMs = 0
  }

  async #insist(question: Question): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      for (let leftMs = this.#calmMs(); leftMs > 0; leftMs = this.#calmMs()) await this.#pause(leftMs)
      this.#calm(this.#paceMs)
      if (question.isWanted?.() === false) throw clientError('CLIENT_CANCELLED')
      try {
        question.onTry?.()
        return await this.#requests.ask(question.type, question.data, question.address)
      } catch (error) {
        if (!mayTryAgain(error, tries)) throw error
        await this.#backOff(error, tries)
      }
    }
  }

  #calmMs(): number {
    return this.#calmAt - this.#env.clock.monotonic()
  }

  #calm(waitMs: number): void {
    this.#calmAt = Math.max(this.#calmAt, this.#env.clock.monotonic() + waitMs)
  }

  #backOff(error: ClientError, tries: number): Promise<void> {
    const waitMs = (askedFor(error.retryAfterMs) ?? 0) + fullJitter(tries - 1, this.#env.random)
    if (error.kind === 'rate_limited') {
      this.#paceMs = Math.max(this.#paceMs, fastestMs, Math.min(slowestMs, error.retryAfterMs ?? 0))
      this.#calm(waitMs)
    }
    return this.#pause(waitMs)
  }

  #pause(waitMs: number): Promise<void> {
    const { clock } = this.#env
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        this.#pauses.delete(end)
        resolve()
      }, waitMs)
      const end = (): void => {
        clock.clearTimeout(timer)
        this.#pauses.delete(end)
        reject(clientError('CLIENT_CLOSED'))
      }
      this.#pauses.add(end)
    })
  }
}
