// A page that speaks only KamaChat's frames and a page with Parley's client call each other.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { fakeDevices, launchBrowser } from '../../support/browser.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import type { OldEntrance, OldHarness } from './old-page.ts'
import { type Caller, type Stage, startStage } from './stage.ts'

const timeout = 60_000

let browser: Browser
let stage: Stage
let script: string

/** The old page of a new person. */
const visit = async (): Promise<{ user: string; page: Page }> => {
  const answer = await fetch(`${stage.program.url}/api/auth/guest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Old' }),
  })
  const { user, accessToken } = (await answer.json()) as { user: { id: string }; accessToken: string }
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
  const page = await context.newPage()
  await page.goto(`${stage.program.url}/healthz`)
  await page.addScriptTag({ content: script })
  const entrance: OldEntrance = { host: stage.program.url.replace('http', 'ws'), user: user.id, token: accessToken }
  await page.evaluate(`enterOld(${JSON.stringify(entrance)})`)
  await page.waitForFunction('old.isOpen()')
  return { user: user.id, page }
}

const run = <R>(page: Page, work: (old: OldHarness, argument: string) => R, argument = ''): Promise<Awaited<R>> =>
  page.evaluate(`(${work})(old, ${JSON.stringify(argument)})`) as Promise<Awaited<R>>
const until = (page: Page, condition: string): Promise<unknown> => page.waitForFunction(condition, undefined, { polling: 50 })
const seesSomebody = (page: Page): Promise<unknown> => until(page, '(async () => (await old.frames()) >= 5)()')

describeUnless(whyNotWith('auth', 'chat', 'calls', 'kamachat'))('an old page and a new one', () => {
  let fresh: Caller
  let old: { user: string; page: Page }
  beforeAll(async () => {
    const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'old-page.ts')], target: 'browser' })
    script = (await built.outputs[0]?.text()) ?? ''
    browser = await launchBrowser(fakeDevices)
    stage = await startStage(browser)
    fresh = await stage.guest()
    old = await visit()
  }, timeout)
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await browser.close()
  })

  test(
    'the old one calls, the new one answers, both see each other, and the new one hangs up',
    async () => {
      await run(old.page, (page, to) => page.call(to), fresh.user)
      await fresh.until((harness) => harness.state() === 'incoming')
      await fresh.do((harness) => harness.accept())
      await Promise.all([fresh.sees(), seesSomebody(old.page)])
      await fresh.do((harness) => harness.hangup())
      await until(old.page, "old.shown.state === 'idle'")
      expect(await run(old.page, ({ shown }) => shown.errors)).toEqual([])
    },
    timeout,
  )

  test(
    'the new one calls, the old one answers, both see each other, and the old one hangs up',
    async () => {
      await fresh.do((harness, to) => harness.invite(to, 'video'), old.user)
      await until(old.page, "old.shown.state === 'ringing'")
      await run(old.page, (page) => page.answer())
      await Promise.all([fresh.sees(), seesSomebody(old.page)])
      await run(old.page, (page) => page.hangUp())
      await fresh.until((harness) => harness.state() === undefined)
      expect(await fresh.do((harness) => harness.last())).toMatchObject({ state: 'ended', outcome: 'completed' })
      expect(await run(old.page, ({ shown }) => shown.errors)).toEqual([])
    },
    timeout,
  )
})
