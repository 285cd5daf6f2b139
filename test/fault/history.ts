// Collects what the clients of a scene see, as it happens, and tells when there is enough of it.
import { appendFileSync } from 'node:fs'
import type { Event, Untimed } from './check/event.ts'

/** One run's history. `PARLEY_HISTORY=<folder>` keeps each in a file for `npm run check:history`. */
export class History {
  readonly events: Event[] = []
  readonly #waiting = new Set<() => void>()
  #acknowledged = 0

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Monotonic nanoseconds. */
  now(): number {
    return Math.round(performance.now() * 1e6)
  }

  add(event: Untimed): void {
    this.events.push({ ...event, t_ns: this.now() } as Event)
    if (event.f !== 'send' || event.type !== 'ok') return
    this.#acknowledged++
    for (const check of this.#waiting) check()
  }

  /** Resolves once `count` more messages are acknowledged than now. */
  moreAcknowledged(count: number): Promise<void> {
    const wanted = this.#acknowledged + count
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#acknowledged < wanted) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  /** Write it to a file of this name if the run keeps histories. */
  keep(name: string): void {
    const folder = process.env.PARLEY_HISTORY
    if (folder) appendFileSync(`${folder}/${name}.jsonl`, this.events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }
}

/** One line each: what happened on the wire, for the scenes that only want to know how sends ended. */
export const sendsOf = ({ events }: History, type: 'ok' | 'fail' | 'info'): Extract<Event, { f: 'send' }>[] =>
  events.filter((event): event is Extract<Event, { f: 'send' }> => event.f === 'send' && event.type === type)
