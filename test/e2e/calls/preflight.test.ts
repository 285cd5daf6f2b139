// The check before a call, in real browsers with a real coturn: each thing that can be missing is found and said.
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { fakeDevices, launchBrowser } from '../../support/browser.ts'
import { type Coturn, startCoturn, turnSecret, whyNoCoturn } from '../../support/coturn.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { openUdpGate, type UdpGate } from './gates.ts'
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

let coturn: Coturn
let wall: UdpGate
let browser: Browser

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
  beforeAll(async () => {
    coturn = await startCoturn()
    wall = await openUdpGate(coturn.port)
    wall.shut()
    browser = await launchBrowser(fakeDevices)
  }, timeout)
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    await wall[Symbol.asyncDispose]()
    await coturn[Symbol.asyncDispose]()
  })

  test.each([
    ['that all is well', 'ready', () => ({ stun: coturn.port, udp: coturn.port, tcp: coturn.port })],
    ['that there are no servers, so calls end at the network', 'no_servers', () => ({})],
    ['a STUN server that does not answer, where there is a relay', 'no_stun', () => ({ stun: wall.port, udp: coturn.port })],
    ['that nothing gets through, and no relay is there for it', 'udp_blocked', () => ({ stun: wall.port })],
    ['a relay that does not answer', 'no_relay', () => ({ stun: coturn.port, udp: wall.port })],
    ['that UDP is blocked, and TCP is not', 'tcp_only', () => ({ stun: wall.port, udp: wall.port, tcp: coturn.port })],
    ['credentials that the relay does not take', 'relay_refused', () => ({ udp: coturn.port, tcp: coturn.port, secret: 'x'.repeat(16) })],
  ] as const)(
    'finds %s: %s',
    async (_, code, servers: () => Servers) => {
      const wanted = servers()
      await using stage = await startStage(browser, settings(wanted))
      const found = await (await stage.guest()).do(run)
      expect(found).toMatchObject({ code, microphone: true, camera: true })
      const answers = (port: number | undefined): boolean | undefined =>
        port === undefined ? undefined : port === coturn.port && code !== 'relay_refused'
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
