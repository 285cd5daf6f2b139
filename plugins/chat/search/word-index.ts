// The index itself: FTS5 on SQLite, a tsvector on Postgres. What is put in and asked for are words of `words.ts` and places of
// `places.ts`, nothing else, so that neither needs quoting rules, and no word of a query language ever comes through here.
import { desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { type Db, planAnew, type Statement, type Store } from '#core'
import type { Tables } from '../tables.ts'

/** Where a message stands; `n` is the number in its id as text, because it is larger than a JavaScript number can be. */
export interface Doc {
  readonly n: string
  readonly conversation: number
  readonly seq: number
}

/** A message to be found by its words. */
export interface IndexedDoc extends Doc {
  readonly words: Iterable<string>
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
  readonly #putDoc: Statement<{ n: string; conversation: number; seq: number }, never>
  readonly #putWords: Statement<{ n: string; words: string }, never>

  constructor(store: Store, { docs, index }: Tables) {
    this.#store = store
    this.#tables = { docs, index }
    const place = { conversation: p('conversation') as never, seq: p('seq') as never }
    this.#putDoc = store.statement('chat_doc_put', (db) => db.insert(docs).values({ n: number(p('n')) as never, ...place }))
    this.#putWords = store.statement('chat_words_put', (db) =>
      db.insert(index.words).values({ n: number(p('n')) as never, words: p('words') as never }),
    )
  }

  /** Inside a unit: put in what is not in yet. Best in rising order of `n`. */
  async put(tx: Db, docs: readonly IndexedDoc[]): Promise<void> {
    if (this.#store.dialect === 'sqlite') return this.#putEach(tx, docs)
    const { docs: t, index } = this.#tables
    for (let at = 0; at < docs.length; at += rowsPerStatement) {
      const some = docs.slice(at, at + rowsPerStatement)
      await tx.insert(t).values(some.map(({ n, conversation, seq }) => ({ n: number(n) as never, conversation, seq })))
      await tx
        .insert(index.words)
        .values(some.map(({ n, words }) => ({ n: number(n) as never, words: sql`${[...words].join(' ')}::tsvector` as never })))
    }
  }

  /** Inside a unit: take them out; what is not in is no mistake. */
  async remove(tx: Db, numbers: readonly string[]): Promise<void> {
    const { docs, index } = this.#tables
    for (let at = 0; at < numbers.length; at += rowsPerStatement) {
      const some = numbers.slice(at, at + rowsPerStatement).map(number)
      await tx.delete(docs).where(inArray(docs.n, some as never))
      // FTS5 answers nothing but a row at a time quickly.
      for (const n of some) await tx.delete(index.words).where(eq(index.words.n, n))
    }
  }

  /** The newest that have everything wanted, before `before` if given. What they say now is for the caller to look up. */
  async find(wanted: Wanted, { before, limit }: { before: string | undefined; limit: number }): Promise<Doc[]> {
    const { docs, index } = this.#tables
    const { words } = index
    const isPast = before === undefined ? undefined : lt(words.n, number(before))
    return (
      this.#store.read
        .select({ n: sql<string>`cast(${docs.n} as text)`, conversation: docs.conversation, seq: docs.seq })
        .from(words)
        .innerJoin(docs, eq(docs.n, words.n))
        // A word that many messages hold is found by going back through them, any other by the index.
        .where(sql`${planAnew} ${this.#matches(wanted)}${isPast ? sql` and ${isPast}` : sql``}`)
        .orderBy(desc(words.n))
        .limit(limit)
    )
  }

  async #putEach(tx: Db, docs: readonly IndexedDoc[]): Promise<void> {
    for (const { n, conversation, seq, words } of docs) {
      await this.#putDoc(tx, { n, conversation, seq })
      await this.#putWords(tx, { n, words: [...words].join(' ') })
    }
  }

  #matches(wanted: Wanted): SQL {
    const isSqlite = this.#store.dialect === 'sqlite'
    const [quote, or, and] = isSqlite ? ['"', ' OR ', ' AND '] : ["'", '|', '&']
    const query = wanted.map((group) => `(${group.map((word) => `${quote}${word}${quote}`).join(or)})`).join(and)
    return isSqlite ? sql`chat_words match ${query}` : sql`${this.#tables.index.words.words} @@ ${query}::tsquery`
  }
}
