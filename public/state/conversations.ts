// The list of conversations: asked for after every welcome, kept up to date by what arrives.
import { computed, effect, signal } from '@preact/signals'
import { type Entry as LogEntry, type Posted, withEntries } from '../../src/client/index.ts'
import type { PageClient } from '../wire.ts'
import { minute } from './clock.ts'
import { has, isOnline } from './connection.ts'
import { takeDraft } from './drafts.ts'
import { endsFor, isGroup, noteAvatar } from './groups.ts'
import { type Listed, Listing } from './listing.ts'
import { mentionsAbove } from './mentions.ts'
import { outbox, settleListed } from './outbox.ts'
import { learn, nameOf } from './people.ts'
import { noteReceipt } from './receipts.ts'
import { peer } from './route.ts'
import type { Thread } from './thread.ts'
import { setUnsaid, unsaid } from './unsaid.ts'

/** One conversation of the list. */
export interface Entry {
  readonly peer: string
  /** When something was said last, ms since 1970: its place in the list. */
  readonly at: number
  /** How many are in it, of a group. */
  readonly count?: number | undefined
  /** Position of the newest entry of its log, 0 before the first. */
  readonly head: number
  readonly last: Posted | undefined
  /** Messages of others that have not been read, as the server counts them. */
  readonly unread: number
  /** Position up to which it has been read. */
  readonly read: number
  /** Unread messages that mention us. */
  readonly mentions: number
  /** What we want of it; `mute` for ever or until a time. */
  readonly mute?: true | string | undefined
  readonly pin?: boolean | undefined
  readonly archive?: boolean | undefined
  /** Marked as unread by ourselves. */
  readonly marked?: boolean | undefined
}

const fresh = { at: 0, head: 0, last: undefined, unread: 0, read: 0, mentions: 0 } as const

const entries = signal<ReadonlyMap<string, Entry>>(new Map())

/** Whether the list has been told yet. */
export const isListLoaded = signal(false)

const listing = signal<Listing | undefined>(undefined)

/** Whether there are conversations that have not been told yet. */
export const hasMore = computed(() => listing.value !== undefined && !listing.value.isWhole.value)

/** Ask for further conversations. */
export const loadMore = (): void => listing.peek()?.more()

const touched = (entry: Entry): number => {
  const written = outbox.value.findLast((sending) => sending.to === entry.peer)?.createdAt ?? 0
  return Math.max(written, entry.at)
}

/** Every conversation, also those that only hold something unsent or unsaid, newest first. */
export const conversations = computed<readonly Entry[]>(() => {
  const all = new Map(entries.value)
  for (const peer of [...outbox.value.map((sending) => sending.to), ...unsaid.value.keys()]) {
    if (!all.has(peer)) all.set(peer, { peer, ...fresh })
  }
  return [...all.values()]
    .map((entry) => ({ entry, at: touched(entry) }))
    .sort((a, b) => Number(b.entry.pin === true) - Number(a.entry.pin === true) || b.at - a.at)
    .map(({ entry }) => entry)
})

/** Unread messages in all; of what is muted or archived, those that mention us. */
export const unreadTotal = computed(() =>
  conversations.value.reduce((sum, entry) => sum + (isMuted(entry) || entry.archive ? entry.mentions : entry.unread), 0),
)

/** Whether it is not to ring. */
export const isMuted = ({ mute }: Entry): boolean => mute === true || (mute !== undefined && Date.parse(mute) > minute.value)

const put = (changed: readonly Entry[]): void => {
  const next = new Map(entries.peek())
  // A list that was under way while a message came must not take it back.
  for (const entry of changed) if (entry.head >= (next.get(entry.peer)?.head ?? 0)) next.set(entry.peer, entry)
  entries.value = next
}

/** A group that is not ours any more leaves the list, and what was not said in it will not be said. */
export const drop = (peer: string): void => {
  const next = new Map(entries.peek())
  next.delete(peer)
  entries.value = next
  setUnsaid(peer, '')
}

const known = (peer: string): Entry => entries.peek().get(peer) ?? { peer, ...fresh }

/** Everything up to `seq` has been read here. */
export const markRead = (thread: Thread, seq: number): void => {
  const entry = entries.peek().get(thread.peer)
  thread.markRead(seq)
  if (entry && (seq > entry.read || entry.unread > 0 || entry.marked)) put([{ ...readUpTo(entry, seq), marked: undefined }])
}

/** As it is when everything up to `seq` has been read. */
const readUpTo = (entry: Entry, seq: number): Entry => {
  const read = Math.max(seq, entry.read)
  // Between the last one read and the newest there may be changes, which are not counted.
  const unread = Math.min(entry.unread, Math.max(0, entry.head - read))
  const left = mentionsAbove(entry.peer, read)
  return { ...entry, read, unread, mentions: Math.min(left ?? entry.mentions, unread) }
}

/** What was read here while the list was under way stays read. */
const toEntry = ({ to, head, read, unread, last, mentions = 0, mute, pin, archive, marked, group }: Listed, at: number): Entry =>
  readUpTo(
    { peer: to, at, head, read, unread, last, mentions, mute, pin, archive, marked, count: group?.count },
    entries.peek().get(to)?.read ?? 0,
  )

