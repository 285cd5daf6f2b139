// From an address to a conversation that this person may act in. The same answer, after the same work, for a group that
// does not exist and for one that is not theirs.
import type { Db, Relations, Store, Users } from '#core'
import { type Conversations, keyOf } from './conversations.ts'
import { errors } from './errors.ts'
import type { Roster, Rosters, Seat } from './rosters.ts'

/** A conversation as one person sees it. */
export interface Place {
  readonly conversation: number
  /** The address the person used: `U…` or `G…`. */
  readonly to: string
  /** Both people of a direct conversation, or everybody in the group. */
  readonly people: readonly string[]
  readonly group: { readonly roster: Roster; readonly seat: Seat } | undefined
}

/** The key of what `user` addresses as `to`; also the serial key of every unit that changes it. */
export const placeKey = (user: string, to: string): string => (to.startsWith('G') ? to : keyOf(user, to))

/** Whether the person may govern the group: its owner and admins. */
export const isGovernor = ({ group }: Place): boolean => group !== undefined && group.seat.role !== 'member'

/** What finding places needs. */
export interface PlacesOptions {
  readonly store: Store
  readonly conversations: Conversations
  readonly rosters: Rosters
  readonly users: Users | undefined
  readonly relations: Relations | undefined
}

/** Finds conversations and checks who may be there. */
export class Places {
  readonly #options: PlacesOptions

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  /** Inside a unit: where `user` wants to act. A direct conversation opens on first use. */
  async enter(tx: Db, user: string, to: string): Promise<Place> {
    return to.startsWith('G') ? this.#group(tx, user, to) : this.#direct(tx, user, to)
  }

  /** Inside a unit: as `enter`, for somebody who wants to write, with the blocks and mutes that keep them from it. */
  async speak(tx: Db, user: string, to: string, now: Date): Promise<Place> {
    if (!to.startsWith('G')) await this.#checkReach(tx, user, to)
    const place = await this.enter(tx, user, to)
    if (place.group) checkVoice(place.group.roster, place.group.seat, now)
    return place
  }

  /** Inside a unit: where something of `user` stands, who may be out of it by now. */
  async revisit(tx: Db, user: string, to: string): Promise<Place> {
    if (!to.startsWith('G')) return this.#direct(tx, user, to)
    const { rosters } = this.#options
    const member = await rosters.find(tx, to, user)
    const roster = member && (await rosters.of(tx, member.conversation))
    if (!roster) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
    const seat = roster.seats.get(user) ?? { role: 'member', mutedUntil: undefined }
    return { conversation: roster.group.conversation, to, people: roster.people, group: { roster, seat } }
  }

  async #checkReach(tx: Db, user: string, to: string): Promise<void> {
    const { users, relations } = this.#options
    const exists = users?.exists(to) ?? true
    if (!(exists === true || (await exists))) throw errors.NO_SUCH_USER().with({ path: '/to' })
    const mayReach = relations?.mayReach(tx, user, to, 'message') ?? true
    if (!(mayReach === true || (await mayReach))) throw errors.REFUSED().with({ path: '/to' })
  }

  async #direct(tx: Db, user: string, to: string): Promise<Place> {
    const conversation = await this.#options.conversations.open(tx, user, to)
    return { conversation, to, people: user === to ? [user] : [user, to], group: undefined }
  }

  async #group(tx: Db, user: string, to: string): Promise<Place> {
    const roster = await this.#options.rosters.seating(tx, to, user)
    const seat = roster?.seats.get(user)
    if (!roster || !seat || roster.group.dismissedAt) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
    return { conversation: roster.group.conversation, to, people: roster.people, group: { roster, seat } }
  }
}

const checkVoice = ({ group }: Roster, { role, mutedUntil }: Seat, now: Date): void => {
  if (group.frozenAt) throw errors.FROZEN()
  if (role !== 'member') return
  if (group.kind === 'broadcast') throw errors.NOT_ALLOWED()
  const until = [group.mutedUntil, mutedUntil].find((time) => time && time > now)
  if (until) throw errors.MUTED({ until: until.toISOString() })
}
