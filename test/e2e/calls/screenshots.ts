// Pictures of every view of calls: bun test/e2e/calls/screenshots.ts <folder> [wide-light-en …]. Not a test: somebody has to
// look at them. The others are real pages too; what their cameras show is the browser's test picture.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { fakeDevices, launchBrowser, listenForComplaints } from '../../support/browser.ts'
import { scenes } from '../scene.ts'
import { type Player, type Stage, setStage } from '../stage.ts'

const folder = process.argv[2]
if (!folder) {
  console.error('Usage: bun test/e2e/calls/screenshots.ts <folder>')
  process.exit(2)
}

const sizes = {
  wide: { viewport: { width: 1280, height: 800 } },
  narrow: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
} as const
const languages = { en: 'en-GB', zh: 'zh-CN' } as const
const themes = ['light', 'dark'] as const

type Language = keyof typeof languages

interface Setting {
  readonly language: Language
  readonly theme: (typeof themes)[number]
  readonly size: keyof typeof sizes
}

const settings = (Object.keys(languages) as Language[])
  .flatMap((language) => themes.flatMap((theme) => (Object.keys(sizes) as Setting['size'][]).map((size) => ({ language, theme, size }))))
  .filter(({ language, theme, size }) => process.argv.length < 4 || process.argv.includes(`${size}-${theme}-${language}`))

const player = (stage: Stage, key: string): Player => {
  const found = stage.players.get(key)
  if (!found) throw new Error(`nobody is called ${key}`)
  return found
}

/** A player at a browser of their own. */
const open = async (browser: Browser, stage: Stage, key: string, { language, theme, size }: Setting): Promise<Page> => {
  const { refreshToken, user } = await stage.enter(player(stage, key))
  const session = { name: 'parley.session', value: JSON.stringify({ refreshToken, user }) }
  const context = await browser.newContext({
    ...sizes[size],
    locale: languages[language],
    colorScheme: theme,
    reducedMotion: 'reduce',
    permissions: ['camera', 'microphone'],
    storageState: { cookies: [], origins: [{ origin: stage.url, localStorage: [session] }] },
  })
  const page = await context.newPage()
  await page.goto(stage.url)
  await page.locator('.rows .row').first().waitFor()
  await page.locator('.side__calls').waitFor()
  return page
}

/** One picture after another of one page; the others do what is asked of them. */
interface Shot {
  readonly page: Page
  readonly stage: Stage
  readonly friend: Page
  readonly others: readonly Page[]
  take(view: string): Promise<void>
}

const go = async (page: Page, id: string): Promise<void> => {
  await page.goto(`${new URL(page.url()).origin}/#/${id}`)
  await page.locator('.head__call').first().waitFor()
}
/** Press the n-th button of a call's choice: decline, answer otherwise, answer. */
const choose = (page: Page, n: number): Promise<void> => page.locator('.ring__button').nth(n).click()
const dial = (page: Page, kind: 'audio' | 'video'): Promise<void> =>
  page
    .locator('.head__call')
    .nth(kind === 'audio' ? 0 : 1)
    .click()
const talks = async (page: Page): Promise<void> => {
  await page.locator('.room .call-duration').waitFor()
  await page.locator('.call-quality').waitFor()
}
const seen = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => [...document.querySelectorAll<HTMLVideoElement>('.film')].filter(({ videoWidth }) => videoWidth > 0).length >= wanted,
    count,
  )
/** Up and to the left, further than there is room. */
const move = async (tile: Locator): Promise<void> => {
  const box = await tile.boundingBox()
  if (!box) throw new Error('there is nothing to move')
  const mouse = tile.page().mouse
  await mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await mouse.down()
  await mouse.move(40, 40, { steps: 6 })
  await mouse.up()
}
const hangUp = async (page: Page): Promise<void> => {
  await page.locator('.tool--end').click()
  await page.locator('.room').waitFor({ state: 'detached' })
}
const forget = (page: Page): Promise<void> => page.locator('.call-end__close').click()

