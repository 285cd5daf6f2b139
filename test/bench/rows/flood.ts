// What limits cost those who keep to them, and what a flood costs its sender's neighbours.
import * as v from 'valibot'
import { ambient } from '../../../src/ambient.ts'
import { Dispatcher } from '../../../src/dispatch.ts'
import { HookChain } from '../../../src/hooks.ts'
import { Hub } from '../../../src/hub.ts'
import { limit } from '../../../src/limit.ts'
import { Limits } from '../../../src/limits.ts'
import { createLog } from '../../../src/log.ts'
import { message } from '../../../src/message.ts'
import { Peer } from '../../../src/peer.ts'
import { type Bench, parleyCommand, parleySettings } from '../bench.ts'
import { type LoadResult, pinned, runLoad } from '../load.ts'
import { idsOf, tokenOf } from '../people.ts'
import { atMost, median, type Report } from '../report.ts'
import { startProcess } from '../server.ts'

const people = 80
const perSecond = 80
const addresses = 20
const turns = 50_000

const sends = limit({ by: 'user', count: 120 })
const nothing = v.strictObject({})
const [clock, log] = [ambient(0), createLog('silent')]

/** µs of one message through a dispatcher that does nothing with it. */
const dispatchUs = (isOn: boolean, rates: readonly string[]): number => {
  const plugins = [{ id: 'p', limits: { sends } }]
  const limits = new Limits({ isOn, rates, log, ambient: clock, plugins })
  const dispatcher = new Dispatcher({ hooks: new HookChain(), log, ambient: clock, limits })
  dispatcher.add('p.send', message({ input: nothing, reply: nothing, limit: sends }), () => ({}))
  const peer = new Peer({ id: '1', kind: 'websocket', ip: '192.0.2.1', origin: undefined, hub: new Hub(), nowMs: clock.monotonic() })
  peer.identity = { userId: 'U1', sessionId: 'S1', scope: [] }
  const frame = '{"id":"c12","type":"p.send","data":{}}'
  const run = (): number => {
    const startedMs = performance.now()
    for (let i = 0; i < turns; i++) dispatcher.receive(peer, frame)
    return ((performance.now() - startedMs) * 1_000) / turns
  }
  // The best of several: what the compiler and the other core do meanwhile is not the question.
  return Math.min(...Array.from({ length: 10 }, run))
}

const plenty = ['core.messages', 'core.userMessages', 'p.sends'].map((name) => `${name}=100000000/s`)
const scarce = ['core.messages=1/d', 'core.refusals=100000000/s']

const neighbours = async (bench: Bench, attackers: number): Promise<LoadResult> => {
  const env = {
    ...parleySettings(bench),
    PARLEY_LIMITS: 'on',
    PARLEY_TRUSTED_PROXIES: '127.0.0.1',
    PARLEY_RATES: 'core.anonymousRequests=1000/s',
  }
  await using server = await startProcess({ command: pinned(0, parleyCommand()), env })
  const ids = await idsOf(server.url, people)
  const lines = bench.lines(ids.map((_, index) => [tokenOf(index), ids[index ^ 1] as string, `198.51.100.${index + 1}`]))
  const flood = [process.execPath, new URL('../peers/flood.ts', import.meta.url).pathname]
  const attack =
    attackers > 0
      ? Bun.spawn(pinned(1, [...flood, `${server.url.replace('http', 'ws')}/ws`, tokenOf(people), String(attackers)]))
      : undefined
  try {
    return await runLoad({
      port: server.port,
      pid: server.pid,
      path: '/ws',
      lines,
      conns: people,
      pubs: people,
      header: 'X-Forwarded-For: {3}',
      subproto: 'parley.v1, auth.{1}',
      ready: 'core.welcome',
      count: '"type":"ack"',
      expect: 2,
      msg: `{"id":"{n}","type":"chat.send","to":"{2}","data":{"text":"{ts} hello","clientId":"{i}-{n}-${crypto.randomUUID()}"}}`,
      rate: perSecond,
      warm: bench.warm,
      secs: bench.secs,
    })
  } finally {
    attack?.kill('SIGKILL')
    await attack?.exited
  }
}

const figuresOf = (results: readonly LoadResult[]) => ({
  'p50 ms': results.map((result) => result.p50_us / 1_000),
  'p99 ms': results.map((result) => result.p99_us / 1_000),
  'CPU %': results.map((result) => result.server_cpu_pct),
  lost: results.map((result) => result.lost),
})

/** Limits in a dispatcher, and a flood beside people who write. */
export const flood = async (bench: Bench): Promise<Report> => {
  const [off, on, refused, quiet, flooded] = [[], [], [], [], []] as [number[], number[], number[], LoadResult[], LoadResult[]]
  for (let turn = 0; turn < bench.repeats; turn++) {
    off.push(dispatchUs(false, []))
    on.push(dispatchUs(true, plenty))
    refused.push(dispatchUs(true, scarce))
    quiet.push(await neighbours(bench, 0))
    flooded.push(await neighbours(bench, addresses))
  }
  const figures = {
    'limits off': { 'µs/message': off },
    'limits on': { 'µs/message': on },
    'refused messages': { 'µs/message': refused },
    'without a flood': figuresOf(quiet),
    'with a flood': figuresOf(flooded),
  }
  const [before, after] = [quiet, flooded].map((results) => median(results.map((result) => result.p99_us / 1_000)))
  const checks = [
    atMost('what limits add to a message', median(on) - median(off), 1, 'µs'),
    atMost('CPU of a refused message, of one that is stored (50 µs)', median(refused) / 50, 0.2, '×'),
    atMost('p99 of the neighbours of a flood, more than without it', (after ?? 0) - (before ?? 0), 10, 'ms'),
    atMost('messages of theirs lost', Math.max(...flooded.map(({ lost }) => lost)), 0, ''),
  ]
  return { row: 'flood', work: `limits, and ${people} people beside a flood from ${addresses} addresses`, figures, checks }
}
