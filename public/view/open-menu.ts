// The ways to the menu of a message: a mouse and a key open it where they are, a finger at the bubble.
import type { Line } from '../state/layout.ts'
import { messageMenu } from './message-menu.tsx'
import { followTouch } from './press.ts'
import { hasKeyboard } from './viewport.ts'

/** A message, and whose conversation it is in. */
interface About {
  readonly line: Line
  readonly peer: string
}

/** By a right click, or the key for it. */
export const openByMouse = ({ line, peer }: About, event: MouseEvent & { readonly currentTarget: HTMLElement }): void => {
  // A link keeps the browser's own menu.
  if (event.target instanceof Element && event.target.closest('a')) return
  event.preventDefault()
  const from = event.currentTarget.closest('.line')?.querySelector<HTMLElement>('.bubble__menu') ?? null
  // A key has no place on the screen: the menu opens at the button.
  const at = from?.getBoundingClientRect()
  const isKey = event.clientX === 0 && event.clientY === 0
  messageMenu.value = {
    ...{ line, peer, from },
    x: isKey ? (at?.left ?? 0) : event.clientX,
    y: isKey ? (at?.bottom ?? 0) : event.clientY,
  }
}

/** By the three dots; where they are not seen, whoever reached them reads the screen with other means. */
export const openByDots = (about: About, event: MouseEvent & { readonly currentTarget: HTMLElement }): void => {
  const bubble = event.currentTarget.closest<HTMLElement>('.bubble')
  if (!bubble || hasKeyboard()) openByMouse(about, event)
  else messageMenu.value = { ...about, from: event.currentTarget, x: 0, y: 0, bubble }
}

const writingField = (): HTMLElement | null => document.querySelector<HTMLElement>('.composer__field:focus')

/** By a finger: a tap, or a press that lasts. */
export const openByTouch = (about: About, event: PointerEvent & { readonly currentTarget: HTMLElement }): void => {
  const bubble = event.currentTarget
  const wasWriting = writingField() !== null
  const open = (href?: string): void => {
    // The keyboard on the screen goes, and gives the menu its room.
    writingField()?.blur()
    messageMenu.value = { ...about, from: bubble.closest<HTMLElement>('.log__scroll'), x: 0, y: 0, bubble, ...(href && { href }) }
  }
  followTouch(event, bubble, {
    // A tap that puts the keyboard away does nothing else.
    tap: () => !wasWriting && open(),
    hold: (target) => open(target?.closest<HTMLAnchorElement>('a.bubble__link')?.href),
  })
}
