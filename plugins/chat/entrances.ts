// The ways into a group: joining by oneself, being admitted, a link; and the bans, which close all of them. Somebody whom a
// group does not let in is answered as if it were not there.
import { and, eq, isNull } from 'drizzle-orm'
import type { Db } from '#core'
import type { Application } from './applications.ts'
import type { Ban } from './bans.ts'
import { errors } from './errors.ts'
import type { Link } from './links.ts'
import { type GroupPlace, governs, type Memberships, type MembershipsOptions, mayInvite, outranks } from './memberships.ts'
import type { Door } from './rosters.ts'
import type { Tables } from './tables.ts'

/** What entrances need. */
export interface EntrancesOptions extends MembershipsOptions {
  readonly memberships: Memberships
  readonly tables: Tables
}

/** A group as one sees it from outside. */
export type Glance = { readonly id: string } & Pick<Door['group'], 'name' | 'avatar' | 'count' | 'kind' | 'joining'>

/** What a link leads to. */
interface Way {
  readonly to: string
  readonly link: Link
  readonly door: Door
  /** What its maker is in the group now. */
  readonly makerRole: string | null
}

/** The verbs of those who want to come in, and of those who let them. */
export class Entrances {
  readonly #options: EntrancesOptions

  constructor(options: EntrancesOptions) {
    this.#options = options
  }

  /** Join a group that is open, or apply to one that decides; who is in stays in. Throws `CHAT_NO_SUCH_CONVERSATION`. */
  join(user: string, to: string, note: string): Promise<'joined' | 'pending'> {
    const { store, rosters, memberships, applications, now } = this.#options
    return store.write(
      async (tx) => {
        const door = await rosters.door(tx, to, user)
        if (!door || !mayKnock(door)) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        if (door.role) return 'joined'
        const { conversation } = door.group
        if (door.group.joining === 'open') {
          await memberships.letIn(tx, conversation, to, user)
          return 'joined'
        }
        if (door.group.frozenAt) throw errors.FROZEN()
        const group = { conversation, to, roster: await memberships.roster(tx, conversation) }
        await applications.put(tx, group, user, { note, now: new Date(now()) })
        return 'pending'
      },
      { serial: `chat/${to}` },
    )
  }

  /** Take one's own application back. To do it once more changes nothing. */
  withdraw(user: string, to: string): Promise<void> {
    const { store, memberships, applications, now } = this.#options
    return store.write(
      async (tx) => {
        const conversation = await applications.find(tx, user, to)
        if (conversation === undefined) return
        const group = { conversation, to, roster: await memberships.roster(tx, conversation) }
        await applications.close(tx, group, [user], { outcome: 'withdrawn', by: user, now: new Date(now()) })
      },
      { serial: `chat/${to}` },
    )
  }

  /** Let applicants in; returns those who had applied. Throws `CHAT_GROUP_FULL`, and nobody is let in then. */
  admit(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    const { memberships, applications } = this.#options
    return memberships.govern(user, to, 'admin', async (tx, place) => {
      const added = (await applications.open(tx, place.conversation, users)).map((open) => open.user)
      await memberships.add(tx, place, added, user)
      return { result: added, ...(added.length > 0 && { change: { added } }), come: added }
    })
  }

