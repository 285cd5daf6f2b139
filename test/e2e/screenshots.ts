// Pictures of every view: bun test/e2e/screenshots.ts <folder> [wide-light-en …]. Not a test: somebody has to look at them.
// Calls have their own: calls/screenshots.ts. Each is taken wide and narrow, light and dark, in English and Chinese. page.png
// and page-zh.png are for the README: made smaller with pngquant they are public/docs/images/. Debian's fonts-inter,
// fonts-noto-cjk and fonts-noto-color-emoji make them look as on people's own machines.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser, listenForComplaints } from '../support/browser.ts'
import { fillGroup } from './group-scene.ts'
import { longText, type Scene, scenes } from './scene.ts'
import { type Player, type Present, type Stage, setStage } from './stage.ts'

const folder = process.argv[2]
if (!folder) {
  console.error('Usage: bun test/e2e/screenshots.ts <folder>')
  process.exit(2)
}

const sizes = {
  wide: { viewport: { width: 1280, height: 800 } },
  narrow: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
  tiny: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
} as const

/** How a picture is taken. */
interface Setting {
  readonly language: 'en' | 'zh'
  readonly theme: 'light' | 'dark'
  readonly size: keyof typeof sizes
}

const settings: readonly Setting[] = (['en', 'zh'] as const)
  .flatMap((language) =>
    (['light', 'dark'] as const).flatMap((theme) => (['wide', 'narrow'] as const).map((size) => ({ language, theme, size }))),
  )
  .filter(({ language, theme, size }) => process.argv.length < 4 || process.argv.includes(`${size}-${theme}-${language}`))

/** One page on the stage and how its pictures are named. */
interface Shot {
  readonly page: Page
  readonly stage: Stage
  readonly scene: Scene
  readonly setting: Setting
  take(view: string): Promise<void>
}

const locales = { en: 'en-GB', zh: 'zh-CN' } as const

/** A browser of its own; as `me`, if somebody is to be signed in. */
const openContext = async (browser: Browser, stage: Stage, { language, theme, size }: Setting, me?: Player) => {
  const entry = me && (await stage.enter(me))
  const kept = entry && [{ name: 'parley.session', value: JSON.stringify({ refreshToken: entry.refreshToken, user: entry.user }) }]
  return browser.newContext({
    ...sizes[size],
    locale: locales[language],
    colorScheme: theme,
    deviceScaleFactor: size === 'wide' ? 1 : 2,
    reducedMotion: 'reduce',
    permissions: ['clipboard-write'],
    storageState: { cookies: [], origins: kept ? [{ origin: stage.url, localStorage: kept }] : [] },
  })
}

const player = (shot: Pick<Shot, 'stage'>, key: string): Player => {
  const found = shot.stage.players.get(key)
  if (!found) throw new Error(`nobody is called ${key}`)
  return found
}

const row = (shot: Shot, key: string) => shot.page.locator(`.rows [data-peer="${player(shot, key).id}"]`)

const back = async ({ page, setting }: Shot): Promise<void> => {
  if (setting.size === 'wide') await page.keyboard.press('Escape')
  else await page.locator('.head__back').click()
  await page.locator('.conversation').waitFor({ state: 'detached' })
}

/** Read everything but what the list should show as unread. */
const readSome = async (shot: Shot): Promise<void> => {
  for (const key of ['max', 'kenji', 'xiao', 'priya', shot.scene.friend]) {
    await row(shot, key).click()
    await shot.page.locator('[data-seq]').first().waitFor()
    await back(shot)
  }
}

const openGroup = async (shot: Shot): Promise<void> => {
  await shot.page.locator('.rows [data-peer^="G"]').first().click()
  await shot.page.locator('.pin-bar').waitFor()
}

