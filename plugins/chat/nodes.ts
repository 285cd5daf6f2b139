// What other nodes stored. Their events come through a broker, which may lose them; so where there is one, the log itself is
// looked at every few seconds, at a cost of what was stored meanwhile, and heartbeats tell of it as of what this node stored.
import { eq, gt, max } from 'drizzle-orm'
import type { Log, Store } from '#core'
import type { Epoch } from './epoch.ts'
import type { Heads } from './heads.ts'
import type { Tables } from './tables.ts'

/** What it takes to hear of other nodes. */
export interface NodesOptions {
  readonly store: Store
  readonly tables: Tables
  readonly heads: Heads
  readonly epoch: Epoch
  readonly log: Log
  readonly now: () => number
}

// With the 25 seconds of a heartbeat this stays below 30.
const everyMs = 4_000
// A time is taken before its unit, which may take five seconds; and clocks of nodes differ by some.
const slackMs = 15_000

/** Looks at what was stored lately, wherever that was. */
export class Nodes {
  readonly #options: NodesOptions
  #lookedMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: NodesOptions) {
    this.#options = options
    this.#lookedMs = options.now()
  }

  start(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#looking = this.#try().then(() => this.start())
    }, everyMs)
  }

  /** Tell the heads of what was stored since the last look. */
  async look(): Promise<void> {
    const { store, tables, heads, epoch, now } = this.#options
    const { messages: m, conversations: c } = tables
    const since = new Date(this.#lookedMs - slackMs)
    this.#lookedMs = now()
    const rows = await store.read
      .select({ key: c.key, seq: max(m.seq) })
      .from(m)
      .innerJoin(c, eq(c.id, m.conversation))
      .where(gt(m.time, since))
      .groupBy(c.key)
    for (const { key, seq } of rows) heads.seen(key, seq ?? 0)
    await epoch.refresh()
  }

  /** Resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  async #try(): Promise<void> {
    const before = this.#lookedMs
    try {
      await this.look()
    } catch (failure) {
      // What was not seen is looked for again.
      this.#lookedMs = before
      this.#options.log.warn({ err: failure }, 'what other nodes stored could not be looked at')
    }
  }
}
