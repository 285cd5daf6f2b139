// What somebody has written but not sent, by conversation; kept over reloads.
import { signal } from '@preact/signals'
import { readJson, storage, writeJson } from './storage.ts'

/** Unfinished texts by the other person's id. */
export const unsaid = signal<ReadonlyMap<string, string>>(new Map())

let key: string | undefined

/** Remember an unfinished text; an empty one is forgotten. */
export const setUnsaid = (peer: string, text: string): void => {
  const next = new Map(unsaid.peek())
  if (text === '') next.delete(peer)
  else next.set(peer, text)
  unsaid.value = next
  if (key !== undefined) writeJson(key, Object.fromEntries(next))
}

/** Take up the unfinished texts of this user. Returns how to end it. */
export const startUnsaid = (me: string): (() => void) => {
  key = `parley.unsaid.${me}`
  const kept = readJson(key)
  const entries = Object.entries(typeof kept === 'object' && kept !== null ? kept : {})
  unsaid.value = new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  return () => {
    key = undefined
    unsaid.value = new Map()
  }
}

/** Forget the unfinished texts of somebody who signs out: the next person at this browser must not read them. */
export const forgetUnsaid = (me: string): void => storage.remove(`parley.unsaid.${me}`)
