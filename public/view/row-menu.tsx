import { signal } from '@preact/signals'
import { type Entry, isMuted } from '../state/conversations.ts'
import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import { clearConversation, type Wish, wish } from '../state/wishes.ts'
import { confirm } from './confirm.tsx'
import { ArchiveIcon, BellIcon, BellOffIcon, BinIcon, PinIcon, UnreadIcon } from './icons.tsx'
import { MenuItem, PopMenu } from './pop-menu.tsx'

/** The conversation whose menu is open, and where. */
const open = signal<{ readonly entry: Entry; readonly x: number; readonly y: number; readonly from: HTMLElement } | undefined>(undefined)

/** Open the menu of a conversation; a key has no place on the screen, so it opens at the row. */
export const openRowMenu = (entry: Entry, event: MouseEvent & { readonly currentTarget: HTMLElement }): void => {
  event.preventDefault()
  const from = event.currentTarget
  const { left, bottom } = from.getBoundingClientRect()
  const isKey = event.clientX === 0 && event.clientY === 0
  open.value = { entry, from, x: isKey ? left + 24 : event.clientX, y: isKey ? bottom : event.clientY }
}

const close = (isBack: boolean): void => {
  const from = open.peek()?.from
  open.value = undefined
  if (isBack) from?.focus({ preventScroll: true })
}

const clear = async (peer: string): Promise<void> => {
  const words = texts.peek()
  const name = nameOf(peer) ?? words.unnamed
  if (await confirm(words.clearConversation, words.clearSure(name), words.deleteForMe)) clearConversation(peer)
}

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()

/** What a person wants of a conversation. */
export const RowMenu = () => {
  const words = texts.value
  if (!open.value) return null
  const { entry, x, y } = open.value
  const then = (change: Wish) => (): void => {
    close(true)
    wish(entry.peer, change)
  }
  return (
    <PopMenu key={`${entry.peer} ${x} ${y}`} label={words.conversationMenu} x={x} y={y} onClose={close}>
      <MenuItem text={entry.pin ? words.unpin : words.pinConversation} icon={PinIcon} run={then({ pin: !entry.pin })} />
      {isMuted(entry) ? (
        <MenuItem text={words.unmuteConversation} icon={BellIcon} run={then({ mute: false })} />
      ) : (
        <>
          <MenuItem text={words.muteFor8} icon={BellOffIcon} run={then({ mute: inHours(8) })} />
          <MenuItem text={words.muteEver} icon={BellOffIcon} run={then({ mute: true })} />
        </>
      )}
      {entry.unread === 0 && !entry.marked && <MenuItem text={words.markUnread} icon={UnreadIcon} run={then({ marked: true })} />}
      <MenuItem text={entry.archive ? words.unarchive : words.archive} icon={ArchiveIcon} run={then({ archive: !entry.archive })} />
      <MenuItem
        text={words.clearConversation}
        icon={BinIcon}
        isBad
        run={() => {
          close(true)
          void clear(entry.peer)
        }}
      />
    </PopMenu>
  )
}
