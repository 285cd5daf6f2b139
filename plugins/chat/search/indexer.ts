// Brings the index up to the logs: behind them, in small batches, at times when nobody waits. How far it has come stands in a
// row per conversation, so a restart goes on from there, and a search can see for itself what is still missing.
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Db, Log, Statement, Store } from '#core'
import { kinds } from '../log.ts'
import type { Tables } from '../tables.ts'
import { fromPlace, placesOf } from './places.ts'
import type { IndexedDoc, WordIndex } from './word-index.ts'
import { wordsOf } from './words.ts'

/** What the indexer needs. */
export interface IndexerOptions {
  readonly store: Store
  readonly tables: Tables
  readonly index: WordIndex
  readonly log: Log
  readonly monotonic: () => number
}

/** How far a log is ahead of the index. */
export interface Behind {
  readonly conversation: number
  readonly indexed: number
  readonly head: number
}

/** How far a log was read. */
interface Step {
  readonly conversation: number
  readonly from: number
  readonly to: number
  readonly isWhole: boolean
  /** How many entries were waiting before. */
  readonly waiting: number
}

interface Portion {
  readonly docs: readonly IndexedDoc[]
  readonly stale: readonly string[]
  readonly steps: readonly Step[]
}

type Found = Pick<
  Tables['messages']['$inferSelect'],
  'conversation' | 'seq' | 'id' | 'sender' | 'text' | 'kind' | 'target' | 'recalledAt'
> & {
  readonly key: string
}

const tickMs = 250
/** After a failure, as on a full disk. */
const retryMs = 5_000
const batchSize = 200
/** Characters of their texts: everybody else waits while they are cut. */
const batchLength = 50_000
const conversationsPerBatch = 100
const pageSize = 500
/** Entries a second above which the index waits for a calmer time. */
const busyRate = 1_000
/** Entries that may wait: above it the index takes its part of the time, however busy it is. */
export const waitingLimit = 1_000_000

