// The page on a phone, by keyboard alone, in Chinese, and with parts switched off.
import { expect, test } from 'bun:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { type Ground, receiveGround } from './ground.ts'
import { arrive, eventually, expectNoComplaints, newest, type Person } from './person.ts'
import { startProgram, whyNotWith } from './program.ts'
import { voice } from './voice.ts'

const timeout = 60_000
const phone: BrowserContextOptions = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }

let ground: Ground

const visit = async (options: BrowserContextOptions = {}, url = ground.program.url): Promise<Person> =>
  arrive(await ground.browser.newContext({ locale: 'en-GB', ...options }), url)

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement
    if (at === document.body) return 'nothing'
    return at?.getAttribute('aria-label') || at?.id || at?.textContent || ''
  })

/** What has the focus, once the page has come to rest, is named like this. */
const expectFocus = async (page: Page, name: RegExp): Promise<void> => {
  await eventually(page, async () => name.test(await focused(page)))
  expect(await focused(page)).toMatch(name)
}

/** Press Tab until what has the focus is named like this; fails when it comes round without. */
const tabTo = async (page: Page, name: RegExp): Promise<void> => {
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab')
    const label = await page.evaluate(() => {
      const at = document.activeElement as HTMLElement | null
      return `${at?.getAttribute('aria-label') ?? ''} ${at?.textContent ?? ''}`
    })
    if (name.test(label)) return
  }
  throw new Error(`Tab never reached ${name}`)
}

const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

