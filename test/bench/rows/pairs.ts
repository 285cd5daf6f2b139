// Durable messages between two people: stored, fsynced, seen by both, acknowledged.
import { join } from 'node:path'
import { type Bench, startParley } from '../bench.ts'
import { type LoadOptions, type LoadResult, runLoad } from '../load.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atLeast, atMost, type Check, type Figures, median, type Report } from '../report.ts'

const people = 1_000
const offeredPerS = 5_000

/** A token and the peer's id for each of the people; two neighbours are a pair. */
const pairLines = async (bench: Bench): Promise<string> => {
  await using server = await startParley(bench)
  const ids = await idsOf(server.url, people)
  return bench.lines(ids.map((_, index) => [tokenOf(index), ids[index ^ 1] as string]))
}

// A clientId is made as src/client makes it, the time first.
const talk = (lines: string): LoadOptions => ({
  path: '/ws',
  lines,
  conns: people,
  pubs: people,
  subproto: 'parley.v1, auth.{1}',
  ready: 'core.welcome',
  count: '"type":"ack"',
  expect: 2,
  msg: '{"id":"{n}","type":"chat.send","to":"{2}","data":{"text":"{ts} hello, how are you today?","clientId":"{now}-{i}-{n}"}}',
})

const measure = async (bench: Bench, lines: string, load: LoadOptions): Promise<LoadResult> => {
  await using server = await startParley(bench)
  return await runLoad({ port: server.port, pid: server.pid, warm: bench.warm, secs: bench.secs, ...talk(lines), ...load })
}

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  'acks/s': results.map((result) => result.counted_per_s),
  'µs/message': results.map((result) => result.cpu_us_per_publish),
  'p50 ms': results.map((result) => result.p50_us / 1_000),
  'p99 ms': results.map((result) => result.p99_us / 1_000),
  'CPU %': results.map((result) => result.server_cpu_pct),
  lost: results.map((result) => result.lost),
})

const checksOf = (full: Figures, offered: Figures): Check[] => [
  atLeast('acknowledged a second', median(full['acks/s'] ?? []), 15_000, 'a second'),
  atMost(`p50 at ${offeredPerS.toLocaleString('en')} a second`, median(offered['p50 ms'] ?? []), 5, 'ms'),
  atMost(`p99 at ${offeredPerS.toLocaleString('en')} a second`, median(offered['p99 ms'] ?? []), 40, 'ms'),
  atMost('messages lost', Math.max(...(full.lost ?? []), ...(offered.lost ?? [])), 0, ''),
]

/**
 * 500 pairs, closed loop and at a given rate, on a new database each time; and in closed loop on the last of them again and
 * again, because conversations that have become long cost more.
 */
export const pairs = async (bench: Bench): Promise<Report> => {
  const closed: LoadResult[] = []
  const paced: LoadResult[] = []
  const later: LoadResult[] = []
  for (let turn = 1; turn <= bench.repeats; turn++) {
    const own = { ...bench, databaseUrl: `sqlite:${join(bench.folder, `pairs-${turn}.db`)}` }
    const lines = await pairLines(own)
    closed.push(await measure(own, lines, { window: 500 }))
    paced.push(await measure(own, lines, { rate: offeredPerS }))
    if (turn < bench.repeats) continue
    for (let again = 1; again <= bench.repeats; again++) later.push(await measure(own, lines, { window: 500 }))
  }
  const [full, offered] = [figuresOf(closed), figuresOf(paced)]
  const figures = { 'closed loop': full, [`${offeredPerS}/s offered`]: offered, 'closed loop, and on': figuresOf(later) }
  return { row: 'pairs', work: '500 pairs, durable 1:1 messages, fsync on, both devices see it', figures, checks: checksOf(full, offered) }
}
