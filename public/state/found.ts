// Messages that hold the words in the search box, in all conversations.
import { effect, signal } from '@preact/signals'
import type { Posted } from '../../src/client/index.ts'
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

const paceMs = 250
const most = 20

/** Search while somebody types, from now on. */
export const startFound = (): void => {
  effect(() => {
    const text = query.value.trim()
    const made = client.value
    const isWorth = text.length > 1 || /\p{Script=Han}/u.test(text)
    if (!made || !isOnline.value || !isWorth || text.length > 256) {
      foundMessages.value = []
      return
    }
    let isWanted = true
    const ask = async (): Promise<void> => {
      // A word that is not finished, or signs alone, find nothing; that is no failure.
      const hits = await made.chat.search(text, { limit: most }).then(
        (page) => page.hits as unknown as readonly Found[],
        () => [],
      )
      if (isWanted) foundMessages.value = hits
    }
    const timer = setTimeout(() => void ask(), paceMs)
    return () => {
      isWanted = false
      clearTimeout(timer)
    }
  })
}
