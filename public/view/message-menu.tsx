import { signal } from '@preact/signals'
import { recall, toggleReaction } from '../state/editing.ts'
import { isGroup } from '../state/groups.ts'
import type { Line } from '../state/layout.ts'
import { mayPin, setPinned } from '../state/pins.ts'
import { texts } from '../state/settings.ts'
import { hide } from '../state/wishes.ts'
import { setReply, startEditing } from '../state/writing.ts'
import { forwarding } from './forward-dialog.tsx'
import { BinIcon, CopyIcon, ForwardIcon, PencilIcon, PinIcon, ReplyIcon, UndoIcon } from './icons.tsx'
import { MenuItem, PopMenu } from './pop-menu.tsx'

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

const close = (isBack: boolean): void => {
  const from = messageMenu.peek()?.from
  messageMenu.value = undefined
  if (isBack) from?.focus({ preventScroll: true })
}

const toComposer = (run: () => void) => (): void => {
  run()
  document.querySelector<HTMLElement>('.composer__field')?.focus()
}

/** One's own messages, and in a group that one governs everybody's. */
const mayRecall = ({ line, peer }: MenuFor, me: string): boolean => line.own || (isGroup(peer) && mayPin(peer, me))

const Menu = ({ open, me }: { readonly open: MenuFor; readonly me: string }) => {
  const words = texts.value
  const { line, peer, x, y } = open
  const seq = line.seq ?? 0
  const then = (run: () => void) => (): void => {
    close(true)
    run()
  }
  return (
    <PopMenu label={words.messageMenu} x={x} y={y} onClose={close}>
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
      <MenuItem text={words.reply} icon={ReplyIcon} run={then(toComposer(() => setReply(peer, seq)))} />
      {line.own && !line.call && <MenuItem text={words.edit} icon={PencilIcon} run={then(toComposer(() => startEditing(peer, line)))} />}
      {navigator.clipboard && !line.call && (
        <MenuItem
          text={words.copyText}
          icon={CopyIcon}
          run={then(() => void navigator.clipboard.writeText(line.text).catch(() => undefined))}
        />
      )}
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
    </PopMenu>
  )
}

/** The menu of a message: react, reply, edit, copy, forward, pin, delete, recall. */
export const MessageMenu = ({ me }: { readonly me: string }) => {
  const open = messageMenu.value
  return open ? <Menu key={`${open.line.key} ${open.x} ${open.y}`} open={open} me={me} /> : null
}