const views: readonly ((shot: Shot) => Promise<void>)[] = [
  async ({ page, stage, friend, take }) => {
    await go(page, player(stage, 'jonas').id)
    await go(friend, player(stage, 'mira').id)
    await dial(page, 'video')
    await friend.locator('.ring').waitFor()
    await seen(page, 1)
    await take('outgoing')
    await choose(friend, 2)
    await talks(page)
    await seen(page, 2)
    await take('video')
    await move(page.locator('.tile--floating'))
    await take('moved')
    await page.locator('.tool').nth(-2).click()
    await page.locator('.room__devices').waitFor()
    await take('devices')
    await page.locator('.tool').nth(-2).click()
    await friend.locator('.tool').nth(0).click()
    await friend.locator('.tool').nth(2).click()
    await page.locator('.film--whole').waitFor()
    await seen(page, 2)
    await take('screen')
    await page.keyboard.press('Escape')
    await page.locator('.call-bar').waitFor()
    await take('bar')
    await hangUp(friend)
    await page.locator('.call-end').waitFor()
    await take('ended')
  },
  async ({ page, friend, take }) => {
    await dial(page, 'audio')
    await choose(friend, 2)
    await talks(page)
    await take('voice')
    await hangUp(page)
    await dial(page, 'audio')
    await choose(friend, 0)
    await page.locator('.call-end').waitFor()
    await take('declined')
    await forget(page)
    await friend.locator('.head__call').first().waitFor()
    await dial(friend, 'audio')
    await page.locator('.ring').waitFor()
    await take('incoming')
    await hangUp(friend)
    await page.locator('.call-notice').waitFor()
    await take('missed')
  },
  async ({ page, friend, take }) => {
    await page.goto(new URL(page.url()).origin)
    await page.locator('.side__me').click()
    await page.locator('.section:has(.preflight) > .section__title').click()
    await page.locator('.preflight > .button').click()
    await page.locator('.preflight__sentence').waitFor()
    await page.locator('.preflight').scrollIntoViewIfNeeded()
    await take('settings')
    await dial(friend, 'video')
    await page.locator('.ring').waitFor()
    await take('incoming-over-settings')
    await hangUp(friend)
    await page.keyboard.press('Escape')
    await page.locator('.side__calls .badge').waitFor()
    await page.locator('.call-notice').waitFor({ state: 'detached' })
    await take('badge')
    await page.locator('.side__calls').click()
    await page.locator('.call-row').first().waitFor()
    await take('log')
    await page.locator('.side__calls').click()
  },
  async ({ page, stage, friend, others, take }) => {
    const group = await page.locator('.rows [data-peer^="G"]').first().getAttribute('data-peer')
    if (!group) throw new Error('there is no group')
    await go(page, group)
    await dial(page, 'video')
    await page.locator('.room').waitFor()
    for (const each of [friend, ...others]) {
      await choose(each, 2)
      await each.locator('.room .call-duration').waitFor()
      if (each === friend) continue
      await seen(page, each === others[0] ? 3 : 4)
      if (each === others[0]) await take('three')
    }
    await friend.locator('.tool').nth(1).click()
    await page.locator('.tile > .avatar').waitFor()
    await take('four')
    await hangUp(page)
    await page.locator('.going').waitFor()
    await take('group-going')
    for (const each of [friend, ...others]) if ((await each.locator('.room').count()) > 0) await hangUp(each).catch(() => undefined)
    void stage
  },
]

const shoot = async (browser: Browser, setting: Setting): Promise<void> => {
  const scene = scenes[setting.language]
  const stage = await setStage(scene)
  const keys = ['jonas', 'amara', 'lucia']
  const me = await stage.appear(player(stage, 'mira'))
  const users = keys.map((key) => player(stage, key).id)
  await me.ask('chat.create', { name: setting.language === 'en' ? 'Lake weekend' : '周末爬山', users, avatar: 'sign:⛰️:5' })
  me.leave()
  const page = await open(browser, stage, 'mira', setting)
  const complaints = await listenForComplaints(page)
  const [friend, ...others] = await Promise.all(keys.map((key) => open(browser, stage, key, { ...setting, size: 'wide' })))
  const { language, theme, size } = setting
  const take = async (view: string): Promise<void> => {
    await page.screenshot({ path: join(folder, `call-${view}-${size}-${theme}-${language}.png`), animations: 'disabled' })
  }
  for (const view of views) await view({ page, stage, friend: friend as Page, others, take })
  if (complaints.all.length > 0) console.error(setting, complaints.all)
  for (const context of browser.contexts()) await context.close()
  await stage.stop()
}

await mkdir(folder, { recursive: true })
const browser = await launchBrowser(fakeDevices)
for (const setting of settings) await shoot(browser, setting)
await browser.close()
