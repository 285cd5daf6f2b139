// A network that lets no UDP through, from the beginning or from one moment on: a gate of our own before a real TURN server,
// at which packets vanish without an answer, as they do at a firewall.
import { expect, test } from 'bun:test'
import { turnSecret, whyNoCoturn } from '../../support/coturn.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { openTcpGate, openUdpGate, type UdpGate } from './gates.ts'
import { receiveTurn } from './ground.ts'
import { type Caller, talkOn } from './stage.ts'

const timeout = 120_000

/** UDP by the gate, and TCP beside it if there is a port for that. */
const settings = (udp: UdpGate, tcpPort?: number): Record<string, string> => ({
  PARLEY_CALLS_TURN: [
    `turn:127.0.0.1:${udp.port}?transport=udp`,
    ...(tcpPort === undefined ? [] : [`turn:127.0.0.1:${tcpPort}?transport=tcp`]),
  ].join(','),
  PARLEY_CALLS_TURN_SECRET: turnSecret,
})

const overTcp = async (callers: readonly Caller[], sinceMs: number): Promise<string> => {
  for (const each of callers) await each.until(async (harness) => harness.state() === 'connected' && (await harness.path()) === 'tcp')
  await Promise.all(callers.map((each) => each.sees()))
  return ((performance.now() - sinceMs) / 1_000).toFixed(1)
}

describeUnless(whyNotWith('auth', 'calls') ?? whyNoCoturn)('calls where UDP is blocked', () => {
  const ground = receiveTurn()

  test(
    'go on over TCP where that was found before',
    async () => {
      await using gate = await openUdpGate(ground.coturn.port)
      await using stage = await ground.stage(settings(gate, ground.coturn.port))
      const pair = await talkOn(stage, 'relay')
      await pair[0].until(async (harness) => (await harness.path()) === 'udp')
      gate.shut()
      const seconds = await overTcp(pair, performance.now())
      console.log(`calls: ${seconds} s from the block of the UDP port until both saw each other over TCP that was known`)
      expect(gate.dropped).toBeGreaterThan(0)
    },
    timeout,
  )

  test(
    'restart ICE where it was not, and both see each other over TCP',
    async () => {
      await using udp = await openUdpGate(ground.coturn.port)
      await using tcp = await openTcpGate(ground.coturn.port)
      await using stage = await ground.stage(settings(udp, tcp.port))
      const [ann, bob] = await talkOn(stage, 'relay')
      expect([await ann.do((harness) => harness.path()), await ann.do((harness) => harness.restarts())]).toEqual(['udp', 0])
      tcp.open()
      udp.shut()
      const shutMs = performance.now()
      await Promise.any([ann, bob].map((each) => each.until((harness) => harness.entered().reconnecting !== undefined)))
      const seconds = await overTcp([ann, bob], shutMs)
      console.log(`calls: ${seconds} s from the block of the UDP port until both saw each other again, after a restart of ICE`)
      const restarts = await Promise.all([ann, bob].map((each) => each.do((harness) => harness.restarts())))
      expect(Math.max(...restarts)).toBeGreaterThan(0)
      await bob.do((harness) => harness.hangup())
      await ann.until((harness) => harness.state() === undefined)
      expect(await ann.do((harness) => harness.last())).toMatchObject({ outcome: 'completed', reason: 'hangup' })
    },
    timeout,
  )

  test(
    'find each other again though the offer for it was lost with the server',
    async () => {
      await using udp = await openUdpGate(ground.coturn.port)
      await using tcp = await openTcpGate(ground.coturn.port)
      await using stage = await ground.stage(settings(udp, tcp.port))
      const [ann, bob] = await talkOn(stage, 'relay')
      await bob.do((harness) => harness.client.stop())
      await ann.until((harness) => harness.remotes()[0]?.isAway)
      udp.shut()
      await ann.until((harness) => harness.restarts() > 0 && harness.offers() > 1)
      // What was sent before has been taken by now.
      await ann.do((harness) => harness.client.request('calls.current', {} as never))
      await stage.program.stop()
      await stage.program.startAgain()
      await ann.until((harness) => harness.isOnline())
      tcp.open()
      await bob.do((harness) => harness.client.start())
      for (const each of [ann, bob])
        await each.until((harness) => harness.entered().reconnecting !== undefined && harness.state() === 'connected')
      await Promise.all([ann.sees(), bob.sees()])
      expect(await ann.do((harness) => harness.others())).toEqual([`${bob.user} connected false`])
    },
    timeout,
  )
})
