import { signal } from '@preact/signals'
import type { Dictionary } from '../i18n/en.ts'
import type { PageClient } from '../wire.ts'
import { nameOf } from './people.ts'

const typing = signal<ReadonlyMap<string, readonly string[]>>(new Map())

/** What is said about who is typing in a conversation; `undefined` when nobody is. */
export const typingIn = (peer: string, words: Dictionary): string | undefined => {
  const [first, ...others] = typing.value.get(peer) ?? []
  if (first === undefined) return undefined
  if (!peer.startsWith('G')) return words.typing
  return others.length > 0 ? words.severalTyping(others.length + 1) : words.someoneTyping(nameOf(first) ?? words.unnamed)
}

/** Follow who is typing, from now on. Returns how to end it. */
export const startTyping = (client: PageClient): (() => void) => {
  const stop = client.chat.onTyping((to, users) => {
    typing.value = new Map(typing.peek()).set(to, users)
  })
  return () => {
    stop()
    typing.value = new Map()
  }
}
