// Conversations as a list shows them. Asked for by devices that come back too, so it costs a handful of queries, however many
// conversations are asked for.
import { and, eq, inArray, isNotNull, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Store, Users } from '#core'
import { keyOf, otherOf } from './conversations.ts'
import { frameOf } from './frames.ts'
import { kinds, type Row } from './log.ts'
import { everybody } from './mentions.ts'
import type { Summary } from './messages.ts'
import { entryLength, pageLength } from './page.ts'
import { wishesOf } from './personal.ts'
import type { MemberRow } from './rosters.ts'
import type { Tables } from './tables.ts'

/** What summaries are made of. */
export interface SummariesOptions {
  readonly store: Store
  readonly tables: Tables
  readonly users: Users | undefined
  readonly now: () => number
}

/** Which conversations are wanted, and from where on. */
export interface ListRange {
  readonly folder: 'main' | 'archive' | 'all'
  readonly cursor?: Cursor | undefined
  readonly limit: number
}

/** A place in the list: behind the conversation with this key. */
export interface Cursor {
  readonly isPinned: boolean
  readonly at: Date
  readonly to: string
}

interface Ranked {
  readonly conversation: number
  readonly key: string
  readonly isPinned: boolean
  readonly at: Date
}

interface Detail {
  readonly key: string
  readonly member: MemberRow
  readonly group: { readonly name: string; readonly avatar: string; readonly count: number } | null
  readonly receipts: boolean | null
  readonly head: number
  readonly last: number | null
  readonly unread: number
  readonly mentions: number
}

/** How far the other person of a direct conversation is, as far as they let it be known. */
interface Other {
  readonly conversation: number
  readonly read: number
  readonly delivered: number
  readonly receipts: boolean | null
}

const countLimit = 100
// Who writes a lot and reads nothing has only messages of their own to go through: their list must not cost more and more.
const recentEntries = 1_000

/** Makes summaries. */
export class Summaries {
  readonly #options: SummariesOptions

  constructor(options: SummariesOptions) {
    this.#options = options
  }