/** Take a picture of a dialog that `press` opens, as far up and down as it goes. */
const dialog = async (shot: Shot, press: () => Promise<void>, view: string): Promise<void> => {
  await press()
  await shot.page.locator('dialog[open]').last().waitFor()
  await shot.take(view)
  const isLong = await shot.page
    .locator('dialog[open]')
    .last()
    .evaluate((sheet) => {
      sheet.scrollTo(0, sheet.scrollHeight)
      return sheet.scrollTop > 40
    })
  if (isLong) await shot.take(`${view}-end`)
}

const groupViews: readonly ((shot: Shot) => Promise<void>)[] = [
  async (shot) => {
    await openGroup(shot)
    await shot.page.mouse.move(0, 0)
    await shot.take('group')
    await shot.page.locator('.composer__field').pressSequentially('@')
    await shot.page.locator('.mentions').waitFor()
    await shot.take('mention')
    await shot.page.keyboard.press('Escape')
    await shot.page.locator('.composer__field').fill('')
    // On a phone a tap beside the keyboard only puts it away.
    await shot.page.locator('.composer__field').blur()
    const second = shot.page.locator('.bubble').nth(2)
    if (shot.setting.size === 'wide') await second.click({ button: 'right' })
    else await second.tap()
    await shot.page.locator('[role="menu"]').waitFor()
    await shot.take('message-menu')
    await shot.page.locator('.menu__item').first().click()
    await shot.page.locator('.composer__note').waitFor()
    await shot.take('replying')
    await shot.page.locator('.composer__note .icon-button').click()
    await dialog(shot, () => shot.page.locator('.head__group').click(), 'group-panel')
    for (const title of await shot.page.locator('.section__title').all()) await title.click()
    await shot.page.locator('.member .icon-button').first().click()
    await dialog(shot, async () => {}, 'group-panel-open')
    await shot.page.keyboard.press('Escape')
    await back(shot)
  },
  async (shot) => {
    await dialog(shot, () => shot.page.locator('.side__contacts').click(), 'contacts')
    await shot.page.keyboard.press('Escape')
    await row(shot, 'kenji').click()
    await dialog(shot, () => shot.page.locator('.head__group').click(), 'person')
    await shot.page.keyboard.press('Escape')
    await back(shot)
  },
  async (shot) => {
    await shot.page.locator('.rows .row').first().click({ button: 'right' })
    await shot.page.locator('.menu').waitFor()
    await shot.take('row-menu')
    await shot.page.keyboard.press('Escape')
    await shot.page.locator('#search').fill(shot.setting.language === 'en' ? 'lake' : '山')
    await shot.page.locator('.row--found').first().waitFor()
    await shot.take('found')
    await shot.page.locator('#search').fill('')
    await shot.page.locator('#side-title').focus()
    await shot.page.keyboard.press('?')
    await shot.page.locator('.keys__list').waitFor()
    await shot.take('keys')
    await shot.page.keyboard.press('Escape')
  },
]

