import type { Clock } from './environment.ts'
import { Alarm } from './environment.ts'
import { ClientError } from './errors.ts'
import type { Requests } from './requests.ts'

// The server reminds 60 s before the end; this is for a reminder that was lost.
const aheadMs = 30_000
const againMs = 5_000

/** Keeps the token of the present line fresh, in band (`core.auth`), so that nothing has to reconnect. */
export class Renewal {
  readonly #clock: Clock
  readonly #requests: Requests
  readonly #token: () => Promise<string | undefined>
  readonly #alarm: Alarm
  /** The server's clock minus ours, ms. */
  #skewMs = 0
  #isRenewing = false
  #renewedAt = Number.NEGATIVE_INFINITY
  /** Counts lines, so that an answer which comes late says nothing about the next one. */
  #line = 0

  constructor(clock: Clock, requests: Requests, token: () => Promise<string | undefined>) {
    this.#clock = clock
    this.#requests = requests
    this.#token = token
    this.#alarm = new Alarm(clock)
  }

  /** A line is up; `time` is the server's now, `expiresAt` the end of its token, both RFC 3339. */
  begin(time: string, expiresAt: string | undefined): void {
    const skewMs = Date.parse(time) - this.#clock.now()
    this.#skewMs = Number.isFinite(skewMs) ? skewMs : 0
    this.#plan(expiresAt)
  }

  /** The server says that the token ends soon. */
  remind(): void {
    // Tokens shorter than the reminder's 60 s would otherwise be renewed without a pause.
    const sinceMs = this.#clock.monotonic() - this.#renewedAt
    if (sinceMs >= againMs) void this.#renew()
  }

  lost(): void {
    this.#line++
    this.#isRenewing = false
    this.#alarm.clear()
  }

  #plan(expiresAt: string | undefined): void {
    this.#alarm.clear()
    const leftMs = Date.parse(expiresAt ?? '') - this.#skewMs - this.#clock.now()
    if (Number.isNaN(leftMs)) return
    // A token that is short from the start is renewed half-way.
    this.#alarm.set(Math.max(againMs, leftMs - aheadMs, Math.min(leftMs / 2, aheadMs)), () => void this.#renew())
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return
    this.#isRenewing = true
    const line = this.#line
    const answer = await this.#present(line)
    if (line !== this.#line) return
    this.#isRenewing = false
    this.#renewedAt = this.#clock.monotonic()
    if (answer instanceof Error) this.#retry(answer)
    else this.#plan(answer.expiresAt)
  }

  async #present(line: number): Promise<{ readonly expiresAt?: string } | Error> {
    try {
      const token = await this.#token()
      if (token === undefined || line !== this.#line) return new Error('there is no token')
      return (await this.#requests.ask('core.auth', { token })) as { readonly expiresAt?: string }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  /** A token that was refused will be refused again; the server closes the line (4501) when the old one has ended. */
  #retry(error: Error): void {
    const isFinal = error instanceof ClientError && !error.retry
    if (!isFinal) this.#alarm.set(againMs, () => void this.#renew())
  }
}
