// Who comes into a group and who goes out of it: one unit for each change, with the permission to do it, its entry in the log,
// and the news of it.
import type { Connections, Db, Relations, Store, Users } from '#core'
import type { Applications } from './applications.ts'
import type { Bans } from './bans.ts'
import type { Conversations } from './conversations.ts'
import { errors } from './errors.ts'
import type { Heads } from './heads.ts'
import type { Leavings } from './leavings.ts'
import type { Links } from './links.ts'
import { kinds, type Log } from './log.ts'
import { type Place, type Places, placeKey } from './places.ts'
import type { Posting } from './posting.ts'
import type { Role, Roster, Rosters } from './rosters.ts'

/** What memberships need. */
export interface MembershipsOptions {
  readonly store: Store
  readonly conversations: Conversations
  readonly rosters: Rosters
  readonly places: Places
  readonly posting: Posting
  readonly log: Log
  readonly heads: Heads
  readonly leavings: Leavings
  readonly applications: Applications
  readonly links: Links
  readonly bans: Bans
  readonly users: Users | undefined
  readonly relations: Relations | undefined
  readonly connections: Connections
  readonly topicOf: (group: string) => string
  readonly id: (prefix: string) => string
  readonly now: () => number
}

/** A group, and one who is in it. */
export type GroupPlace = Place & { readonly group: NonNullable<Place['group']> }

/** What an entry of a group says. */
export type Change = Readonly<Record<string, unknown>>

/** What a unit of one group did: its result, what it says of it in the log, who came in and who goes out by it. */
export interface Deed<T> {
  readonly result: T
  readonly change?: Change
  readonly come?: readonly string[]
  readonly gone?: readonly string[]
}

/** The units that change who is in a group. */
export class Memberships {
  readonly #options: MembershipsOptions

  constructor(options: MembershipsOptions) {
    this.#options = options
  }

  /** One unit of a group by one who is in it with this role, or above. */
  govern<T>(user: string, to: string, atLeast: Role, act: (tx: Db, place: GroupPlace) => Promise<Deed<T>>): Promise<T> {
    const { store, places } = this.#options
    return store.write(
      async (tx) => {
        const place = await places.enter(tx, user, to)
        const { group } = place
        if (!group || rank(group.seat.role) < rank(atLeast)) throw errors.NOT_ALLOWED()
        return this.#do(tx, { ...place, group }, user, act)
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }

  /** One unit of a group by the server's operator, who need not be in it, but may do there what its owner may. */
  oversee<T>(operator: string, to: string, act: (tx: Db, place: GroupPlace) => Promise<Deed<T>>): Promise<T> {
    const { store, rosters } = this.#options
    return store.write(
      async (tx) => {
        const door = await rosters.door(tx, to, operator)
        if (!door) throw errors.NO_SUCH_CONVERSATION()
        const { conversation } = door.group
        const roster = await this.roster(tx, conversation)
        const group = { roster, seat: { role: 'owner', mutedUntil: undefined } } as const
        return this.#do(tx, { conversation, to, people: roster.people, group }, operator, act)
      },
      { serial: `chat/${to}` },
    )
  }

  /** A group, and the place of one who is in it with this role, or above; to look only. */
  async look(user: string, to: string, atLeast: Role): Promise<GroupPlace> {
    const { store, places } = this.#options
    // Looking never opens a direct conversation.
    const place = to.startsWith('G') ? await places.enter(store.read, user, to) : undefined
    if (!place?.group) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
    if (rank(place.group.seat.role) < rank(atLeast)) throw errors.NOT_ALLOWED()
    return { ...place, group: place.group }
  }

  /** Inside a unit of the group: somebody comes in by themselves. True unless they were in. */
  async letIn(tx: Db, conversation: number, to: string, user: string): Promise<boolean> {
    const roster = await this.roster(tx, conversation)
    if (roster.seats.has(user)) return false
    const seat = { role: 'member', mutedUntil: undefined } as const
    const place = { conversation, to, people: roster.people, group: { roster, seat } }
    await this.#do(tx, place, user, async () => {
      await this.add(tx, place, [user], user)
      return { result: undefined, change: { joined: user }, come: [user] }
    })
    return true
  }

  /** Inside a unit: the roster of a group that is there. */
  async roster(tx: Db, conversation: number): Promise<Roster> {
    const roster = await this.#options.rosters.of(tx, conversation)
    if (!roster) throw new Error(`the group of conversation ${conversation} is gone`)
    return roster
  }

