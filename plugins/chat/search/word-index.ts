// The index itself: FTS5 on SQLite, a tsvector and a list of places on Postgres. What is put in and asked for are words of `words.ts` and places of
// `places.ts`, nothing else, so that neither needs quoting rules, and no word of a query language ever comes through here.
import { and, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import type { Tables } from '../tables.ts'
import { findOnPostgres } from './walk.ts'

/** Where a message stands; `n` is the number in its id as text, because it is larger than a JavaScript number can be. */
export interface Doc {
  readonly n: string
  readonly conversation: number
  readonly seq: number
}

/** A message to be found by its words and the places where it stands. */
export interface IndexedDoc extends Doc {
  readonly places: readonly string[]
  readonly words: Iterable<string>
}

/** Which part of what is found. */
export interface Page {
  /** Numbers below this one only. */
  readonly before: string | undefined
  readonly limit: number
}

/** Every group has to be met by one of its words. */
export type Wanted = readonly (readonly string[])[]

const rowsPerStatement = 100

const number = (n: string | SQL): SQL<number> => sql`cast(${n} as bigint)`
const p = (name: string): SQL => sql`${sql.placeholder(name)}`

/** Puts messages in and finds them. */
export class WordIndex {
  readonly #store: Store
  readonly #tables: Pick<Tables, 'docs' | 'index'>
  readonly #walkLength: number
  readonly #putDoc: Statement<{ n: string; conversation: number; seq: number }, never>
  readonly #putWords: Statement<{ n: string; words: string }, never>

  /** `walkLength`: how many messages a search on Postgres goes through before it asks the index of words. */
  constructor(store: Store, { docs, index }: Tables, walkLength = 2_000) {
    this.#store = store
    this.#walkLength = walkLength
    this.#tables = { docs, index }
    const place = { conversation: p('conversation') as never, seq: p('seq') as never }
    this.#putDoc = store.statement('chat_doc_put', (db) => db.insert(docs).values({ n: number(p('n')) as never, ...place }))
    this.#putWords = store.statement('chat_words_put', (db) =>
      db.insert(index.words).values({ n: number(p('n')) as never, words: p('words') as never }),
    )
  }

  /**
   * Inside a unit: put in what is not in yet. Best in rising order of `n`. A number that is in already is left out, whosever it is:
   * what cannot be put in would keep everything behind it out.
   */
  async put(tx: Db, docs: readonly IndexedDoc[]): Promise<void> {
    for (let at = 0; at < docs.length; at += rowsPerStatement) {
      const some = await this.#missing(tx, docs.slice(at, at + rowsPerStatement))
      if (some.length > 0) await (this.#store.dialect === 'sqlite' ? this.#putEach(tx, some) : this.#putAll(tx, some))
    }
  }

  /** Inside a unit: take them out; what is not in is no mistake. */
  async remove(tx: Db, numbers: readonly string[]): Promise<void> {
    const { docs, index } = this.#tables
    for (let at = 0; at < numbers.length; at += rowsPerStatement) {
      const some = numbers.slice(at, at + rowsPerStatement).map(number)
      await tx.delete(docs).where(inArray(docs.n, some as never))
      if (this.#store.dialect === 'postgres') await this.#leavePlaces(tx, some)
      // FTS5 answers nothing but a row at a time quickly.
      for (const n of some) await tx.delete(index.words).where(eq(index.words.n, n))
    }
  }

  /** The newest at one of `places` that have everything wanted; at most one of the places may be a message's. */
  async find(places: readonly string[], wanted: Wanted, page: Page): Promise<Doc[]> {
    const { read, dialect } = this.#store
    if (dialect === 'postgres') return findOnPostgres(read, { places, length: this.#walkLength }, queryOf(wanted, "'", '|', '&'), page)
    const { docs, index } = this.#tables
    const { words } = index
    const isPast = page.before === undefined ? undefined : lt(words.n, number(page.before))
    return read
      .select({ n: sql<string>`cast(${docs.n} as text)`, conversation: docs.conversation, seq: docs.seq })
      .from(words)
      .innerJoin(docs, eq(docs.n, words.n))
      .where(and(sql`chat_words match ${queryOf([...wanted, places], '"', ' OR ', ' AND ')}`, isPast))
      .orderBy(desc(words.n))
      .limit(page.limit)
  }

  async #missing(tx: Db, docs: readonly IndexedDoc[]): Promise<readonly IndexedDoc[]> {
    const { docs: t } = this.#tables
    const numbers = docs.map(({ n }) => number(n))
    const rows = await tx
      .select({ n: sql<string>`cast(${t.n} as text)` })
      .from(t)
      .where(inArray(t.n, numbers as never))
    const taken = new Set(rows.map(({ n }) => n))
    return docs.filter(({ n }) => !taken.has(n) && taken.add(n))
  }

  async #putAll(tx: Db, some: readonly IndexedDoc[]): Promise<void> {
    const { docs: t, index } = this.#tables
    await tx.insert(t).values(some.map(({ n, conversation, seq }) => ({ n: number(n) as never, conversation, seq })))
    await tx.insert(index.words).values(some.map((doc) => ({ n: number(doc.n) as never, words: sql`${wordsOf(doc)}::tsvector` as never })))
    await tx.insert(index.places).values(some.flatMap(({ n, places }) => places.map((place) => ({ place, n: number(n) as never }))))
  }

  async #putEach(tx: Db, docs: readonly IndexedDoc[]): Promise<void> {
    for (const doc of docs) {
      const { n, conversation, seq } = doc
      await this.#putDoc(tx, { n, conversation, seq })
      await this.#putWords(tx, { n, words: wordsOf(doc) })
    }
  }

  async #leavePlaces(tx: Db, numbers: readonly SQL[]): Promise<void> {
    const { places, words } = this.#tables.index
    const stood = sql`select l.lexeme, ${words.n} from ${words}, unnest(${words.words}) l where ${inArray(words.n, numbers as never)}`
    await tx.delete(places).where(sql`(${places.place}, ${places.n}) in (${stood})`)
  }
}

const wordsOf = ({ places, words }: IndexedDoc): string => [...places, ...words].join(' ')

const queryOf = (wanted: Wanted, quote: string, or: string, and: string): string =>
  wanted.map((group) => `(${group.map((word) => `${quote}${word}${quote}`).join(or)})`).join(and)
