// The log of each conversation: dense positions, each entry once, in the order of the units that stored it. Messages stand in
// it, and so do their changes (an edit, a recall, a reaction), so that a device which was away learns of both alike.
import { isDeepStrictEqual } from 'node:util'
import { and, asc, desc, eq, gt, gte, inArray, lt, lte, sql } from 'drizzle-orm'
import type { Db, Statement, Store } from '#core'
import { errors } from './errors.ts'
import type { Extra, Tables } from './tables.ts'

/** What an entry is; the numbers stand in the database. */
export const kinds = { message: 0, edit: 1, recall: 2, reaction: 3, pin: 4, group: 5 } as const

/** A stored entry. */
export type Row = Omit<Tables['messages']['$inferSelect'], 'conversation'>

/** What `append` stores. */
export interface Entry {
  readonly id: string
  readonly sender: string
  readonly clientId: string
  readonly text: string
  readonly time: Date
  readonly kind: number
  readonly target: number | null
  readonly extra: Extra | null
}

/** Which part of a conversation is wanted; none of the bounds: the newest. */
export interface Range {
  readonly before?: number | undefined
  readonly after?: number | undefined
  readonly limit: number
  /** Positions above `floor` and up to `ceiling` only: what the reader may see. */
  readonly floor: number
  readonly ceiling: number | undefined
}

/** What `append` did. */
export interface Appended {
  readonly row: Row
  readonly isDuplicate: boolean
  /** Whose the conversation with this number is, `null` for nobody's; `undefined` where it can be no other's. */
  readonly key?: string | null | undefined
}

type Append = Statement<{ conversation: number } & Record<keyof Entry, unknown>, { seq: number; key?: string | null }>

/** Reads and writes entries. */
export class Log {
  readonly #store: Store
  readonly #messages: Tables['messages']
  readonly #conversations: Tables['conversations']
  readonly #insert: Append

  constructor(store: Store, { messages, conversations }: Tables) {
    this.#store = store
    this.#conversations = conversations
    this.#messages = messages
    this.#insert = appendStatement(store, messages, conversations)
  }

  /**
   * Inside a unit with the conversation's key: store an entry, or find the one that this is a second try of.
   * Throws `CHAT_IDEMPOTENCY_CONFLICT` if that one says something else.
   */
  async append(tx: Db, conversation: number, entry: Entry): Promise<Appended> {
    const [stored] = await this.#insert(tx, { conversation, ...entry })
    if (stored) return { row: { seq: stored.seq, ...entry, editedAt: null, recalledAt: null }, isDuplicate: false, key: stored.key }
    const row = await this.earlier(tx, conversation, entry)
    if (!row) throw new Error('an entry that was in the way is gone')
    if (!isSame(row, entry)) throw errors.IDEMPOTENCY_CONFLICT()
    return { row, isDuplicate: true }
  }

