// Making and governing groups. Every change of who is in one, or of its rules, is an entry in its log.
import type { Db } from '#core'
import { errors } from './errors.ts'
import { type Deed, type GroupPlace, type Memberships, type MembershipsOptions, mayInvite, outranks } from './memberships.ts'
import type { MemberRow, Role, Roster } from './rosters.ts'

type GroupRow = Roster['group']

/** What groups need. */
export interface GroupsOptions extends MembershipsOptions {
  readonly memberships: Memberships
  /** People one group takes. */
  readonly size: number
}

/** How a group is made. */
export type GroupDraft = Partial<Pick<GroupRow, 'notice' | 'avatar' | 'joining' | 'inviting' | 'history' | 'kind'>> & {
  readonly name: string
}

/** What `info` tells. */
export type GroupInfo = Pick<
  GroupRow,
  'name' | 'notice' | 'avatar' | 'owner' | 'kind' | 'joining' | 'inviting' | 'history' | 'count' | 'size'
> & { readonly id: string; readonly role: Role; readonly mutedUntil?: string; readonly frozen?: true }

/** Who was brought in, and who could not be. */
export interface Invited {
  readonly added: readonly string[]
  readonly refused: readonly string[]
}

/** The verbs of those who are in a group, with the permissions of whoever asks. */
export class Groups {
  readonly #options: GroupsOptions

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  /** Make a group; returns its id, and whom its owner may not bring in. */
  async create(owner: string, { name, ...rest }: GroupDraft, users: readonly string[]): Promise<{ id: string; refused: string[] }> {
    const { store, conversations, rosters, places, memberships, id, now, size } = this.#options
    const to = id('G')
    const others = [...new Set(users)].filter((user) => user !== owner)
    if (others.length + 1 > size) throw errors.GROUP_FULL({ limit: size })
    const fixed = { notice: '', avatar: '', joining: 'invite', inviting: 'members', history: 'joined', kind: 'group' }
    return store.write(
      async (tx) => {
        const reachable = await memberships.reachable(tx, owner, others)
        const people = [owner, ...reachable]
        const conversation = await conversations.found(tx, to)
        await rosters.insert(tx, { conversation, name, owner, size, count: people.length, createdAt: new Date(now()), ...fixed, ...rest })
        await rosters.add(tx, conversation, owner, { role: 'owner', since: 0 })
        for (const user of reachable) await rosters.add(tx, conversation, user, { role: 'member', since: 0 })
        const place = await places.enter(tx, owner, to)
        memberships.follow(to, people, true)
        await memberships.say(tx, place, owner, { created: name, users: people })
        return { id: to, refused: others.filter((user) => !reachable.has(user)) }
      },
      { serial: `chat/${to}` },
    )
  }

  /** A group as one who is in it sees it. */
  async info(user: string, to: string): Promise<GroupInfo> {
    const { group } = await this.#options.memberships.look(user, to, 'member')
    const { name, notice, avatar, owner, kind, joining, inviting, history, count, size, mutedUntil, frozenAt } = group.roster.group
    const muted = mutedUntil && mutedUntil.getTime() > this.#options.now() && { mutedUntil: mutedUntil.toISOString() }
    return {
      id: to,
      name,
      notice,
      avatar,
      owner,
      kind,
      joining,
      inviting,
      history,
      count,
      size,
      role: group.seat.role,
      ...muted,
      ...(frozenAt && { frozen: true as const }),
    }
  }

  /** The groups that somebody is in, in this role only, if it is given. */
  async mine(user: string, { role, after = '', limit }: { role?: Role | undefined; after?: string | undefined; limit: number }) {
    const rows = await this.#options.rosters.pageOf(user, { role, after, limit: limit + 1 })
    const groups = rows.slice(0, limit).map(({ id, role: own, group: { name, avatar, kind, owner, count } }) => {
      return { id, name, avatar, kind, owner, count, role: own }
    })
    return { groups, more: rows.length > limit }
  }

  /** Who is in a group, for one who is. */
  async members(user: string, to: string, after: string, limit: number): Promise<{ rows: readonly MemberRow[]; more: boolean }> {
    const { store, rosters, memberships } = this.#options
    const { conversation } = await memberships.look(user, to, 'member')
    const rows = await rosters.page(store.read, conversation, after, limit + 1)
    return { rows: rows.slice(0, limit), more: rows.length > limit }
  }

