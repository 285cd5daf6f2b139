// Microphones, cameras and speakers that go away in a call, on the page. The devices are none, so their plug is pulled as the
// browser tells it: they are missed in its list, and what came from them ends.
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

/** Have plugs that can be pulled: `pull` and `plug`, by the kind of a device. */
const wire = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const { mediaDevices } = navigator
    const find = mediaDevices.enumerateDevices.bind(mediaDevices)
    const out = new Set<string>()
    const tracks: MediaStreamTrack[] = []
    const get = mediaDevices.getUserMedia.bind(mediaDevices)
    mediaDevices.getUserMedia = async (wanted) => {
      const stream = await get(wanted)
      tracks.push(...stream.getTracks())
      return stream
    }
    mediaDevices.enumerateDevices = async () => (await find()).filter(({ kind, groupId }) => !out.has(kind + groupId))
    const tell = (): unknown => mediaDevices.dispatchEvent(new Event('devicechange'))
    const pull = (kind: string, groupId: string): void => {
      out.add(kind + groupId)
      for (const track of tracks.splice(0)) {
        if (`${track.kind}input` !== kind || track.getSettings().groupId !== groupId) tracks.push(track)
        else {
          track.stop()
          track.dispatchEvent(new Event('ended'))
        }
      }
      tell()
    }
    const groupOf = (kind: string): string => tracks.find((track) => `${track.kind}input` === kind)?.getSettings().groupId ?? ''
    const pullSpeaker = async (id: string): Promise<void> => {
      const speaker = (await find()).find(({ deviceId }) => deviceId === id)
      pull('audiooutput', speaker?.groupId ?? '')
    }
    const plug = (): void => {
      out.clear()
      tell()
    }
    Object.assign(globalThis, { pull: (kind: string) => pull(kind, groupOf(kind)), pullSpeaker, plug })
  })

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'calls'))('a device that goes away in a call', () => {
  const { meet } = receiveVisits({ permissions: ['camera', 'microphone'] }, fakeDevices, patient)

  test(
    'is replaced by another one, or else its loss is told with a way to the devices; a speaker falls back to the system’s own',
    async () => {
      const [ann, bob] = await meet('Ann', 'Bob')
      await wire(ann.page)
      await press(ann.page, 'Video call with Bob')
      await bob.page.getByRole('heading', { name: 'Ann is calling' }).waitFor()
      await press(bob.page, 'Accept')
      await Promise.all([ann.page, bob.page].map((page) => page.locator('.room .call-duration').waitFor()))
      const said = (text: string | RegExp): Promise<void> => ann.page.locator('.room__trouble').getByText(text).waitFor()

      await ann.page.evaluate('pull("audioinput")')
      await said(/^Microphone unplugged\. Now in use: Fake .*\./)
      await ann.page.getByRole('button', { name: 'Mute', exact: true }).waitFor()

      await ann.page.evaluate('pull("videoinput")')
      await said(/^Camera unplugged: .*\. Plug it in again, or choose another one\./)
      await bob.page.locator('.film[aria-label="Ann"]').waitFor({ state: 'detached' })
      await press(ann.page, 'Choose a device')
      await ann.page.locator('.room__devices').waitFor()
      await ann.page.evaluate('plug()')
      await said(/^Camera unplugged\. Now in use: /)
      await bob.page.locator('.film[aria-label="Ann"]').waitFor()

      const speaker = ann.page.locator('.room__devices').getByLabel('Speaker')
      await speaker.selectOption({ index: 1 })
      const id = await speaker.inputValue()
      const sounds = (wanted: string): Promise<unknown> =>
        ann.page.waitForFunction(
          (sink) => [...document.querySelectorAll('audio')].some((each) => (each as unknown as { sinkId: string }).sinkId === sink),
          wanted,
        )
      await sounds(id)
      await ann.page.evaluate(`pullSpeaker(${JSON.stringify(id)})`)
      await said(/^Speaker unplugged: .*\. The sound comes from the system’s own now\./)
      await sounds('')
      expect(await ann.page.locator('.room .call-duration').count()).toBe(1)
      expectNoComplaints(ann, bob)
    },
    timeout,
  )
})
