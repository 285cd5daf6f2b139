// What the tests of calls in one file share: a browser with devices that are none, and a server or a TURN server beside it.
// Whoever came in a test is gone after it, who came before stays.
import { afterAll, afterEach, beforeAll, beforeEach } from 'bun:test'
import type { Browser, BrowserContext } from 'playwright-core'
import { fakeDevices, launchBrowser } from '../../support/browser.ts'
import { type Coturn, startCoturn } from '../../support/coturn.ts'
import { type OwnStage, type Stage, startStage } from './stage.ts'

const beginMs = 60_000

/** A browser, and what `begin` starts for it. */
const receive = <T extends AsyncDisposable>(begin: (browser: Browser) => Promise<T>) => {
  let browser: Browser
  let begun: T
  let before: readonly BrowserContext[]
  beforeAll(async () => {
    browser = await launchBrowser(fakeDevices)
    begun = await begin(browser)
  }, beginMs)
  beforeEach(() => {
    before = browser.contexts()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) if (!before.includes(context)) await context.close()
  })
  afterAll(async () => {
    await begun[Symbol.asyncDispose]()
    await browser.close()
  })
  return { browser: () => browser, begun: () => begun }
}

/** To be called in a `describe`, whose tests then have one server with these settings, and the browser of those who come to it. */
export const receiveStage = (env: Readonly<Record<string, string>> = {}): Stage & { readonly browser: Browser } => {
  const { browser, begun } = receive((launched) => startStage(launched, env))
  return {
    get browser() {
      return browser()
    },
    get program() {
      return begun().program
    },
    guest: (...how) => begun().guest(...how),
    another: (caller) => begun().another(caller),
  }
}

/** A TURN server for all tests of a `describe`; each starts a server of its own that knows it. */
export interface TurnGround {
  readonly coturn: Coturn
  /** Start a server with these settings. */
  stage(env: Readonly<Record<string, string>>): Promise<OwnStage>
}

/** To be called in a `describe`, as `receiveStage`. */
export const receiveTurn = (): TurnGround => {
  const { browser, begun } = receive(startCoturn)
  return {
    get coturn() {
      return begun()
    },
    stage: (env) => startStage(browser(), env),
  }
}
