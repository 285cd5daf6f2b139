// Who is in a group, in which role, and what the group's rules are.
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import { type Db, ReadCache, type Statement, type Store, UnitCache } from '#core'
import type { Tables } from './tables.ts'

/** What somebody may do in a group. */
export type Role = 'owner' | 'admin' | 'member'

/** One who is in a group now. */
export interface Seat {
  readonly role: Role
  readonly mutedUntil: Date | undefined
}

/** A group and everybody in it. */
export interface Roster {
  readonly group: Tables['groups']['$inferSelect']
  readonly seats: ReadonlyMap<string, Seat>
  /** Whose seats they are. The same list for as long as nobody comes or goes, so that what was found of it may be kept. */
  readonly people: readonly string[]
}

/** What stands between somebody and a group that is there. */
export interface Door {
  readonly group: Roster['group']
  readonly isBanned: boolean
  /** Theirs, if they are in it. */
  readonly role: Role | undefined
}

/** A row of chat_members. */
export type MemberRow = Tables['members']['$inferSelect']

/** What of a row says nothing about anybody's seat. */
export type Marks = Partial<Omit<MemberRow, 'user' | 'conversation' | 'role' | 'since' | 'until' | 'mutedUntil'>>

/** A group that somebody is in. */
export interface Mine {
  readonly id: string
  readonly role: string
  readonly group: Roster['group']
}

const cacheSize = 10_000
// Some 200 bytes each. Groups differ too much in size to be counted.
const seatsKept = 1_000_000

type Found = readonly { readonly key: string }[]

/** Reads and changes memberships. */
export class Rosters {
  readonly #store: Store
  readonly #tables: Tables
  readonly #cache: UnitCache<Roster>
  readonly #numbers = new Map<string, number>()
  readonly #places: ReadCache<Found>
  readonly #groupsOf: Statement<{ user: string }, { key: string }>

  constructor(store: Store, tables: Tables) {
    this.#store = store
    this.#tables = tables
    this.#groupsOf = groupsOfStatement(store, tables)
    this.#cache = new UnitCache(store, seatsKept, ({ people }) => people.length + 1)
    this.#places = new ReadCache(store, 50_000)
  }

  /** Inside a unit: the roster, or `undefined` if the conversation is no group. */
  async of(tx: Db, conversation: number): Promise<Roster | undefined> {
    const known = this.#cache.get(conversation)
    if (known) return known
    const { groups } = this.#tables
    const [group] = await tx.select().from(groups).where(eq(groups.conversation, conversation))
    return group && this.#load(tx, group)
  }

  /**
   * Inside a unit: the roster of the group with this id, if `user` is in it. Who is not costs one and the same query, whether
   * there is such a group or not: so nobody learns which by the time it takes.
   */
  async seating(tx: Db, key: string, user: string): Promise<Roster | undefined> {
    const number = this.#numbers.get(key)
    const known = number === undefined ? undefined : this.#cache.get(number)
    if (known?.seats.has(user)) return known
    const { groups, members, conversations } = this.#tables
    const [row] = await tx
      .select({ group: groups })
      .from(conversations)
      .innerJoin(members, and(eq(members.conversation, conversations.id), eq(members.user, user), isNull(members.until)))
      .innerJoin(groups, eq(groups.conversation, conversations.id))
      .where(eq(conversations.key, key))
    if (!row) return undefined
    this.#remember(key, row.group.conversation)
    return this.#cache.get(row.group.conversation) ?? this.#load(tx, row.group)
  }

  /** Somebody's row in the conversation with this key, also after they have left; one query, whether there is one or not. */
  async find(db: Db, key: string, user: string): Promise<MemberRow | undefined> {
    const { members, conversations } = this.#tables
    const [row] = await db
      .select({ member: members })
      .from(conversations)
      .innerJoin(members, and(eq(members.conversation, conversations.id), eq(members.user, user)))
      .where(eq(conversations.key, key))
    return row?.member
  }

  /** What stands between somebody and the group with this id; one query, whether there is one or not. */
  async door(tx: Db, key: string, user: string): Promise<Door | undefined> {
    const { groups, members, conversations, bans } = this.#tables
    const [row] = await tx
      .select({ group: groups, ban: bans.user, role: members.role, until: members.until })
      .from(conversations)
      .innerJoin(groups, eq(groups.conversation, conversations.id))
      .leftJoin(bans, and(eq(bans.conversation, conversations.id), eq(bans.user, user)))
      .leftJoin(members, and(eq(members.conversation, conversations.id), eq(members.user, user)))
      .where(eq(conversations.key, key))
    if (!row || row.group.dismissedAt) return undefined
    return { group: row.group, isBanned: row.ban !== null, role: row.role !== null && row.until === null ? (row.role as Role) : undefined }
  }

