// What a person wants of conversations for themselves: mute, pin, archive, mark, delete; and whether others see what they read.
import { effect, signal } from '@preact/signals'
import { type PageClient, request } from '../wire.ts'
import { client, has, isOnline } from './connection.ts'
import { drop } from './conversations.ts'
import { refuse } from './editing.ts'
import { act } from './groups.ts'
import { reopen } from './thread.ts'

/** What can be wished for a conversation; `mute` for ever or until a time. */
export interface Wish {
  readonly mute?: boolean | string
  readonly pin?: boolean
  readonly archive?: boolean
  readonly marked?: boolean
}

const hidden = signal<ReadonlyMap<string, ReadonlySet<number>>>(new Map())

/** Messages that one has deleted for oneself since this page was opened. */
export const hiddenIn = (peer: string): ReadonlySet<number> | undefined => hidden.value.get(peer)

/** Whether others see what one has read; `undefined` until that is known. */
export const showsReceipts = signal<boolean | undefined>(undefined)

const failed = (error: unknown): void => refuse((error as { code?: string }).code ?? '')

/** Wish something for a conversation. */
export const wish = (peer: string, change: Wish): void => void act('chat.personalize', change, peer).catch(failed)

/** Delete a conversation for oneself. */
export const clearConversation = (peer: string): void => void act('chat.clear', {}, peer).catch(failed)

/** Delete a message for oneself. */
export const hide = (peer: string, seq: number): void => void act('chat.hide', { targets: [seq] }, peer).catch(failed)

/** Show others what one has read, or do not, and then see it of nobody. */
export const setReceipts = (receipts: boolean): void => {
  const made = client.peek()
  if (made) void request(made, 'chat.settings', { receipts }).then(({ receipts: now }) => put(now), failed)
}

const put = (now: boolean): void => {
  showsReceipts.value = now
}

/** Follow what is wished on other devices, from now on. Returns how to end it. */
export const startWishes = (made: PageClient): (() => void) => {
  const ends = [
    made.on('chat.hidden', ({ to = '', data }) => {
      const { targets } = data as { targets: readonly number[] }
      hidden.value = new Map(hidden.peek()).set(to, new Set([...(hidden.peek().get(to) ?? []), ...targets]))
    }),
    made.on('chat.cleared', ({ to = '' }) => {
      drop(to)
      reopen(to)
    }),
    made.on('chat.configured', ({ data }) => put((data as { receipts: boolean }).receipts)),
    effect(() => {
      if (!isOnline.value || !has('chat')) return
      void request(made, 'chat.settings', {}).then(
        ({ receipts }) => put(receipts),
        () => undefined,
      )
    }),
  ]
  return () => {
    for (const end of ends) end()
    hidden.value = new Map()
    showsReceipts.value = undefined
  }
}
