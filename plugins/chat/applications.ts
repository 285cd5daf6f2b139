// Who wants to come into a group, and the news of it: to its owner and admins, and to the applicant; live, and in their inboxes
// for the devices that are away.
import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import type { Context, Db, Inbox, Store, Users } from '#core'
import { errors } from './errors.ts'
import type { events } from './messages.ts'
import type { Roster } from './rosters.ts'
import type { Tables } from './tables.ts'

/** A row of chat_applications. */
export type Application = Tables['applications']['$inferSelect']

/** How an application ends. */
export type Outcome = 'admitted' | 'rejected' | 'withdrawn'

/** What the inbox calls one's own application, and those to a group one governs; the key of both is the group's id. */
export const inboxKinds = { mine: 'chat-application', theirs: 'chat-applications' } as const

type Wiring = Pick<Context<unknown, typeof events, Record<never, never>, unknown>, 'publish' | 'userTopic'>

/** What applications need. */
export interface ApplicationsOptions extends Wiring {
  readonly store: Store
  readonly tables: Tables
  readonly users: Users | undefined
  readonly inbox: Inbox | undefined
  /** Open applications of one group, and of one person. */
  readonly limits: { readonly ofGroup: number; readonly ofPerson: number }
}

/** A group that is applied to, inside a unit of its own. */
interface Applied {
  readonly conversation: number
  readonly to: string
  readonly roster: Roster
}

/** Keeps the applications of groups, and tells of them. */
export class Applications {
  readonly #options: ApplicationsOptions

  constructor(options: ApplicationsOptions) {
    this.#options = options
  }

  /** Inside a unit of the group: apply, or apply again with another note. Throws `CHAT_TOO_MANY_APPLICATIONS`. */
  async put(tx: Db, group: Applied, user: string, { note, now }: { note: string; now: Date }): Promise<void> {
    const { tables, publish, userTopic, users, inbox } = this.#options
    const { applications: t } = tables
    const [before] = await tx
      .select()
      .from(t)
      .where(and(eq(t.conversation, group.conversation), eq(t.user, user)))
    const isOpen = before !== undefined && before.rejectedAt === null
    if (isOpen && before.note === note) return
    if (!isOpen) await this.#checkRoom(tx, group.conversation, user)
    await tx
      .insert(t)
      .values({ conversation: group.conversation, user, note, time: now })
      .onConflictDoUpdate({ target: [t.conversation, t.user], set: { note, time: now, rejectedAt: null } })
    const governors = governorsOf(group.roster)
    const name = (await users?.names([user]))?.get(user)
    const data = { user: { id: user, ...(name !== undefined && { name }) }, note, time: now.toISOString() }
    for (const each of [...governors, user]) publish(userTopic(each), 'applied', data, { from: user, to: group.to })
    await inbox?.touch(tx, governors, inboxKinds.theirs, group.to)
    await inbox?.touch(tx, [user], inboxKinds.mine, group.to)
  }

  /** The conversation of the group with this id, if `user` has an open application there; one query, group or no group. */
  async find(db: Db, user: string, to: string): Promise<number | undefined> {
    const { applications: t, conversations } = this.#options.tables
    const [row] = await db
      .select({ conversation: t.conversation })
      .from(conversations)
      .innerJoin(t, and(eq(t.conversation, conversations.id), eq(t.user, user), isNull(t.rejectedAt)))
      .where(eq(conversations.key, to))
    return row?.conversation
  }

  /** Inside a unit of the group: those of `among` whose application is open; of everybody if it is left out. */
  async open(db: Db, conversation: number, among?: readonly string[]): Promise<Application[]> {
    const { applications: t } = this.#options.tables
    const these = among && inArray(t.user, [...among])
    const open = and(eq(t.conversation, conversation), isNull(t.rejectedAt), these)
    return db.select().from(t).where(open).orderBy(asc(t.time), asc(t.user))
  }

