// A conversation that has become long: what another message costs in it, and a page from anywhere of it.
import { join } from 'node:path'
import connect from 'postgres'
import { noPostgresProcess, startPostgres } from '../../support/postgres.ts'
import { type Bench, startParley } from '../bench.ts'
import { type LoadResult, runLoad } from '../load.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atMost, type Check, type Figures, median, type Report } from '../report.ts'
import { fillPostgres, fillSqlite, socketOf } from '../talk.ts'

const shortLength = 1_000
// Closed loop: a busy machine makes it slower, and nothing piles up that could look lost.
const window = 4
const page = 50
const asked = 300

/** Two people and a first message between them. */
const meet = async (bench: Bench): Promise<readonly string[]> => {
  await using server = await startParley(bench)
  const ids = await idsOf(server.url, 2)
  const socket = await socketOf(server.url, 0)
  await socket.request('chat.send', { text: 'hello', clientId: 'first' }, { to: ids[1] as string })
  return ids
}

/** A bench on a database of its own, whose one conversation has `length` messages. */
const longBench = async (bench: Bench, name: string, length: number) => {
  const own = { ...bench, databaseUrl: `sqlite:${join(bench.folder, `${name}.db`)}` }
  const ids = await meet(own)
  fillSqlite(own.databaseUrl, length - 1)
  return { bench: own, ids, lines: bench.lines(ids.map((_, index) => [tokenOf(index), ids[index ^ 1] as string])) }
}

const send = async (bench: Bench, lines: string): Promise<LoadResult> => {
  await using server = await startParley(bench)
  return await runLoad({
    ...{ port: server.port, pid: server.pid, path: '/ws', lines, conns: 2, pubs: 2, window, expect: 2 },
    ...{ warm: bench.warm, secs: bench.secs, subproto: 'parley.v1, auth.{1}', ready: 'core.welcome' },
    msg: '{"id":"{n}","type":"chat.send","to":"{2}","data":{"text":"{ts} hello, how are you?","clientId":"{now}-{i}-{n}"}}',
  })
}

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  'µs/message': results.map((result) => result.cpu_us_per_publish),
  'p50 ms': results.map((result) => result.p50_us / 1_000),
  'p99 ms': results.map((result) => result.p99_us / 1_000),
  lost: results.map((result) => result.lost),
})

/** One more message in a short and in a long conversation. */
export const longSend = async (bench: Bench): Promise<Report> => {
  const short = await longBench(bench, 'short', shortLength)
  const long = await longBench(bench, 'long', bench.longLength)
  const results: [LoadResult[], LoadResult[]] = [[], []]
  for (let turn = 0; turn < bench.repeats; turn++) {
    results[0].push(await send(short.bench, short.lines))
    results[1].push(await send(long.bench, long.lines))
  }
  const [few, many] = [figuresOf(results[0]), figuresOf(results[1])]
  const ratio = median(many['µs/message'] ?? []) / median(few['µs/message'] ?? [])
  const checks = [
    atMost('CPU of a message against the short one', ratio, 1.2, '×'),
    atMost('messages lost', Math.max(...(few.lost ?? []), ...(many.lost ?? [])), 0, ''),
  ]
  const names = [shortLength, bench.longLength].map((length) => `${length.toLocaleString('en')} messages`)
  const work = 'two people write, one message after the other, in a conversation that holds…'
  return { row: 'long-send', work, figures: { [`${names[0]}`]: few, [`${names[1]}`]: many }, checks }
}

/** Milliseconds from request to answer of pages that begin anywhere. */
const pages = async (bench: Bench, to: string): Promise<Figures> => {
  await using server = await startParley(bench)
  const socket = await socketOf(server.url, 0)
  const times: number[] = []
  for (let i = 0; i < 2 * asked; i++) {
    const before = page + 1 + Math.floor(Math.random() * (bench.longLength - page))
    const startedAt = performance.now()
    const { messages } = await socket.request('chat.history', { before, limit: page }, { to })
    if (messages.length !== page) throw new Error(`a page has ${messages.length} messages`)
    times.push(performance.now() - startedAt)
  }
  // The first half warms what is cold.
  const sorted = times.slice(asked).sort((a, b) => a - b)
  return { 'p50 ms': [median(sorted)], 'p99 ms': [sorted[Math.floor(sorted.length * 0.99)] as number] }
}

const pagesOnPostgres = async (bench: Bench): Promise<Figures> => {
  const postgres = await startPostgres()
  try {
    const own = { ...bench, databaseUrl: await postgres.createDatabase() }
    const ids = await meet(own)
    const sql = connect(own.databaseUrl, { max: 1, onnotice: () => {} })
    await sql.unsafe(fillPostgres(bench.longLength - 1))
    await sql.unsafe('vacuum analyze chat_messages')
    await sql.end()
    return await pages(own, ids[1] as string)
  } finally {
    await postgres.stop()
  }
}

/** A page of history from anywhere in a long conversation. */
export const history = async (bench: Bench): Promise<Report> => {
  const long = await longBench(bench, 'history', bench.longLength)
  const figures: Record<string, Figures> = { SQLite: await pages(long.bench, long.ids[1] as string) }
  const checks: Check[] = [atMost('a page on SQLite', median(figures.SQLite?.['p50 ms'] ?? []), 2, 'ms')]
  if (noPostgresProcess === undefined) {
    figures.Postgres = await pagesOnPostgres(bench)
    checks.push(atMost('a page on Postgres', median(figures.Postgres['p50 ms'] ?? []), 5, 'ms'))
  }
  const work = `a page of ${page} anywhere in ${bench.longLength.toLocaleString('en')} messages, from request to answer`
  return { row: 'history', work, figures, checks }
}
