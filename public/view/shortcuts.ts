// Keys that work everywhere on the page.
import { useEffect } from 'preact/hooks'
import { closeConversation, openConversation, peer } from '../state/route.ts'
import { foundConversations } from '../state/search.ts'
import { focusSearch } from './list-focus.ts'
import { isHelpOpen } from './shortcut-help.tsx'

const step = (by: number): void => {
  const rows = foundConversations.peek()
  const at = rows.findIndex((entry) => entry.peer === peer.peek())
  const next = rows[at === -1 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)]
  if (next) openConversation(next.peer)
}

/** Whether the key is for a dialog, or ends a word that is being composed (Chinese, Japanese, …). */
const isTaken = (event: KeyboardEvent): boolean =>
  event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null

const isWriting = ({ target }: KeyboardEvent): boolean => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement

const press = (event: KeyboardEvent): void => {
  if (isTaken(event)) return
  const act = actions.find((action) => action.fits(event))
  if (!act) return
  event.preventDefault()
  act.run()
}

const actions: readonly { fits(event: KeyboardEvent): boolean; run(): void }[] = [
  { fits: (event) => (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k', run: focusSearch },
  { fits: (event) => event.altKey && event.key === 'ArrowDown', run: () => step(1) },
  { fits: (event) => event.altKey && event.key === 'ArrowUp', run: () => step(-1) },
  {
    fits: (event) => event.key === '?' && !isWriting(event),
    run: () => {
      isHelpOpen.value = true
    },
  },
  { fits: (event) => event.key === 'Escape' && peer.peek() !== undefined, run: closeConversation },
]

/** Listen for them while the calling component is shown. */
export const useShortcuts = (): void =>
  useEffect(() => {
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
