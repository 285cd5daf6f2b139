// The menu of a message under a finger.
import { expect, test } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { findings } from './axe.ts'
import { fingerOn, phone } from './finger.ts'
import { eventually, expectNoComplaints, newest, type Person } from './person.ts'
import { whyNotWith } from './program.ts'
import { receiveVisits } from './visits.ts'

const timeout = 60_000

const bubble = ({ page }: Person, text: string): Locator => page.locator('.lines .bubble').filter({ hasText: text }).last()

const menu = (page: Page): Locator => page.locator('dialog.held')

const gone = async (page: Page): Promise<void> => {
  await menu(page).waitFor({ state: 'detached' })
  // Its entry in the history goes a little later.
  await eventually(page, () => page.evaluate(() => history.state?.isOver !== true))
}

interface Counts {
  /** How often a bubble was marked as pressed. */
  readonly pressed: number
  /** How often the phone has ticked in the hand. */
  readonly ticks: number
}

/** Count from now on; what it returns tells how much there was. */
const count = async (page: Page): Promise<() => Promise<Counts>> => {
  const counts = await page.evaluateHandle(() => {
    const kept = { pressed: 0, ticks: 0 }
    navigator.vibrate = () => {
      kept.ticks++
      return true
    }
    new MutationObserver((changes) => {
      kept.pressed += changes.filter(({ target }) => (target as HTMLElement).dataset.pressed !== undefined).length
    }).observe(document.body, { subtree: true, attributeFilter: ['data-pressed'] })
    return kept
  })
  return () => counts.jsonValue()
}

