// Two people in real browsers, against the program as it is started by anybody.
import { expect, test } from 'bun:test'
import { type FSWatcher, watch } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lastingBrowser, record } from '../support/browser.ts'
import { describeUnless } from '../support/skip.ts'
import { type Ground, receiveGround } from './ground.ts'
import { arrive, eventually, expectNoComplaints, newest, type Person } from './person.ts'
import { whyNotWith } from './program.ts'

const timeout = 60_000

let ground: Ground

const visit = async (): Promise<Person> => arrive(await ground.browser.newContext({ locale: 'en-GB' }), ground.program.url)

/** Two new people with each other's conversation open. */
const meet = async (first: string, second: string): Promise<[Person, Person]> => {
  const [one, other] = [await visit(), await visit()]
  await one.enter(first)
  await other.enter(second)
  await one.open(second)
  await other.open(first)
  return [one, other]
}

/** Wait until something that the browser of this profile keeps has reached the disk. */
const onDisk = async (profile: string, text: string): Promise<void> => {
  const folder = join(profile, 'Default/Local Storage/leveldb')
  const isThere = async (): Promise<boolean> => {
    for (const name of await readdir(folder)) {
      const content = await readFile(join(folder, name)).catch(() => undefined)
      if (content?.includes(text)) return true
    }
    return false
  }
  let watcher: FSWatcher | undefined
  await new Promise<void>((resolve, reject) => {
    const look = (): void => void isThere().then((found) => found && resolve(), reject)
    watcher = watch(folder, look)
    look()
  })
  watcher?.close()
}

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('two people in two browsers', () => {
  ground = receiveGround()

  test(
    'choose names, see each other, and talk both ways',
    async () => {
      const [ann, bo] = await meet('Ann Lee', 'Bo Chen')
      await ann.say('Hello Bo', 'How are you?')
      await bo.sees('How are you?')
      await bo.say('Very well, and you?')
      await ann.sees('Very well, and you?')
      await ann.shows(['Hello Bo', 'How are you?', 'Very well, and you?'])
      await bo.shows(await ann.messages())
      await ann.own('sent').nth(1).waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'see at once who comes and who goes',
    async () => {
      const [ann, bo] = await meet('Coming', 'Going')
      await ann.page.locator('.head__presence--here').waitFor()
      await bo.page.close()
      await ann.page.locator('.head__presence:not(.head__presence--here)').waitFor()
      expectNoComplaints(ann)
    },
    timeout,
  )

  test(
    'a message that comes in elsewhere is counted until it is read',
    async () => {
      const [ann, bo] = await meet('Reader', 'Writer')
      await ann.page.keyboard.press('Escape')
      await bo.say('one', 'two')
      await ann.page.locator('.badge').getByText('2', { exact: true }).waitFor()
      await ann.page.waitForFunction(() => document.title.startsWith('(2)'))
      await ann.open('Writer')
      await ann.page.locator('.unread').waitFor()
      await ann.page.locator('.badge').waitFor({ state: 'detached' })
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'what is written while the server is away is kept, shown as waiting, and sent once when it is back',
    async () => {
      const [ann, bo] = await meet('Patient', 'Waiting')
      await ann.say('before')
      await bo.sees('before')
      await ground.program.stop()
      await ann.page.locator('.line-bar--shown').getByText('The server is restarting.').waitFor()
      await ann.say('during one', 'during two')
      await ann.own('queued').nth(1).waitFor()
      await ground.program.startAgain()
      for (const { page } of [ann, bo]) await page.locator('.line-bar__action').click()
      await bo.sees('during two')
      await newest(ann.page, 3)
      await ann.shows(['before', 'during one', 'during two'])
      await bo.shows(['before', 'during one', 'during two'])
      await ann.page.locator('.line-bar:not(.line-bar--shown)').waitFor({ state: 'attached' })
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'a page that is killed mid-send comes back with nothing lost and nothing doubled',
    async () => {
      const [ann, bo] = await meet('Killed', 'Witness')
      const recordings = await Promise.all([
        record(ann.page.context(), 'killed-mid-send'),
        record(bo.page.context(), 'killed-mid-send-witness'),
      ])
      await ann.say('before')
      await bo.sees('before')
      // Frozen, the server holds a message that was sent and is not acknowledged; the others wait behind it.
      ground.program.freeze()
      const texts = Array.from({ length: 8 }, (_, i) => `mid-send ${i}`)
      await ann.say(...texts)
      await ann.own('sending').waitFor()
      const crashed = ann.page.waitForEvent('crash')
      const devtools = await ann.page.context().newCDPSession(ann.page)
      devtools.send('Page.crash').catch(() => undefined)
      await crashed
      ground.program.thaw()
      const again = await arrive(ann.page.context(), ann.page.url())
      await newest(again.page, texts.length + 1)
      await newest(bo.page, texts.length + 1)
      await again.shows(['before', ...texts])
      await bo.shows(['before', ...texts])
      await eventually(again.page, async () => (await again.own('sent').count()) === texts.length + 1)
      expect(await again.own('sent').count()).toBe(texts.length + 1)
      for (const { save } of recordings) expect((await stat(await save())).size).toBeGreaterThan(10_000)
      expectNoComplaints(again, bo)
    },
    timeout,
  )

  test(
    'of what waited through a reload, the last is what its row says, though nobody opens it',
    async () => {
      const [ann, bo] = await meet('Ann', 'Bo')
      await ann.say('First')
      await ann.own('sent').first().waitFor()
      for (const round of [1, 2, 3]) {
        await ann.page.context().setOffline(true)
        await ann.say(`${round} one`, `${round} two`, `${round} three`)
        await ann.page.context().setOffline(false)
        await ann.page.goto(new URL('/', ann.page.url()).href)
        await bo.sees(`${round} three`)
        await ann.page.locator('.rows .row').getByText(`You: ${round} three`).waitFor()
        await ann.open('Bo')
      }
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'a browser that is killed with messages waiting sends them when it is started again',
    async () => {
      await using hers = await lastingBrowser()
      const ann = await arrive(await hers.open({ locale: 'en-GB' }), ground.program.url)
      const bo = await visit()
      await ann.enter('Power Cut')
      await bo.enter('Other Side')
      await ann.open('Other Side')
      await bo.open('Power Cut')
      ground.program.freeze()
      await ann.say('waits one', 'waits two', 'waits three')
      await ann.own('queued').nth(1).waitFor()
      const address = ann.page.url()
      await onDisk(hers.folder, 'waits three')
      await hers.kill()
      ground.program.thaw()
      const again = await arrive(await hers.open({ locale: 'en-GB' }), address)
      await newest(again.page, 3)
      await newest(bo.page, 3)
      await again.shows(['waits one', 'waits two', 'waits three'])
      await bo.shows(await again.messages())
      expectNoComplaints(again, bo)
    },
    // A Chromium that has written a little already writes the rest up to a minute later.
    timeout + 90_000,
  )

  test(
    'a session that is ended elsewhere brings the page back to the welcome view, with the reason',
    async () => {
      const ann = await visit()
      await ann.enter('Revoked')
      const status = await ann.page.evaluate(async () => {
        const { refreshToken } = JSON.parse(localStorage.getItem('parley.session') ?? '{}') as { refreshToken: string }
        const headers = { 'content-type': 'application/json' }
        const pair = await fetch('/api/auth/refresh', { method: 'POST', headers, body: JSON.stringify({ refreshToken }) })
        const { accessToken } = (await pair.json()) as { accessToken: string }
        return (await fetch('/api/auth/logout', { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } })).status
      })
      expect(status).toBe(204)
      await ann.page.getByText('You have been signed out on another device.').waitFor()
      expect(await ann.page.evaluate(() => localStorage.getItem('parley.session'))).toBeNull()
      expectNoComplaints(ann)
    },
    timeout,
  )

  test(
    'a session that the server no longer knows brings the page back to the welcome view, with the reason',
    async () => {
      const ann = await visit()
      await ann.enter('Forgotten')
      await ann.page.evaluate(() => {
        const kept = JSON.parse(localStorage.getItem('parley.session') ?? '{}') as object
        localStorage.setItem('parley.session', JSON.stringify({ ...kept, refreshToken: 'no-such-token' }))
      })
      await ann.page.reload()
      await ann.page.getByText('Your session has ended. Please come in again.').waitFor()
      await ann.page.locator('#name').waitFor()
      expectNoComplaints(ann)
    },
    timeout,
  )

  test(
    'a device without network says so, keeps what is written, and sends it once when the network is back',
    async () => {
      const [ann, bo] = await meet('In A Tunnel', 'On The Platform')
      await ann.page.context().setOffline(true)
      await ann.say('see you there')
      await ann.page.getByText('You are offline. What you write is kept and sent later.').waitFor()
      await ann.own('queued').waitFor()
      await ann.page.context().setOffline(false)
      await bo.sees('see you there')
      await newest(ann.page, 1)
      await ann.shows(['see you there'])
      await bo.shows(['see you there'])
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'two tabs of one person stay signed in together, over reloads, and show the same',
    async () => {
      const [ann, bo] = await meet('Two Tabs', 'Single Tab')
      const second = await arrive(ann.page.context(), ann.page.url())
      await Promise.all([ann.page.reload(), second.page.reload()])
      for (const { page } of [ann, second]) await page.locator('[data-line="online"]').waitFor()
      await second.say('from the second tab')
      for (const person of [ann, second, bo]) await person.sees('from the second tab')
      expectNoComplaints(ann, second, bo)
    },
    timeout,
  )
})
