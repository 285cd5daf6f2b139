// Calls on the page, as people make them: devices that are none, everything else as it is.
import { expect, test } from 'bun:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { fakeDevices } from '../../support/browser.ts'
import { describeUnless } from '../../support/skip.ts'
import { findings } from '../axe.ts'
import { arrive, expectNoComplaints, type Person } from '../person.ts'
import { whyNotWith } from '../program.ts'
import { receiveVisits } from '../visits.ts'

const timeout = 120_000
// However slow the machine is, nothing ends by itself while somebody looks.
const patient = { PARLEY_CALLS_RING_SECONDS: '120', PARLEY_CALLS_GRACE_SECONDS: '60' }
const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }

const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name, exact: true }).click()
/** The call stands: its duration is counted. */
const talks = (page: Page): Promise<void> => page.locator('.room .call-duration').waitFor()
const rings = (page: Page, name: string): Promise<void> => page.getByRole('heading', { name: `${name} is calling` }).waitFor()
/** Nothing of a call is left on the page. */
const isQuiet = (page: Page): Promise<void> => page.locator('.room, .ring, .call-bar').waitFor({ state: 'detached' })
/** That many pictures move. */
const sees = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => [...document.querySelectorAll<HTMLVideoElement>('.film')].filter(({ currentTime }) => currentTime > 0).length === wanted,
    count,
  )

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'calls'))('calls on the page', () => {
  const { meet, visit, url } = receiveVisits({ permissions: ['camera', 'microphone'] }, fakeDevices, patient)

  /** Somebody calls, somebody else answers. */
  const connect = async (ann: Person, bob: Person, how: string): Promise<void> => {
    await press(ann.page, how)
    await rings(bob.page, 'Ann')
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
      await rings(ann.page, 'Bob')
      expect(await ann.page.title()).toBe('📞 Bob is calling')
      // By keyboard: Esc makes it silent and decides nothing, and Enter does nothing before a button has been chosen.
      await ann.page.keyboard.press('Escape')
      await ann.page.keyboard.press('Enter')
      await ann.page.locator('.ring__silence:disabled').waitFor({ state: 'attached' })
      await ann.page.keyboard.press('Tab')
      await ann.page.locator('.ring__button--refuse:focus').waitFor()
      await ann.page.keyboard.press('Enter')
      await bob.page.locator('.call-end').getByText('Declined').waitFor()
      expectNoComplaints(ann, bob)
    },
    timeout,
  )

  test(
    'a video call comes over an open dialog; camera and screen come and go; beside it people write',
    async () => {
      const [ann, bob] = await meet('Ann', 'Bob')
      await press(bob.page, /^Bob/)
      await bob.page.locator('.settings').waitFor()
      await connect(ann, bob, 'Video call with Bob')
      await Promise.all([sees(ann.page, 2), sees(bob.page, 2)])
      await ann.page.locator('.tile--floating').dragTo(ann.page.locator('.room__title'))
      // It went as far up as there is room.
      await ann.page.waitForFunction(() => {
        const [own, all] = ['.tile--floating', '.tiles'].map((one) => document.querySelector(one)?.getBoundingClientRect().top)
        return own !== undefined && own === all
      })
      await press(bob.page, 'Devices')
      await bob.page.locator('.room__devices').getByLabel('Microphone').selectOption({ index: 1 })
      await bob.page.waitForFunction(() => localStorage.getItem('parley.calls')?.includes('audio'))
      await press(bob.page, 'Devices')
      await press(bob.page, 'Turn the camera off')
      await sees(ann.page, 1)
      await press(bob.page, 'Share the screen')
      await ann.page.getByLabel('Bob’s screen').waitFor()
      await bob.page.locator('.room').getByText('You are sharing your screen').waitFor()
      await press(bob.page, 'Stop sharing the screen')
      await ann.page.getByLabel('Bob’s screen').waitFor({ state: 'detached' })
      await ann.page.keyboard.press('Escape')
      await ann.say('Beside the call')
      await ann.sees('Beside the call')
      await ann.page.locator('.call-bar__back').click()
      await talks(ann.page)
      const cid = await visit('Cid')
      await cid.open('Bob')
      await press(cid.page, 'Call Bob')
      await cid.page.locator('.call-end').getByText('In another call').waitFor()
      const ended = ann.page.locator('.call-end').getByText('Call ended').waitFor()
      await press(bob.page, 'Hang up')
      await ended
      expectNoComplaints(ann, bob, cid)
    },
    timeout,
  )

  test(
    'three in a group see each other; who has declined is told that it goes on, and joins',
    async () => {
      const [bob, cid, ann] = [await visit('Bob'), await visit('Cid'), await visit('Ann')]
      await press(ann.page, 'New group')
      await ann.page.locator('#group-name').fill('Club')
      for (const name of ['Bob', 'Cid']) await ann.page.locator('.picker__one').filter({ hasText: name }).first().click()
      await press(ann.page, 'Make the group')
      await press(ann.page, 'Video call with Club')
      await rings(cid.page, 'Ann')
      await press(cid.page, 'Decline')
      await rings(bob.page, 'Ann')
      await press(bob.page, 'Accept')
      await sees(ann.page, 2)
      await cid.open('Club')
      await cid.page.locator('.going').getByText('with 2 people').waitFor()
      await cid.page.locator('.going__join').click()
      for (const each of [ann, bob, cid]) await sees(each.page, 3)
      // None is as wide as the window, where a head would be cut off.
      const widths = await ann.page.locator('.tile').evaluateAll((all) => all.map(({ clientWidth }) => clientWidth))
      expect([widths.length, new Set(widths).size]).toEqual([3, 1])
      await press(ann.page, 'Leave the call')
      await sees(bob.page, 2)
      await ann.page.locator('.going').getByText('with 2 people').waitFor()
      await press(bob.page, 'Leave the call')
      await press(cid.page, 'Leave the call')
      await ann.page.locator('.going').waitFor({ state: 'detached' })
      expectNoComplaints(ann, bob, cid)
    },
    timeout,
  )

  test(
    'of two tabs one answers and the other says so; a reload comes back into the call; on a phone nothing is too wide',
    async () => {
      const [ann, bob] = [await visit('Ann'), await visit('Bob', phone)]
      const tab = await arrive(bob.page.context(), url())
      await tab.page.locator('[data-line="online"]').waitFor()
      await ann.open('Bob')
      await press(ann.page, 'Call Bob')
      await ann.page.getByText('Ringing on 2 devices').waitFor()
      await rings(tab.page, 'Ann')
      const told = tab.page.locator('.call-notice').getByText('Answered on another device').waitFor()
      await press(bob.page, 'Accept')
      await Promise.all([told, talks(ann.page)])
      await isQuiet(tab.page)
      expect(await bob.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      await bob.page.reload()
      await Promise.all([talks(bob.page), talks(ann.page)])
      await press(bob.page, 'Hang up')
      await Promise.all([isQuiet(ann.page), isQuiet(bob.page)])
      expectNoComplaints(ann, bob, tab)
    },
    timeout,
  )

  test(
    'who has no microphone says so to the other; a call that was missed stands in the list, which calls back',
    async () => {
      const [ann, bob] = await meet('Ann', 'Bob')
      await bob.page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('None here', 'NotFoundError'))
      })
      await connect(ann, bob, 'Call Bob')
      await bob.page.locator('.room__trouble').getByText('No microphone was found').waitFor()
      await ann.page.locator('.room__trouble').getByText('Bob has no microphone that works').waitFor()
      await press(bob.page, 'Hang up')
      await isQuiet(ann.page)
      await press(ann.page, 'Call Bob')
      await rings(bob.page, 'Ann')
      await press(ann.page, 'Cancel the call')
      await press(bob.page, 'Show your calls, 1 missed call')
      await bob.page.locator('.call-row--missed').getByText('Missed voice call').waitFor()
      await bob.page.getByRole('button', { name: 'Show your calls, 1 missed call' }).waitFor({ state: 'detached' })
      await bob.page.locator('.call-row--missed .call-row__back').click()
      await rings(ann.page, 'Bob')
      await press(ann.page, 'Decline')
      expectNoComplaints(ann, bob)
    },
    timeout,
  )

  test.each(['light', 'dark'] as const)(
    'axe-core finds nothing serious in calls, %s',
    async (colorScheme) => {
      const look = { colorScheme, reducedMotion: 'reduce' } as const
      const [ann, bob] = [await visit('Ann', look), await visit('Bob', { ...look, ...phone })]
      await ann.open('Bob')
      const found: string[] = []
      const lookAt = async ({ page }: Person, view: string): Promise<void> => void found.push(...(await findings(page, view)))
      await press(ann.page, 'Video call with Bob')
      await rings(bob.page, 'Ann')
      await lookAt(ann, 'outgoing')
      await lookAt(bob, 'incoming')
      await press(bob.page, 'Accept without video')
      await Promise.all([talks(ann.page), talks(bob.page)])
      await press(ann.page, 'Devices')
      await lookAt(ann, 'call and devices')
      await lookAt(bob, 'video on a phone')
      await bob.page.keyboard.press('Escape')
      await lookAt(bob, 'bar')
      await press(ann.page, 'Hang up')
      await press(bob.page, 'Show your calls')
      await bob.page.locator('.call-row').waitFor()
      await lookAt(bob, 'ended, and the list')
      await lookAt(ann, 'entry')
      await press(ann.page, /^Ann/)
      await ann.page.locator('.section__title').getByText('Calls').click()
      await press(ann.page, 'Test my devices and network')
      await ann.page.getByText('Calls work within one network.').waitFor()
      await lookAt(ann, 'settings')
      expect(found).toEqual([])
    },
    timeout,
  )
})
