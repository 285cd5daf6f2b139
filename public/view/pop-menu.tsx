import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useRoving } from './roving.ts'

const edge = 8

/** Inside the window, wherever it was asked for. */
const place = (box: HTMLElement, x: number, y: number): void => {
  const { width, height } = box.getBoundingClientRect()
  box.style.left = `${Math.max(edge, Math.min(x, innerWidth - width - edge))}px`
  box.style.top = `${Math.max(edge, Math.min(y, innerHeight - height - edge))}px`
}

interface PopMenuProps {
  readonly label: string
  readonly x: number
  readonly y: number
  readonly children: ComponentChildren
  /** `isBack` when the focus is to go back to where it was. */
  onClose(isBack: boolean): void
}

/** A menu at a place of the window. Esc, Tab and a press elsewhere close it. */
export const PopMenu = ({ label, x, y, children, onClose }: PopMenuProps) => {
  const roving = useRoving<HTMLDivElement>()
  const close = useRef(onClose)
  close.current = onClose
  useLayoutEffect(() => {
    const box = roving.ref.current
    if (box) place(box, x, y)
    box?.querySelector<HTMLElement>('[data-stop]')?.focus({ preventScroll: true })
  }, [x, y])
  useEffect(() => {
    const press = (event: PointerEvent): void => {
      if (!roving.ref.current?.contains(event.target as Node)) close.current(false)
    }
    addEventListener('pointerdown', press)
    return () => removeEventListener('pointerdown', press)
  }, [roving.ref])
  return (
    <div
      class="menu"
      role="menu"
      aria-label={label}
      tabIndex={-1}
      ref={roving.ref}
      onFocusIn={roving.onFocusIn}
      onKeyDown={(event) => {
        roving.onKeyDown(event)
        if (event.key !== 'Escape' && event.key !== 'Tab') return
        event.preventDefault()
        event.stopPropagation()
        onClose(true)
      }}
    >
      {children}
    </div>
  )
}

interface MenuItemProps {
  readonly text: string
  /** Drawn in front of the text. */
  readonly icon?: (props: { readonly size?: number }) => VNode
  readonly isBad?: boolean
  run(): void
}

/** One thing of a menu. */
export const MenuItem = ({ text, icon: Icon, isBad, run }: MenuItemProps) => (
  <button class={`menu__item ${isBad ? 'menu__item--bad' : ''}`} type="button" role="menuitem" tabIndex={-1} data-stop onClick={run}>
    {Icon && <Icon size={20} />}
    {text}
  </button>
)
