import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { recall, toggleReaction } from '../state/editing.ts'
import { isGroup } from '../state/groups.ts'
import type { Line } from '../state/layout.ts'
import { mayPin, setPinned } from '../state/pins.ts'
import { texts } from '../state/settings.ts'
import { hide } from '../state/wishes.ts'
import { setReply, startEditing } from '../state/writing.ts'
import { forwarding } from './forward-dialog.tsx'
import { HeldMenu, letGo } from './held-menu.tsx'
import { BinIcon, CopyIcon, ForwardIcon, LinkIcon, PencilIcon, PinIcon, ReplyIcon, UndoIcon } from './icons.tsx'
import { MenuItem, PopMenu } from './pop-menu.tsx'

/** What the menu is about, and where it was asked for. */
export interface MenuFor {
  readonly line: Line
  readonly peer: string
  readonly x: number
  readonly y: number
  /** Gets the focus back. */
  readonly from: HTMLElement | null
  /** Where a finger asked for it: the menu opens around this bubble, and `x` and `y` mean nothing. */
  readonly bubble?: HTMLElement
  /** The link that the finger was on. */
  readonly href?: string
}

/** The open menu of a message, if there is one. */
export const messageMenu = signal<MenuFor | undefined>(undefined)

const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🎉'] as const

const close = (isBack: boolean): void => {
  const from = messageMenu.peek()?.from
  messageMenu.value = undefined
  letGo()
  if (isBack) from?.focus({ preventScroll: true })
}

const toComposer = (run: () => void) => (): void => {
  run()
  document.querySelector<HTMLElement>('.composer__field')?.focus()
}

/** One's own messages, and in a group that one governs everybody's. */
const mayRecall = ({ line, peer }: MenuFor, me: string): boolean => line.own || (isGroup(peer) && mayPin(peer, me))

const then = (run: () => void) => (): void => {
  close(true)
  run()
}

const copy = (text: string) => (): void => void navigator.clipboard.writeText(text).catch(() => undefined)

interface MenuProps {
  readonly open: MenuFor
  readonly me: string
}

const Quick = ({ open: { line, peer }, me }: MenuProps) => (
  <span class="menu__emoji">
    {quickEmoji.map((emoji) => (
      <button
        key={emoji}
        class="menu__one"
        type="button"
        role="menuitem"
        tabIndex={-1}
        data-stop
        aria-label={texts.value.react(emoji)}
        onClick={then(() => toggleReaction(peer, line.seq ?? 0, emoji, !line.reactions[emoji]?.includes(me)))}
      >
        {emoji}
      </button>
    ))}
  </span>
)

const Copies = ({ open: { line, href } }: { readonly open: MenuFor }) => {
  const words = texts.value
  if (!navigator.clipboard || line.call) return null
  return (
    <>
      <MenuItem text={words.copyText} icon={CopyIcon} run={then(copy(line.text))} />
      {href !== undefined && href !== line.text && <MenuItem text={words.copyHref} icon={LinkIcon} run={then(copy(href))} />}
    </>
  )
}

const Items = ({ open, me }: MenuProps) => {
  const words = texts.value
  const { line, peer } = open
  const seq = line.seq ?? 0
  return (
    <>
      <MenuItem text={words.reply} icon={ReplyIcon} run={then(toComposer(() => setReply(peer, seq)))} />
      {line.own && !line.call && <MenuItem text={words.edit} icon={PencilIcon} run={then(toComposer(() => startEditing(peer, line)))} />}
      <Copies open={open} />
      <MenuItem
        text={words.forward}
        icon={ForwardIcon}
        run={then(() => {
          forwarding.value = { peer, seq }
        })}
      />
      {mayPin(peer, me) && (
        <MenuItem text={line.isPinned ? words.unpin : words.pin} icon={PinIcon} run={then(() => setPinned(peer, seq, !line.isPinned))} />
      )}
      <MenuItem text={words.deleteForMe} icon={BinIcon} isBad run={then(() => hide(peer, seq))} />
      {mayRecall(open, me) && <MenuItem text={words.recall} icon={UndoIcon} isBad run={then(() => recall(peer, seq))} />}
    </>
  )
}

const Menu = ({ open, me }: MenuProps) => {
  const { x, y, bubble, line, from } = open
  const label = texts.value.messageMenu
  const quick = <Quick open={open} me={me} />
  const items = <Items open={open} me={me} />
  // It goes with the conversation that it was opened in.
  useEffect(() => () => void (messageMenu.peek() === open && close(false)), [])
  if (!bubble) {
    return (
      <PopMenu label={label} x={x} y={y} onClose={close}>
        {quick}
        {items}
      </PopMenu>
    )
  }
  return (
    <HeldMenu
      label={label}
      bubble={bubble}
      isOwn={line.own}
      isByKey={from?.classList.contains('bubble__menu') === true}
      top={quick}
      onClose={(isBack) => messageMenu.peek() === open && close(isBack)}
    >
      {items}
    </HeldMenu>
  )
}

/** The menu of a message: react, reply, edit, copy, forward, pin, delete, recall. */
export const MessageMenu = ({ me }: { readonly me: string }) => {
  const open = messageMenu.value
  return open ? <Menu key={`${open.line.key} ${open.x} ${open.y}`} open={open} me={me} /> : null
}
