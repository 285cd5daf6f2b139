// Call signals: checked, passed on to the one party they are for, and acknowledged. Nothing is stored.
import { Caller } from '../../support/caller.ts'
import { TestSocket } from '../../support/socket.ts'
import { type Bench, parleyCommand, parleySettings } from '../bench.ts'
import { type LoadOptions, type LoadResult, pinned, runLoad } from '../load.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atLeast, atMost, type Check, type Figures, median, type Report } from '../report.ts'
import { type ServerProcess, startProcess } from '../server.ts'

const people = 1_000
const offeredPerS = 20_000

// Calls outlive the connections that began them, and every measurement begins with a restart of the server.
const start = (bench: Bench): Promise<ServerProcess> =>
  startProcess({ command: pinned(0, parleyCommand()), env: { ...parleySettings(bench), PARLEY_CALLS_GRACE_SECONDS: '120' } })

const deviceOf = (index: number): string => `bench-device-${index}`

const caller = async (url: string, ids: readonly string[], index: number): Promise<Caller> => {
  const socket = await TestSocket.open(url, ['parley.v1', `auth.${tokenOf(index)}`])
  await socket.next('core.welcome')
  return new Caller(ids[index] ?? '', socket, deviceOf(index))
}

/** Let two people talk; their lines are a token, the call, the other one's party and one's own device. */
const connectPair = async (url: string, ids: readonly string[], index: number): Promise<string[][]> => {
  const [one, other] = await Promise.all([caller(url, ids, index), caller(url, ids, index + 1)])
  const { call } = await one.invite(other.user)
  await other.do('accept', call.id)
  await Promise.all([one.socket.close(), other.socket.close()])
  return [
    [tokenOf(index), call.id, '2', one.id],
    [tokenOf(index + 1), call.id, '1', other.id],
  ]
}

const callLines = async (bench: Bench): Promise<string> => {
  await using server = await start(bench)
  const ids = await idsOf(server.url, people)
  const rows: string[][] = []
  for (let index = 0; index < people; index += 2) rows.push(...(await connectPair(server.url, ids, index)))
  return bench.lines(rows)
}

// wsload takes \n for a line break of its own.
const sdp = String.raw`v=0\u000ao=- 4611731400430051336 2 IN IP4 127.0.0.1\u000as={ts}\u000at=0 0\u000am=audio 9 UDP/TLS/RTP/SAVPF 111\u000ac=IN IP4 0.0.0.0\u000aa=mid:0\u000a`

const talk = (lines: string): LoadOptions => ({
  path: '/ws',
  lines,
  conns: people,
  pubs: people,
  subproto: 'parley.v1, auth.{1}',
  init: '{"id":"r","type":"calls.resume","data":{"call":"{2}","device":"{4}"}}',
  ready: '"ice":',
  count: '"type":"ack"',
  expect: 1,
  msg: `{"id":"{n}","type":"calls.signal","data":{"call":"{2}","party":{3},"signal":"offer","sdp":"${sdp}"}}`,
})

const measure = async (bench: Bench, lines: string, load: LoadOptions): Promise<LoadResult> => {
  await using server = await start(bench)
  return await runLoad({ port: server.port, pid: server.pid, warm: bench.warm, secs: bench.secs, ...talk(lines), ...load })
}

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  'signals/s': results.map((result) => result.delivered_per_s),
  'µs/signal': results.map((result) => result.cpu_us_per_publish),
  'p50 ms': results.map((result) => result.p50_us / 1_000),
  'p99 ms': results.map((result) => result.p99_us / 1_000),
  'CPU %': results.map((result) => result.server_cpu_pct),
  lost: results.map((result) => result.lost),
})

const checksOf = (full: Figures, offered: Figures): Check[] => [
  atLeast('passed on a second', median(full['signals/s'] ?? []), 40_000, 'a second'),
  atMost(`p99 at ${offeredPerS.toLocaleString('en')} a second`, median(offered['p99 ms'] ?? []), 5, 'ms'),
  atMost('signals lost', Math.max(...(full.lost ?? []), ...(offered.lost ?? [])), 0, ''),
]

/** 500 calls of two, closed loop and at a given rate. */
export const signals = async (bench: Bench): Promise<Report> => {
  const lines = await callLines(bench)
  const closed: LoadResult[] = []
  const paced: LoadResult[] = []
  for (let turn = 0; turn < bench.repeats; turn++) {
    closed.push(await measure(bench, lines, { window: 500 }))
    paced.push(await measure(bench, lines, { rate: offeredPerS }))
  }
  const [full, offered] = [figuresOf(closed), figuresOf(paced)]
  const figures = { 'closed loop': full, [`${offeredPerS}/s offered`]: offered }
  return { row: 'signals', work: '500 calls of two, offers of 300 bytes, acknowledged', figures, checks: checksOf(full, offered) }
}
