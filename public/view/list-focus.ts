// Where the keyboard goes when the list is, or comes back, in sight.
import { closeConversation } from '../state/route.ts'

const searchBox = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>('#search')

let isSearchWanted = false

const enterSearch = (): void => {
  isSearchWanted = false
  searchBox()?.focus()
  searchBox()?.select()
}

/** Into the search box; where a conversation covers it, that is closed first and `focusList` does the rest. */
export const focusSearch = (): void => {
  isSearchWanted = true
  if (searchBox()?.checkVisibility()) enterSearch()
  else closeConversation()
}

/** After a conversation with `left` was closed: to its row, or into the search box when that was asked for. At first: to the heading. */
export const focusList = (left: string | undefined): void => {
  if (isSearchWanted) {
    enterSearch()
    return
  }
  // Somebody may be in both lists; the conversations come last.
  const row = left === undefined ? undefined : [...document.querySelectorAll<HTMLElement>(`[data-peer="${left}"]`)].at(-1)
  const target = row ?? document.getElementById('side-title')
  target?.focus({ preventScroll: row === undefined })
}
