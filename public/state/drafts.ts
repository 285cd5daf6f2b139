// Unfinished texts follow a person to their other devices. The newest one counts, on whichever device it was written.
import { effect } from '@preact/signals'
import type { PageClient } from '../wire.ts'
import { has, isOnline } from './connection.ts'
import { act } from './groups.ts'
import { readJson, writeJson } from './storage.ts'
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
/** When a text was last changed, ms; kept, so that after a reload an old text does not pass for a new one. */
const changedAt = new Map<string, number>()
let timer: ReturnType<typeof setTimeout> | undefined
let key: string | undefined

const textIn = (peer: string): string => unsaid.peek().get(peer) ?? ''

const changed = (peer: string, at: number): void => {
  changedAt.set(peer, at)
  if (key !== undefined) writeJson(key, Object.fromEntries([...changedAt].filter(([id]) => textIn(id) !== '')))
}

/** The server's word counts. */
const adopt = (peer: string, draft: Draft | null): void => {
  const text = draft?.text ?? ''
  told.set(peer, text)
  if (draft) changed(peer, Date.parse(draft.time))
  if (textIn(peer) !== text) setUnsaid(peer, text)
}

const tellOne = async (peer: string, text: string): Promise<void> => {
  told.set(peer, text)
  const time = new Date(changedAt.get(peer) ?? Date.now()).toISOString()
  const { draft } = (await act('chat.draft', { text, time }, peer)) as { draft: Draft | null }
  // One written later elsewhere has won, or it was sent from there.
  if ((draft?.text ?? '') !== text && textIn(peer) === text) adopt(peer, draft)
}

const tell = (): void => {
  timer = undefined
  if (!isOnline.peek() || !has('chat')) return
  for (const peer of new Set([...told.keys(), ...unsaid.peek().keys()])) {
    const text = textIn(peer)
    if ((told.get(peer) ?? '') === text || text.length > mostCharacters) continue
    // Lost on the way, it goes with the next change.
    void tellOne(peer, text).catch(() => told.delete(peer))
  }
}

/** Take the draft that the server has, if it is newer than what was written here; none ends what the server had. */
export const takeDraft = (peer: string, draft: Draft | null | undefined): void => {
  const here = textIn(peer)
  if (here === (draft?.text ?? '')) told.set(peer, here)
  else if (draft && Date.parse(draft.time) >= (changedAt.get(peer) ?? 0)) adopt(peer, draft)
  else if (!draft && here !== '' && told.get(peer) === here) adopt(peer, null)
  else timer ??= setTimeout(tell, paceMs)
}

/** When the draft that is being sent was written, if the server has one: it ends there with the message, and not later or never. */
export const draftTime = (peer: string): string | undefined => {
  const at = changedAt.get(peer)
  return told.get(peer) && at !== undefined ? new Date(at).toISOString() : undefined
}

const load = (me: string): void => {
  key = `parley.drafts.${me}`
  const kept = readJson(key)
  for (const [peer, at] of Object.entries(typeof kept === 'object' && kept !== null ? kept : {}))
    if (typeof at === 'number') changedAt.set(peer, at)
}

/** Keep drafts in step with other devices, from now on. Returns how to end it. */
export const startDrafts = (made: PageClient, me: string): (() => void) => {
  load(me)
  let before = unsaid.peek()
  const stop = effect(() => {
    const now = unsaid.value
    for (const peer of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(peer) !== now.get(peer) && told.get(peer) !== (now.get(peer) ?? '')) changed(peer, Date.now())
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
    key = undefined
  }
}