  /** Bring people in; returns those who were not in yet, and those who cannot be brought in by this person. */
  invite(user: string, to: string, users: readonly string[]): Promise<Invited> {
    const { memberships, bans } = this.#options
    return memberships.govern(user, to, 'member', async (tx, place) => {
      if (!mayInvite(place.group.roster.group, place.group.seat.role)) throw errors.NOT_ALLOWED()
      const others = [...new Set(users)].filter((other) => !place.group.roster.seats.has(other))
      const reachable = await memberships.reachable(tx, user, others)
      const banned = await bans.among(tx, place.conversation, others)
      const added = others.filter((other) => reachable.has(other) && !banned.has(other))
      await memberships.add(tx, place, added, user)
      const result = { added, refused: others.filter((other) => !added.includes(other)) }
      return { result, ...(added.length > 0 && { change: { added } }), come: added }
    })
  }

  leave(user: string, to: string): Promise<void> {
    return this.#options.memberships.govern(user, to, 'member', async (_, { group }) => {
      if (group.seat.role === 'owner') throw errors.OWNER_STAYS()
      return { result: undefined, change: { left: user }, gone: [user] }
    })
  }

  /** Put people out; returns those who were in. */
  kick(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    return this.#options.memberships.govern(user, to, 'admin', async (_, place) => {
      const removed = [...new Set(users)].filter((other) => other !== user && outranks(place, other))
      return { result: removed, ...(removed.length > 0 && { change: { removed }, gone: removed }) }
    })
  }

  /** Give somebody another role; a new owner takes the group over from the old one, who stays as admin. */
  promote(user: string, to: string, other: string, role: Role): Promise<void> {
    const { rosters, memberships, applications } = this.#options
    return memberships.govern(user, to, 'owner', async (tx, { conversation, group }) => {
      const seat = group.roster.seats.get(other)
      if (other === user || !seat) throw errors.NO_SUCH_USER().with({ path: '/data/user' })
      if (seat.role === role) return { result: undefined }
      await rosters.update(tx, conversation, other, { role })
      if (role === 'owner') {
        await rosters.update(tx, conversation, user, { role: 'admin' })
        await rosters.change(tx, conversation, { owner: other })
      }
      await applications.touchGovernor(tx, other, to)
      return { result: undefined, change: { promoted: other, role } }
    })
  }

  /** Silence one member, or everybody but the admins. */
  mute(user: string, to: string, other: string | undefined, until: Date | null): Promise<void> {
    const { rosters, memberships } = this.#options
    return memberships.govern(user, to, 'admin', async (tx, place) => {
      if (other === undefined) await rosters.change(tx, place.conversation, { mutedUntil: until })
      else if (!outranks(place, other)) throw errors.NOT_ALLOWED()
      else await rosters.update(tx, place.conversation, other, { mutedUntil: until })
      return { result: undefined, change: { muted: other ?? 'everybody', until: until?.toISOString() ?? null } }
    })
  }

  /** Change what is said of a group, or its rules. What is so already is no change. */
  change(user: string, to: string, wanted: Partial<GroupRow>): Promise<void> {
    const { rosters, memberships } = this.#options
    return memberships.govern(user, to, 'admin', async (tx, { conversation, group }) => {
      const before: Readonly<Record<string, unknown>> = group.roster.group
      const change: Partial<GroupRow> = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => before[key] !== value))
      if (Object.keys(change).length === 0) return { result: undefined }
      await rosters.change(tx, conversation, change)
      return { result: undefined, change }
    })
  }

  /** The group is over: everybody is out of it, and nobody comes in. */
  dismiss(user: string, to: string): Promise<void> {
    return this.#options.memberships.govern(user, to, 'owner', (tx, place) => this.end(tx, place, user))
  }

  /** Inside a unit of the group: as `dismiss`, by somebody who may. */
  async end(tx: Db, { conversation, to, people, group }: GroupPlace, by: string): Promise<Deed<undefined>> {
    const { rosters, applications, now } = this.#options
    const time = new Date(now())
    const open = (await applications.open(tx, conversation)).map(({ user }) => user)
    await applications.close(tx, { conversation, to, roster: group.roster }, open, { outcome: 'rejected', by, now: time })
    await rosters.change(tx, conversation, { dismissedAt: time })
    return { result: undefined, change: { dismissed: true }, gone: people }
  }
}
