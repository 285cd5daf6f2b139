// What it costs to let somebody in: handshake, token, welcome.
import { arrival, meetPeople } from '../arrive.ts'
import type { Bench } from '../bench.ts'
import { type Contender, contenders } from '../contenders.ts'
import { runLoad } from '../load.ts'
import { atMost, type Figures, median, type Report } from '../report.ts'

// Two times as many come before those that count: JavaScriptCore compiles what is hot for the last time after some 5,000
// calls, and that work is the process's, not a connection's. What it costs stands beside the rest.
const warmUp = 2

interface Costs {
  /** Of the first connects that the process takes, the compiler's work included. */
  readonly cold: number
  /** Of people whom the process has not seen since it started, after those. */
  readonly first: number
  /** Of the same people again. */
  readonly again: number
}

/** µs of CPU of one connect. */
const connectUs = async (bench: Bench, contender: Contender): Promise<Costs> => {
  await using server = await contender.start(bench)
  // Those before have gone a moment ago: that they leave is in the cost of those who come.
  const come = async (turn: number): Promise<number> => {
    const load = arrival(bench, contender, bench.connects, turn * bench.connects)
    return (await runLoad({ port: server.port, pid: server.pid, ...load })).connect_cpu_us
  }
  const cold: number[] = []
  while (cold.length < warmUp) cold.push(await come(cold.length + 1))
  return { cold: mean(cold), first: await come(0), again: await come(0) }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const figuresOf = (costs: readonly Costs[]): Figures => ({
  'µs/connect': costs.map(({ again }) => again),
  'first since the start': costs.map(({ first }) => first),
  'cold process': costs.map(({ cold }) => cold),
})

/** Connects with a signed token. */
export const connect = async (bench: Bench): Promise<Report> => {
  await meetPeople(bench, (1 + warmUp) * bench.connects)
  const costs = new Map<string, Costs[]>(contenders.map(({ name }) => [name, []]))
  for (let turn = 0; turn < bench.repeats; turn++) {
    for (const contender of contenders) costs.get(contender.name)?.push(await connectUs(bench, contender))
  }
  const figures = Object.fromEntries([...costs].map(([name, list]) => [name, figuresOf(list)]))
  const own = figures.parley ?? {}
  const checks = [
    atMost('CPU of one connect', median(own['µs/connect'] ?? []), 100, 'µs'),
    atMost('CPU of a person’s first connect since the start', median(own['first since the start'] ?? []), 100, 'µs'),
  ]
  return { row: 'connect', work: 'connect with a signed token', figures, checks }
}