  // Conversations are never deleted and keep their numbers.
  #remember(key: string, conversation: number): void {
    this.#store.afterCommit(() => {
      if (this.#numbers.size >= cacheSize) this.#numbers.clear()
      this.#numbers.set(key, conversation)
    })
  }

  async #load(tx: Db, group: Roster['group']): Promise<Roster> {
    const { members } = this.#tables
    const { conversation } = group
    const here = and(eq(members.conversation, conversation), isNull(members.until))
    const rows = await tx.select({ user: members.user, role: members.role, mutedUntil: members.mutedUntil }).from(members).where(here)
    const seats = new Map(rows.map(({ user, role, mutedUntil }) => [user, { role: role as Role, mutedUntil: mutedUntil ?? undefined }]))
    const roster = { group, seats, people: [...seats.keys()] }
    this.#cache.fill(conversation, roster)
    return roster
  }

  /** Whatever is known of the group is no longer so. */
  drop(conversation: number): void {
    this.#cache.drop(conversation)
  }

  async member(db: Db, conversation: number, user: string): Promise<MemberRow | undefined> {
    const { members } = this.#tables
    const [row] = await db
      .select()
      .from(members)
      .where(and(eq(members.user, user), eq(members.conversation, conversation)))
    return row
  }

  /** Inside a unit: a new group, with nobody in it. */
  async insert(tx: Db, group: Tables['groups']['$inferInsert']): Promise<void> {
    await tx.insert(this.#tables.groups).values(group)
  }

  /** Inside a unit: let somebody in, or back in, who reads from after `since` on. Whoever was muted stays so. */
  async add(tx: Db, conversation: number, user: string, { role, since }: { role: Role; since: number }): Promise<void> {
    const { members } = this.#tables
    const fresh = { user, conversation, role, since, read: since, delivered: since, cleared: 0 }
    await tx
      .insert(members)
      .values(fresh)
      .onConflictDoUpdate({ target: [members.user, members.conversation], set: { role, since, until: null } })
    this.drop(conversation)
    this.#places.drop(user)
  }

  /** Inside a unit: they have left and read up to `until` from now on. */
  async remove(tx: Db, conversation: number, user: string, until: number): Promise<void> {
    await this.update(tx, conversation, user, { until, role: 'member' })
  }

  async update(tx: Db, conversation: number, user: string, change: Partial<MemberRow>): Promise<void> {
    const { members } = this.#tables
    await tx
      .update(members)
      .set(change)
      .where(and(eq(members.user, user), eq(members.conversation, conversation)))
    this.drop(conversation)
    this.#places.drop(user)
  }

  /** Inside a unit: change the group's own row. */
  async change(tx: Db, conversation: number, change: Partial<Roster['group']>): Promise<void> {
    const { groups } = this.#tables
    await tx.update(groups).set(change).where(eq(groups.conversation, conversation))
    this.drop(conversation)
    if (change.dismissedAt !== undefined) this.#places.clear()
  }

  /** Inside a unit: watermarks, and what the person wants. Nobody's seat changes, so what is known of the group stays known. */
  async mark(tx: Db, { user, conversation }: Pick<MemberRow, 'user' | 'conversation'>, marks: Marks): Promise<void> {
    const { members } = this.#tables
    await tx
      .update(members)
      .set(marks)
      .where(and(eq(members.user, user), eq(members.conversation, conversation)))
  }

  /**
   * The ids of the groups that somebody is in, for those outside a unit. Asked at every connect, so what was found is
   * known until it changes, and answers at once where it can.
   */
  groupsOf(user: string): Found | Promise<Found> {
    return this.#places.get(user, () => this.#groupsOf(this.#store.read, { user }))
  }

  /** Count again how many are in it. */
  async recount(tx: Db, conversation: number): Promise<void> {
    const { members } = this.#tables
    const count = sql`(select count(*) from ${members} where ${members.conversation} = ${conversation} and ${members.until} is null)`
    await this.change(tx, conversation, { count: count as never })
  }

  /** The groups that somebody is in, by their ids from `after` on; in this role only, if it is given. */
  pageOf(user: string, { role, after, limit }: { role?: Role | undefined; after: string; limit: number }): Promise<Mine[]> {
    const { members, groups, conversations } = this.#tables
    const mine = and(eq(members.user, user), isNull(members.until), role && eq(members.role, role), gt(conversations.key, after))
    return this.#store.read
      .select({ id: conversations.key, role: members.role, group: groups })
      .from(members)
      .innerJoin(groups, eq(groups.conversation, members.conversation))
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .where(mine)
      .orderBy(asc(conversations.key))
      .limit(limit)
  }

  /** Members by user id, from `after` on. */
  page(db: Db, conversation: number, after: string, limit: number): Promise<MemberRow[]> {
    const { members } = this.#tables
    const here = and(eq(members.conversation, conversation), isNull(members.until), gt(members.user, after))
    return db.select().from(members).where(here).orderBy(asc(members.user)).limit(limit)
  }
}

// Scalar subqueries, because a join with parameters costs three times as much (src/store/README.md).
const groupsOfStatement = (store: Store, { members, conversations, groups }: Tables): Statement<{ user: string }, { key: string }> => {
  const key = sql<string>`(select ${conversations.key} from ${conversations} where ${conversations.id} = ${members.conversation})`
  const group = sql`(select 1 from ${groups} where ${groups.conversation} = ${members.conversation} and ${groups.dismissedAt} is null)`
  return store.statement('chat_groups_of', (db) =>
    db
      .select({ key })
      .from(members)
      .where(and(eq(members.user, sql.placeholder('user')), isNull(members.until), eq(group, 1))),
  )
}
