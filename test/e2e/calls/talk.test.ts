// Calls on the page, as people make them: devices that are none, everything else as it is.
import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { fakeDevices } from '../../support/browser.ts'
import { describeUnless } from '../../support/skip.ts'
import { expectNoComplaints, type Person } from '../person.ts'
import { whyNotWith } from '../program.ts'
import { receiveVisits } from '../visits.ts'

const timeout = 60_000

const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name, exact: true }).click()
/** The call stands: its duration is counted. */
const talks = (page: Page): Promise<void> => page.locator('.room .call-duration').waitFor()
/** Nothing of a call is left on the page. */
const isQuiet = (page: Page): Promise<void> => page.locator('.room, .ring, .call-bar').waitFor({ state: 'detached' })

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'calls'))('calls on the page', () => {
  const { meet } = receiveVisits({ permissions: ['camera', 'microphone'] }, fakeDevices)

  /** One calls, the other answers. */
  const connect = async (ann: Person, bob: Person, how: 'Call Bob' | 'Video call with Bob'): Promise<void> => {
    await press(ann.page, how)
    await bob.page.getByRole('heading', { name: 'Ann is calling' }).waitFor()
    await press(bob.page, 'Accept')
    await Promise.all([talks(ann.page), talks(bob.page)])
  }

  test(
    'a voice call rings, is answered, is muted and hung up; its entry says how long it was, and calls back',
    async () => {
      const [ann, bob] = await meet('Ann', 'Bob')
      await connect(ann, bob, 'Call Bob')
      await press(bob.page, 'Mute')
      await ann.page.locator('.room').getByText('Bob is muted').waitFor({ state: 'attached' })
      await press(ann.page, 'Hang up')
      await Promise.all([isQuiet(ann.page), isQuiet(bob.page)])
      await ann.page.locator('.call-entry').getByText('Outgoing voice call').waitFor()
      await bob.page
        .locator('.call-entry')
        .getByText(/^\d+ s$/)
        .waitFor()
      await press(bob.page, 'Call back')
      await ann.page.getByRole('heading', { name: 'Bob is calling' }).waitFor()
      expect(await ann.page.title()).toBe('📞 Bob is calling')
      await press(ann.page, 'Decline')
      await bob.page.locator('.call-end').getByText('Declined').waitFor()
      expectNoComplaints(ann, bob)
    },
    timeout,
  )
})