/** Indexes what is noted, and what was left by an earlier process. */
export class Indexer {
  readonly #options: IndexerOptions
  readonly #entries: Statement<{ conversation: number; after: number }, Found>
  readonly #move: Statement<{ conversation: number; seq: number }, never>
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
    this.#entries = entriesStatement(options)
    this.#move = moveStatement(options)
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
      const known = await this.#cursors(this.#options.store.read, conversations)
      missing = missing.filter(({ conversation, head }) => (known.get(conversation) ?? 0) < head)
    }
    return missing.length === 0
  }

  /** Those of the conversations that are not indexed up to their head. */
  async behind(conversations: readonly number[]): Promise<readonly Behind[]> {
    const { messages } = this.#options.tables
    const heads = await this.#options.store.read
      .select({ conversation: messages.conversation, head: sql`max(${messages.seq})`.mapWith(Number) })
      .from(messages)
      .where(inArray(messages.conversation, [...conversations]))
      .groupBy(messages.conversation)
    const known = await this.#cursors(this.#options.store.read, conversations)
    return heads
      .map(({ conversation, head }) => ({ conversation, head, indexed: known.get(conversation) ?? 0 }))
      .filter(({ indexed, head }) => indexed < head)
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
      for (const { conversation, indexed, head } of await this.behind(ids.map(({ id }) => id))) this.note(conversation, head - indexed)
    }
    if (this.#count === 0) return
    this.#isBehind = true
    log.info({ entries: this.#count }, 'the search index catches up')
  }

  async #index(conversations: readonly number[]): Promise<void> {
    const { store, index } = this.#options
    const portion = await this.#read(conversations)
    const isTaken = await store.write(
      async (tx) => {
        const moved = portion.steps.filter(({ from, to }) => to > from)
        const known = await this.#cursors(
          tx,
          moved.map(({ conversation }) => conversation),
        )
        if (moved.some(({ conversation, from }) => (known.get(conversation) ?? 0) !== from)) return false
        await index.remove(tx, portion.stale)
        await index.put(tx, portion.docs)
        for (const { conversation, to } of moved) await this.#move(tx, { conversation, seq: to })
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

  /** The next entries of these conversations, and what they change in the index. */
  async #read(conversations: readonly number[]): Promise<Portion> {
    const { store } = this.#options
    const known = await this.#cursors(store.read, conversations)
    const entries: Found[] = []
    const steps: Step[] = []
    let length = 0
    for (const conversation of conversations) {
      if (entries.length >= batchSize || length >= batchLength) break
      const from = known.get(conversation) ?? 0
      const waiting = this.#waiting.get(conversation) ?? 0
      const found = await this.#entries(store.read, { conversation, after: from })
      const next = fitting(found, batchLength - length)
      length += next.reduce((sum, { text }) => sum + text.length, 0)
      entries.push(...next)
      steps.push({
        conversation,
        from,
        to: next.at(-1)?.seq ?? from,
        isWhole: next.length === found.length && found.length < batchSize,
        waiting,
      })
    }
    const changed = await this.#changed(entries)
    const messages = new Map(entries.filter(({ kind }) => kind === kinds.message).map((row) => [row.id, row]))
    const stale = changed.filter(({ id }) => !messages.has(id)).map(({ id }) => id.slice(1))
    for (const row of changed) messages.set(row.id, row)
    return { docs: [...messages.values()].filter(isFindable).map(docOf).sort(byNumber), stale, steps }
  }

  /** The messages that these entries changed, as they are now. */
  async #changed(entries: readonly Found[]): Promise<Found[]> {
    const { store, tables } = this.#options
    const { messages, conversations } = tables
    const targets = entries.filter(({ kind, target }) => (kind === kinds.edit || kind === kinds.recall) && target !== null)
    const found: Found[] = []
    for (const [conversation, those] of Map.groupBy(targets, (entry) => entry.conversation)) {
      const seqs = [...new Set(those.map(({ target }) => target ?? 0))]
      const rows = await store.read
        .select(columnsOf(tables))
        .from(messages)
        .innerJoin(conversations, eq(conversations.id, messages.conversation))
        .where(and(eq(messages.conversation, conversation), inArray(messages.seq, seqs)))
      found.push(...rows)
    }
    return found
  }

  async #cursors(db: Db, conversations: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const { cursors } = this.#options.tables
    const rows = await db
      .select()
      .from(cursors)
      .where(inArray(cursors.conversation, [...conversations]))
    return new Map(rows.map(({ conversation, seq }) => [conversation, seq]))
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const p = (name: string): never => sql.placeholder(name) as never

const entriesStatement = ({ store, tables }: IndexerOptions): Statement<{ conversation: number; after: number }, Found> => {
  const { messages, conversations } = tables
  return store.statement('chat_search_entries', (db) =>
    db
      .select(columnsOf(tables))
      .from(messages)
      .innerJoin(conversations, eq(conversations.id, messages.conversation))
      .where(and(eq(messages.conversation, p('conversation')), gt(messages.seq, p('after'))))
      .orderBy(asc(messages.seq))
      .limit(batchSize),
  )
}

const moveStatement = ({ store, tables: { cursors } }: IndexerOptions): Statement<{ conversation: number; seq: number }, never> =>
  store.statement('chat_search_move', (db) =>
    db
      .insert(cursors)
      .values({ conversation: p('conversation'), seq: p('seq') })
      .onConflictDoUpdate({ target: cursors.conversation, set: { seq: sql`excluded.seq` } }),
  )

/** The first of these, as far as their texts make no more than `length`; at least one. */
const fitting = (rows: readonly Found[], length: number): readonly Found[] => {
  let left = length
  const end = rows.findIndex(({ text }, i) => {
    left -= text.length
    return left < 0 && i > 0
  })
  return end < 0 ? rows : rows.slice(0, end)
}

const columnsOf = ({ messages, conversations }: Tables) => {
  const { conversation, seq, id, sender, text, kind, target, recalledAt } = messages
  return { conversation, seq, id, sender, text, kind, target, recalledAt, key: conversations.key }
}

const isFindable = ({ id, text, recalledAt }: Found): boolean => text !== '' && recalledAt === null && /^M\d{1,19}$/.test(id)

const docOf = ({ id, conversation, seq, key, sender, text }: Found): IndexedDoc => ({
  n: id.slice(1),
  conversation,
  seq,
  places: placesOf(key),
  words: [fromPlace(sender), ...wordsOf(text)],
})

const byNumber = ({ n: a }: IndexedDoc, { n: b }: IndexedDoc): number => a.length - b.length || (a < b ? -1 : 1)