  /** A part of the list: pinned ones first, then by the last message, the newest first. */
  async list(user: string, range: ListRange): Promise<{ conversations: Summary[]; next?: string }> {
    const ranked = await this.#rank(user, range)
    const page = ranked.slice(0, range.limit)
    const known = await this.#describe(
      user,
      page.map(({ conversation }) => conversation),
    )
    const shown = page.flatMap((rank) => {
      const summary = known.get(rank.key)
      return summary ? [{ rank, summary }] : []
    })
    const kept = shown.slice(0, fitting(shown.map(({ summary }) => summary)))
    const end = kept.at(-1)?.rank
    const isMore = end !== undefined && (ranked.length > page.length || kept.length < shown.length)
    return { conversations: kept.map(({ summary }) => summary), ...(isMore && { next: cursorOf(end, user) }) }
  }

  /** The conversations with these keys as `user` sees them; those that are not theirs, or gone from their list, are missing. */
  async describe(user: string, keys: readonly string[]): Promise<ReadonlyMap<string, Summary>> {
    const { conversations } = this.#options.tables
    const { read } = this.#options.store
    const rows = await read
      .select({ id: conversations.id })
      .from(conversations)
      .where(inArray(conversations.key, [...keys]))
    return this.#describe(
      user,
      rows.map(({ id }) => id),
    )
  }

  async #rank(user: string, { folder, cursor, limit }: ListRange): Promise<Ranked[]> {
    const { store, tables } = this.#options
    const { members, conversations, groups } = tables
    const isPinned = sql<boolean>`case when ${members.pinnedAt} is null then 0 else 1 end`
    const last = sql`(select m.time from chat_messages m where ${visible(tables, user)} order by m.seq desc limit 1)`
    const draft = sql`case when ${members.draft} <> '' then ${members.draftAt} end`
    const founded = sql`case when ${members.cleared} = 0 then ${groups.createdAt} end`
    const listed = store.read
      .select({
        conversation: members.conversation,
        key: conversations.key,
        isPinned: isPinned.mapWith(Boolean).as('is_pinned'),
        at: sql<Date | null>`coalesce(${last}, ${founded}, ${draft})`.mapWith(tables.messages.time).as('at'),
      })
      .from(members)
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .leftJoin(groups, eq(groups.conversation, members.conversation))
      .where(and(eq(members.user, user), isNull(members.until), inFolder(tables, folder)))
      .as('listed')
    const rows = await store.read
      .select()
      .from(listed)
      .where(and(isNotNull(listed.at), cursor && behind(tables, cursor, user)))
      .orderBy(sql`"is_pinned" desc, "at" desc, "key" desc`)
      .limit(limit + 1)
    return rows as Ranked[]
  }

  async #describe(user: string, ids: readonly number[]): Promise<Map<string, Summary>> {
    if (ids.length === 0) return new Map()
    const details = (await this.#details(user, ids)).filter(isListed)
    const direct = details.filter(({ group }) => !group)
    const [others, rows, names] = await Promise.all([
      this.#others(
        user,
        direct.map(({ member }) => member.conversation),
      ),
      this.#rows(details),
      this.#options.users?.names(direct.map(({ key }) => otherOf(key, user))),
    ])
    return new Map(
      details.map((detail) => {
        const { conversation } = detail.member
        const known = { row: rows.get(conversation), other: others.get(conversation), name: names?.get(otherOf(detail.key, user)) }
        return [detail.key, this.#summary(user, detail, known)]
      }),
    )
  }

  async #details(user: string, ids: readonly number[]): Promise<Detail[]> {
    const { store, tables } = this.#options
    const { members, conversations, groups, people } = tables
    const head = sql`(select max(e.seq) from chat_messages e where e.conversation = ${members.conversation})`
    const unread = sql`select 1 from chat_messages m where ${visible(tables, user)} and m.seq > ${members.read}
      and m.seq > ${head} - ${sql.raw(`${recentEntries}`)}
      and m.sender <> ${user} and m.recalled_at is null limit ${sql.raw(`${countLimit}`)}`
    const mentions = sql`select distinct m.seq from chat_mentions m where m.conversation = ${members.conversation}
      and m."user" in (${user}, ${everybody}) and m.sender <> ${user} and m.seq > ${members.read}
      and ${within(tables, user)} limit ${sql.raw(`${countLimit}`)}`
    return store.read
      .select({
        key: conversations.key,
        member: members,
        group: { name: groups.name, avatar: groups.avatar, count: groups.count },
        receipts: people.receipts,
        head: sql`coalesce(${head}, 0)`.mapWith(Number),
        last: sql`(select m.seq from chat_messages m where ${visible(tables, user)} order by m.seq desc limit 1)`.mapWith(Number),
        unread: sql`(select count(*) from (${unread}) as n)`.mapWith(Number),
        mentions: sql`(select count(*) from (${mentions}) as n)`.mapWith(Number),
      })
      .from(members)
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .leftJoin(groups, eq(groups.conversation, members.conversation))
      .leftJoin(people, eq(people.user, members.user))
      .where(and(eq(members.user, user), inArray(members.conversation, [...ids])))
  }

  async #others(user: string, direct: readonly number[]): Promise<ReadonlyMap<number, Other>> {
    if (direct.length === 0) return new Map()
    const { store, tables } = this.#options
    const { members, people } = tables
    const rows = await store.read
      .select({ conversation: members.conversation, read: members.read, delivered: members.delivered, receipts: people.receipts })
      .from(members)
      .leftJoin(people, eq(people.user, members.user))
      .where(and(inArray(members.conversation, [...direct]), ne(members.user, user)))
    return new Map(rows.map((row) => [row.conversation, row]))
  }

  async #rows(details: readonly Detail[]): Promise<ReadonlyMap<number, Row>> {
    // Numbers of ours, so they may stand in the text; Postgres would take parameters in a list of values for texts.
    const places = details.flatMap(({ member, last }) => (last === null ? [] : [`(${Number(member.conversation)}, ${Number(last)})`]))
    if (places.length === 0) return new Map()
    const t = this.#options.tables.messages
    const here = sql`(${t.conversation}, ${t.seq}) in (values ${sql.raw(places.join(', '))})`
    const rows = await this.#options.store.read.select().from(t).where(here)
    return new Map(rows.map((row) => [row.conversation, row]))
  }

  #summary(
    user: string,
    { key, member, group, receipts, head, unread, mentions }: Detail,
    { row, other, name }: { row: Row | undefined; other: Other | undefined; name: string | undefined },
  ): Summary {
    const to = otherOf(key, user)
    const { read, delivered, cleared, until } = member
    const showsRead = receipts !== false && other?.receipts !== false
    return {
      to,
      ...(group ? { group: { id: to, ...group } } : { user: { id: to, ...(name !== undefined && { name }) } }),
      head: Math.min(head, until ?? head),
      read,
      delivered,
      unread,
      mentions,
      ...(cleared > 0 && { cleared }),
      ...(other && { reached: { ...(showsRead && { read: other.read }), delivered: other.delivered } }),
      ...wishesOf(member, this.#options.now()),
      // In a direct conversation an entry is addressed to the one who did not send it.
      ...(row && { last: frameOf(row, group || row.sender === user ? to : user) }),
    }
  }
}

