// A million messages for the rows that search, put into the tables from outside; the index is left to the server.
import connect from 'postgres'
import { openSqlite } from '../../../src/runtime/bun-sqlite.ts'

/** One conversation to be: its key, its people, and how many messages it holds. */
export interface SeedConversation {
  readonly id: number
  readonly key: string
  readonly people: readonly string[]
  readonly size: number
}

/** One message to be. */
export interface SeedMessage {
  readonly conversation: number
  readonly seq: number
  readonly id: string
  readonly sender: string
  readonly text: string
  readonly timeMs: number
}

const groupMany = 10

/** Who talks with whom: `many` with a thousand people and in ten groups, `few` with two and in one, the rest with each other. */
export const conversationsOf = (many: string, few: string, messages: number): SeedConversation[] => {
  const size = Math.max(1, Math.round(messages / 10_000))
  const made: SeedConversation[] = []
  const add = (key: string, people: readonly string[], count: number): void =>
    void made.push({ id: made.length + 1, key, people, size: count })
  const pair = (a: string, b: string, count: number): void => add(a < b ? `${a}:${b}` : `${b}:${a}`, [a, b], count)
  for (let i = 0; i < 1_000; i++) pair(many, `U${9_000_000 + i}`, size)
  for (let i = 0; i < 2; i++) pair(few, `U${9_000_000 + i}`, size)
  for (let i = 0; i < 2 * groupMany; i++)
    add(`G${8_000_000 + i}`, [i < groupMany ? many : 'U9000500', i === 0 ? few : 'U9000501'], 50 * size)
  const left = messages - made.reduce((sum, one) => sum + one.size, 0)
  for (let i = 0; i < left / size; i++) pair(`U${9_100_000 + (i % 3_000)}`, `U${9_200_000 + i}`, size)
  return made
}

// The same numbers for the same seed, so that two runs search the same.
const dice = (seed: number) => (): number => {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
  return seed / 0x7fffffff
}

/** What they said, in the order of time: ten words of two thousand, some of them often. */
export function* messagesOf(conversations: readonly SeedConversation[]): Generator<SeedMessage> {
  const roll = dice(7)
  const word = (): string => `word${Math.floor(Math.exp(roll() * Math.log(2_000)))}`
  const seqs = new Map<number, number>()
  const most = Math.max(...conversations.map(({ size }) => size))
  const startMs = Date.UTC(2026, 5, 1)
  let count = 0
  for (let round = 0; round < most; round++) {
    for (const { id, people, size } of conversations) {
      if (round >= size) continue
      const seq = (seqs.get(id) ?? 0) + 1
      seqs.set(id, seq)
      count++
      const extra = [count % 3 === 0 ? 'often' : '', count % 5 === 0 ? '今天天气很好' : '', count % 9_973 === 1 ? 'needle' : '']
      const timeMs = startMs + count * 100
      const number = (BigInt(timeMs - Date.UTC(2026, 0, 1)) << 22n) | BigInt(count & 0xfff)
      const text = `${Array.from({ length: 10 }, word).join(' ')} ${extra.join(' ')}`.trim()
      yield { conversation: id, seq, id: `M${number}`, sender: people[seq % people.length] ?? '', text, timeMs }
    }
  }
}

type Row = Readonly<Record<string, string | number | Date>>

/** A database as the seed sees it. */
export interface SeedDatabase {
  /** Rows that all have the same columns. */
  insert(table: string, rows: readonly Row[]): Promise<void>
  /** How many messages the server has indexed so far. */
  indexed(): Promise<number>
  close(): Promise<void>
}

const quoted = (row: Row): string =>
  Object.keys(row)
    .map((name) => `"${name}"`)
    .join(', ')
const indexedSql = 'select coalesce(sum(seq), 0) from chat_cursors'

/** The SQLite file at `path`. */
export const sqliteSeed = async (path: string): Promise<SeedDatabase> => {
  const db = await openSqlite(path, 'write')
  return {
    insert: async (table, rows) => {
      const [first = {}] = rows
      const insert = db.prepare(`insert into ${table} (${quoted(first)}) values (${Object.keys(first).fill('?').join(', ')})`)
      db.exec('begin')
      for (const row of rows) insert.run(Object.values(row).map((value) => (value instanceof Date ? value.getTime() : value)))
      db.exec('commit')
    },
    indexed: async () => Number(db.prepare(indexedSql).values([])[0]?.[0]),
    close: async () => db.close(),
  }
}

/** The Postgres database at `url`. */
export const postgresSeed = (url: string): SeedDatabase => {
  const sql = connect(url, { max: 1, onnotice: () => {} })
  return {
    insert: async (table, rows) => {
      const names = quoted(rows[0] ?? {})
      const from = `jsonb_populate_recordset(null::${table}, $1::text::jsonb)`
      await sql.unsafe(`insert into ${table} (${names}) select ${names} from ${from}`, [JSON.stringify(rows)])
    },
    indexed: async () => Number((await sql.unsafe(indexedSql).values())[0]?.[0]),
    close: () => sql.end(),
  }
}

const groupOf = ({ id, key }: { readonly id: number; readonly key: string }): Row => ({
  ...{ conversation: id, name: key, notice: '', avatar: '', owner: 'U9000501', kind: 'group', joining: 'invite', inviting: 'members' },
  ...{ history: 'all', size: 500, count: 2, created_at: new Date(0) },
})

const batch = 10_000

/** Put conversations with all their messages there; the number of messages. */
export const seed = async (database: SeedDatabase, conversations: readonly SeedConversation[]): Promise<number> => {
  const known = conversations.map(({ id, key }) => {
    const [first = '', second = ''] = key.startsWith('G') ? [key, key] : key.split(':')
    return { id, key, first, second }
  })
  const member = { role: 'member', since: 0, read: 0, delivered: 0, cleared: 0 }
  await database.insert('chat_conversations', known)
  const members = conversations.flatMap(({ id, people }) => people.map((user) => ({ user, conversation: id, ...member })))
  await database.insert('chat_members', members)
  await database.insert('chat_groups', known.filter(({ key }) => key.startsWith('G')).map(groupOf))
  let waiting: Row[] = []
  let count = 0
  for (const { timeMs, ...message } of messagesOf(conversations)) {
    waiting.push({ ...message, client_id: `c${message.seq}`, time: new Date(timeMs) })
    count++
    if (waiting.length < batch) continue
    await database.insert('chat_messages', waiting)
    waiting = []
  }
  if (waiting.length > 0) await database.insert('chat_messages', waiting)
  return count
}

/** Resolves when the server has `messages` in its index. */
export const indexed = async (database: SeedDatabase, messages: number): Promise<void> => {
  while ((await database.indexed()) < messages) await new Promise((resolve) => setTimeout(resolve, 100))
}
