// A page that speaks only KamaChat's frames and a page with Parley's client call each other.
import { beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { receiveStage } from './ground.ts'
import type { OldEntrance, OldHarness } from './old-page.ts'
import type { Caller } from './stage.ts'

const timeout = 60_000

/** The old page of a new person. */
const visit = async ({ program: { url }, browser }: ReturnType<typeof receiveStage>): Promise<{ user: string; page: Page }> => {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'old-page.ts')], target: 'browser' })
  const script = (await built.outputs[0]?.text()) ?? ''
  const answer = await fetch(`${url}/api/auth/guest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Old' }),
  })
  const { user, accessToken } = (await answer.json()) as { user: { id: string }; accessToken: string }
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
  const page = await context.newPage()
  await page.goto(`${url}/healthz`)
  await page.addScriptTag({ content: script })
  const entrance: OldEntrance = { host: url.replace('http', 'ws'), user: user.id, token: accessToken }
  await page.evaluate(`enterOld(${JSON.stringify(entrance)})`)
  await page.waitForFunction('old.isOpen()')
  return { user: user.id, page }
}

const run = <R>(page: Page, work: (old: OldHarness, argument: string) => R, argument = ''): Promise<Awaited<R>> =>
  page.evaluate(`(${work})(old, ${JSON.stringify(argument)})`) as Promise<Awaited<R>>
const until = (page: Page, condition: string): Promise<unknown> => page.waitForFunction(condition, undefined, { polling: 50 })
const seesSomebody = (page: Page): Promise<unknown> => until(page, '(async () => (await old.frames()) >= 5)()')

describeUnless(whyNotWith('auth', 'chat', 'calls', 'kamachat'))('an old page and a new one', () => {
  const stage = receiveStage()
  let fresh: Caller
  let old: { user: string; page: Page }
  beforeAll(async () => {
    fresh = await stage.guest()
    old = await visit(stage)
  }, timeout)

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
