// Brings the index up to the logs: behind them, in small batches, at times when nobody waits. How far it has come stands in a
// row per conversation, so a restart goes on from there, and a search can see for itself what is still missing.
import { asc, gt } from 'drizzle-orm'
import type { Log, Store } from '#core'
import type { Tables } from '../tables.ts'
import { type Behind, Cursors } from './cursors.ts'
import { Portions, type Step } from './portions.ts'
import type { WordIndex } from './word-index.ts'

/** What the indexer needs. */
export interface IndexerOptions {
  readonly store: Store
  readonly tables: Tables
  readonly index: WordIndex
  readonly log: Log
  readonly monotonic: () => number
}

const tickMs = 250
/** After a failure, as on a full disk. */
const retryMs = 5_000
const conversationsPerBatch = 100
const pageSize = 500
/** Entries a second above which the index waits for a calmer time. */
const busyRate = 1_000
/** Entries that may wait: above it the index takes its part of the time, however busy it is. */
export const waitingLimit = 1_000_000

/** Indexes what is noted, and what was left by an earlier process. */
export class Indexer {
  readonly #options: IndexerOptions
  readonly #cursors: Cursors
  readonly #portions: Portions
  /** How many entries are missing, by conversation. */
  readonly #waiting = new Map<number, number>()
  #count = 0
  #arrived = 0
  #lastMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #starting: ReturnType<typeof setTimeout> | undefined
  #work: Promise<unknown> = Promise.resolve()
  #isClosed = false
  /** Whether the log of the server says so. */
  #isBehind = false

  constructor(options: IndexerOptions) {
    this.#options = options
    this.#cursors = new Cursors(options.store, options.tables)
    this.#portions = new Portions({ ...options, cursors: this.#cursors })
    this.#lastMs = options.monotonic()
  }

  /** Entries that are known to be missing. */
  get waiting(): number {
    return this.#count
  }

  /** After its commit: there is one entry more. */
  note(conversation: number, entries = 1): void {
    this.#waiting.set(conversation, (this.#waiting.get(conversation) ?? 0) + entries)
    this.#count += entries
    this.#arrived += entries
    if (this.#timer === undefined) this.#schedule(tickMs)
  }

  /** Find what an earlier process left, and begin with it. Returns at once. */
  start(): void {
    this.#starting = setTimeout(() => void this.#queue(() => this.#survey()), tickMs)
  }

  /** Index these up to their heads now, if they are no more than `limit` entries; whether it was done. Else it will be, in its turn. */
  async reach(behind: readonly Behind[], limit: number): Promise<boolean> {
    const left = behind.reduce((sum, { indexed, head }) => sum + head - indexed, 0)
    if (left > limit) {
      for (const { conversation, indexed, head } of behind) if (!this.#waiting.has(conversation)) this.note(conversation, head - indexed)
      return false
    }
    // What comes meanwhile is not waited for: in a busy conversation there would be no end. Each turn brings one entry at least.
    let missing = behind
    for (let turn = 0; turn < left && missing.length > 0; turn++) {
      const conversations = missing.map(({ conversation }) => conversation)
      if (!(await this.#queue(() => this.#index(conversations)))) return false
      const known = await this.#cursors.of(this.#options.store.read, conversations)
      missing = missing.filter(({ conversation, head }) => (known.get(conversation) ?? 0) < head)
    }
    return missing.length === 0
  }

  /** Resolves when nothing runs any more; nothing begins after it. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#starting)
    await this.#work
  }

  #schedule(waitMs: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#tick(), waitMs)
  }

  #tick(): void {
    const { monotonic } = this.#options
    const startedMs = monotonic()
    const rate = (this.#arrived * 1_000) / Math.max(1, startedMs - this.#lastMs)
    this.#lastMs = startedMs
    this.#arrived = 0
    if (rate > busyRate && this.#count < waitingLimit) this.#schedule(tickMs)
    else this.#step(startedMs)
  }

  #step(startedMs: number): void {
    const { monotonic } = this.#options
    const next = [...this.#waiting.keys().take(conversationsPerBatch)]
    void this.#queue(() => this.#index(next)).then((isDone) => {
      this.#timer = undefined
      this.#say()
      // Half of the time at most.
      if (this.#count > 0) this.#schedule(isDone ? Math.max(1, monotonic() - startedMs) : retryMs)
    })
  }

  // An operator sees when searches may be refused for a while, and when that is over.
  #say(): void {
    const isBehind = this.#count > (this.#isBehind ? 0 : waitingLimit)
    if (isBehind === this.#isBehind) return
    this.#isBehind = isBehind
    if (isBehind) this.#options.log.warn({ entries: this.#count }, 'the search index is behind')
    else this.#options.log.info({}, 'the search index has caught up')
  }

  // One thing after another. A failure is told and tried again: what was not indexed is still behind.
  #queue(work: () => Promise<void>): Promise<boolean> {
    const done = this.#work.then(async () => {
      if (this.#isClosed) return false
      try {
        await work()
        return true
      } catch (failure) {
        this.#options.log.warn({ err: failure }, 'the search index could not be brought up to date')
        return false
      }
    })
    this.#work = done
    return done
  }

  async #survey(): Promise<void> {
    const { store, tables, log } = this.#options
    const { conversations } = tables
    for (let last = 0; !this.#isClosed; ) {
      const ids = await store.read
        .select({ id: conversations.id })
        .from(conversations)
        .where(gt(conversations.id, last))
        .orderBy(asc(conversations.id))
        .limit(pageSize)
      if (ids.length === 0) break
      // On SQLite nothing else lets go of the event loop here.
      await nextTurn()
      last = ids.at(-1)?.id ?? last
      for (const { conversation, indexed, head } of await this.#cursors.behind(ids.map(({ id }) => id)))
        this.note(conversation, head - indexed)
    }
    if (this.#count === 0) return
    this.#isBehind = true
    log.info({ entries: this.#count }, 'the search index catches up')
  }

  async #index(conversations: readonly number[]): Promise<void> {
    const { store, index } = this.#options
    const portion = await this.#portions.read(conversations, (conversation) => this.#waiting.get(conversation) ?? 0)
    const isTaken = await store.write(
      async (tx) => {
        const moved = portion.steps.filter(({ from, to }) => to > from)
        const known = await this.#cursors.of(
          tx,
          moved.map(({ conversation }) => conversation),
        )
        if (moved.some(({ conversation, from }) => (known.get(conversation) ?? 0) !== from)) return false
        await index.remove(tx, portion.stale)
        await index.put(tx, portion.docs)
        for (const { conversation, to } of moved) await this.#cursors.move(tx, { conversation, seq: to })
        return true
      },
      // Another node may be at it too.
      { serial: 'chat/search' },
    )
    if (isTaken) for (const step of portion.steps) this.#settle(step)
  }

  // What was noted meanwhile may have been read already: then the next step finds nothing.
  #settle({ conversation, from, to, isWhole, waiting }: Step): void {
    const before = this.#waiting.get(conversation) ?? 0
    const left = isWhole ? Math.max(0, before - waiting) : Math.max(1, before - (to - from))
    this.#count += left - before
    if (left > 0) this.#waiting.set(conversation, left)
    else this.#waiting.delete(conversation)
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
