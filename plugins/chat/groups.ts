// Making and governing groups. Every change of who is in one, or of its rules, is an entry in its log.
import type { Connections, Db, Store } from '#core'
import type { Conversations } from './conversations.ts'
import { errors } from './errors.ts'
import type { Heads } from './heads.ts'
import { kinds, type Log } from './log.ts'
import { type Place, type Places, placeKey } from './places.ts'
import type { Posting } from './posting.ts'
import type { MemberRow, Role, Roster, Rosters } from './rosters.ts'

type GroupRow = Roster['group']

/** What groups need. */
export interface GroupsOptions {
  readonly store: Store
  readonly conversations: Conversations
  readonly rosters: Rosters
  readonly places: Places
  readonly posting: Posting
  readonly log: Log
  readonly heads: Heads
  readonly connections: Connections
  readonly topicOf: (group: string) => string
  readonly id: (prefix: string) => string
  readonly now: () => number
  /** People one group takes. */
  readonly size: number
}

/** How a group is made. */
export type GroupDraft = Partial<Pick<GroupRow, 'notice' | 'avatar' | 'joining' | 'history' | 'kind'>> & { readonly name: string }

/** What `info` tells. */
export type GroupInfo = Pick<GroupRow, 'name' | 'notice' | 'avatar' | 'owner' | 'kind' | 'joining' | 'history' | 'count' | 'size'> & {
  readonly id: string
  readonly role: Role
}

/** A unit of one group: what it does, the change that it says in the log, and who hears no more after that. */
type Act<T> = (tx: Db, place: Place) => Promise<{ readonly result: T; readonly change?: Change; readonly out?: readonly string[] }>
type Change = Readonly<Record<string, unknown>>

/** All verbs of groups, with the permissions of whoever asks. */
export class Groups {
  readonly #options: GroupsOptions

  constructor(options: GroupsOptions) {
    this.#options = options
  }

  /** Make a group; returns its id. */
  async create(owner: string, { name, ...rest }: GroupDraft, users: readonly string[]): Promise<string> {
    const { store, conversations, rosters, id, now, size } = this.#options
    const to = id('G')
    const others = users.filter((user) => user !== owner)
    if (others.length + 1 > size) throw errors.GROUP_FULL({ limit: size })
    const fixed = { notice: '', avatar: '', joining: 'invite', history: 'joined', kind: 'group' }
    await store.write(
      async (tx) => {
        const conversation = await conversations.found(tx, to)
        const row = { conversation, name, owner, size, count: others.length + 1, createdAt: new Date(now()), ...fixed, ...rest }
        await rosters.insert(tx, row)
        await rosters.add(tx, conversation, owner, { role: 'owner', since: 0 })
        for (const user of others) await rosters.add(tx, conversation, user, { role: 'member', since: 0 })
        const place = await this.#options.places.enter(tx, owner, to)
        this.#follow(to, [owner, ...others], true)
        await this.#say(tx, place, owner, { created: name, users: [owner, ...others] })
      },
      { serial: `chat/${to}` },
    )
    return to
  }

  /** A group as one who is in it sees it. */
  async info(user: string, to: string): Promise<GroupInfo> {
    const { group } = await this.#look(user, to)
    const { name, notice, avatar, owner, kind, joining, history, count, size } = group.roster.group
    return { id: to, name, notice, avatar, owner, kind, joining, history, count, size, role: group.seat.role }
  }

  /** Who is in a group, for one who is. */
  async members(user: string, to: string, after: string, limit: number): Promise<{ rows: readonly MemberRow[]; more: boolean }> {
    const { store, rosters } = this.#options
    const { conversation } = await this.#look(user, to)
    const rows = await rosters.page(store.read, conversation, after, limit + 1)
    return { rows: rows.slice(0, limit), more: rows.length > limit }
  }

