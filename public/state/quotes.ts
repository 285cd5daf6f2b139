// What answers quote: messages that may stand anywhere in the log.
import { signal } from '@preact/signals'
import type { Entry, Posted } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { client } from './connection.ts'

/** A message that is quoted; `undefined` while it is not known, `null` when it cannot be read any more. */
export type Quoted = Pick<Posted, 'from' | 'data'> | null | undefined

const mostKept = 500

const quotes = signal<ReadonlyMap<string, Quoted>>(new Map())
const asked = new Set<string>()
let owner: PageClient | undefined

const keep = (key: string, quoted: Quoted): void => {
  const next = new Map(quotes.peek()).set(key, quoted)
  const [oldest] = next.keys()
  if (next.size > mostKept && oldest !== undefined) {
    next.delete(oldest)
    asked.delete(oldest)
  }
  quotes.value = next
}

const ask = async (made: PageClient, peer: string, seq: number): Promise<Quoted> => {
  const { messages } = await request(made, 'chat.history', { after: seq - 1, limit: 1 }, { to: peer })
  const [entry] = messages as unknown as readonly Entry[]
  return entry?.seq === seq && entry.type === 'chat.posted' ? (entry as Posted) : null
}

/** The message at `seq`: from what is loaded, else it is asked for. */
export const quoted = (peer: string, seq: number, loaded: readonly Posted[]): Quoted => {
  const near = loaded.find((message) => message.seq === seq)
  if (near) return near
  const key = `${peer}/${seq}`
  const made = client.peek()
  if (owner !== made) {
    owner = made
    asked.clear()
    queueMicrotask(() => {
      quotes.value = new Map()
    })
  }
  if (made && !asked.has(key)) {
    asked.add(key)
    void ask(made, peer, seq).then(
      (found) => keep(key, found),
      // Without a line it is asked for when it is drawn the next time.
      () => asked.delete(key),
    )
  }
  return quotes.value.get(key)
}
