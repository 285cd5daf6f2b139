// Which number a conversation has. Messages and indexes hold the number, because it is small.
import { eq, sql } from 'drizzle-orm'
import type { Db, Store } from '#core'
import type { Tables } from './tables.ts'

const cacheSize = 100_000
const claimAttempts = 10

/** The key of the conversation between two users, the same from both sides. */
export const keyOf = (a: string, b: string): string => (a < b ? `${a}:${b}` : `${b}:${a}`)

/** The other side of a conversation with this key: the other person, the group, or oneself. */
export const otherOf = (key: string, user: string): string => {
  if (key.startsWith('G')) return key
  const [first = '', second = ''] = key.split(':')
  return first === user ? second : first
}

/** Finds conversations, and opens them on first use. */
export class Conversations {
  readonly #store: Store
  readonly #tables: Tables
  // Conversations are never deleted, so a number that was committed once holds for as long as the database keeps its commits.
  readonly #known = new Map<string, number>()

  constructor(store: Store, tables: Tables) {
    this.#store = store
    this.#tables = tables
  }

  /** The conversation's number, or `undefined` if there is none with this key. */
  async find(db: Db, key: string): Promise<number | undefined> {
    return this.#known.get(key) ?? this.#select(db, key)
  }

  /** Inside a unit: the number of the conversation between two people, given on first use. */
  async open(tx: Db, user: string, other: string): Promise<number> {
    const key = keyOf(user, other)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const id = await this.#claim(tx, { key, first: user < other ? user : other, second: user < other ? other : user })
    this.#store.afterCommit(() => this.#remember(key, id))
    return id
  }

  /** Inside a unit: a new number for a group; `key` is its id. */
  async found(tx: Db, key: string): Promise<number> {
    const id = await this.#claim(tx, { key, first: key, second: key })
    this.#store.afterCommit(() => this.#remember(key, id))
    return id
  }

  /** The database has lost commits: what was known of numbers may stand for others by now. */
  forget(): void {
    this.#known.clear()
  }

  #remember(key: string, id: number): void {
    if (this.#known.size >= cacheSize) this.#known.clear()
    this.#known.set(key, id)
  }

  async #select(db: Db, key: string): Promise<number | undefined> {
    const { conversations } = this.#tables
    const [row] = await db.select({ id: conversations.id }).from(conversations).where(eq(conversations.key, key))
    return row?.id
  }

  // On Postgres several units may claim the same number for different pairs. The losers wait for the winner and would
  // all meet again at the next number, so they spread over more and more of them; numbers need not be dense.
  async #claim(tx: Db, row: { key: string; first: string; second: string }): Promise<number> {
    const { conversations } = this.#tables
    for (let attempt = 0; attempt < claimAttempts; attempt++) {
      const found = await this.#select(tx, row.key)
      if (found !== undefined) return found
      const skipped = Math.floor(Math.random() * (8 ** attempt - 1))
      const next = sql<number>`(select coalesce(max(id), 0) + 1 + ${skipped} from ${conversations})`
      const insert = tx.insert(conversations).values({ id: next as never, ...row })
      const [made] = await insert.onConflictDoNothing().returning({ id: conversations.id })
      if (!made) continue
      await this.#seat(tx, made.id, row)
      return made.id
    }
    throw new Error(`no number could be had for the conversation ${row.key}`)
  }

  // Both people of a direct conversation are its members from the start; a group seats its own.
  async #seat(tx: Db, conversation: number, { key, first, second }: { key: string; first: string; second: string }): Promise<void> {
    if (first === key) return
    const seat = (user: string) => ({ user, conversation, role: 'member', since: 0, read: 0, delivered: 0, cleared: 0 })
    await tx.insert(this.#tables.members).values(first === second ? [seat(first)] : [seat(first), seat(second)])
  }
}