  /** The last position; 0 in an empty conversation. */
  async head(db: Db, conversation: number): Promise<number> {
    const { seq, conversation: of } = this.#messages
    const [top] = await db.select({ seq }).from(this.#messages).where(eq(of, conversation)).orderBy(desc(seq)).limit(1)
    return top?.seq ?? 0
  }

  async find(db: Db, conversation: number, seq: number): Promise<Row | undefined> {
    const t = this.#messages
    const [row] = await db
      .select(columnsOf(t))
      .from(t)
      .where(and(eq(t.conversation, conversation), eq(t.seq, seq)))
    return row
  }

  /** Part of a conversation in rising order. */
  async range(conversation: number, { before, after, limit, floor, ceiling }: Range): Promise<Row[]> {
    const t = this.#messages
    const bounds = [
      eq(t.conversation, conversation),
      gt(t.seq, Math.max(after ?? 0, floor)),
      before === undefined ? undefined : lt(t.seq, before),
      ceiling === undefined ? undefined : lte(t.seq, ceiling),
    ]
    const query = this.#store.read
      .select(columnsOf(t))
      .from(t)
      .where(and(...bounds))
    if (after !== undefined) return query.orderBy(asc(t.seq)).limit(limit)
    return (await query.orderBy(desc(t.seq)).limit(limit)).reverse()
  }

  /** Inside a unit: a message shows `change` from now on; its entry keeps its position. */
  async amend(
    tx: Db,
    conversation: number,
    seq: number,
    change: Partial<Pick<Row, 'text' | 'extra' | 'editedAt' | 'recalledAt'>>,
  ): Promise<void> {
    const t = this.#messages
    await tx
      .update(t)
      .set(change)
      .where(and(eq(t.conversation, conversation), eq(t.seq, seq)))
  }

  /** Inside a unit: nothing of what the message said stays, in the edits of it either. */
  async erase(tx: Db, conversation: number, seq: number, at: Date): Promise<void> {
    const t = this.#messages
    const edits = and(eq(t.conversation, conversation), eq(t.target, seq), eq(t.kind, kinds.edit), gte(t.seq, seq))
    await tx.update(t).set({ text: '', extra: null }).where(edits)
    await this.amend(tx, conversation, seq, { text: '', extra: null, recalledAt: at })
  }

  /** The entries at `seqs`, in rising order. */
  at(db: Db, conversation: number, seqs: readonly number[]): Promise<Row[]> {
    const t = this.#messages
    const here = and(eq(t.conversation, conversation), inArray(t.seq, [...seqs]))
    return db.select(columnsOf(t)).from(t).where(here).orderBy(asc(t.seq))
  }

  /** Inside a unit: the entry that took this sender's `clientId` before. */
  async earlier(tx: Db, conversation: number, { sender, clientId }: Pick<Entry, 'sender' | 'clientId'>): Promise<Row | undefined> {
    const t = this.#messages
    const same = and(eq(t.conversation, conversation), eq(t.sender, sender), eq(t.clientId, clientId))
    const [row] = await tx.select(columnsOf(t)).from(t).where(same)
    return row
  }

  /** As `earlier`, in the conversation with this key; one query, whether there is one or not. */
  async earlierIn(tx: Db, key: string, { sender, clientId }: Pick<Entry, 'sender' | 'clientId'>): Promise<Row | undefined> {
    const t = this.#messages
    const here = and(eq(t.conversation, this.#conversations.id), eq(t.sender, sender), eq(t.clientId, clientId))
    const joined = tx.select(columnsOf(t)).from(this.#conversations).innerJoin(t, here)
    const [row] = await joined.where(eq(this.#conversations.key, key))
    return row
  }
}

/** Whether `row` is what an earlier try of `entry` has stored, as far as can be seen of it now. */
export const isSame = (row: Row, entry: Entry): boolean => {
  if (row.kind !== entry.kind || row.target !== entry.target) return false
  const isErased = row.kind === kinds.edit && row.text === '' && row.extra === null
  if (row.recalledAt || isErased) return true
  // What a forward says may be another by now; what it is a copy of is not.
  if (entry.extra?.origin !== undefined) return row.extra?.origin === entry.extra.origin
  return row.editedAt !== null || (row.text === entry.text && isDeepStrictEqual(saidIn(row.extra), saidIn(entry.extra)))
}

// What others have put on the message since is no part of what its sender said; JSON has no `undefined`.
const saidIn = (extra: Extra | null): unknown => {
  const { reactions: _, pinned: __, ...said } = extra ?? {}
  return JSON.parse(JSON.stringify(said))
}

const columnsOf = ({ seq, id, sender, clientId, text, time, kind, target, extra, editedAt, recalledAt }: Tables['messages']) => ({
  seq,
  id,
  sender,
  clientId,
  text,
  time,
  kind,
  target,
  extra,
  editedAt,
  recalledAt,
})

const appendStatement = (store: Store, messages: Tables['messages'], conversations: Tables['conversations']): Append => {
  const p = (name: string): never => sql.placeholder(name) as never
  const next = sql`(select coalesce(max(${messages.seq}), 0) + 1 from ${messages} where ${messages.conversation} = ${p('conversation')})`
  // Behind the one writer of an SQLite file no number can come to stand for something else.
  const key = sql<string | null>`(select ${conversations.key} from ${conversations} where ${conversations.id} = ${p('conversation')})`
  const names = ['conversation', 'id', 'sender', 'clientId', 'text', 'time', 'kind', 'target', 'extra'] as const
  const values = Object.fromEntries(names.map((name) => [name, p(name)]))
  return store.statement('chat_append', (db) =>
    db
      .insert(messages)
      .values({ ...values, seq: next } as never)
      .onConflictDoNothing({ target: [messages.conversation, messages.sender, messages.clientId] })
      .returning({ seq: messages.seq, ...(store.dialect === 'postgres' && { key }) }),
  )
}
