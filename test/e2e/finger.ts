// A finger on a phone's screen, as the browser gets it from one: it scrolls and clicks by itself.
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'

/** A context with a touch screen. */
export const phone: BrowserContextOptions = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }

interface Point {
  readonly x: number
  readonly y: number
}

/** One or two fingers. */
export interface Finger {
  /** Put down in the middle of `target`, or at `by` from its upper left corner; it stays there. */
  press(target: Locator, by?: Point): Promise<void>
  /** Put down, and move at once. */
  swipe(target: Locator, byX: number, byY: number): Promise<void>
  /** Put two down, one after the other. */
  pinch(target: Locator): Promise<void>
  /** Lift all. */
  up(): Promise<void>
}

/** Fingers for `page`. */
export const fingerOn = async (page: Page): Promise<Finger> => {
  const session = await page.context().newCDPSession(page)
  const send = async (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: readonly Point[]): Promise<void> => {
    await session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map((point, id) => ({ ...point, id })) })
  }
  /** Where it is, once it has come to rest there and nothing covers it. */
  const find = async (target: Locator, position?: Point): Promise<Point> => {
    await target.tap({ trial: true, ...(position && { position }) })
    const box = await target.boundingBox()
    if (!box) throw new Error('what is to be pressed cannot be seen')
    return { x: box.x + (position?.x ?? box.width / 2), y: box.y + (position?.y ?? box.height / 2) }
  }
  return {
    press: async (target, by) => send('touchStart', await find(target, by)),
    // Sent together: on a slow machine the first alone would become a press that lasts.
    swipe: async (target, byX, byY) => {
      const at = await find(target)
      await Promise.all([send('touchStart', at), send('touchMove', { x: at.x + byX, y: at.y + byY })])
    },
    pinch: async (target) => {
      const at = await find(target)
      await Promise.all([send('touchStart', at), send('touchStart', at, { x: at.x, y: at.y - 60 })])
    },
    up: () => send('touchEnd'),
  }
}
