// Why calls failed, as the clients found out: for both people, and for the operator.
import type { Context } from '#core'
import { errors } from './errors.ts'
import { find } from './machine.ts'
import type { Report } from './messages.ts'
import type { CallStore } from './store.ts'

type Wiring = Pick<Context<unknown, Record<never, never>, Record<never, never>, unknown>, 'store' | 'log' | 'now'>

/** What reports need. */
export interface ReportsOptions extends Wiring {
  readonly calls: CallStore
}

/** One device's word on one call. */
export interface Told extends Pick<Report, 'verdict' | 'pairs'> {
  readonly call: string
  readonly device: string
}

/** Keeps one report per device and call. */
export class Reports {
  readonly #options: ReportsOptions

  constructor(options: ReportsOptions) {
    this.#options = options
  }

  /** Keep a report; the last one of a device counts. Rejects with `CALLS_NO_SUCH_CALL` for a call of others. */
  async tell(user: string, { call, device, verdict, pairs }: Told): Promise<void> {
    const { store, calls, log, now } = this.#options
    await store.write(async (tx) => {
      const stored = await calls.find(tx, call)
      if (!stored || !find(stored.call, user)) throw errors.NO_SUCH_CALL()
      await calls.saveReport(tx, { call, user, device, report: { verdict, pairs }, time: new Date(now()) })
      store.afterCommit(() => log.warn({ event: 'calls.reported', call, user, verdict, pairs: summaryOf(pairs) }, 'a call did not work'))
    })
  }

  /** What was reported of one call. */
  async of(call: string): Promise<Report[]> {
    const { store, calls } = this.#options
    const found = await calls.reports(store.read, { call })
    return found.map(({ call: _, ...report }) => report)
  }

  /** The last reports of any call. */
  latest(limit: number): Promise<(Report & { call: string })[]> {
    const { store, calls } = this.#options
    return calls.reports(store.read, { limit })
  }
}

/** Such as `host/srflx/udp failed`: what an operator looks for first. */
const summaryOf = (pairs: Report['pairs']): string[] =>
  pairs.map(({ local, remote, protocol, state }) => `${local}/${remote}/${protocol} ${state}`)
