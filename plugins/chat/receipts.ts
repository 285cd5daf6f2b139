// How far people are, and whom that is told. Who does not show what they have read sees it of nobody either.
import { and, eq, inArray } from 'drizzle-orm'
import { type Context, type Db, type Handlers, type Inbox, type Store, UnitCache } from '#core'
import type { Conversations } from './conversations.ts'
import { errors } from './errors.ts'
import type { Log } from './log.ts'
import type { events, messages } from './messages.ts'
import { type Places, placeKey } from './places.ts'
import type { MemberRow, Rosters } from './rosters.ts'
import type { Tables } from './tables.ts'

type Wiring = Pick<Context<unknown, typeof events, Record<never, never>, unknown>, 'publish' | 'topic' | 'userTopic'>

/** What receipts need. */
export interface ReceiptsOptions extends Wiring {
  readonly store: Store
  readonly tables: Tables
  readonly log: Log
  readonly places: Places
  readonly conversations: Conversations
  readonly rosters: Rosters
  readonly inbox: Inbox | undefined
}

/** The inbox kind of what a person wants of this plugin; its one key is `mine`. */
export const settingsKind = 'chat-settings'

/** People in a group above which receipts are counted, not told one by one. */
const receiptLimit = 100

type Marks = Pick<MemberRow, 'read' | 'delivered'>

/** Watermarks, and the switch of who shows them. */
export class Receipts {
  readonly #options: ReceiptsOptions
  readonly #shown: UnitCache<boolean>

  constructor(options: ReceiptsOptions) {
    this.#options = options
    this.#shown = new UnitCache(options.store, 100_000)
  }

  handlers(): Pick<Handlers<typeof messages>, 'read' | 'delivered' | 'settings'> {
    return {
      read: async ({ seq }, { userId, to }) => ({ read: (await this.#mark(userId, to, 'read', seq)).read }),
      delivered: async ({ seq }, { userId, to }) => ({ delivered: (await this.#mark(userId, to, 'delivered', seq)).delivered }),
      settings: ({ receipts }, { userId }) => this.#configure(userId, receipts),
    }
  }

  /** What `user` wants of the plugin. */
  async settings(db: Db, user: string): Promise<{ receipts: boolean }> {
    return { receipts: (await this.#off(db, [user])).length === 0 }
  }

  /** Those of `users` who neither show nor see what was read. */
  async hidden(users: readonly string[], db: Db = this.#options.store.read): Promise<ReadonlySet<string>> {
    return new Set(await this.#off(db, users))
  }

  async #configure(user: string, receipts: boolean | undefined): Promise<{ receipts: boolean }> {
    const { store, tables, publish, userTopic, inbox } = this.#options
    if (receipts === undefined) return this.settings(store.read, user)
    return store.write(
      async (tx) => {
        const { people } = tables
        await inbox?.touch(tx, [user], settingsKind, 'mine')
        await tx.insert(people).values({ user, receipts }).onConflictDoUpdate({ target: people.user, set: { receipts } })
        this.#shown.drop(user)
        publish(userTopic(user), 'configured', { receipts }, { from: user })
        return { receipts }
      },
      { serial: `chat/people/${user}` },
    )
  }

  async #mark(user: string, to: string, what: 'read' | 'delivered', seq: number): Promise<Marks> {
    const { store, conversations, rosters, places, log } = this.#options
    return store.write(
      async (tx) => {
        // Nothing is opened by reading it.
        if (!to.startsWith('G') && (await conversations.find(tx, placeKey(user, to))) === undefined) return { read: 0, delivered: 0 }
        const { conversation, people } = await places.enter(tx, user, to)
        const member = await rosters.member(tx, conversation, user)
        if (!member) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        const reached = Math.min(seq, await log.head(tx, conversation))
        const isUnmarked = what === 'read' && member.isMarked
        if (reached <= member[what] && !isUnmarked) return member
        // What was read has been delivered too.
        const read = what === 'read' ? Math.max(reached, member.read) : member.read
        const next = { ...member, read, delivered: Math.max(member.delivered, reached) }
        await rosters.mark(tx, member, { read: next.read, delivered: next.delivered, ...(isUnmarked && { isMarked: false }) })
        await this.#tell(tx, { user, to, people }, member, next)
        return next
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }

  async #tell(
    tx: Db,
    { user, to, people }: { user: string; to: string; people: readonly string[] },
    before: Marks,
    { read, delivered }: Marks,
  ): Promise<void> {
    const { publish, topic, userTopic, inbox } = this.#options
    const others = people.length > receiptLimit ? [] : people.filter((other) => other !== user)
    const off = await this.hidden([user, ...others], tx)
    const seesRead = (other: string): boolean => other === user || (!off.has(user) && !off.has(other))
    const isNews = (other: string): boolean => delivered > before.delivered || (seesRead(other) && read > before.read)
    const hearing = [user, ...others.filter(isNews)]
    await inbox?.touch(tx, hearing, 'chat', placeKey(user, to))
    const options = { from: user, to }
    const whole = { user, read, delivered }
    // What is the same for everybody in a group goes out once.
    if (to.startsWith('G') && people.length <= receiptLimit && off.size === 0) publish(topic('group', to), 'receipt', whole, options)
    else for (const each of hearing) publish(userTopic(each), 'receipt', seesRead(each) ? whole : { user, delivered }, options)
  }

  async #off(db: Db, users: readonly string[]): Promise<string[]> {
    const isUnit = db !== this.#options.store.read
    const unknown = isUnit ? users.filter((user) => this.#shown.get(user) === undefined) : users
    const known = isUnit ? users.filter((user) => this.#shown.get(user) === false) : []
    if (unknown.length === 0) return known
    const { people } = this.#options.tables
    const found = await db
      .select({ user: people.user })
      .from(people)
      .where(and(inArray(people.user, [...unknown]), eq(people.receipts, false)))
    const off = found.map(({ user }) => user)
    if (isUnit) for (const user of unknown) this.#shown.fill(user, !off.includes(user))
    return [...known, ...off]
  }
}
