// What it costs to let somebody in: handshake, token, welcome.
import { arrival, meetPeople } from '../arrive.ts'
import type { Bench } from '../bench.ts'
import { type Contender, contenders } from '../contenders.ts'
import { runLoad } from '../load.ts'
import { atMost, median, type Report } from '../report.ts'

// Enough connections before those that count, so that the compiler's work and the database's cold cache do not.
const warmUp = 1_000

/** µs of each connect of people whom the process has not seen since it started, and of the same people again. */
const connectUs = async (bench: Bench, contender: Contender): Promise<readonly [first: number, again: number]> => {
  await using server = await contender.start(bench)
  const target = { port: server.port, pid: server.pid }
  await runLoad({ ...target, ...arrival(bench, contender, Math.min(warmUp, bench.connects)) })
  const first = await runLoad({ ...target, ...arrival(bench, contender, bench.connects) })
  const again = await runLoad({ ...target, ...arrival(bench, contender, bench.connects) })
  return [first.connect_cpu_us, again.connect_cpu_us]
}

/** Connects with a signed token. */
export const connect = async (bench: Bench): Promise<Report> => {
  await meetPeople(bench, bench.connects)
  const costs = new Map<string, { first: number[]; again: number[] }>(contenders.map(({ name }) => [name, { first: [], again: [] }]))
  for (let turn = 0; turn < bench.repeats; turn++) {
    for (const contender of contenders) {
      const [first, again] = await connectUs(bench, contender)
      costs.get(contender.name)?.first.push(first)
      costs.get(contender.name)?.again.push(again)
    }
  }
  const figures = Object.fromEntries(
    [...costs].map(([name, { first, again }]) => [name, { 'µs/connect': again, 'µs/connect, first since the start': first }]),
  )
  const own = costs.get('parley')
  const checks = [
    atMost('CPU of one connect', median(own?.again ?? []), 100, 'µs'),
    atMost('CPU of a person’s first connect since the start', median(own?.first ?? []), 100, 'µs'),
  ]
  return { row: 'connect', work: 'connect with a signed token', figures, checks }
}