/** Go up step by step until the message at `seq` is there; every text that was met on the way, in the order of the log. */
const scrollUp = async (page: Page, seq: number): Promise<readonly string[]> => {
  const met = new Map<number, string>()
  const list = page.locator('.log__scroll')
  for (;;) {
    const drawn = await page
      .locator('[data-seq]')
      .evaluateAll((all) =>
        all.map((line) => [Number((line as HTMLElement).dataset.seq), line.querySelector('.bubble__text')?.textContent ?? ''] as const),
      )
    for (const [at, text] of drawn) met.set(at, text)
    if (met.has(seq)) return [...met].sort(([a], [b]) => a - b).map(([, text]) => text)
    const top = await list.evaluate((scroller) => {
      scroller.scrollBy(0, -800)
      return document.querySelector('[data-seq]')?.getAttribute('data-seq')
    })
    if (drawn[0]?.[0] === Number(top)) await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)))
  }
}

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('the page', () => {
  ground = receiveGround()

  test(
    'on a phone has one column: the list, or the conversation with a way back',
    async () => {
      const [ann, bo] = [await visit(phone), await visit()]
      await ann.enter('Phone')
      await bo.enter('A person with a rather long name, really')
      expect(await overflow(ann.page)).toBe(0)
      await ann.open('A person with a rather long name, really')
      await ann.page.locator('.side').waitFor({ state: 'hidden' })
      await ann.say(`https://example.org/${'long'.repeat(60)}`)
      await newest(ann.page, 1)
      expect(await overflow(ann.page)).toBe(0)
      // iOS zooms into a field whose letters are smaller than 16 px.
      expect(await ann.page.locator('.composer__field').evaluate((field) => getComputedStyle(field).fontSize)).toBe('16px')
      await ann.page.locator('.head__back').click()
      await ann.page.locator('.rows .row').waitFor()
      await ann.page.locator('.frame__main').waitFor({ state: 'hidden' })
      await ann.page.goForward()
      await newest(ann.page, 1)
      await ann.page.goBack()
      await ann.page.locator('.rows .row').waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'says in words what its buttons with a picture are for, to a mouse that rests on them too',
    async () => {
      const [ann, bo] = [await visit(), await visit()]
      await ann.enter('Curious')
      await bo.enter('Explained')
      await ann.open('Explained')
      const buttons = ann.page.locator('.side__head .icon-button:not(.side__calls), .head__group, .composer__emoji, .composer__send')
      const titles = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('title')))
      expect(titles).toEqual(expect.arrayContaining(['New group', 'Profile and settings', 'Emoji', 'Send']))
      expect(titles).not.toContain(null)
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'works by keyboard alone',
    async () => {
      const [ann, bo] = [await visit(), await visit()]
      await bo.enter('Somebody')
      await ann.page.locator('#name').waitFor()
      // The name has the focus; nothing is clicked from here on.
      await ann.page.keyboard.type('Keyboard')
      await ann.page.keyboard.press('Enter')
      await ann.page.locator('.person').first().waitFor()
      await tabTo(ann.page, /Search/)
      await ann.page.keyboard.type('someb')
      await tabTo(ann.page, /Somebody/)
      await ann.page.keyboard.press('Enter')
      await ann.page.locator('.greeting').waitFor()
      await expectFocus(ann.page, /^Message Somebody$/)
      await ann.page.keyboard.type('First line')
      await ann.page.keyboard.press('Shift+Enter')
      await ann.page.keyboard.type('second line')
      await ann.page.keyboard.press('Enter')
      await bo.page.locator('.badge').waitFor()
      await newest(ann.page, 1)
      await ann.shows(['First line\nsecond line'])
      await ann.page.keyboard.press('Escape')
      await ann.page.locator('.conversation').waitFor({ state: 'detached' })
      await expectFocus(ann.page, /Somebody/)
      await ann.page.keyboard.press('Control+k')
      await expectFocus(ann.page, /^Search$/)
      await ann.page.keyboard.press('Escape')
      await ann.page.keyboard.press('Alt+ArrowDown')
      await newest(ann.page, 1)
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'moves within lists by the arrow keys, and shows where the focus is',
    async () => {
      const ann = await visit()
      const others = [await visit(), await visit(), await visit()]
      await ann.enter('Arrows')
      for (const [i, other] of others.entries()) await other.enter(`Neighbour ${i}`)
      await ann.page.locator('.person').filter({ hasText: 'Neighbour 2' }).waitFor()
      await ann.page.locator('#search').fill('neighbour')
      await tabTo(ann.page, /Neighbour 0/)
      await ann.page.keyboard.press('ArrowDown')
      await expectFocus(ann.page, /Neighbour 1/)
      await ann.page.keyboard.press('End')
      await expectFocus(ann.page, /Neighbour 2/)
      expect(await ann.page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).toBe('solid')
      // One Tab leaves the list, whatever its length.
      await ann.page.keyboard.press('Tab')
      await expectFocus(ann.page, /^(?!.*Neighbour)/s)
      expectNoComplaints(ann, ...others)
    },
    timeout,
  )

  test(
    'speaks Chinese to a browser that asks for it, and remembers another choice',
    async () => {
      const [ann, bo] = [await visit({ locale: 'zh-CN' }), await visit({ locale: 'zh-CN' })]
      await ann.page.getByRole('button', { name: '开始聊天' }).waitFor()
      expect(await ann.page.evaluate(() => document.documentElement.lang)).toBe('zh-CN')
      await bo.enter('小红')
      await ann.enter('小明')
      await ann.open('小红')
      await ann.say('你好！')
      await newest(ann.page, 1)
      // What the page says, without the names of people.
      const words = await ann.page.evaluate(() => {
        const body = document.body.cloneNode(true) as HTMLElement
        for (const name of body.querySelectorAll('bdi, .avatar, noscript')) name.remove()
        return body.textContent
      })
      expect(words).toContain('在线')
      expect(words.replace('Parley', '')).not.toMatch(/[A-Za-z]{2}/)
      await ann.page.locator('.side__me').click()
      await ann.page.getByText('English', { exact: true }).click()
      await ann.page.getByRole('heading', { name: 'Settings' }).waitFor()
      await ann.page.getByText('Dark', { exact: true }).click()
      await ann.page.reload()
      await ann.page.locator('.row__you').getByText('You:').waitFor()
      expect(await ann.page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme])).toEqual(['en', 'dark'])
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'shows what people write as text, and only web and mail addresses as links',
    async () => {
      const [ann, bo] = [await visit(), await visit()]
      await bo.enter('Careful')
      await ann.enter('<b>Hostile</b>')
      await ann.open('Careful')
      const markup = '<img src=x onerror="document.title=1"> javascript:alert(1) https://example.org/ok'
      await ann.say(markup)
      await bo.open('<b>Hostile</b>')
      await bo.sees(markup)
      const links = await bo.page.locator('.bubble__text a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
      expect(links).toEqual(['https://example.org/ok'])
      expect(await bo.page.locator('.bubble img').count()).toBe(0)
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'a refused text is shown as not sent, can be edited, and then goes out',
    async () => {
      await using strict = await startProgram({ PARLEY_CHAT_MAX_TEXT: '10' })
      const [ann, bo] = [await visit({}, strict.url), await visit({}, strict.url)]
      await bo.enter('Bo')
      await ann.enter('Ann')
      await ann.open('Bo')
      await ann.say('far too long a text')
      await ann.page.getByText('This message is too long.').waitFor()
      await ann.page.getByRole('button', { name: 'Edit' }).click()
      expect(await ann.page.locator('.composer__field').inputValue()).toBe('far too long a text')
      await ann.say('short')
      await newest(ann.page, 1)
      await ann.shows(['short'])
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'loads earlier messages when somebody scrolls up, and leads back to the newest',
    async () => {
      const ann = await visit()
      await ann.enter('Scroller')
      using talker = await voice(ground.program.url, 'Talker')
      const texts = Array.from({ length: 150 }, (_, i) => `number ${i + 1}`)
      const id = await ann.page.evaluate(
        () => (JSON.parse(localStorage.getItem('parley.session') ?? '{}') as { user: { id: string } }).user.id,
      )
      await talker.say(id, texts)
      await ann.page.locator('.badge').getByText('99+').waitFor()
      await ann.open('Talker')
      // It opens where reading had stopped.
      await ann.page.locator('.unread').waitFor()
      await ann.page.locator('[data-seq="1"]').waitFor()
      await ann.page.getByRole('button', { name: /new messages?$/ }).click()
      await newest(ann.page, 150)
      await ann.page.locator('.badge').waitFor({ state: 'detached' })
      expect(await scrollUp(ann.page, 1)).toEqual(texts)
      await talker.say(id, ['while you were up there'])
      await ann.page.getByRole('button', { name: /new messages?$/ }).click()
      await ann.sees('while you were up there')
      await ann.page.locator('.jump--end').waitFor({ state: 'detached' })
      expectNoComplaints(ann)
    },
    timeout,
  )

  test(
    'accounts: what is wrong is said at its field, and who signs in again finds everything',
    async () => {
      const [ann, bo] = [await visit(), await visit()]
      await bo.enter('Friend')
      await ann.page.getByText('Create account').first().click()
      await ann.page.locator('#name').fill('Account')
      await ann.page.locator('#login').fill('ann')
      await ann.page.locator('#password').fill('short')
      await ann.page.keyboard.press('Enter')
      await ann.page.locator('#password-error').waitFor()
      await expectFocus(ann.page, /^password$/)
      await ann.page.locator('#password').fill('correct horse battery staple')
      await ann.page.keyboard.press('Enter')
      await ann.open('Friend')
      await ann.say('remember this')
      await newest(ann.page, 1)
      const again = await visit()
      await again.page.getByText('Sign in').first().click()
      await again.page.locator('#login').fill('ANN')
      await again.page.locator('#password').fill('wrong horse')
      await again.page.keyboard.press('Enter')
      await again.page.getByText('Login or password is not right.').waitFor()
      await again.page.locator('#password').fill('correct horse battery staple')
      await again.page.keyboard.press('Enter')
      await again.open('Friend')
      await again.sees('remember this')
      expectNoComplaints(ann, bo, again)
    },
    timeout,
  )

  test(
    'emoji can be picked by keyboard, and one alone is shown large',
    async () => {
      const [ann, bo] = [await visit(), await visit()]
      await bo.enter('Bo')
      await ann.enter('Ann')
      await ann.open('Bo')
      await ann.page.keyboard.press('Shift+Tab')
      await ann.page.keyboard.press('Enter')
      await ann.page.locator('.emoji').waitFor()
      await ann.page.keyboard.press('ArrowRight')
      await ann.page.keyboard.press('Enter')
      await ann.page.keyboard.press('Enter')
      await newest(ann.page, 1)
      await ann.shows(['😂'])
      await ann.page.locator('.line--jumbo').waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'a guest is asked before signing out for ever',
    async () => {
      const ann = await visit()
      await ann.enter('Leaving')
      await ann.page.locator('.side__me').click()
      await ann.page.getByRole('button', { name: 'Sign out' }).click()
      await ann.page.getByText('you cannot come back').waitFor()
      await ann.page.getByRole('button', { name: 'Sign out anyway' }).click()
      await ann.page.locator('#name').waitFor()
      expect(await ann.page.evaluate(() => localStorage.getItem('parley.session'))).toBeNull()
      expectNoComplaints(ann)
    },
    timeout,
  )

  test(
    'hides what is not switched on',
    async () => {
      await using withoutChat = await startProgram({ PARLEY_PLUGINS: 'auth,rooms' })
      await using withoutRooms = await startProgram({ PARLEY_PLUGINS: 'auth,chat' })
      const [ann, bo] = [await visit({}, withoutChat.url), await visit({}, withoutChat.url)]
      await bo.enter('Present')
      await ann.enter('Looking')
      await ann.page.locator('.person').getByText('Present').waitFor()
      expect(
        await ann.page
          .locator('.person')
          .first()
          .evaluate((person) => person.tagName),
      ).toBe('SPAN')
      await ann.page.getByText('Conversations are switched off on this server.').waitFor()
      const alone = await visit({}, withoutRooms.url)
      await alone.enter('Chatting')
      await alone.page.getByText('No conversations yet').waitFor()
      expect(await alone.page.getByText('Here now').count()).toBe(0)
      expect(await alone.page.getByRole('button', { name: 'Show your calls' }).count()).toBe(0)
      expectNoComplaints(ann, bo, alone)
    },
    timeout,
  )
})
