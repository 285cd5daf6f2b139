// A finger on something that has a menu: a tap, or a press that lasts. A browser on its own would select text, offer the
// menu of a link and click what comes to lie under the finger; none of that happens once the press is recognised.

/** What a finger can mean. Either runs at most once for a touch. */
export interface Touch {
  tap(): void
  /** `target` is what is pressed within the element, if anything. */
  hold(target: Element | undefined): void
}

// Shorter than a browser's own long press, which would begin to select.
const holdMs = 400
// A finger is never quite still.
const slackPx = 10
// What has a tap of its own.
const ownTap = 'a, button, input, textarea, summary, img, audio, video'

let life: AbortController | undefined

const isFar = (from: PointerEvent, to: PointerEvent): boolean => Math.hypot(to.clientX - from.clientX, to.clientY - from.clientY) > slackPx

const stop = (event: Event): void => {
  event.preventDefault()
  event.stopPropagation()
}

/** A short tick in the hand. Before the first touch of a page browsers refuse it, aloud. */
const tick = (): void => {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(10)
}

/**
 * Follow the finger that `event` put down on `on`, which has `data-pressed` until it is lifted, moves, is joined by another,
 * or has meant something. A mouse is not followed. What the touch leaves behind (a click, a `contextmenu`) is watched for
 * until the next key or pointer goes down.
 */
export const followTouch = (event: PointerEvent, on: HTMLElement, touch: Touch): void => {
  life?.abort()
  if (event.pointerType === 'mouse' || !event.isPrimary) return
  const current = new AbortController()
  life = current
  const { signal } = current
  const target = event.target instanceof Element ? event.target : undefined
  let state: 'down' | 'up' | 'held' | 'nothing' = 'down'
  const end = (as: typeof state): void => {
    clearTimeout(timer)
    delete on.dataset.pressed
    if (state === 'down') state = as
  }
  const hold = (): void => {
    if (state !== 'down') return
    end('held')
    tick()
    touch.hold(target)
  }
  const timer = setTimeout(hold, holdMs)
  const cancel = (): void => end('nothing')
  signal.addEventListener('abort', cancel)
  on.dataset.pressed = ''
  const listen = <T extends keyof WindowEventMap>(type: T, run: (event: WindowEventMap[T]) => void): void =>
    addEventListener(type, run, { capture: true, signal })
  // Scrolling begins with a `pointercancel`.
  listen('pointercancel', cancel)
  listen('pointermove', (moved) => isFar(event, moved) && cancel())
  listen('pointerup', () => end('up'))
  listen('pointerdown', () => current.abort())
  listen('keydown', () => current.abort())
  listen('contextmenu', (asked) => {
    // Some systems know earlier than our clock that a press lasts.
    hold()
    if (state === 'held') stop(asked)
  })
  // What has come to lie under the finger is not to take the focus either.
  listen('mousedown', (late) => state === 'held' && stop(late))
  listen('click', (click) => {
    if (state === 'held') stop(click)
    else if (state === 'up' && click.target instanceof Element && on.contains(click.target) && !click.target.closest(ownTap)) touch.tap()
    current.abort()
  })
}
