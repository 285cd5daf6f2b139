// Rooms: what one delivery costs the server, against a bare publish of as many bytes.
import type { Bench } from '../bench.ts'
import { type Contender, contenders, frameBytesOf } from '../contenders.ts'
import { type LoadOptions, type LoadResult, runLoad } from '../load.ts'
import { atMost, type Check, type Figures, median, type Report } from '../report.ts'

interface Scene {
  readonly row: string
  readonly work: string
  /** How wsload loads it, the same for everybody. */
  readonly load: LoadOptions
  readonly conns: number
  /** The most that Parley's CPU per delivery may be of the bare runtime's. */
  readonly limit: number
}

const measure = async (bench: Bench, contender: Contender, scene: Scene, frameBytes: number): Promise<LoadResult> => {
  await using server = await contender.start(bench)
  const talk = contender.talk(bench, scene.conns, frameBytes)
  return await runLoad({
    port: server.port,
    pid: server.pid,
    conns: scene.conns,
    warm: bench.warm,
    secs: bench.secs,
    ...scene.load,
    ...talk,
  })
}

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  'µs/delivery': results.map((result) => result.cpu_us_per_delivery),
  'deliveries/s': results.map((result) => result.delivered_per_s),
  'p99 ms': results.map((result) => result.p99_us / 1_000),
  'CPU %': results.map((result) => result.server_cpu_pct),
  lost: results.map((result) => result.lost),
})

const ratioTo = (figures: Record<string, Figures>, who: string): number =>
  median(figures[who]?.['µs/delivery'] ?? []) / median(figures['bare Bun']?.['µs/delivery'] ?? [])

const checksOf = (figures: Record<string, Figures>, limit: number): Check[] => {
  const own = atMost('CPU per delivery against bare Bun', ratioTo(figures, 'parley'), limit, '×')
  const lost = atMost('messages lost', Math.max(...(figures.parley?.lost ?? [])), 0, '')
  return [own, lost]
}

// Contenders take turns, so that whatever else the machine does falls on all of them.
const compare = async (bench: Bench, scene: Scene): Promise<Report> => {
  const frameBytes = await frameBytesOf(bench)
  const results = new Map<string, LoadResult[]>(contenders.map(({ name }) => [name, []]))
  for (let turn = 0; turn < bench.repeats; turn++) {
    for (const contender of contenders) results.get(contender.name)?.push(await measure(bench, contender, scene, frameBytes))
  }
  const figures = Object.fromEntries([...results].map(([name, list]) => [name, figuresOf(list)]))
  return { row: scene.row, work: `${scene.work} (${frameBytes} bytes each)`, figures, checks: checksOf(figures, scene.limit) }
}

/** One room of 1,000, one sender. */
export const oneRoom = (bench: Bench): Promise<Report> =>
  compare(bench, {
    row: 'one-room',
    work: 'one room of 1,000, one sender, closed loop',
    load: { room: 1_000, pubs: 1, expect: 1_000, window: 8 },
    conns: 1_000,
    limit: 1.2,
  })

/** 250 rooms of 4, everyone sends. */
export const smallRooms = (bench: Bench): Promise<Report> =>
  compare(bench, {
    row: 'small-rooms',
    work: '250 rooms of 4, everyone sends, each frame validated and acknowledged',
    load: { room: 4, pubs: 1_000, expect: 4, window: 1_000 },
    conns: 1_000,
    limit: 2.5,
  })
