// The check before a call, in real browsers with a real coturn: each thing that can be missing is found and said.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { launchBrowser } from '../../support/browser.ts'
import { turnSecret, whyNoCoturn } from '../../support/coturn.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { openUdpGate, type UdpGate } from './gates.ts'
import { receiveTurn } from './ground.ts'
import type { Harness } from './page.ts'
import { type Stage, startStage } from './stage.ts'

const timeout = 90_000

/** What is configured, by the port of each; `wall` takes every packet and answers none. */
interface Servers {
  readonly stun?: number
  readonly udp?: number
  readonly tcp?: number
  readonly secret?: string
}

const settings = ({ stun, udp, tcp, secret = turnSecret }: Servers): Record<string, string> => {
  const turn = [
    ...(udp === undefined ? [] : [`turn:127.0.0.1:${udp}?transport=udp`]),
    ...(tcp === undefined ? [] : [`turn:127.0.0.1:${tcp}?transport=tcp`]),
  ]
  return {
    ...(stun !== undefined && { PARLEY_CALLS_STUN: `stun:127.0.0.1:${stun}` }),
    ...(turn.length > 0 && { PARLEY_CALLS_TURN: turn.join(','), PARLEY_CALLS_TURN_SECRET: secret }),
  }
}

const run = (harness: Harness) => harness.preflight()

describeUnless(whyNotWith('auth', 'calls') ?? whyNoCoturn)('the check before a call', () => {
  const ground = receiveTurn()
  const relay = (): number => ground.coturn.port
  let wall: UdpGate
  beforeAll(async () => {
    wall = await openUdpGate(relay())
    wall.shut()
  })
  afterAll(() => wall[Symbol.asyncDispose]())

  test.each([
    ['that all is well', 'ready', () => ({ stun: relay(), udp: relay(), tcp: relay() })],
    ['that there are no servers, so calls end at the network', 'no_servers', () => ({})],
    ['a STUN server that does not answer, where there is a relay', 'no_stun', () => ({ stun: wall.port, udp: relay() })],
    ['that nothing gets through, and no relay is there for it', 'udp_blocked', () => ({ stun: wall.port })],
    ['a relay that does not answer', 'no_relay', () => ({ stun: relay(), udp: wall.port })],
    ['that UDP is blocked, and TCP is not', 'tcp_only', () => ({ stun: wall.port, udp: wall.port, tcp: relay() })],
    ['credentials that the relay does not take', 'relay_refused', () => ({ udp: relay(), tcp: relay(), secret: 'x'.repeat(16) })],
  ] as const)(
    'finds %s: %s',
    async (_, code, servers: () => Servers) => {
      const wanted = servers()
      await using stage = await ground.stage(settings(wanted))
      const found = await (await stage.guest()).do(run)
      expect(found).toMatchObject({ code, microphone: true, camera: true })
      const answers = (port: number | undefined): boolean | undefined =>
        port === undefined ? undefined : port === relay() && code !== 'relay_refused'
      expect([found.stun, found.turnUdp, found.turnTcp]).toEqual([answers(wanted.stun), answers(wanted.udp), answers(wanted.tcp)])
      expect(found.verdict === undefined).toBe(['ready', 'no_servers', 'no_stun', 'tcp_only'].includes(code))
      expect(found.sentence).toMatch(/^[A-Z].*\.$/)
    },
    timeout,
  )

  const withDevices = async (flags: readonly string[], spoil: (stage: Stage) => Promise<Awaited<ReturnType<typeof run>>>) => {
    const other = await launchBrowser(flags)
    const stage = await startStage(other)
    try {
      return await spoil(stage)
    } finally {
      await stage[Symbol.asyncDispose]()
      await other.close()
    }
  }

  test(
    'finds that there is no microphone, and no camera',
    async () => {
      const found = await withDevices([], async (stage) => (await stage.guest()).do(run))
      expect(found).toMatchObject({ code: 'no_microphone', verdict: 'no_microphone', microphone: false, camera: false })
      expect(found.sentence).toContain('Plug one in')
    },
    timeout,
  )

  test(
    'finds that the browser may not use them',
    async () => {
      const flags = ['--use-fake-device-for-media-stream', '--deny-permission-prompts']
      const found = await withDevices(flags, async (stage) => {
        const ann = await stage.guest()
        await ann.page.context().clearPermissions()
        return ann.do(run)
      })
      expect(found).toMatchObject({ code: 'not_permitted', verdict: 'not_permitted', microphone: false, camera: false })
      expect(found.sentence).toContain('Allow it')
    },
    timeout,
  )
})