  /** Bring people in; returns those who were not in yet. */
  invite(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    return this.#govern(user, to, 'member', async (tx, place) => {
      const added = users.filter((other) => !place.people.includes(other))
      await this.#add(tx, place, added)
      return { result: added, ...(added.length > 0 && { change: { added } }) }
    })
  }

  /** Join a group that is open; somebody who is in already stays in. */
  async join(user: string, to: string): Promise<void> {
    const { store, conversations, rosters } = this.#options
    await store.write(
      async (tx) => {
        const conversation = await conversations.find(tx, to)
        const roster = conversation === undefined ? undefined : await rosters.of(tx, conversation)
        if (conversation === undefined || !roster || roster.group.dismissedAt) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        if (roster.seats.has(user)) return
        if (roster.group.joining !== 'open') throw errors.NOT_OPEN()
        const place: Place = {
          conversation,
          to,
          people: [...roster.seats.keys()],
          group: { roster, seat: { role: 'member', mutedUntil: undefined } },
        }
        await this.#add(tx, place, [user])
        await this.#say(tx, { ...place, people: [...place.people, user] }, user, { joined: user })
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }

  leave(user: string, to: string): Promise<void> {
    return this.#govern(user, to, 'member', async (tx, place) => {
      if (place.group?.seat.role === 'owner') throw errors.OWNER_STAYS()
      await this.#remove(tx, place, [user])
      return { result: undefined, change: { left: user }, out: [user] }
    })
  }

  /** Put people out; returns those who were in. */
  kick(user: string, to: string, users: readonly string[]): Promise<readonly string[]> {
    return this.#govern(user, to, 'admin', async (tx, place) => {
      const removed = users.filter((other) => other !== user && outranks(place, other))
      await this.#remove(tx, place, removed)
      return { result: removed, ...(removed.length > 0 && { change: { removed }, out: removed }) }
    })
  }

  /** Give somebody another role; a new owner takes the group over from the old one, who stays as admin. */
  promote(user: string, to: string, other: string, role: Role): Promise<void> {
    return this.#govern(user, to, 'owner', async (tx, { conversation, people }) => {
      const { rosters } = this.#options
      if (other === user || !people.includes(other)) throw errors.NO_SUCH_USER().with({ path: '/data/user' })
      await rosters.update(tx, conversation, other, { role })
      if (role === 'owner') {
        await rosters.update(tx, conversation, user, { role: 'admin' })
        await rosters.change(tx, conversation, { owner: other })
      }
      return { result: undefined, change: { promoted: other, role } }
    })
  }

  /** Silence one member, or everybody but the admins. */
  mute(user: string, to: string, other: string | undefined, until: Date | null): Promise<void> {
    return this.#govern(user, to, 'admin', async (tx, place) => {
      const { rosters } = this.#options
      if (other === undefined) await rosters.change(tx, place.conversation, { mutedUntil: until })
      else if (!outranks(place, other)) throw errors.NOT_ALLOWED()
      else await rosters.update(tx, place.conversation, other, { mutedUntil: until })
      return { result: undefined, change: { muted: other ?? 'everybody', until: until?.toISOString() ?? null } }
    })
  }

  change(user: string, to: string, change: Partial<GroupRow>): Promise<void> {
    return this.#govern(user, to, 'admin', async (tx, { conversation }) => {
      await this.#options.rosters.change(tx, conversation, change)
      return { result: undefined, change }
    })
  }

  dismiss(user: string, to: string): Promise<void> {
    return this.#govern(user, to, 'owner', async (tx, place) => {
      const { rosters, now } = this.#options
      await rosters.change(tx, place.conversation, { dismissedAt: new Date(now()) })
      return { result: undefined, change: { dismissed: true } }
    })
  }

  async #look(user: string, to: string): Promise<Place & { readonly group: NonNullable<Place['group']> }> {
    const { store, places } = this.#options
    // Looking never opens a direct conversation.
    const place = to.startsWith('G') ? await places.enter(store.read, user, to) : undefined
    if (!place?.group) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
    return { ...place, group: place.group }
  }

  #govern<T>(user: string, to: string, atLeast: Role, act: Act<T>): Promise<T> {
    const { store, places } = this.#options
    return store.write(
      async (tx) => {
        const place = await places.enter(tx, user, to)
        if (!place.group || rank(place.group.seat.role) < rank(atLeast)) throw errors.NOT_ALLOWED()
        const { result, change, out = [] } = await act(tx, place)
        if (change) await this.#say(tx, place, user, change)
        this.#follow(to, out, false)
        return result
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }

  async #say(tx: Db, place: Place, user: string, change: Change): Promise<void> {
    const { posting, id } = this.#options
    const entry = posting.entryOf({ user, to: place.to, clientId: id('g'), kind: kinds.group, extra: { change } })
    await posting.record(tx, place, entry)
  }

  async #add(tx: Db, { conversation, to, group }: Place, users: readonly string[]): Promise<void> {
    const { rosters, log } = this.#options
    if (!group || users.length === 0) return
    const { size, history } = group.roster.group
    if (group.roster.seats.size + users.length > size) throw errors.GROUP_FULL({ limit: size })
    const since = history === 'all' ? 0 : await log.head(tx, conversation)
    for (const user of users) await rosters.add(tx, conversation, user, { role: 'member', since })
    await rosters.recount(tx, conversation)
    this.#follow(to, users, true)
  }

  async #remove(tx: Db, { conversation }: Place, users: readonly string[]): Promise<void> {
    const { rosters, log } = this.#options
    const until = await log.head(tx, conversation)
    for (const user of users) await rosters.remove(tx, conversation, user, until)
    await rosters.recount(tx, conversation)
  }

  // After the commit, and in the order of the news: who comes in hears of it, and so does who goes out.
  #follow(to: string, users: readonly string[], isIn: boolean): void {
    const { store, connections, topicOf, heads } = this.#options
    store.afterCommit(() => {
      for (const connection of users.flatMap((user) => connections.ofUser(user))) {
        if (isIn) connection.follow(topicOf(to))
        else connection.unfollow(topicOf(to))
        heads.follow(connection, to, isIn)
      }
    })
  }
}

const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 }
const rank = (role: Role): number => ranks[role]

const outranks = ({ group }: Place, other: string): boolean => {
  const seat = group?.roster.seats.get(other)
  return group !== undefined && seat !== undefined && rank(group.seat.role) > rank(seat.role)
}
