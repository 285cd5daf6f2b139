// Unfinished texts follow a person to their other devices. The newest one counts, on whichever device it was written.
import { effect } from '@preact/signals'
import type { PageClient } from '../wire.ts'
import { has, isOnline } from './connection.ts'
import { act } from './groups.ts'
import { setUnsaid, unsaid } from './unsaid.ts'

/** What the server keeps. */
interface Draft {
  readonly text: string
  readonly time: string
}

const paceMs = 1_500
/** The server keeps no longer ones. */
const mostCharacters = 4_096

/** What the server is known to have, by conversation. */
const told = new Map<string, string>()
/** When a text was last changed here, ms. */
const changedAt = new Map<string, number>()
let timer: ReturnType<typeof setTimeout> | undefined

const tell = (): void => {
  timer = undefined
  if (!isOnline.peek() || !has('chat')) return
  for (const peer of new Set([...told.keys(), ...unsaid.peek().keys()])) {
    const text = unsaid.peek().get(peer) ?? ''
    if ((told.get(peer) ?? '') === text || text.length > mostCharacters) continue
    told.set(peer, text)
    const time = new Date(changedAt.get(peer) ?? Date.now()).toISOString()
    // Lost on the way, it goes with the next change.
    void act('chat.draft', { text, time }, peer).catch(() => told.delete(peer))
  }
}

/** Take the draft that the server has, if it is newer than what was written here. */
export const takeDraft = (peer: string, draft: Draft | null | undefined): void => {
  const text = draft?.text ?? ''
  const here = unsaid.peek().get(peer) ?? ''
  const isOlder = draft ? Date.parse(draft.time) < (changedAt.get(peer) ?? 0) : (changedAt.get(peer) ?? 0) > 0
  if (isOlder && here !== text) return
  told.set(peer, text)
  if (here !== text && (draft || told.has(peer))) setUnsaid(peer, text)
}

/** Keep drafts in step with other devices, from now on. Returns how to end it. */
export const startDrafts = (made: PageClient): (() => void) => {
  let before = unsaid.peek()
  const stop = effect(() => {
    const now = unsaid.value
    for (const peer of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(peer) !== now.get(peer) && told.get(peer) !== (now.get(peer) ?? '')) changedAt.set(peer, Date.now())
    }
    before = now
    timer ??= setTimeout(tell, paceMs)
  })
  const stopHearing = made.on('chat.drafted', ({ to = '', data }) => takeDraft(to, (data as { draft: Draft | null }).draft))
  return () => {
    clearTimeout(timer)
    timer = undefined
    stop()
    stopHearing()
    told.clear()
    changedAt.clear()
  }
}