  /**
   * Inside a unit of the group: open applications of `users` end like this, by `by`; returns whose did. Only of a rejection
   * something stays, because nothing else tells the applicant of it.
   */
  async close(tx: Db, group: Applied, users: readonly string[], { outcome, by, now }: { outcome: Outcome; by: string; now: Date }) {
    if (users.length === 0) return []
    const { applications: t } = this.#options.tables
    const these = and(eq(t.conversation, group.conversation), inArray(t.user, [...users]))
    const closed = (await this.open(tx, group.conversation, users)).map(({ user }) => user)
    if (outcome !== 'rejected') await tx.delete(t).where(these)
    else
      await tx
        .update(t)
        .set({ rejectedAt: now, note: '' })
        .where(and(these, isNull(t.rejectedAt)))
    await this.#tell(tx, group, closed, { outcome, by })
    return closed
  }

  /** Inside a unit of the group: somebody governs it now, or no longer. */
  touchGovernor(tx: Db, user: string, to: string): void | Promise<void> {
    return this.#options.inbox?.touch(tx, [user], inboxKinds.theirs, to)
  }

  /** What their devices are told of applications of theirs, by group. */
  async describeMine(user: string, keys: readonly string[]): Promise<ReadonlyMap<string, object>> {
    const { store, tables } = this.#options
    const { applications: t, conversations } = tables
    const rows = await store.read
      .select({ to: conversations.key, application: t })
      .from(t)
      .innerJoin(conversations, eq(conversations.id, t.conversation))
      .where(and(eq(t.user, user), inArray(conversations.key, [...keys])))
    return new Map(
      rows.map(({ to, application: { note, time, rejectedAt } }) => [
        to,
        rejectedAt ? { state: 'rejected', time: rejectedAt.toISOString() } : { state: 'pending', note, time: time.toISOString() },
      ]),
    )
  }

  /** How many applications are open in groups that the user governs, by group; groups without any are missing. */
  async describeTheirs(user: string, keys: readonly string[]): Promise<ReadonlyMap<string, object>> {
    const { store, tables } = this.#options
    const { applications: t, conversations, members } = tables
    const governs = and(
      eq(members.conversation, t.conversation),
      eq(members.user, user),
      isNull(members.until),
      inArray(members.role, ['owner', 'admin']),
    )
    const rows = await store.read
      .select({ to: conversations.key })
      .from(t)
      .innerJoin(conversations, eq(conversations.id, t.conversation))
      .innerJoin(members, governs)
      .where(and(inArray(conversations.key, [...keys]), isNull(t.rejectedAt)))
    const counts = new Map<string, { count: number }>()
    for (const { to } of rows) counts.set(to, { count: (counts.get(to)?.count ?? 0) + 1 })
    return counts
  }

  async #tell(tx: Db, { to, roster }: Applied, users: readonly string[], { outcome, by }: { outcome: Outcome; by: string }): Promise<void> {
    if (users.length === 0) return
    const { publish, userTopic, inbox } = this.#options
    const governors = governorsOf(roster)
    for (const user of users) {
      for (const each of governors) publish(userTopic(each), 'decided', { user, outcome }, { from: by, to })
      // Who decided is the governors' business.
      publish(userTopic(user), 'decided', { user, outcome }, { to })
    }
    await inbox?.touch(tx, governors, inboxKinds.theirs, to)
    await inbox?.touch(tx, users, inboxKinds.mine, to)
  }

  async #checkRoom(tx: Db, conversation: number, user: string): Promise<void> {
    const { store, tables, limits } = this.#options
    const { applications: t } = tables
    const ofGroup = await tx.$count(t, and(eq(t.conversation, conversation), isNull(t.rejectedAt)))
    if (ofGroup >= limits.ofGroup) throw errors.TOO_MANY_APPLICATIONS()
    // One person may apply to several groups at the same moment.
    await store.lock(tx, `chat/applicant/${user}`)
    const ofPerson = await tx.$count(t, and(eq(t.user, user), isNull(t.rejectedAt)))
    if (ofPerson >= limits.ofPerson) throw errors.TOO_MANY_APPLICATIONS()
  }
}

const governorsOf = ({ seats }: Roster): string[] => [...seats].filter(([, { role }]) => role !== 'member').map(([user]) => user)
