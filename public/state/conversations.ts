// The list of conversations: asked for after every welcome, kept up to date by what arrives.
import { computed, effect, signal } from '@preact/signals'
import { type Entry as LogEntry, type Member, type Posted, withEntries } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { minute } from './clock.ts'
import { has, isOnline } from './connection.ts'
import { takeDraft } from './drafts.ts'
import { endsFor, isGroup, noteAvatar } from './groups.ts'
import { outbox } from './outbox.ts'
import { learn, nameOf } from './people.ts'
import { noteReceipt } from './receipts.ts'
import { peer } from './route.ts'
import type { Thread } from './thread.ts'
import { setUnsaid, unsaid } from './unsaid.ts'

/** One conversation of the list. */
export interface Entry {
  readonly peer: string
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

/** A row of the server's list, as far as it is used here; named, so that this compiles where the plugin is not in the catalogue. */
interface Listed {
  readonly to: string
  readonly user?: Member
  readonly group?: Member & { readonly avatar: string }
  readonly head: number
  readonly read: number
  readonly unread: number
  readonly mentions?: number
  readonly mute?: true | string
  readonly pin?: boolean
  readonly archive?: boolean
  readonly marked?: boolean
  readonly draft?: { readonly text: string; readonly time: string }
  readonly reached?: { readonly read?: number; readonly delivered: number }
  readonly last?: Posted
}

const fresh = { head: 0, last: undefined, unread: 0, read: 0, mentions: 0 } as const

/** How many conversations are asked for: the most that the server gives. */
const mostConversations = 200

const entries = signal<ReadonlyMap<string, Entry>>(new Map())

/** Whether the list has been told yet. */
export const isListLoaded = signal(false)

const touched = (entry: Entry): number => {
  const written = outbox.value.findLast((sending) => sending.to === entry.peer)?.createdAt ?? 0
  return Math.max(written, entry.last ? Date.parse(entry.last.time) : 0)
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
  if (!entry || (seq <= entry.read && entry.unread === 0 && !entry.marked)) return
  const read = Math.max(seq, entry.read)
  // Between the last one read and the newest there may be changes, which are not counted.
  const unread = Math.min(entry.unread, Math.max(0, entry.head - read))
  put([{ ...entry, read, unread, mentions: Math.min(entry.mentions, unread), marked: undefined }])
}

const toEntry = ({ to, head, read, unread, last, mentions = 0, mute, pin, archive, marked }: Listed): Entry => ({
  ...{ peer: to, head, read, unread, last, mentions, mute, pin, archive, marked },
})

const load = async (client: PageClient): Promise<void> => {
  const before = [...entries.peek().keys()]
  const { conversations } = await request(client, 'chat.list', { limit: mostConversations, folder: 'all' })
  const listed = conversations as unknown as readonly Listed[]
  learn(listed.flatMap(({ user, group }) => user ?? group ?? []))
  for (const { group } of listed) if (group) noteAvatar(group.id, group.avatar)
  for (const { to, reached } of listed) if (reached) noteReceipt(to, to, reached)
  for (const { to, draft } of listed) if (to !== peer.peek()) takeDraft(to, draft)
  put(listed.map(toEntry))
  const listedIds = new Set(listed.map(({ to }) => to))
  for (const peer of before) if (isGroup(peer) && !listedIds.has(peer) && listed.length < mostConversations) drop(peer)
  isListLoaded.value = true
}

/** An entry as the log has it now, after one more. */
const advanced = (before: Entry, entry: LogEntry, isOwn: boolean): Entry => {
  const last = withEntries(before.last ? [before.last] : [], [entry]).at(-1)
  if (entry.type !== 'chat.posted') return { ...before, head: entry.seq, last }
  if (isOwn) return { ...before, head: entry.seq, last, read: entry.seq, unread: 0, mentions: 0 }
  return { ...before, head: entry.seq, last, unread: before.unread + 1 }
}

/** Follow the list, from now on. Returns how to end it. */
export const startConversations = (client: PageClient, me: string): (() => void) => {
  // Whatever goes wrong is asked for again after the next welcome.
  const reload = (): void => void load(client).catch(() => undefined)
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
    const isCalling = entry.from !== me && (entry.data.entities?.some(({ type }) => type === 'mention' || type === 'all') ?? false)
    if (nameOf(peer) === undefined || entry.type === 'chat.grouped' || isCalling) reload()
  }
  const ends = [
    client.chat.onEntry(arrive),
    // Read on another device of ours: the list says what is left.
    client.on('chat.receipt', ({ from, data }) => {
      const { user, read = 0 } = data as { user: string; read?: number }
      if (user === me && from === me && [...entries.peek().values()].some((entry) => entry.unread > 0 && read > entry.read)) reload()
    }),
    // The server's logs are other ones now.
    client.on('chat.reset', reload),
    client.on('chat.personalized', reload),
    client.on('chat.cleared', () => queueMicrotask(reload)),
    client.on('chat.hidden', reload),
    effect(() => {
      if (isOnline.value && has('chat')) reload()
    }),
  ]
  return () => {
    for (const end of ends) end()
    entries.value = new Map()
    isListLoaded.value = false
  }
}