const views: readonly ((shot: Shot) => Promise<void>)[] = [
  async (shot) => {
    await shot.page.locator('.rows .row').first().waitFor()
    await shot.page.locator('.person').first().waitFor()
    await readSome(shot)
    await shot.page.mouse.move(0, 0)
    await shot.take('list')
    await shot.page.locator('#search').fill(shot.setting.language === 'en' ? 'an' : '小')
    await shot.take('search')
    await shot.page.locator('#search').fill('zzz')
    await shot.take('search-nothing')
    await shot.page.locator('#search').fill('')
  },
  async (shot) => {
    await row(shot, shot.scene.friend).click()
    await shot.page.locator('[data-seq]').first().waitFor()
    await shot.take('conversation')
    if (shot.setting.size === 'wide') {
      await shot.page.locator('.composer__emoji').click()
      await shot.take('emoji')
      await shot.page.keyboard.press('Escape')
    }
    await back(shot)
  },
  async (shot) => {
    await row(shot, 'amara').click()
    await shot.page.locator('.unread').waitFor()
    await shot.take('unread')
    await back(shot)
  },
  async (shot) => {
    await shot.page.locator(`.person[data-peer="${player(shot, shot.scene.stranger).id}"]`).click()
    await shot.page.locator('.greeting').waitFor()
    await shot.take('greeting')
    await back(shot)
  },
  async (shot) => {
    await row(shot, 'max').click()
    await shot.page.locator('[data-seq]').first().waitFor()
    await shot.page.locator('textarea').fill(longText)
    await shot.take('long-composer')
    await shot.page.locator('.composer__send').click()
    await shot.page.locator('[data-seq="2"], .line--own').last().waitFor()
    await shot.take('long-message')
    await shot.page.locator('textarea').fill('x'.repeat(3_001))
    await shot.page.locator('.composer__send').click()
    await shot.page.locator('.failed').waitFor()
    await shot.take('failed')
    await shot.page.locator('.failed__action').last().click()
    await shot.page.locator('textarea').fill('x'.repeat(16_400))
    await shot.take('too-long')
    await shot.page.locator('textarea').fill('')
    await back(shot)
  },
  async (shot) => {
    await row(shot, 'kenji').click()
    await shot.page.locator('[data-seq]').first().waitFor()
    await shot.page.locator('.log__scroll').evaluate((list) => list.scrollTo(0, -900))
    await shot.page.locator('.jump--end').waitFor()
    await shot.take('many-scrolled')
    await back(shot)
  },
  async (shot) => {
    await shot.page.locator('.side__me').click()
    await shot.page.locator('dialog[open]').waitFor()
    await shot.take('settings')
    await shot.page.keyboard.press('Escape')
  },
]

const shootWelcome = async (browser: Browser, stage: Stage, setting: Setting, take: (page: Page, view: string) => Promise<void>) => {
  const context = await openContext(browser, stage, setting)
  const page = await context.newPage()
  await page.goto(stage.url)
  await page.locator('.entry').waitFor()
  await take(page, 'welcome')
  await page.locator('.entry__go').click()
  await take(page, 'welcome-error')
  await page.locator('.segmented__option').nth(2).click()
  await page.locator('#password').fill('short')
  await page.locator('.entry__go').click()
  await take(page, 'welcome-register')
  await page.locator('.segmented__option').nth(0).click()
  await page.locator('#name').fill('Robin')
  await page.locator('.entry__go').click()
  await page.locator('.here, .invite').first().waitFor()
  await take(page, 'list-empty')
  await page.locator('.side__me').click()
  await page.locator('.settings .button--soft').last().click()
  await take(page, 'sign-out')
  await context.close()
}

const nameOf = ({ language, theme, size }: Setting, view: string): string => `${view}-${size}-${theme}-${language}.png`

const save = async (page: Page, setting: Setting, view: string): Promise<void> => {
  await page.screenshot({ path: join(folder, nameOf(setting, view)), animations: 'disabled' })
}

/** While the server is away: what was open stays, what is written waits. */
const shootOffline = async (shots: readonly Shot[], stage: Stage): Promise<void> => {
  for (const shot of shots) await row(shot, shot.scene.friend).click()
  await stage.stop()
  for (const shot of shots) {
    await shot.page.locator('.line-bar--shown').waitFor()
    await shot.page.locator('textarea').fill(shot.scene.unsent)
    await shot.page.locator('.composer__send').click()
    await shot.page.locator('.bubble [data-state="queued"]').first().waitFor()
    await shot.take('offline')
    await back(shot)
    await shot.take('offline-list')
  }
}

