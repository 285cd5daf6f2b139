// One word in a million messages: a frequent one and a rare one, asked by somebody with a thousand conversations and by somebody
// with three, and one that none of theirs holds. The time is that of a whole request over a socket.
import { join } from 'node:path'
import { openSqlite } from '../../../src/runtime/bun-sqlite.ts'
import { TestSocket } from '../../support/socket.ts'
import { type Bench, parleyCommand, parleySettings } from '../bench.ts'
import { pinned } from '../load.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atMost, type Figures, median, type Report } from '../report.ts'
import { type ServerProcess, startProcess } from '../server.ts'

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

const limitMs = 50
const groupMany = 10
const questions = { frequent: 'often', rare: 'needle', 'two frequent': 'often word1', 'Chinese, frequent': '天气' } as const

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

const seed = async (path: string, conversations: readonly SeedConversation[]): Promise<number> => {
  const db = await openSqlite(path, 'write')
  const conversation = db.prepare('insert into chat_conversations (id, key, first, second) values (?, ?, ?, ?)')
  const member = db.prepare(
    `insert into chat_members ("user", conversation, role, since, read, delivered, cleared) values (?, ?, 'member', 0, 0, 0, 0)`,
  )
  const message = db.prepare(
    'insert into chat_messages (conversation, seq, id, sender, client_id, text, time) values (?, ?, ?, ?, ?, ?, ?)',
  )
  db.exec('begin')
  for (const { id, key, people } of conversations) {
    const [first = '', second = ''] = key.startsWith('G') ? [key, key] : key.split(':')
    conversation.run([id, key, first, second])
    for (const person of people) member.run([person, id])
  }
  let count = 0
  for (const { conversation: of, seq, id, sender, text, timeMs } of messagesOf(conversations)) {
    message.run([of, seq, id, sender, `c${seq}`, text, timeMs])
    count++
  }
  db.exec('commit')
  db.close()
  return count
}

const indexed = async (path: string, messages: number): Promise<void> => {
  const db = await openSqlite(path, 'read')
  const sum = db.prepare('select coalesce(sum(seq), 0) from chat_cursors')
  while (Number(sum.values([])[0]?.[0]) < messages) await new Promise((resolve) => setTimeout(resolve, 100))
  db.close()
}

/** Milliseconds of each of some searches. */
export const searchTimes = async (socket: TestSocket, text: string, turns: number): Promise<number[]> => {
  const times: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const startedMs = performance.now()
    await socket.request('chat.search', { text })
    times.push(performance.now() - startedMs)
  }
  return times
}

const ask = async (server: ServerProcess, turns: number): Promise<Record<string, Figures>> => {
  const figures: Record<string, Figures> = {}
  for (const [index, who] of ['many', 'few'].entries()) {
    const socket = await TestSocket.open(server.url, ['parley.v1', `auth.${tokenOf(index)}`])
    await socket.next('core.welcome')
    const of: Record<string, number[]> = {}
    for (const [name, text] of Object.entries(questions)) of[`${name} ms`] = await searchTimes(socket, text, turns)
    figures[`${who} conversations`] = of
    await socket.close()
  }
  return figures
}

/** Searches in a database that holds `searchMessages` messages, all of them indexed by the server itself. */
export const search = async (bench: Bench): Promise<Report> => {
  const path = join(bench.folder, 'search.db')
  const env = { ...parleySettings(bench), DATABASE_URL: `sqlite:${path}` }
  const start = (): Promise<ServerProcess> => startProcess({ command: pinned(0, parleyCommand()), env })
  let ids: string[] = []
  {
    await using server = await start()
    ids = await idsOf(server.url, 2)
  }
  const count = await seed(path, conversationsOf(ids[0] ?? '', ids[1] ?? '', bench.searchMessages))
  await using server = await start()
  const startedMs = performance.now()
  await indexed(path, count)
  const backlog = { 'messages indexed/s after a start': [(count * 1_000) / (performance.now() - startedMs)] }
  const figures = await ask(server, 10 * bench.repeats)
  const checks = Object.entries(figures).flatMap(([who, of]) =>
    Object.entries(of).map(([what, values]) => atMost(`${who}, ${what.replace(' ms', '')}, median`, median(values), limitMs, 'ms')),
  )
  return { row: 'search', work: `one word in ${count.toLocaleString('en')} messages`, figures: { ...figures, backlog }, checks }
}