// A group that one is out of is not shown; nor is what nobody has said anything in, but for a group, and for what one is about to say.
const isListed = ({ group, last, member }: Detail): boolean =>
  member.until === null && ((group !== null && member.cleared === 0) || last !== null || !!member.draft)

/** `m` is a position that this member may read and has not hidden. */
const within = ({ members }: Tables, user: string): SQL => sql`m.seq > ${members.since} and m.seq > ${members.cleared}
  and (${members.until} is null or m.seq <= ${members.until})
  and not exists (select 1 from chat_hidden h where h."user" = ${user} and h.conversation = m.conversation and h.seq = m.seq)`

/** `m` is a message of the conversation that this member sees. */
const visible = (tables: Tables, user: string): SQL =>
  sql`m.conversation = ${tables.members.conversation} and m.kind = ${sql.raw(`${kinds.message}`)} and ${within(tables, user)}`

const inFolder = ({ members }: Tables, folder: ListRange['folder']): SQL | undefined => {
  if (folder === 'all') return undefined
  return folder === 'archive' ? isNotNull(members.archivedAt) : isNull(members.archivedAt)
}

const behind = ({ messages }: Tables, { isPinned, at, to }: Cursor, user: string): SQL => {
  const key = to.startsWith('G') ? to : keyOf(user, to)
  const time = sql.param(at, messages.time)
  const pinned = isPinned ? 1 : 0
  return sql`("is_pinned" < ${pinned} or ("is_pinned" = ${pinned} and ("at" < ${time} or ("at" = ${time} and "key" < ${key}))))`
}

const cursorOf = ({ isPinned, at, key }: Ranked, user: string): string => `${isPinned ? 1 : 0}.${at.getTime()}.${otherOf(key, user)}`

/** Reads what `cursorOf` wrote; `messages.ts` has checked its form. */
export const readCursor = (text: string): Cursor => {
  const [pinned, at, to = ''] = text.split('.')
  return { isPinned: pinned === '1', at: new Date(Number(at)), to }
}

/** How many of these fill a frame. */
const fitting = (summaries: readonly Summary[]): number => {
  let length = 0
  const full = summaries.findIndex(({ last, draft }, at) => {
    length += entryLength + JSON.stringify([last, draft]).length
    return at > 0 && length > pageLength
  })
  return full < 0 ? summaries.length : full
}