/** The place of the last row that the list told. */
let listedAt = 0
let wasPinned = false

/** Where a row stands; one in which nothing was said yet stands behind the one before it. */
const placeInList = ({ last, pin = false }: Listed): number => {
  if (pin !== wasPinned) listedAt = Date.now()
  wasPinned = pin
  listedAt = last ? Date.parse(last.time) : listedAt
  return listedAt
}

const placeOf = ({ to, last }: Listed): number => (last ? Date.parse(last.time) : (entries.peek().get(to)?.at ?? Date.now()))

const take = (listed: readonly Listed[], what: 'first' | 'next' | 'changed'): void => {
  learn(listed.flatMap(({ user, group }) => user ?? group ?? []))
  for (const { group } of listed) if (group) noteAvatar(group.id, group.avatar)
  for (const { to, reached } of listed) if (reached) noteReceipt(to, to, reached)
  for (const { to, draft } of listed) if (to !== peer.peek()) takeDraft(to, draft)
  if (what === 'first') listedAt = Date.now()
  put(listed.map((one) => toEntry(one, what === 'changed' ? placeOf(one) : placeInList(one))))
  isListLoaded.value = true
}

const dropAll = (peers: readonly string[]): void => {
  for (const one of peers) if (isGroup(one)) drop(one)
  const direct = peers.filter((one) => !isGroup(one))
  if (direct.length > 0) entries.value = new Map([...entries.peek()].filter(([one]) => !direct.includes(one)))
}

/** An entry as the log has it now, after one more. */
const advanced = (before: Entry, entry: LogEntry, isOwn: boolean): Entry => {
  const last = withEntries(before.last ? [before.last] : [], [entry]).at(-1)
  const at = Date.parse(entry.time)
  if (entry.type !== 'chat.posted') return { ...before, head: entry.seq, last, at: before.at || at }
  if (isOwn) return { ...before, at, head: entry.seq, last, read: entry.seq, unread: 0, mentions: 0 }
  return { ...before, at, head: entry.seq, last, unread: before.unread + 1 }
}

/** Whether the server counts otherwise after this entry than its position says: somebody is named, or something unread is gone. */
const needsCounting = ({ type, from, data }: LogEntry, before: Entry, me: string): boolean => {
  if (type === 'chat.grouped') return true
  if (type === 'chat.recalled' || type === 'chat.edited') return before.unread > 0
  return from !== me && (data.entities?.some((entity) => entity.type === 'mention' || entity.type === 'all') ?? false)
}

/** In the open conversation the log decides, so that nothing blinks. */
const listedHead = (of: string): number => (of === peer.value ? 0 : (entries.value.get(of)?.head ?? 0))

const pauseMs = 200
const restMs = 3_000

const waitFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** When the browser has nothing to draw; where it cannot tell, after a short while. */
const idle = (): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout: 1_000 })
    else void waitFor(pauseMs).then(resolve)
  })

/** Follow the list, from now on. Returns how to end it. */
export const startConversations = (client: PageClient, me: string): (() => void) => {
  const made = new Listing({
    ...{ me, idle, pause: () => waitFor(restMs), hasInbox: () => has('inbox') === true, ask: (type, data) => client.request(type, data) },
    sink: { take, drop: dropAll, peers: () => [...entries.peek().keys()] },
  })
  listing.value = made
  const arrive = (entry: LogEntry): void => {
    const peer = entry.from === me || isGroup(entry.to) ? entry.to : entry.from
    if (endsFor(entry, me)) {
      drop(peer)
      return
    }
    const before = known(peer)
    // What the list has told already is not counted again.
    if (entry.seq > before.head) put([advanced(before, entry, entry.from === me)])
    // Who writes without being here is named in the list only.
    if (nameOf(peer) === undefined || needsCounting(entry, before, me)) made.refresh()
  }
  const refresh = (): void => made.refresh()
  const ends = [
    client.chat.onEntry(arrive),
    // The client may have learned of it from a list that it asked for after ours, and tells nobody then.
    client.on('chat.posted', ({ from = '', to = '', seq = 0 }) => {
      const place = from === me || isGroup(to) ? to : from
      queueMicrotask(() => seq > known(place).head && made.refresh())
    }),
    effect(() => settleListed(listedHead)),
    // How much is left after this much was read, here or on another device of ours, the server counts.
    client.on('chat.receipt', ({ from, to = '', data }) => {
      if ((data as { user: string }).user === me && from === me && (entries.peek().get(to)?.unread ?? 0) > 0) made.refresh()
    }),
    // The server's logs are other ones now.
    client.on('chat.reset', () => {
      entries.value = new Map()
      made.restart()
    }),
    client.on('chat.personalized', refresh),
    client.on('chat.cleared', () => queueMicrotask(refresh)),
    client.on('chat.hidden', refresh),
    effect(() => {
      if (isOnline.value && has('chat')) refresh()
    }),
  ]
  return () => {
    made.end()
    for (const end of ends) end()
    listing.value = undefined
    entries.value = new Map()
    isListLoaded.value = false
  }
}