/** The menu lies within the window, and nothing of it is too small for a finger. */
const expectWithin = async (page: Page): Promise<void> => {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))))
  for (const part of await page.locator('.held__top, .held__items').all()) {
    const box = await part.boundingBox()
    if (!box) throw new Error('a part of the menu cannot be seen')
    expect([box.x >= 0, box.y >= 0, box.x + box.width <= width, box.y + box.height <= height]).toEqual([true, true, true, true])
  }
  const sizes = await page.locator('.held button').evaluateAll((all) => all.map((one) => [one.clientWidth, one.clientHeight]))
  expect(sizes.length).toBeGreaterThan(6)
  expect(sizes.flat().filter((size) => size < 44)).toEqual([])
}

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('a finger on a message', () => {
  const { meet } = receiveVisits({ ...phone, permissions: ['clipboard-read', 'clipboard-write'] })

  test(
    'that stays opens one menu, and what is chosen there happens',
    async () => {
      const [ann, bo] = await meet('Presser', 'Watcher')
      await ann.say('one of mine')
      await bo.sees('one of mine')
      await bo.say('one of yours')
      await newest(ann.page, 2)
      const finger = await fingerOn(ann.page)
      const counts = await count(ann.page)
      await finger.press(bubble(ann, 'one of yours'))
      await menu(ann.page).waitFor()
      await expectWithin(ann.page)
      await finger.up()
      expect(await counts()).toEqual({ pressed: 1, ticks: 1 })
      expect(await ann.page.evaluate(() => document.activeElement?.role)).toBe('menu')
      expect(await ann.page.evaluate(() => getSelection()?.toString())).toBe('')
      await ann.page.getByRole('menuitem', { name: 'React with 🎉' }).tap()
      await bo.page.locator('.reaction').getByText('🎉').waitFor()
      await gone(ann.page)
      await finger.press(bubble(ann, 'one of mine'))
      await menu(ann.page).waitFor()
      await finger.up()
      await expectWithin(ann.page)
      await ann.page.getByRole('menuitem', { name: 'Recall' }).tap()
      await bo.sees('Message recalled')
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'that moves, scrolls or is joined by another one opens nothing',
    async () => {
      const [ann, bo] = await meet('Mover', 'Other')
      await ann.say(...Array.from({ length: 30 }, (_, i) => `line ${i + 1}`), 'the last one')
      await newest(ann.page, 31)
      const finger = await fingerOn(ann.page)
      const counts = await count(ann.page)
      const target = bubble(ann, 'line 30')
      for (const spoil of [() => finger.swipe(target, 0, 40), () => finger.swipe(target, 25, 0), () => finger.pinch(target)]) {
        await spoil()
        await ann.page.locator('.bubble[data-pressed]').waitFor({ state: 'detached' })
        await finger.up()
      }
      expect(await counts()).toMatchObject({ ticks: 0 })
      // Begun later than those, this one would be told later, too.
      await finger.press(bubble(ann, 'line 29'))
      await menu(ann.page).waitFor()
      await finger.up()
      expect(await counts()).toMatchObject({ ticks: 1 })
      expect(await ann.page.locator('.held__bubble').textContent()).toContain('line 29')
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'that stays opens no second menu where the system asks for one, sooner or later than the page',
    async () => {
      const [ann, bo] = await meet('Android', 'Other')
      await ann.say('hold me')
      await newest(ann.page, 1)
      const finger = await fingerOn(ann.page)
      const counts = await count(ann.page)
      /** As Android does it; whether the page has taken it. */
      const ask = (): Promise<boolean> =>
        bubble(ann, 'hold me').evaluate((element) => {
          const { x, y } = element.getBoundingClientRect()
          return !element.dispatchEvent(
            new PointerEvent('contextmenu', { bubbles: true, cancelable: true, pointerType: 'touch', clientX: x, clientY: y }),
          )
        })
      await finger.press(bubble(ann, 'hold me'))
      expect([await ask(), await ask()]).toEqual([true, true])
      await menu(ann.page).waitFor()
      expect(await ask()).toBe(true)
      await finger.up()
      expect(await ann.page.locator('[role="menu"]').count()).toBe(1)
      expect(await counts()).toEqual({ pressed: 1, ticks: 1 })
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'that taps opens the menu too; Back, Escape and a tap beside it close it, and the conversation stays',
    async () => {
      const [ann, bo] = await meet('Tapper', 'Other')
      await ann.say('tap me')
      await newest(ann.page, 1)
      const { page } = ann
      await page.locator('.composer__field').blur()
      for (const leave of [
        () => page.goBack(),
        () => page.keyboard.press('Escape'),
        () => page.touchscreen.tap(20, 620),
        () => page.touchscreen.tap(340, 20),
      ]) {
        await bubble(ann, 'tap me').tap()
        await menu(page).waitFor()
        await leave()
        await gone(page)
        await bubble(ann, 'tap me').waitFor()
      }
      await page.locator('.head__back').tap()
      await page.locator('.rows .row').first().waitFor()
      expect(await page.evaluate(() => location.hash)).toBe('')
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'leaves links and buttons their tap, and a press on a link offers its address',
    async () => {
      const [ann, bo] = await meet('Linker', 'Other')
      await ann.say('see https://example.org/lake and ||a secret||')
      await newest(ann.page, 1)
      const { page } = ann
      await page.locator('.composer__field').blur()
      await page.locator('.lines .spoiler').tap()
      await page.locator('.lines .spoiler--open').waitFor()
      await page.context().route('https://example.org/**', (route) => route.fulfill({ body: 'the lake' }))
      const link = page.locator('.lines .bubble__link')
      const [opened] = await Promise.all([page.context().waitForEvent('page'), link.tap()])
      await opened.close()
      expect(await menu(page).count()).toBe(0)
      const finger = await fingerOn(page)
      await finger.press(link)
      await menu(page).waitFor()
      await finger.up()
      await page.getByRole('menuitem', { name: 'Copy link' }).tap()
      await gone(page)
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('https://example.org/lake')
      expect(page.context().pages()).toEqual([page])
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'finds no dots to press: they are for a keyboard, which finds them',
    async () => {
      const [ann, bo] = await meet('Reader', 'Other')
      await ann.say('by other means')
      await newest(ann.page, 1)
      const { page } = ann
      const dots = page.locator('.lines .bubble__menu')
      const opacity = (): Promise<string> => dots.evaluate((button) => getComputedStyle(button).opacity)
      await bubble(ann, 'by other means').hover()
      expect(await opacity()).toBe('0')
      await page.locator('.log__scroll').focus()
      await page.keyboard.press('Tab')
      await eventually(page, async () => (await opacity()) === '1')
      expect(await opacity()).toBe('1')
      await page.keyboard.press('Enter')
      await menu(page).waitFor()
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('React with 👍')
      expect(await findings(page, 'held menu')).toEqual([])
      await page.keyboard.press('Escape')
      await gone(page)
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('bubble__menu')
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'opens a menu that fits, at either edge of the log and around a text longer than the screen',
    async () => {
      const [ann, bo] = await meet('Edger', 'Other')
      await ann.say(...Array.from({ length: 30 }, (_, i) => `line ${i + 1}`), 'a long one '.repeat(110), 'the end')
      await newest(ann.page, 32)
      const { page } = ann
      const finger = await fingerOn(page)
      for (const text of ['the end', 'a long one']) {
        await finger.press(bubble(ann, text), {
          x: 30,
          y:
            text === 'the end'
              ? 10
              : await bubble(ann, text)
                  .boundingBox()
                  .then((box) => (box?.height ?? 0) - 20),
        })
        await menu(page).waitFor()
        await finger.up()
        await expectWithin(page)
        await page.keyboard.press('Escape')
        await gone(page)
      }
      await page.setViewportSize({ width: 640, height: 360 })
      await finger.press(bubble(ann, 'the end'))
      await menu(page).waitFor()
      await finger.up()
      await expectWithin(page)
      expectNoComplaints(ann, bo)
    },
    timeout,
  )
})
