// A conversation that is too long to be held or drawn at once; test/e2e/scroll.ts measures a hundred thousand messages.
import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { type Ground, receiveGround } from './ground.ts'
import { arrive, eventually, idOf, newest, type Person } from './person.ts'
import { whyNotWith } from './program.ts'
import { type Voice, voice } from './voice.ts'

const timeout = 60_000
const count = 3_000

let ground: Ground
let talker: Voice

const frame = (page: Page): Promise<unknown> => page.evaluate(() => new Promise((done) => requestAnimationFrame(done)))

/** Positions of the messages that are drawn. */
const drawn = (page: Page): Promise<readonly number[]> =>
  page.locator('[data-seq]').evaluateAll((all) => all.map((line) => Number((line as HTMLElement).dataset.seq)))

/** Somebody for whom there are `count` messages. */
const reader = async (): Promise<Person & { readonly id: string }> => {
  const person = await arrive(await ground.browser.newContext({ locale: 'en-GB' }), ground.program.url)
  await person.enter('Reader')
  const id = await idOf(person.page)
  await talker.pour(
    id,
    (function* () {
      for (let i = 1; i <= count; i++) yield `number ${i}`
    })(),
  )
  await person.page.locator('.badge').getByText('99+').waitFor()
  await person.open('Talker')
  return { ...person, id }
}

const toNewest = async (page: Page): Promise<void> => {
  await page.locator('.jump--end').click()
  await newest(page, count)
}

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('a long conversation', () => {
  ground = receiveGround({
    begin: async ({ program }) => {
      talker = await voice(program.url, 'Talker')
    },
    end: () => talker[Symbol.dispose](),
  })

  test(
    'opens at the first unread message, goes to the newest and back up, without a hole and with a bounded page',
    async () => {
      const { page, complaints, id } = await reader()
      await page.locator('.unread').waitFor()
      expect(await drawn(page)).toContain(1)
      await toNewest(page)
      let lowest = count
      let most = 0
      while (lowest > 1_500) {
        const seqs = await drawn(page)
        expect(seqs).toEqual(Array.from(seqs, (_, i) => (seqs[0] ?? 0) + i))
        most = Math.max(most, seqs.length)
        lowest = seqs[0] ?? 0
        await page.locator('.log__scroll').evaluate((list) => list.scrollBy(0, -1_000))
        await frame(page)
      }
      expect(most).toBeLessThan(200)
      // What comes meanwhile moves nothing.
      const place = () =>
        page.locator('[data-seq]').evaluateAll((all) => {
          const line = all.find((one) => one.getBoundingClientRect().top > 200)
          return [(line as HTMLElement | undefined)?.dataset.seq, Math.round(line?.getBoundingClientRect().top ?? 0)]
        })
      await eventually(page, async () => {
        const before = await place()
        await frame(page)
        return Bun.deepEquals(before, await place())
      })
      const before = await place()
      await talker.say(id, ['while you were up there'])
      await page.getByRole('button', { name: /new messages?$/ }).waitFor()
      expect(await place()).toEqual(before)
      await page.locator('.jump--end').click()
      await page.locator('.bubble__text').getByText('while you were up there').waitFor()
      await page.locator('.jump--end').waitFor({ state: 'detached' })
      expect(complaints.all).toEqual([])
    },
    timeout,
  )
})
