// Which conversation is open: `#/U…` in the address, so that back, forward, reload and links do what they always do.
import { signal } from '@preact/signals'
import { leaveOver } from './over.ts'

const read = (): string | undefined => /^#\/([UG]\d{1,19})$/.exec(location.hash)?.[1]

const readCode = (): string | undefined => /^#\/join\/([A-Za-z0-9_-]{22})$/.exec(location.hash)?.[1]

/** The code of a link into a group that somebody came by. */
export const wantedCode = signal<string | undefined>(undefined)

/** The whole address of a link into a group. */
export const hrefOfLink = (code: string): string => `${location.origin}${location.pathname}#/join/${code}`

/** The other person of the open conversation; `undefined` when none is open. */
export const peer = signal<string | undefined>(undefined)

/** The address of a conversation. */
export const hrefOf = (id: string): string => `#/${id}`

// Set on history entries that `openConversation` made: going back from them stays on the page.
interface Mark {
  readonly fromList?: boolean
}

/** Open a conversation. From the list it is a step forward; from another conversation it takes its place. */
export const openConversation = (id: string): void => {
  if (peer.peek() === id) return
  const mark: Mark = { fromList: true }
  if (peer.peek() === undefined) history.pushState(mark, '', hrefOf(id))
  else history.replaceState(history.state, '', hrefOf(id))
  peer.value = id
}

/** Go back to the list. */
export const closeConversation = (): void => {
  if ((history.state as Mark | null)?.fromList) {
    history.back()
    return
  }
  history.replaceState(null, '', location.pathname)
  peer.value = undefined
}

/** Show no conversation: what was open belonged to somebody who signed out. */
export const resetRoute = (): void => {
  history.replaceState(null, '', location.pathname)
  peer.value = undefined
}

/** Follow the address, from now on. */
export const startRoute = (): void => {
  const follow = (): void => {
    peer.value = read()
    wantedCode.value = readCode()
  }
  addEventListener('popstate', follow)
  addEventListener('hashchange', follow)
  leaveOver()
  follow()
}
