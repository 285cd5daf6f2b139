import { signal } from '@preact/signals'
import { texts } from '../state/settings.ts'
import { Dialog } from './dialog.tsx'

/** Whether the list of keys is shown. */
export const isHelpOpen = signal(false)

/** Every key that does something, and what. */
export const ShortcutList = () => {
  const words = texts.value
  const command = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘' : 'Ctrl'
  const rows = [
    [words.shortcutSearch, command, 'K'],
    [words.shortcutNext, 'Alt', '↓'],
    [words.shortcutPrevious, 'Alt', '↑'],
    [words.shortcutClose, 'Esc'],
    [words.shortcutSend, 'Enter'],
    [words.shortcutLine, 'Shift', 'Enter'],
    [words.shortcutEditLast, '↑'],
    [words.shortcutMention, '@'],
    [words.shortcutBold, command, 'B'],
    [words.shortcutItalic, command, 'I'],
    [words.shortcutCode, command, 'E'],
    [words.shortcutHelp, '?'],
  ] as const
  return (
    <dl class="keys__list">
      {rows.map(([what, ...keys]) => (
        <div key={what} class="keys__row">
          <dt>{what}</dt>
          <dd>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** The keys, on a sheet of their own. */
export const ShortcutHelp = () =>
  isHelpOpen.value ? (
    <Dialog
      title={texts.value.shortcuts}
      onClose={() => {
        isHelpOpen.value = false
      }}
    >
      <ShortcutList />
    </Dialog>
  ) : null