/** The picture of the README: a desktop in light and a phone in dark, side by side on one sheet. */
const shootReadme = async (browser: Browser, stage: Stage, scene: Scene, language: 'en' | 'zh'): Promise<void> => {
  const me = player({ stage }, scene.me)
  const picture = async (setting: Setting, width: number, height: number): Promise<string> => {
    const context = await openContext(browser, stage, setting, me)
    const page = await context.newPage()
    await page.setViewportSize({ width, height })
    await page.goto(stage.url)
    const shot: Shot = { page, stage, scene, setting, take: async () => {} }
    await page.locator('.person').first().waitFor()
    await readSome(shot)
    await row(shot, scene.friend).click()
    await page.locator('[data-seq]').first().waitFor()
    await page.locator('.side__lists').evaluate((lists) => lists.scrollTo(0, 0))
    await page.mouse.move(width - 5, height / 2)
    const png = await page.screenshot({ animations: 'disabled' })
    await context.close()
    return `data:image/png;base64,${png.toString('base64')}`
  }
  const desktop = await picture({ language, theme: 'light', size: 'wide' }, 1080, 728)
  const phone = await picture({ language, theme: 'dark', size: 'narrow' }, 330, 640)
  const sheet = await browser.newPage({ viewport: { width: 1470, height: 800 } })
  await sheet.setContent(`<style>
    body { margin: 0; height: 800px; position: relative; background: #e9e8f8; }
    img { position: absolute; }
    .desktop { left: 36px; top: 36px; width: 1080px; border-radius: 14px; box-shadow: 0 18px 50px #1a174433; }
    .phone { right: 36px; bottom: 32px; width: 300px; border: 8px solid #17181c; border-radius: 38px; box-shadow: 0 22px 60px #1a174466; }
  </style><img class="desktop" src="${desktop}"><img class="phone" src="${phone}">`)
  await sheet.screenshot({ path: join(folder, language === 'en' ? 'page.png' : 'page-zh.png') })
  await sheet.close()
}

const fillLongTalk = async (stage: Stage, scene: Scene): Promise<void> => {
  const me = player({ stage }, scene.me)
  const kenji = player({ stage }, 'kenji')
  const [mine, his] = await Promise.all([stage.appear(me), stage.appear(kenji)])
  for (let i = 0; i < 90; i++) {
    const text = scene.said[(i * 7) % scene.said.length]?.text ?? ''
    if (i % 3 === 0) await mine.say(kenji, text)
    else await his.say(me, text)
  }
  mine.leave()
  his.leave()
}

const shootLanguage = async (browser: Browser, language: 'en' | 'zh'): Promise<void> => {
  const scene = scenes[language]
  const stage = await setStage(scene)
  const others = scene.actors.filter(({ key }) => key !== scene.me && key !== 'priya' && key !== 'max')
  const present = new Map<string, Present>()
  for (const { key } of others) present.set(key, await stage.appear(player({ stage }, key)))
  await shootReadme(browser, stage, scene, language)
  await fillLongTalk(stage, scene)
  await fillGroup(stage, scene, language)
  const shots: Shot[] = []
  const contexts: BrowserContext[] = []
  for (const setting of settings.filter((one) => one.language === language)) {
    // What is new in one setting was read in the one before.
    const news = scene.said.findLast(({ from, to }) => from === 'amara' && to === scene.me)?.text ?? ''
    if (shots.length > 0) await present.get('amara')?.say(player({ stage }, scene.me), news)
    await shootWelcome(browser, stage, setting, (page, view) => save(page, setting, view))
    const context = await openContext(browser, stage, setting, player({ stage }, scene.me))
    const page = await context.newPage()
    const complaints = await listenForComplaints(page)
    await page.goto(stage.url)
    const shot: Shot = { page, stage, scene, setting, take: (view) => save(page, setting, view) }
    for (const view of [...views, ...groupViews]) await view(shot)
    if (complaints.all.length > 0) console.error(nameOf(setting, '*'), complaints.all)
    shots.push(shot)
    contexts.push(context)
  }
  await shootOffline(shots, stage)
  for (const context of contexts) await context.close()
}

await mkdir(folder, { recursive: true })
const browser = await launchBrowser()
for (const language of new Set(settings.map((one) => one.language))) await shootLanguage(browser, language)
await browser.close()
