// A connection through which nothing comes any more, in real browsers: a gate before a TURN server, at which packets vanish.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { fakeDevices, launchBrowser } from '../../support/browser.ts'
import { type Coturn, startCoturn, turnSecret, whyNoCoturn } from '../../support/coturn.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { openUdpGate } from './gates.ts'
import { startStage, talkOn } from './stage.ts'

const timeout = 90_000

let browser: Browser
let coturn: Coturn

describeUnless(whyNotWith('auth', 'calls') ?? whyNoCoturn)('how well somebody comes in', () => {
  beforeAll(async () => {
    coturn = await startCoturn()
    browser = await launchBrowser(fakeDevices)
  }, timeout)
  afterAll(async () => {
    await browser.close()
    await coturn[Symbol.asyncDispose]()
  })

  test(
    'is silent when nothing comes through any more',
    async () => {
      await using gate = await openUdpGate(coturn.port)
      await using stage = await startStage(browser, {
        PARLEY_CALLS_TURN: `turn:127.0.0.1:${gate.port}?transport=udp`,
        PARLEY_CALLS_TURN_SECRET: turnSecret,
      })
      const [ann] = await talkOn(stage, 'relay')
      expect(await ann.do(async (harness) => (await harness.quality())[0]?.mark)).not.toBe('silent')
      gate.shut()
      await ann.until(async (harness) => (await harness.quality())[0]?.mark === 'silent')
    },
    timeout,
  )
})
