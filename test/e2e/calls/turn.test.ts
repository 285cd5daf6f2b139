// Calls that go through a TURN server and nowhere else, with credentials that the server made.
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { fakeDevices, launchBrowser } from '../../support/browser.ts'
import { type Coturn, startCoturn, turnSecret, whyNoCoturn } from '../../support/coturn.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { startStage, talkOn } from './stage.ts'

const timeout = 90_000

let browser: Browser
let coturn: Coturn

const settings = (transports: readonly ('udp' | 'tcp')[]): Record<string, string> => ({
  PARLEY_CALLS_STUN: `stun:127.0.0.1:${coturn.port}`,
  PARLEY_CALLS_TURN: transports.map((transport) => `turn:127.0.0.1:${coturn.port}?transport=${transport}`).join(','),
  PARLEY_CALLS_TURN_SECRET: turnSecret,
})

describeUnless(whyNotWith('auth', 'calls') ?? whyNoCoturn)('calls through a TURN server', () => {
  beforeAll(async () => {
    coturn = await startCoturn()
    browser = await launchBrowser(fakeDevices)
  }, timeout)
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    await coturn[Symbol.asyncDispose]()
  })

  test.each(['udp', 'tcp'] as const)(
    'reach each other over %s alone',
    async (transport) => {
      await using stage = await startStage(browser, settings([transport]))
      const [ann] = await talkOn(stage, 'relay')
      const [quality] = await ann.do((harness) => harness.quality())
      expect(quality?.path).toMatchObject({ local: 'relay', protocol: transport })
    },
    timeout,
  )

  test(
    'find another way when the one there was is gone',
    async () => {
      await using stage = await startStage(browser, settings(['udp']))
      const [ann, bob] = await talkOn(stage, 'relay')
      await coturn.kill()
      await ann.until((harness) => harness.state() === 'reconnecting')
      await coturn.startAgain()
      await Promise.all([ann, bob].map((each) => each.until((harness) => harness.state() === 'connected')))
      await Promise.all([ann.sees(), bob.sees()])
      expect(await ann.do((harness) => harness.state())).toBe('connected')
    },
    timeout,
  )
})
