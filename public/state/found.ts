// Messages that hold the words in the search box, in all conversations.
import { effect, signal } from '@preact/signals'
import type { ClientError, Posted } from '../../src/client/index.ts'
import type { PageClient } from '../wire.ts'
import { client, isOnline } from './connection.ts'
import { query } from './search.ts'

/** A message that was found. */
export interface Found {
  readonly to: string
  readonly message: Posted
  readonly highlights: readonly { readonly offset: number; readonly length: number }[]
}

/** What was found for the present query, newest first. */
export const foundMessages = signal<readonly Found[]>([])
/** Whether the server has to index more before it can say what there is; it is asked again by itself. */
export const isIndexing = signal(false)

const paceMs = 250
const most = 20
/** Where the server does not say when to ask again. */
const againMs = 2_000

/** Search for `text` once nothing more is typed, and again while the server is not ready. Returns how to give up. */
const search = (made: PageClient, text: string): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isWanted = true
  const show = (hits: readonly Found[], isBehind: boolean): void => {
    if (!isWanted) return
    foundMessages.value = hits
    isIndexing.value = isBehind
  }
  const ask = async (): Promise<void> => {
    try {
      show((await made.chat.search(text, { limit: most })).hits as unknown as readonly Found[], false)
    } catch (error) {
      // A word that is not finished, or signs alone, find nothing; that is no failure.
      const { code, retryAfterMs = againMs } = error as Partial<ClientError>
      show([], code === 'CHAT_SEARCH_BEHIND')
      if (isWanted && code === 'CHAT_SEARCH_BEHIND') askIn(retryAfterMs)
    }
  }
  const askIn = (ms: number): void => {
    timer = setTimeout(() => void ask(), ms)
  }
  askIn(paceMs)
  return () => {
    isWanted = false
    clearTimeout(timer)
  }
}

/** Search while somebody types, from now on. */
export const startFound = (): void => {
  effect(() => {
    const text = query.value.trim()
    const made = client.value
    const isWorth = text.length > 1 || /\p{Script=Han}/u.test(text)
    if (made && isOnline.value && isWorth && text.length <= 256) return search(made, text)
    foundMessages.value = []
    isIndexing.value = false
    return undefined
  })
}
