// Two of a group who find no way to each other, in real browsers: the others are not disturbed, and the two are brought
// together when there is one.
import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { fakeDevices } from '../../support/browser.ts'
import { describeUnless } from '../../support/skip.ts'
import { expectNoComplaints } from '../person.ts'
import { whyNotWith } from '../program.ts'
import { receiveVisits } from '../visits.ts'

const timeout = 120_000
const patient = { PARLEY_CALLS_RING_SECONDS: '120', PARLEY_CALLS_GRACE_SECONDS: '60' }

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
const answer = async (page: Page): Promise<void> => {
  await page.getByRole('heading', { name: 'Ann is calling' }).waitFor()
  await press(page, 'Accept')
}
/** The picture of somebody moves. */
const sees = (page: Page, name: string): Promise<unknown> =>
  page.waitForFunction((label) => (document.querySelector<HTMLVideoElement>(`.film[aria-label="${label}"]`)?.currentTime ?? 0) > 0, name, {
    timeout: 60_000,
  })

/** The first connection of this page finds no way, nor does what takes its place, until it is opened. Half a minute takes 2 s. */
const shut = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const [Peer, wait] = [globalThis.RTCPeerConnection, globalThis.setTimeout]
    let count = 0
    const open = (): void => {
      Object.assign(globalThis, { RTCPeerConnection: Peer, setTimeout: wait })
      dispatchEvent(new Event('online'))
    }
    const construct = (_: unknown, [configuration]: [RTCConfiguration]): RTCPeerConnection => {
      if (++count === 2) return new Peer(configuration)
      // Without a relay it has no address at all.
      return Object.assign(new Peer({ iceTransportPolicy: 'relay' }), { setConfiguration: () => undefined })
    }
    const hurry = (run: () => void, delayMs: number) => wait(run, delayMs === 30_000 ? 2_000 : delayMs)
    Object.assign(globalThis, { RTCPeerConnection: new Proxy(Peer, { construct }), setTimeout: hurry, open })
  })

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'calls'))('a link of a group’s call', () => {
  const { visit } = receiveVisits({ permissions: ['camera', 'microphone'] }, fakeDevices, patient)

  test(
    'that finds no way is said to be tried again, while the third is seen; and stands when there is one',
    async () => {
      const [bob, cid, ann] = [await visit('Bob'), await visit('Cid'), await visit('Ann')]
      await shut(ann.page)
      await press(ann.page, 'New group')
      await ann.page.locator('#group-name').fill('Club')
      for (const name of ['Bob', 'Cid']) await ann.page.locator('.picker__one').filter({ hasText: name }).first().click()
      await press(ann.page, 'Make the group')
      await press(ann.page, 'Video call with Club')
      await answer(bob.page)
      // Which connection is to whom.
      await ann.page.locator('.tile:not(.tile--own)').waitFor()
      await answer(cid.page)
      const fault = ann.page.locator('.tile__fault').getByText('No connection to Bob. Trying again…')
      await fault.waitFor()
      await Promise.all([sees(ann.page, 'Cid'), sees(cid.page, 'Bob')])
      expect(await ann.page.locator('.room .call-duration').count()).toBe(1)
      await ann.page.evaluate('open()')
      await Promise.all([sees(ann.page, 'Bob'), sees(bob.page, 'Ann')])
      await fault.waitFor({ state: 'detached' })
      expectNoComplaints(ann, bob, cid)
    },
    timeout,
  )
})