  /** Inside a unit of a group: these are in it from now on. Throws `CHAT_GROUP_FULL`, `CHAT_FROZEN`. */
  async add(tx: Db, { conversation, to, group }: GroupPlace, users: readonly string[], by: string): Promise<void> {
    const { rosters, log, applications, now } = this.#options
    if (users.length === 0) return
    const { size, history, frozenAt } = group.roster.group
    if (frozenAt) throw errors.FROZEN()
    if (group.roster.seats.size + users.length > size) throw errors.GROUP_FULL({ limit: size })
    const since = history === 'all' ? 0 : await log.head(tx, conversation)
    for (const user of users) await rosters.add(tx, conversation, user, { role: 'member', since })
    await rosters.recount(tx, conversation)
    await applications.close(tx, { conversation, to, roster: group.roster }, users, { outcome: 'admitted', by, now: new Date(now()) })
    this.follow(to, users, true)
  }

  /** Throws `CHAT_NO_SUCH_USER` if one of these is nobody. */
  async meet(users: readonly string[]): Promise<void> {
    for (const user of users) {
      if (!((await this.#options.users?.exists(user)) ?? true)) throw errors.NO_SUCH_USER().with({ path: '/data/users' })
    }
  }

  /** Inside a unit: those of `users` whom `user` may bring into a group. Throws `CHAT_NO_SUCH_USER`. */
  async reachable(tx: Db, user: string, users: readonly string[]): Promise<ReadonlySet<string>> {
    await this.meet(users)
    const reachable = new Set<string>()
    for (const other of users) {
      if ((await this.#options.relations?.mayReach(tx, user, other, 'message')) ?? true) reachable.add(other)
    }
    return reachable
  }

  /** Inside a unit of a group: an entry that says what happened; returns its position. */
  async say(tx: Db, place: Place, user: string, change: Change): Promise<number> {
    const { posting, id } = this.#options
    const entry = posting.entryOf({ user, to: place.to, clientId: id('g'), kind: kinds.group, extra: { change } })
    return (await posting.record(tx, place, entry)).row.seq
  }

  /** After the commit, and in the order of the news: who comes in hears of it, and so does who goes out. */
  follow(to: string, users: readonly string[], isIn: boolean): void {
    const { store, connections, topicOf, heads } = this.#options
    store.afterCommit(() => {
      for (const connection of users.flatMap((user) => connections.ofUser(user))) {
        if (isIn) connection.follow(topicOf(to))
        else connection.unfollow(topicOf(to))
        heads.follow(connection, to, isIn)
      }
    })
  }

  async #do<T>(tx: Db, place: GroupPlace, user: string, act: (tx: Db, place: GroupPlace) => Promise<Deed<T>>): Promise<T> {
    const { result, change, come = [], gone = [] } = await act(tx, place)
    if (!change) return result
    const at = await this.say(tx, { ...place, people: [...place.people, ...come] }, user, change)
    if (gone.length > 0) await this.#putOut(tx, place, gone, at)
    return result
  }

  // What they may read ends with the entry that says that they are out, so that their other devices find it too.
  async #putOut(tx: Db, { conversation, to, group }: GroupPlace, users: readonly string[], until: number): Promise<void> {
    const { rosters, links, applications, leavings } = this.#options
    for (const user of users) {
      await rosters.remove(tx, conversation, user, until)
      if (governs(group.roster.seats.get(user)?.role ?? '')) await applications.touchGovernor(tx, user, to)
    }
    await rosters.recount(tx, conversation)
    await links.revokeOf(tx, conversation, users)
    this.follow(to, users, false)
    leavings.tell(to, users)
  }
}

const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 }
const rank = (role: Role): number => ranks[role]

/** Whether `role` governs a group: its owner and admins. */
export const governs = (role: string): boolean => role === 'owner' || role === 'admin'

/** Whether one in this role may bring people in, by themselves or by a link. */
export const mayInvite = ({ inviting, joining }: Roster['group'], role: string): boolean =>
  governs(role) || (inviting === 'members' && joining !== 'approval')

/** Whether who stands at this place is above the other, who is in the group too. */
export const outranks = ({ group }: GroupPlace, other: string): boolean => {
  const seat = group.roster.seats.get(other)
  return seat !== undefined && rank(group.seat.role) > rank(seat.role)
}
