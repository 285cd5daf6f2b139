// What people read: histories, lists, receipts. Nothing here writes to a log.
import { and, asc, desc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { Context, Handlers, Inbox, Store, Users } from '#core'
import type { Epoch } from './epoch.ts'
import { errors } from './errors.ts'
import { frameOf } from './frames.ts'
import { kinds, type Log, type Row } from './log.ts'
import type { EntryFrame, events, messages, Summary } from './messages.ts'
import { fitPage } from './page.ts'
import { type Places, placeKey } from './places.ts'
import type { MemberRow, Rosters } from './rosters.ts'
import type { Tables } from './tables.ts'

type Wiring = Pick<Context<unknown, typeof events, Record<never, never>, unknown>, 'publish' | 'topic' | 'userTopic'>

/** What reading needs. */
export interface ReadingOptions extends Wiring {
  readonly store: Store
  readonly tables: Tables
  readonly log: Log
  readonly places: Places
  readonly rosters: Rosters
  readonly epoch: Epoch
  readonly users: Users | undefined
  readonly inbox: Inbox | undefined
}

type Names = 'history' | 'list' | 'read' | 'delivered' | 'typing'
type Shown = Summary

/** People in a group above which receipts are counted, not told one by one. */
const receiptLimit = 100
const unreadLimit = 100

/** The handlers that read, and the watermarks of who has read what. */
export class Reading {
  readonly #options: ReadingOptions

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  handlers(): Pick<Handlers<typeof messages>, Names> {
    return {
      history: (range, { userId, to }) => this.#history(userId, to, range),
      list: async ({ limit }, { userId }) => ({ conversations: await this.#list(userId, limit), epoch: this.#options.epoch.value }),
      read: async ({ seq }, { userId, to }) => ({ read: (await this.#mark(userId, to, 'read', seq)).read }),
      delivered: async ({ seq }, { userId, to }) => ({ delivered: (await this.#mark(userId, to, 'delivered', seq)).delivered }),
      typing: async ({ on }, { userId, to, connection }) => {
        const { store, publish, topic, userTopic, rosters } = this.#options
        const member = await rosters.find(store.read, placeKey(userId, to), userId)
        if (!member || member.until !== null) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        publish(to.startsWith('G') ? topic('group', to) : userTopic(to), 'typed', { on }, { from: userId, to, except: connection })
        return {}
      },
    }
  }

  /** The conversations with these keys as `user` sees them; those that are not theirs are missing. */
  async describe(user: string, keys: readonly string[]): Promise<ReadonlyMap<string, Shown>> {
    const { store, tables } = this.#options
    const { conversations, members } = tables
    const rows = await store.read
      .select({ key: conversations.key, member: members })
      .from(members)
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .where(and(eq(members.user, user), inArray(conversations.key, [...keys])))
    return new Map(await this.#show(user, rows))
  }

  async #history(
    user: string,
    to: string,
    range: {
      before?: number | undefined
      after?: number | undefined
      around?: number | undefined
      limit: number
      epoch?: string | undefined
    },
  ) {
    const { store, log, rosters } = this.#options
    const epoch = this.#options.epoch.value
    const isOther = range.epoch !== undefined && range.epoch !== epoch
    const member = await rosters.find(store.read, placeKey(user, to), user)
    if (!member) {
      if (to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
      return { messages: [], head: 0, more: false, epoch, ...((isOther || range.after) && { reset: { epoch, head: 0, oldest: 1 } }) }
    }
    const { conversation } = member
    const bounds = { floor: Math.max(member.since, member.cleared), ceiling: member.until ?? undefined }
    if (isOther || (await this.#isBeyond(conversation, range.after, bounds.ceiling))) {
      const head = Math.min(await log.head(store.read, conversation), bounds.ceiling ?? Number.MAX_SAFE_INTEGER)
      return { messages: [], head, more: false, epoch, reset: { epoch, head, oldest: bounds.floor + 1 } }
    }
    const rows = fitPage(await this.#rows(conversation, range, bounds), range.after === undefined ? 'newest' : 'oldest')
    const top = await log.head(store.read, conversation)
    const head = Math.max(Math.min(top, bounds.ceiling ?? top), rows.at(-1)?.seq ?? 0)
    const last = rows.at(-1)?.seq ?? range.after ?? 0
    const more = range.after !== undefined ? last < head : (rows[0]?.seq ?? bounds.floor + 1) > bounds.floor + 1
    return { messages: rows.map((row) => this.#frame(row, user, to)), head, more, epoch }
  }

  // Who has left was told of that, one position above what they may read; what came later is not for them to find out.
  async #isBeyond(conversation: number, after: number | undefined, ceiling: number | undefined): Promise<boolean> {
    if (after === undefined || after === 0) return false
    const { store, log } = this.#options
    return after > (ceiling === undefined ? await log.head(store.read, conversation) : ceiling + 1)
  }

  async #rows(
    conversation: number,
    {
      before,
      after,
      around,
      limit,
    }: { before?: number | undefined; after?: number | undefined; around?: number | undefined; limit: number },
    bounds: { floor: number; ceiling: number | undefined },
  ): Promise<Row[]> {
    const { log } = this.#options
    if (around === undefined) return log.range(conversation, { before, after, limit, ...bounds })
    const half = Math.ceil(limit / 2)
    const older = await log.range(conversation, { before: around, limit: half, ...bounds })
    const newer = await log.range(conversation, { after: around - 1, limit: limit - half + 1, ...bounds })
    return [...older, ...newer].slice(0, limit)
  }

  // In a direct conversation an entry is addressed to the one who did not send it.
  #frame(row: Row, user: string, to: string): EntryFrame {
    return frameOf(row, to.startsWith('G') || row.sender === user ? to : user)
  }

  async #list(user: string, limit: number): Promise<Shown[]> {
    const { store, tables } = this.#options
    const { conversations, members } = tables
    const last = sql<number>`(select max(m.time) from chat_messages m where m.conversation = ${members.conversation} and m.kind = 0)`
    const rows = await store.read
      .select({ key: conversations.key, member: members, at: sql<number>`${last}`.as('at') })
      .from(members)
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .where(and(eq(members.user, user), isNull(members.until)))
      .orderBy(sql`"at" desc`)
      .limit(limit)
    return (await this.#show(user, rows)).map(([, shown]) => shown)
  }

  async #show(user: string, rows: readonly { key: string; member: MemberRow }[]): Promise<[string, Shown][]> {
    const { users, rosters, store } = this.#options
    const others = rows.map(({ key }) => otherOf(key, user)).filter((other) => other.startsWith('U'))
    const names = await users?.names(others)
    const groups = await rosters.groups(
      store.read,
      rows.map(({ member }) => member.conversation),
    )
    return Promise.all(
      rows.map(async ({ key, member }): Promise<[string, Shown]> => {
        const to = otherOf(key, user)
        const group = groups.get(member.conversation)
        const name = group?.name ?? names?.get(to)
        const about = group
          ? { group: { id: to, name: group.name, avatar: group.avatar, count: group.count } }
          : { user: { id: to, ...(name !== undefined && { name }) } }
        return [key, { to, ...about, ...(await this.#state(user, to, member)) }]
      }),
    )
  }

  async #state(user: string, to: string, member: MemberRow): Promise<Omit<Shown, 'to'>> {
    const { log, store, tables } = this.#options
    const { conversation, read, delivered, since, cleared, until } = member
    const t = tables.messages
    const floor = Math.max(since, cleared)
    const head = Math.min(until ?? Number.MAX_SAFE_INTEGER, await log.head(store.read, conversation))
    const seen = and(eq(t.conversation, conversation), eq(t.kind, kinds.message), gt(t.seq, floor))
    const [last] = await store.read.select({ seq: t.seq }).from(t).where(seen).orderBy(desc(t.seq)).limit(1)
    const newer = store.read
      .select({ sender: t.sender })
      .from(t)
      .where(and(seen, gt(t.seq, read)))
      .orderBy(asc(t.seq))
    const unread = (await newer.limit(unreadLimit)).filter(({ sender }) => sender !== user).length
    const row = last && (await log.find(store.read, conversation, last.seq))
    const other = to.startsWith('U') && to !== user ? await this.#options.rosters.member(store.read, conversation, to) : undefined
    const reached = other && { reached: { read: other.read, delivered: other.delivered } }
    return { head, read, delivered, unread, ...reached, ...(row && { last: this.#frame(row, user, to) }) }
  }

  async #mark(user: string, to: string, what: 'read' | 'delivered', seq: number): Promise<MemberRow> {
    const { store, places, rosters, log, inbox } = this.#options
    return store.write(
      async (tx) => {
        const { conversation, people } = await places.enter(tx, user, to)
        const member = await rosters.member(tx, conversation, user)
        if (!member) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        const reached = Math.min(seq, await log.head(tx, conversation))
        if (reached <= member[what]) return member
        // What was read has been delivered too.
        const next = { ...member, [what]: reached, delivered: Math.max(member.delivered, reached) }
        await rosters.mark(tx, member, { read: next.read, delivered: next.delivered })
        const touched = inbox?.touch(tx, people.length > receiptLimit ? [user] : people, 'chat', placeKey(user, to))
        if (touched !== undefined) await touched
        this.#tell(user, to, people, next)
        return next
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }

  #tell(user: string, to: string, people: readonly string[], { read, delivered }: MemberRow): void {
    const { publish, topic, userTopic } = this.#options
    const isCounted = people.length > receiptLimit
    const topics = isCounted ? [userTopic(user)] : to.startsWith('G') ? [topic('group', to)] : people.map(userTopic)
    for (const each of topics) publish(each, 'receipt', { user, read, delivered }, { from: user, to })
  }
}

/** The other side of a conversation with this key: the other person, the group, or oneself. */
const otherOf = (key: string, user: string): string => {
  if (key.startsWith('G')) return key
  const [first = '', second = ''] = key.split(':')
  return first === user ? second : first
}