  /** Turn applicants away; returns those who had applied. They may apply again. */
  reject(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    const { memberships } = this.#options
    return memberships.govern(user, to, 'admin', async (tx, place) => ({ result: await this.#reject(tx, place, users, user) }))
  }

  /** Who wants to come in, for who may let them. */
  async applications(user: string, to: string): Promise<readonly Application[]> {
    const { store, memberships, applications } = this.#options
    const { conversation } = await memberships.look(user, to, 'admin')
    return applications.open(store.read, conversation)
  }

  /** Nobody of these comes in any more, by whatever road; who is in is put out. Returns who was not banned before. */
  ban(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    const { memberships, bans, now } = this.#options
    return memberships.govern(user, to, 'admin', async (tx, place) => {
      const { seats } = place.group.roster
      const others = [...new Set(users)].filter((other) => other !== user && (!seats.has(other) || outranks(place, other)))
      const strangers = others.filter((other) => !seats.has(other))
      await memberships.meet(strangers)
      const banned = await bans.add(tx, place.conversation, others, { by: user, now: new Date(now()) })
      await this.#reject(tx, place, strangers, user)
      const removed = others.filter((other) => seats.has(other))
      return { result: banned, ...(removed.length > 0 && { change: { removed }, gone: removed }) }
    })
  }

  /** End bans; returns whose. Nobody comes back by it. */
  unban(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    const { memberships, bans } = this.#options
    return memberships.govern(user, to, 'admin', async (tx, { conversation }) => ({ result: await bans.remove(tx, conversation, users) }))
  }

  /** Who is banned, by user id from `after` on. */
  async bans(user: string, to: string, after: string, limit: number): Promise<{ rows: readonly Ban[]; more: boolean }> {
    const { store, memberships, bans } = this.#options
    const { conversation } = await memberships.look(user, to, 'admin')
    const rows = await bans.page(store.read, conversation, after, limit + 1)
    return { rows: rows.slice(0, limit), more: rows.length > limit }
  }

  /** A link that lets `uses` people in, within `expiresIn` seconds; `undefined` sets no bound. Throws `CHAT_TOO_MANY_LINKS`. */
  link(user: string, to: string, { expiresIn, uses }: { expiresIn?: number | undefined; uses?: number | undefined }): Promise<Link> {
    const { memberships, links, now } = this.#options
    return memberships.govern(user, to, 'member', async (tx, { conversation, group }) => {
      if (!mayInvite(group.roster.group, group.seat.role)) throw errors.NOT_ALLOWED()
      const createdAt = new Date(now())
      const expiresAt = expiresIn === undefined ? null : new Date(now() + expiresIn * 1_000)
      return { result: await links.make(tx, { conversation, maker: user, createdAt, expiresAt, uses: uses ?? null }) }
    })
  }

  /** The links that work: all for the owner and admins, their own for members. */
  async links(user: string, to: string): Promise<readonly Link[]> {
    const { store, memberships, links, now } = this.#options
    const { conversation, group } = await memberships.look(user, to, 'member')
    return links.list(store.read, conversation, new Date(now()), governs(group.seat.role) ? undefined : user)
  }

  /** The link works no more; false if it did not, or is not this member's. */
  revoke(user: string, to: string, code: string): Promise<boolean> {
    const { memberships, links } = this.#options
    return memberships.govern(user, to, 'member', async (tx, { conversation, group }) => ({
      result: await links.revoke(tx, conversation, code, governs(group.seat.role) ? undefined : user),
    }))
  }

  /** Come in by a link; who is in stays in and uses nothing up. Returns the group. Throws `CHAT_BAD_LINK`, `CHAT_GROUP_FULL`. */
  enter(user: string, code: string): Promise<string> {
    const { store, memberships, links } = this.#options
    return store.write(async (tx) => {
      // The code says which group it is; from then on nothing else may change that group.
      const { to } = await this.#follow(tx, user, code)
      await store.lock(tx, `chat/${to}`)
      const { door } = await this.#follow(tx, user, code)
      const isNew = await memberships.letIn(tx, door.group.conversation, to, user)
      if (isNew && !(await links.use(tx, code))) throw errors.BAD_LINK().with({ path: '/data/code' })
      return to
    })
  }

  /** A look through a link before entering. Throws `CHAT_BAD_LINK`. */
  async peekLink(user: string, code: string): Promise<Glance> {
    const { to, door } = await this.#follow(this.#options.store.read, user, code)
    return glance(to, door)
  }

  /** A look at a group that one may join or apply to. Throws `CHAT_NO_SUCH_CONVERSATION`. */
  async peekGroup(user: string, to: string): Promise<Glance> {
    const { store, rosters } = this.#options
    const door = await rosters.door(store.read, to, user)
    if (!door || !mayKnock(door)) throw errors.NO_SUCH_CONVERSATION().with({ path: '/data/group' })
    return glance(to, door)
  }

  async #reject(tx: Db, { conversation, to, group }: GroupPlace, users: readonly string[], by: string): Promise<readonly string[]> {
    const { applications, now } = this.#options
    return applications.close(tx, { conversation, to, roster: group.roster }, users, { outcome: 'rejected', by, now: new Date(now()) })
  }

  // Where a code leads. Whatever is wrong with it, the answer is the same; and who is in already, perhaps by this very link,
  // whose ack was lost, is told so whatever became of it.
  async #follow(db: Db, user: string, code: string): Promise<Way> {
    const way = await this.#way(db, user, code)
    const works = way && leadsIn(way, this.#options.now())
    if (way && (works || (await this.#isIn(db, way, user)))) return way
    throw errors.BAD_LINK().with({ path: '/data/code' })
  }

  async #isIn(db: Db, { to, door }: Way, user: string): Promise<boolean> {
    return !door.isBanned && (await this.#options.rosters.find(db, to, user))?.until === null
  }

  async #way(db: Db, user: string, code: string): Promise<Way | undefined> {
    const { links, conversations, groups, members, bans } = this.#options.tables
    const [row] = await db
      .select({ link: links, to: conversations.key, group: groups, makerRole: members.role, ban: bans.user })
      .from(links)
      .innerJoin(conversations, eq(conversations.id, links.conversation))
      .innerJoin(groups, eq(groups.conversation, links.conversation))
      .leftJoin(members, and(eq(members.conversation, links.conversation), eq(members.user, links.maker), isNull(members.until)))
      .leftJoin(bans, and(eq(bans.conversation, links.conversation), eq(bans.user, user)))
      .where(eq(links.code, code))
    if (!row) return undefined
    const { link, to, group, makerRole } = row
    return { link, to, makerRole, door: { group, isBanned: row.ban !== null, role: undefined } }
  }
}

// One who is in may look at it whatever its rules are.
const mayKnock = ({ group, isBanned, role }: Door): boolean => role !== undefined || (!isBanned && group.joining !== 'invite')

/** A link is its maker's word: it is worth what theirs is worth now. */
const leadsIn = ({ link, door, makerRole }: Way, nowMs: number): boolean => {
  const isSpent = link.uses !== null && link.used >= link.uses
  const isOver = link.expiresAt !== null && link.expiresAt.getTime() <= nowMs
  if (isSpent || isOver || door.isBanned || door.group.dismissedAt) return false
  return makerRole !== null && mayInvite(door.group, makerRole)
}

const glance = (id: string, { group: { name, avatar, count, kind, joining } }: Door): Glance => ({ id, name, avatar, count, kind, joining })
