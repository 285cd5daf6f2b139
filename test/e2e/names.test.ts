// Names as long as they may be, in every place that has little room.
import { expect, test } from 'bun:test'
import type { Locator } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { expectNoComplaints } from './person.ts'
import { whyNotWith } from './program.ts'
import { receiveVisits } from './visits.ts'

const timeout = 60_000
const long = 'W'.repeat(40)

/** How far anything in it reaches beyond its right edge, px. */
const beyond = (box: Locator): Promise<number> =>
  box.evaluate((outer) => {
    const edge = outer.getBoundingClientRect().right
    return Math.max(...[...outer.querySelectorAll('*')].map((one) => Math.ceil(one.getBoundingClientRect().right - edge)))
  })

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('the longest names', () => {
  const { visit } = receiveVisits()

  test(
    'stay inside of lists, and leave room for what was said',
    async () => {
      const [ann, wu] = [await visit('Ann'), await visit(long)]
      await ann.page.getByRole('button', { name: 'New group' }).click()
      await ann.page.locator('#group-name').fill('Letters')
      await ann.page.locator('.picker__one').filter({ hasText: long }).click()
      await ann.page.getByRole('button', { name: 'Make the group' }).click()
      await wu.page.locator('.rows').getByText('No messages yet').waitFor()
      await wu.open('Letters')
      await wu.say('Hello')
      await ann.sees('Hello')
      const said = ann.page.locator('.rows .row__text').getByText('Hello')
      const row = ann.page.locator('.rows .row__main')
      const [word, room] = [await said.boundingBox(), await row.boundingBox()]
      expect((word?.x ?? Number.POSITIVE_INFINITY) + (word?.width ?? 0)).toBeLessThan((room?.x ?? 0) + (room?.width ?? 0))
      await ann.page.locator('.composer__field').pressSequentially('@')
      await ann.page.getByRole('option', { name: long }).waitFor()
      expect(await beyond(ann.page.locator('.mentions'))).toBeLessThanOrEqual(0)
      expectNoComplaints(ann, wu)
    },
    timeout,
  )
})
