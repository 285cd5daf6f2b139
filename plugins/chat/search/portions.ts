// What is next for the index: some entries of the logs, as what has to be put in and taken out.
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Statement, Store } from '#core'
import { kinds } from '../log.ts'
import type { Tables } from '../tables.ts'
import type { Cursors } from './cursors.ts'
import { fromPlace, placesOf } from './places.ts'
import type { IndexedDoc } from './word-index.ts'
import { wordsOf } from './words.ts'

/** What reading portions needs. */
export interface PortionsOptions {
  readonly store: Store
  readonly tables: Tables
  readonly cursors: Cursors
}

/** How far a log was read. */
export interface Step {
  readonly conversation: number
  readonly from: number
  readonly to: number
  readonly isWhole: boolean
  /** How many entries were waiting before. */
  readonly waiting: number
}

/** Some entries' part in the index. */
export interface Portion {
  readonly docs: readonly IndexedDoc[]
  /** The numbers of messages that are taken out, or put in anew. */
  readonly stale: readonly string[]
  readonly steps: readonly Step[]
}

type Found = Pick<
  Tables['messages']['$inferSelect'],
  'conversation' | 'seq' | 'id' | 'sender' | 'text' | 'kind' | 'target' | 'recalledAt'
> & {
  readonly key: string
}

const batchSize = 200
/** Characters of their texts: everybody else waits while they are cut. */
const batchLength = 50_000

/** Reads logs from where the index has come to. */
export class Portions {
  readonly #options: PortionsOptions
  readonly #entries: Statement<{ conversation: number; after: number }, Found>

  constructor(options: PortionsOptions) {
    this.#options = options
    this.#entries = entriesStatement(options)
  }

  /** The next entries of these conversations, and what they change in the index. `waitingIn`: how many are known to be missing. */
  async read(conversations: readonly number[], waitingIn: (conversation: number) => number): Promise<Portion> {
    const { store, cursors } = this.#options
    const known = await cursors.of(store.read, conversations)
    const entries: Found[] = []
    const steps: Step[] = []
    let length = 0
    for (const conversation of conversations) {
      if (entries.length >= batchSize || length >= batchLength) break
      const from = known.get(conversation) ?? 0
      const waiting = waitingIn(conversation)
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
}

const p = (name: string): never => sql.placeholder(name) as never

const entriesStatement = ({ store, tables }: PortionsOptions): Statement<{ conversation: number; after: number }, Found> => {
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
