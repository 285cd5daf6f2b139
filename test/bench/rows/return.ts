// Devices that come back: one that was away from many conversations, and very many at once.
import { catalogue } from '../../../plugins/index.ts'
import { startTestServer } from '../../support/server.ts'
import type { TestSocket } from '../../support/socket.ts'
import { countingDriver } from '../../support/sqlite-counter.ts'
import { arrival, meetPeople } from '../arrive.ts'
import { type Bench, startParley } from '../bench.ts'
import { parley } from '../contenders.ts'
import { runLoad, startLoad } from '../load.ts'
import { idsOf } from '../people.ts'
import { atMost, median, type Report } from '../report.ts'
import { cpuMs } from '../server.ts'
import { socketOf, writeTo } from '../talk.ts'

const changed = 20
const asked = 200

type Device = Pick<TestSocket, 'request'>

/** Conversations with all of `ids`, of which some move after this device has seen them all: where it stood. */
const goAway = async (device: Device, ids: readonly string[]): Promise<object> => {
  await writeTo(device, ids)
  let answer = await device.request('inbox.sync', {})
  while (answer.more) answer = await device.request('inbox.sync', { since: { epoch: answer.epoch, position: answer.position } })
  const { epoch, position } = answer
  await writeTo(device, ids.slice(0, changed))
  return { epoch, position }
}

const comeBack = async (device: Device, since: object): Promise<void> => {
  const { entries, more } = await device.request('inbox.sync', { since })
  if (entries.length !== changed || more) throw new Error(`${entries.length} things have changed`)
}

const queriesOf = async (count: number): Promise<number> => {
  const driver = countingDriver()
  const plugins = catalogue.filter(({ id }) => (id as string) === 'chat' || (id as string) === 'inbox')
  await using server = await startTestServer(plugins, { runtime: driver })
  const device = await server.connect('U1')
  const ids = Array.from({ length: count }, (_, i) => `U${i + 2}`)
  const since = await goAway(device, ids)
  driver.run.length = 0
  await comeBack(device, since)
  return driver.run.length
}

/** One device with many conversations, some of which have changed. */
export const catchUp = async (bench: Bench): Promise<Report> => {
  const queries = await queriesOf(bench.conversations)
  await using server = await startParley(bench)
  const [, ...ids] = await idsOf(server.url, bench.conversations + 1)
  const device = await socketOf(server.url, 0)
  const since = await goAway(device, ids)
  const times: number[] = []
  const before = cpuMs(server.pid)
  for (let i = 0; i < asked; i++) {
    const startedAt = performance.now()
    await comeBack(device, since)
    times.push(performance.now() - startedAt)
  }
  const cpu = (cpuMs(server.pid) - before) / asked
  const figures = { parley: { 'ms from request to answer': [median(times)], 'CPU ms': [cpu], queries: [queries] } }
  const checks = [atMost('server time', Math.max(median(times), cpu), 20, 'ms'), atMost('queries', queries, 6, '')]
  const work = `a device catches up: ${bench.conversations.toLocaleString('en')} conversations, ${changed} changed`
  return { row: 'catch-up', work, figures, checks }
}

/** The longest that /healthz took until `isOver`, milliseconds. */
const watchHealth = async (url: string, isOver: () => boolean): Promise<number> => {
  let slowestMs = 0
  while (!isOver()) {
    const startedAt = performance.now()
    const answer = await fetch(`${url}/healthz`)
    if (!answer.ok) throw new Error(`/healthz answers ${answer.status}`)
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    await Bun.sleep(20)
  }
  return slowestMs
}

/** Very many clients lose their connection in one moment, come back and catch up. */
export const comingBack = async (bench: Bench): Promise<Report> => {
  const { connects } = bench
  await meetPeople(bench, connects)
  const caughtUpS: number[] = []
  const healthMs: number[] = []
  for (let turn = 0; turn < Math.min(3, bench.repeats); turn++) {
    await using server = await startParley(bench)
    const come = { port: server.port, pid: server.pid, ...arrival(bench, parley, connects) }
    const there = await startLoad({ ...come, hold: 600 })
    await there.arrived
    there.cut()
    let isOver = false
    const health = watchHealth(server.url, () => isOver)
    const sync = '{"id":"s","type":"inbox.sync","data":{}}'
    const back = await runLoad({ ...come, init: sync, ready: '"ack"', timeout: 60 })
    isOver = true
    caughtUpS.push(back.conns / back.connects_per_s)
    healthMs.push(await health)
  }
  const figures = { parley: { 's until all have caught up': caughtUpS, '/healthz ms at most': healthMs } }
  const checks = [
    atMost('until all have caught up', median(caughtUpS), 30, 's'),
    atMost('/healthz at its slowest', Math.max(...healthMs), 1_000, 'ms'),
  ]
  return { row: 'return', work: `${connects.toLocaleString('en')} clients cut at once and coming back`, figures, checks }
}
