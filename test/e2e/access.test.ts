// Nobody is shut out: axe-core looks at every view, in light and dark, wide and narrow. What it cannot see (the keyboard,
// what is said when) other tests cover.
import { expect, test } from 'bun:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { findings } from './axe.ts'
import { type Ground, receiveGround } from './ground.ts'
import { arrive, newest, type Person } from './person.ts'
import { whyNotWith } from './program.ts'
import { type Voice, voice } from './voice.ts'

const timeout = 90_000

const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['wide and light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
  ['wide and dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }],
  ['narrow and light', { viewport: { width: 390, height: 780 }, colorScheme: 'light' }],
  ['narrow and dark', { viewport: { width: 390, height: 780 }, colorScheme: 'dark' }],
]

let ground: Ground
let friend: Voice

const isNarrow = (page: Page): boolean => (page.viewportSize()?.width ?? 0) < 900

const back = async (page: Page): Promise<void> => {
  if (isNarrow(page)) await page.locator('.head__back').click()
}

/** What somebody sees one after the other; each step leads to the next view. */
const views: readonly (readonly [string, (person: Person) => Promise<void>])[] = [
  ['list', ({ page }) => page.locator('.rows .row').first().waitFor()],
  [
    'conversation',
    async (person) => {
      await person.open('Friend')
      await person.say('**Hello** `code` ||hidden|| https://example.org', '😀')
      await newest(person.page, 4)
    },
  ],
  [
    'menu',
    async ({ page }) => {
      await page.locator('.bubble').first().click({ button: 'right' })
      await page.locator('.menu').waitFor()
    },
  ],
  [
    'reply',
    async ({ page }) => {
      await page.getByRole('menuitem', { name: 'Reply' }).click()
      await page.locator('.composer__note').waitFor()
    },
  ],
  [
    'new group',
    async ({ page }) => {
      await back(page)
      await page.getByRole('button', { name: 'New group' }).click()
      await page.locator('dialog[open]').waitFor()
    },
  ],
  [
    'group',
    async ({ page }) => {
      await page.locator('#group-name').fill('Club')
      await page.locator('.picker__one').filter({ hasText: 'Friend' }).first().click()
      await page.getByRole('button', { name: 'Make the group' }).click()
      await page.locator('.notice').waitFor()
    },
  ],
  [
    'group panel',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Members and settings of the group' }).click()
      await page.getByRole('button', { name: 'What to do with Friend' }).click()
      for (const title of await page.locator('.section__title').all()) await title.click()
    },
  ],
  [
    'question',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Hand the group over' }).click()
      await page.locator('.confirm__text').waitFor()
    },
  ],
  [
    'menu of a conversation',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.keyboard.press('Escape')
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
      await back(page)
      await page.locator('.rows .row').first().click({ button: 'right' })
      await page.locator('.menu').waitFor()
    },
  ],
  [
    'found messages',
    async ({ page }) => {
      await page.keyboard.press('Escape')
      await page.locator('#search').fill('there')
      await page.locator('.row--found').first().waitFor()
    },
  ],
  [
    'contacts',
    async ({ page }) => {
      await page.locator('#search').fill('')
      await page.getByRole('button', { name: 'Contacts' }).click()
      await page.locator('dialog[open]').waitFor()
    },
  ],
  [
    'person',
    async (person) => {
      const { page } = person
      await page.keyboard.press('Escape')
      await person.open('Friend')
      await page.getByRole('button', { name: 'Details of Friend' }).click()
      await page.locator('#contact-note').waitFor()
    },
  ],
  [
    'forward',
    async ({ page }) => {
      await page.keyboard.press('Escape')
      await page.locator('.bubble').first().click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Forward' }).click()
      await page.locator('.picker__one--press').first().waitFor()
    },
  ],
  [
    'keys',
    async ({ page }) => {
      await page.keyboard.press('Escape')
      await page.locator('.log__scroll').focus()
      await page.keyboard.press('?')
      await page.locator('.keys__list').waitFor()
    },
  ],
  [
    'settings',
    async ({ page }) => {
      await page.keyboard.press('Escape')
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
      await back(page)
      await page.locator('.side__me').click()
      await page.locator('dialog[open]').waitFor()
    },
  ],
]

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('axe-core finds nothing serious', () => {
  ground = receiveGround({
    begin: async ({ program }) => {
      friend = await voice(program.url, 'Friend')
    },
    end: () => friend[Symbol.dispose](),
  })

  test(
    'and would find a button without a name',
    async () => {
      const { page } = await arrive(await ground.browser.newContext({ locale: 'en-GB' }), ground.program.url)
      await page.locator('#name').waitFor()
      await page.evaluate(() => document.querySelector('main')?.append(document.createElement('button')))
      expect((await findings(page, 'planted')).join()).toStartWith('planted: button-name')
    },
    timeout,
  )

  test.each(looks)(
    '%s',
    async (_, options) => {
      const person = await arrive(
        await ground.browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options }),
        ground.program.url,
      )
      const { page } = person
      await page.locator('#name').waitFor()
      const found = [...(await findings(page, 'welcome'))]
      await person.enter('Looker')
      const id = await page.evaluate(() => (JSON.parse(localStorage.getItem('parley.session') ?? '{}') as { user: { id: string } }).user.id)
      await friend.say(id, ['Hello', 'Are you there?'])
      for (const [view, go] of views) {
        await go(person)
        found.push(...(await findings(page, view)))
      }
      expect(found).toEqual([])
    },
    timeout,
  )
})
