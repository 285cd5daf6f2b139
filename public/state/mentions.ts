// Where the unread messages stand that mention us, of conversations that are or were open.
import { signal } from '@preact/signals'
import type { Entry } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { client } from './connection.ts'

const places = signal<ReadonlyMap<string, readonly number[]>>(new Map())

const put = (peer: string, mentions: readonly number[]): void => {
  places.value = new Map(places.peek()).set(peer, mentions)
}

/** Positions of messages that mention us, as far as they were asked for; those that were read meanwhile may be among them. */
export const mentionsIn = (peer: string): readonly number[] => places.value.get(peer) ?? []

/** How many of them stand above a position; `undefined` where they were not asked for. */
export const mentionsAbove = (peer: string, seq: number): number | undefined =>
  places
    .peek()
    .get(peer)
    ?.filter((mention) => mention > seq).length

/** Ask where they stand. What goes wrong is asked for again when the conversation is opened again. */
export const loadMentions = (peer: string): void => {
  const made = client.peek()
  if (!made) return
  void request(made, 'chat.mentions', {}, { to: peer }).then(
    ({ mentions }) => put(peer, mentions),
    () => undefined,
  )
}

const callsUs = ({ data }: Entry, me: string): boolean =>
  data.entities?.some(({ type, user }) => type === 'all' || (type === 'mention' && user === me)) ?? false

/** Keep them up to date, from now on. Returns how to end it. */
export const startMentions = (made: PageClient, me: string): (() => void) => {
  const stop = made.chat.onEntry((entry) => {
    const peer = entry.to.startsWith('G') || entry.from === me ? entry.to : entry.from
    const known = places.peek().get(peer)
    if (!known || entry.from === me) return
    const { target = 0 } = entry.data
    if (entry.type === 'chat.posted' && callsUs(entry, me)) put(peer, [...known, entry.seq])
    // An edit may name us only now, or no longer.
    if (entry.type === 'chat.edited' && (callsUs(entry, me) || known.includes(target))) loadMentions(peer)
    if (entry.type === 'chat.recalled' && known.includes(target))
      put(
        peer,
        known.filter((seq) => seq !== target),
      )
  })
  return () => {
    stop()
    places.value = new Map()
  }
}
