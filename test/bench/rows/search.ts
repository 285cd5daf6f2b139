// One word in a million messages: a frequent one and a rare one, asked by somebody with a thousand conversations and by somebody
// with three, and one that none of theirs holds. The time is that of a whole request over a socket.
import { join } from 'node:path'
import { noPostgresProcess, startPostgres } from '../../support/postgres.ts'
import { TestSocket } from '../../support/socket.ts'
import { type Bench, startParley } from '../bench.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atMost, type Check, type Figures, median, type Report } from '../report.ts'
import type { ServerProcess } from '../server.ts'
import { conversationsOf, indexed, postgresSeed, type SeedDatabase, seed, sqliteSeed } from './search-seed.ts'

const limitMs = 50
const questions = { frequent: 'often', rare: 'needle', 'two frequent': 'often word1', 'Chinese, frequent': '天气' } as const

/** Milliseconds of each of some searches. */
const searchTimes = async (socket: TestSocket, text: string, turns: number): Promise<number[]> => {
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

const measure = async (bench: Bench, connect: () => Promise<SeedDatabase>): Promise<Record<string, Figures>> => {
  let ids: string[] = []
  {
    await using server = await startParley(bench)
    ids = await idsOf(server.url, 2)
  }
  const seeding = await connect()
  const count = await seed(seeding, conversationsOf(ids[0] ?? '', ids[1] ?? '', bench.searchMessages))
  await seeding.close()
  await using server = await startParley(bench)
  const startedMs = performance.now()
  const watching = await connect()
  await indexed(watching, count)
  await watching.close()
  const perSecond = (count * 1_000) / (performance.now() - startedMs)
  return { ...(await ask(server, 10 * bench.repeats)), backlog: { 'messages indexed/s after a start': [perSecond] } }
}

const onSqlite = (bench: Bench): Promise<Record<string, Figures>> => {
  const path = join(bench.folder, 'search.db')
  return measure({ ...bench, databaseUrl: `sqlite:${path}` }, () => sqliteSeed(path))
}

const onPostgres = async (bench: Bench): Promise<Record<string, Figures>> => {
  const postgres = await startPostgres()
  try {
    const databaseUrl = await postgres.createDatabase()
    return await measure({ ...bench, databaseUrl }, async () => postgresSeed(databaseUrl))
  } finally {
    await postgres.stop()
  }
}

const checksOf = (name: string, figures: Record<string, Figures>): Check[] =>
  Object.entries(figures).flatMap(([who, of]) =>
    Object.entries(of)
      .filter(([what]) => what.endsWith(' ms'))
      .map(([what, values]) => atMost(`${name}, ${who}, ${what.replace(' ms', '')}, median`, median(values), limitMs, 'ms')),
  )

/** Searches in a database that holds `searchMessages` messages, all of them indexed by the server itself. */
export const search = async (bench: Bench): Promise<Report> => {
  const found = { SQLite: await onSqlite(bench), ...(noPostgresProcess === undefined && { Postgres: await onPostgres(bench) }) }
  const figures: Record<string, Figures> = {}
  for (const [name, of] of Object.entries(found)) for (const [who, values] of Object.entries(of)) figures[`${name}, ${who}`] = values
  const checks = Object.entries(found).flatMap(([name, of]) => checksOf(name, of))
  return { row: 'search', work: `one word in ${bench.searchMessages.toLocaleString('en')} messages`, figures, checks }
}
