// Connections that only stay: what each keeps in memory, and what all of them cost with their heartbeats.
import { arrival, meetPeople } from '../arrive.ts'
import type { Bench } from '../bench.ts'
import { bareBeating, type Contender, contenders } from '../contenders.ts'
import { type LoadResult, runLoad } from '../load.ts'
import { atMost, type Figures, median, type Report } from '../report.ts'

// What the program itself needs for connections, once and for all, is no connection's own.
const warmUp = 500

const measure = async (bench: Bench, contender: Contender): Promise<LoadResult> => {
  await using server = await contender.start(bench)
  const target = { port: server.port, pid: server.pid }
  await runLoad({ ...target, ...arrival(bench, contender, Math.min(warmUp, bench.idleConns)) })
  return await runLoad({ ...target, ...arrival(bench, contender, bench.idleConns), hold: bench.idleSecs })
}

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  'KiB each': results.map((result) => result.idle_rss_kib_per_conn),
  'CPU %': results.map((result) => result.idle_cpu_pct),
  closed: results.map((result) => result.idle_closed),
})

// The others are measured once: they only give the scale.
const turnsOf = (bench: Bench, contender: Contender): number => (contender.name === 'parley' ? Math.min(3, bench.repeats) : 1)

/** Many idle connections. One server process may hold 20,000 files on many systems, hence 15,000. */
export const idle = async (bench: Bench): Promise<Report> => {
  await meetPeople(bench, bench.idleConns)
  const figures: Record<string, Figures> = {}
  for (const contender of [...contenders, bareBeating]) {
    const results: LoadResult[] = []
    for (let turn = 0; turn < turnsOf(bench, contender); turn++) results.push(await measure(bench, contender))
    figures[contender.name] = figuresOf(results)
  }
  const own = figures.parley ?? {}
  const checks = [
    atMost('resident memory of one', median(own['KiB each'] ?? []), 5, 'KiB'),
    atMost('CPU of all, heartbeats included', median(own['CPU %'] ?? []), 1, '% of a core'),
    atMost('connections lost', Math.max(...(own.closed ?? [])), 0, ''),
  ]
  return { row: 'idle', work: `${bench.idleConns.toLocaleString('en')} idle connections for ${bench.idleSecs} s`, figures, checks }
}
