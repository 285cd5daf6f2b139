// Up to where the log of each conversation is in the index.
import { inArray, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import type { Tables } from '../tables.ts'

/** How far a log is ahead of the index. */
export interface Behind {
  readonly conversation: number
  readonly indexed: number
  readonly head: number
}

/** Reads and moves cursors. */
export class Cursors {
  readonly #store: Store
  readonly #tables: Tables
  /** Inside a unit: the log is in the index up to `seq`. */
  readonly move: Statement<{ conversation: number; seq: number }, never>

  constructor(store: Store, tables: Tables) {
    this.#store = store
    this.#tables = tables
    this.move = moveStatement(store, tables)
  }

  /** Those that there are, by conversation. */
  async of(db: Db, conversations: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const { cursors } = this.#tables
    const rows = await db
      .select()
      .from(cursors)
      .where(inArray(cursors.conversation, [...conversations]))
    return new Map(rows.map(({ conversation, seq }) => [conversation, seq]))
  }

  /** Those of the conversations that are not indexed up to their head. */
  async behind(conversations: readonly number[]): Promise<readonly Behind[]> {
    const { messages } = this.#tables
    const heads = await this.#store.read
      .select({ conversation: messages.conversation, head: sql`max(${messages.seq})`.mapWith(Number) })
      .from(messages)
      .where(inArray(messages.conversation, [...conversations]))
      .groupBy(messages.conversation)
    const known = await this.of(this.#store.read, conversations)
    return heads
      .map(({ conversation, head }) => ({ conversation, head, indexed: known.get(conversation) ?? 0 }))
      .filter(({ indexed, head }) => indexed < head)
  }
}

const placeholder = (name: string): never => sql.placeholder(name) as never

const moveStatement = (store: Store, { cursors }: Tables): Statement<{ conversation: number; seq: number }, never> =>
  store.statement('chat_search_move', (db) =>
    db
      .insert(cursors)
      .values({ conversation: placeholder('conversation'), seq: placeholder('seq') })
      .onConflictDoUpdate({ target: cursors.conversation, set: { seq: sql`excluded.seq` } }),
  )
