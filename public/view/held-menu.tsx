import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { closeByBack } from '../state/over.ts'
import { useModal } from './call-modal.ts'
import { useRoving } from './roving.ts'

interface HeldMenuProps {
  readonly label: string
  /** What was pressed; it stands above the veil while the menu is open. */
  readonly bubble: HTMLElement
  readonly isOwn: boolean
  /** Whether the keyboard goes to the first item; a finger needs no mark on it. */
  readonly isByKey: boolean
  /** What is above the bubble. */
  readonly top: ComponentChildren
  readonly children: ComponentChildren
  /** `isBack` when the focus is to go back to where it was. */
  onClose(isBack: boolean): void
}

/** The bubble as it looks, without what could be pressed in it. */
const copyOf = (bubble: HTMLElement): HTMLElement => {
  const copy = bubble.cloneNode(true) as HTMLElement
  for (const part of copy.querySelectorAll('.bubble__menu, .line__face')) part.remove()
  delete copy.dataset.lifted
  copy.style.width = `${Math.ceil(bubble.getBoundingClientRect().width)}px`
  const line = document.createElement('div')
  line.className = bubble.closest('.line')?.className ?? 'line'
  line.classList.remove('line--fresh')
  line.append(copy)
  return line
}

/** Where the bubble is; as far from there as the menu needs to be seen whole. */
const place = (stack: HTMLElement, shown: HTMLElement, at: DOMRect, isOwn: boolean): void => {
  const dialog = stack.parentElement as HTMLElement
  const { paddingTop, paddingBottom } = getComputedStyle(dialog)
  const [first, last] = [Number.parseFloat(paddingTop), dialog.clientHeight - Number.parseFloat(paddingBottom)]
  const wanted = at.top - shown.offsetTop
  const y = Math.max(first, Math.min(wanted, last - stack.offsetHeight))
  stack.style.marginTop = `${y - first}px`
  stack.style.setProperty('--from', `${Math.round(wanted - y)}px`)
  stack.style.setProperty(isOwn ? 'padding-right' : 'padding-left', `${Math.max(0, isOwn ? innerWidth - at.right : at.left)}px`)
  shown.toggleAttribute('data-cut', shown.scrollHeight > shown.clientHeight + 1)
}

/** The bubble is lifted from its place while its copy stands above the veil. */
const useLifted = (bubble: HTMLElement, isOwn: boolean) => {
  const stack = useRef<HTMLDivElement>(null)
  const shown = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    // Lifted, it has no longer the size of a pressed one.
    bubble.dataset.lifted = ''
    const at = bubble.getBoundingClientRect()
    shown.current?.replaceChildren(copyOf(bubble))
    const fit = (): void => {
      if (stack.current && shown.current) place(stack.current, shown.current, at, isOwn)
    }
    fit()
    addEventListener('resize', fit)
    return () => {
      removeEventListener('resize', fit)
      delete bubble.dataset.lifted
    }
  }, [bubble])
  return { stack, shown }
}

/** Close the dialog now, and not with the next drawing: until then nothing beneath it can take the focus. */
export const letGo = (): void => {
  document.querySelector('.bubble[data-lifted]')?.removeAttribute('data-lifted')
  document.querySelector<HTMLDialogElement>('dialog.held')?.close()
}

/** A menu that a finger opened, around what it pressed. Esc, Back and a tap beside it close it. */
export const HeldMenu = ({ label, bubble, isOwn, isByKey, top, children, onClose }: HeldMenuProps) => {
  const dialog = useModal()
  const roving = useRoving<HTMLDivElement>()
  const { stack, shown } = useLifted(bubble, isOwn)
  const close = useRef(onClose)
  close.current = onClose
  useLayoutEffect(() => {
    const first = isByKey ? stack.current?.querySelector<HTMLElement>('[data-stop]') : stack.current
    first?.focus({ preventScroll: true })
    return closeByBack(() => close.current(true))
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself; the click is for the ground around it
    <dialog
      class="held"
      aria-label={label}
      ref={dialog}
      onClose={(event) => event.target === dialog.current && onClose(true)}
      onClick={({ target }) => target instanceof Element && !target.closest('.held__top, .held__items') && onClose(true)}
    >
      <div
        class={`held__stack ${isOwn ? 'held__stack--own' : ''}`}
        role="menu"
        aria-label={label}
        tabIndex={-1}
        ref={(element) => {
          roving.ref.current = element
          stack.current = element
        }}
        onFocusIn={roving.onFocusIn}
        onKeyDown={roving.onKeyDown}
      >
        <div class="held__top">{top}</div>
        <div class="held__bubble" aria-hidden="true" inert ref={shown} />
        <div class="held__items">{children}</div>
      </div>
    </dialog>
  )
}
