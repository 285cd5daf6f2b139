// A large group: every message is stored, fsynced, acknowledged, and delivered to all of its members.
import { type Bench, startParley } from '../bench.ts'
import { bare } from '../contenders.ts'
import { type LoadOptions, type LoadResult, runLoad } from '../load.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atMost, type Figures, median, type Report } from '../report.ts'
import { socketOf } from '../talk.ts'

const members = 500
const senders = 50
const load: LoadOptions = { conns: members, pubs: senders, expect: members, window: senders }

interface Group {
  readonly lines: string
  /** Characters of one `chat.posted` as the load causes it. */
  readonly frameBytes: number
}

const makeGroup = async (bench: Bench): Promise<Group> => {
  await using server = await startParley(bench)
  const ids = await idsOf(server.url, members)
  const owner = await socketOf(server.url, 0)
  const { id: to } = await owner.request('chat.create', { name: 'All of us', users: ids.slice(1, 200) })
  for (let at = 200; at < members; at += 200) await owner.request('chat.invite', { users: ids.slice(at, at + 200) }, { to })
  const { count } = await owner.request('chat.info', {}, { to })
  if (count !== members) throw new Error(`the group has ${count} members`)
  await owner.request('chat.send', { text: '@T0123456789012345 hello, how are you today?', clientId: '0123456789012345-10-12345' }, { to })
  const posted = await owner.next('chat.posted')
  return { lines: bench.lines(ids.map((_, index) => [tokenOf(index), to])), frameBytes: JSON.stringify(posted).length + 3 }
}

const talk = (lines: string): LoadOptions => ({
  path: '/ws',
  lines,
  subproto: 'parley.v1, auth.{1}',
  ready: 'core.welcome',
  count: '"type":"ack"',
  msg: '{"id":"{n}","type":"chat.send","to":"{2}","data":{"text":"{ts} hello, how are you today?","clientId":"{now}-{i}-{n}"}}',
})

const figuresOf = (results: readonly LoadResult[]): Figures => ({
  'µs/delivery': results.map((result) => result.cpu_us_per_delivery),
  'deliveries/s': results.map((result) => result.delivered_per_s),
  'p99 ms': results.map((result) => result.p99_us / 1_000),
  'CPU %': results.map((result) => result.server_cpu_pct),
  lost: results.map((result) => result.lost),
})

/** One group of 500 online members, 50 of whom write. */
export const group = async (bench: Bench): Promise<Report> => {
  const { lines, frameBytes } = await makeGroup(bench)
  const results = { parley: [] as LoadResult[], 'bare Bun': [] as LoadResult[] }
  // The runtime compiles what it runs often for the first seconds, on the same core; that is no cost of a message.
  const effort = { warm: 4 * bench.warm, secs: bench.secs, ...load }
  for (let turn = 0; turn < bench.repeats; turn++) {
    await using own = await startParley(bench)
    results.parley.push(await runLoad({ port: own.port, pid: own.pid, ...effort, ...talk(lines) }))
    await using other = await bare.start(bench)
    results['bare Bun'].push(await runLoad({ port: other.port, pid: other.pid, ...effort, ...bare.talk(bench, members, frameBytes) }))
  }
  const [own, other] = [figuresOf(results.parley), figuresOf(results['bare Bun'])]
  const ratio = median(own['µs/delivery'] ?? []) / median(other['µs/delivery'] ?? [])
  const checks = [
    atMost('CPU per delivery against bare Bun', ratio, 1.35, '×'),
    atMost('messages lost', Math.max(...(own.lost ?? [])), 0, ''),
  ]
  const work = `one group of ${members} online, ${senders} write, stored and acknowledged (${frameBytes} bytes each)`
  return { row: 'group', work, figures: { parley: own, 'bare Bun': other }, checks }
}
