import { signal } from '@preact/signals'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { recall, toggleReaction } from '../state/editing.ts'
import { isGroup } from '../state/groups.ts'
import type { Line } from '../state/layout.ts'
import { mayPin, setPinned } from '../state/pins.ts'
import { texts } from '../state/settings.ts'
import { setReply, startEditing } from '../state/writing.ts'
import { useRoving } from './roving.ts'

/** What the menu is about, and where it was asked for. */
export interface MenuFor {
  readonly line: Line
  readonly peer: string
  readonly x: number
  readonly y: number
  /** Gets the focus back. */
  readonly from: HTMLElement | null
}

/** The open menu of a message, if there is one. */
export const messageMenu = signal<MenuFor | undefined>(undefined)

const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🎉'] as const

const edge = 8

/** Inside the window, wherever it was asked for. */
const place = (box: HTMLElement, x: number, y: number): void => {
  const { width, height } = box.getBoundingClientRect()
  box.style.left = `${Math.max(edge, Math.min(x, innerWidth - width - edge))}px`
  box.style.top = `${Math.max(edge, Math.min(y, innerHeight - height - edge))}px`
}

const close = (): void => {
  const from = messageMenu.peek()?.from
  messageMenu.value = undefined
  from?.focus({ preventScroll: true })
}

const useMenu = ({ x, y }: MenuFor) => {
  const roving = useRoving<HTMLDivElement>()
  useLayoutEffect(() => {
    const box = roving.ref.current
    if (box) place(box, x, y)
    box?.querySelector<HTMLElement>('[data-stop]')?.focus({ preventScroll: true })
  }, [x, y])
  useEffect(() => {
    const press = (event: PointerEvent): void => {
      if (!roving.ref.current?.contains(event.target as Node)) messageMenu.value = undefined
    }
    addEventListener('pointerdown', press)
    return () => removeEventListener('pointerdown', press)
  }, [roving.ref])
  return roving
}

const Item = ({ text, run }: { readonly text: string; run(): void }) => (
  <button class="menu__item" type="button" role="menuitem" tabIndex={-1} data-stop onClick={run}>
    {text}
  </button>
)

const toComposer = (run: () => void) => (): void => {
  run()
  document.querySelector<HTMLElement>('.composer__field')?.focus()
}

/** One's own messages, and in a group that one governs everybody's. */
const mayRecall = ({ line, peer }: MenuFor, me: string): boolean => line.own || (isGroup(peer) && mayPin(peer, me))

const Menu = ({ open, me }: { readonly open: MenuFor; readonly me: string }) => {
  const words = texts.value
  const roving = useMenu(open)
  const { line, peer } = open
  const seq = line.seq ?? 0
  const then = (run: () => void) => (): void => {
    close()
    run()
  }
  return (
    <div
      class="menu"
      role="menu"
      aria-label={words.messageMenu}
      tabIndex={-1}
      ref={roving.ref}
      onFocusIn={roving.onFocusIn}
      onKeyDown={(event) => {
        roving.onKeyDown(event)
        if (event.key !== 'Escape' && event.key !== 'Tab') return
        event.preventDefault()
        event.stopPropagation()
        close()
      }}
    >
      <span class="menu__emoji">
        {quickEmoji.map((emoji) => (
          <button
            key={emoji}
            class="menu__one"
            type="button"
            role="menuitem"
            tabIndex={-1}
            data-stop
            aria-label={words.react(emoji)}
            onClick={then(() => toggleReaction(peer, seq, emoji, !line.reactions[emoji]?.includes(me)))}
          >
            {emoji}
          </button>
        ))}
      </span>
      <Item text={words.reply} run={then(toComposer(() => setReply(peer, seq)))} />
      {line.own && <Item text={words.edit} run={then(toComposer(() => startEditing(peer, line)))} />}
      {navigator.clipboard && (
        <Item text={words.copyText} run={then(() => void navigator.clipboard.writeText(line.text).catch(() => undefined))} />
      )}
      {mayPin(peer, me) && <Item text={line.isPinned ? words.unpin : words.pin} run={then(() => setPinned(peer, seq, !line.isPinned))} />}
      {mayRecall(open, me) && <Item text={words.recall} run={then(() => recall(peer, seq))} />}
    </div>
  )
}

/** The menu of a message: react, reply, edit, copy, pin, recall. */
export const MessageMenu = ({ me }: { readonly me: string }) => {
  const open = messageMenu.value
  return open ? <Menu key={`${open.line.key} ${open.x} ${open.y}`} open={open} me={me} /> : null
}
