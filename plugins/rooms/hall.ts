// Who is told what: rooms change in the registry, and the people in them hear of it here.
import { type Connection, type Context, rfc3339 } from '#core'
import { errors } from './errors.ts'
import type { events } from './messages.ts'
import type { Registry } from './registry.ts'
import type { Member, Room, Said } from './room.ts'

/** Members that an answer lists at most. */
export const memberLimit = 200

type Wiring = Pick<
  Context<unknown, typeof events, Record<never, never>, undefined>,
  'userTopic' | 'everyoneTopic' | 'publish' | 'connections' | 'now'
>

/** What a hall is made of. */
export interface HallOptions extends Wiring {
  readonly registry: Registry
  /** Users above which joins and leaves are no longer announced. */
  readonly announceLimit: number
}

/** A room as `rooms.info` describes it. */
export interface RoomInfo {
  readonly room: string
  readonly epoch: string
  readonly offset: number
  readonly count: number
  readonly limit: number
  readonly members: Member[]
  readonly createdBy?: string
  readonly time: string
}

/** All verbs of rooms, without anybody's permissions. */
export class Hall {
  readonly #options: HallOptions

  constructor(options: HallOptions) {
    this.#options = options
  }

  /** Let a connection in. What was said before this call is in the history, what comes after arrives live. */
  enter(room: Room, connection: Connection): void {
    if (room.holds(connection)) return
    const member = memberOf(connection)
    // Before anything is changed, because a connection may follow only so many topics.
    connection.subscribe(room.options.topic)
    const isFirst = this.#enterOrUndo(room, connection, member)
    if (isFirst) this.#announce('joined', room, member, connection)
  }

  leave(room: Room, connection: Connection): void {
    const gone = this.#options.registry.exit(room, connection)
    connection.unsubscribe(room.options.topic)
    if (gone) this.#announce('left', room, gone, connection)
  }

  leaveAll(connection: Connection): void {
    for (const room of this.#options.registry.roomsOf(connection)) this.leave(room, connection)
  }

  say(room: Room, from: string, data: Said['data']): Said {
    const said = room.append(from, rfc3339(this.#options.now()), data)
    this.#options.publish(room.options.topic, 'sent', said.data, { room: said.room, from, seq: said.seq, time: said.time })
    return said
  }

  close(room: Room): void {
    this.#options.publish(room.options.topic, 'deleted', {}, { room: room.options.name })
    for (const connection of room.connections()) connection.unsubscribe(room.options.topic)
    this.#options.registry.remove(room)
  }

  /** How many connections of the user it was sent to. */
  direct(to: string, from: string, data: Said['data']): number {
    const { publish, userTopic, connections } = this.#options
    publish(userTopic(to), 'directed', data, { from, to })
    return connections.ofUser(to).length
  }

  broadcast(from: string, data: Said['data'], except?: Connection): void {
    const { publish, everyoneTopic } = this.#options
    publish(everyoneTopic, 'broadcasted', data, { from, ...(except && { except }) })
  }

  /** The room, if the connection is in it. Throws `ROOMS_NOT_JOINED`, also for a room that does not exist. */
  joined(name: string, connection: Connection): Room {
    const room = this.#options.registry.find(name)
    if (!room?.holds(connection)) throw errors.NOT_JOINED()
    return room
  }

  describe(room: Room): RoomInfo {
    const { name, epoch, limit, createdBy, createdAtMs } = room.options
    return {
      room: name,
      epoch,
      offset: room.offset,
      count: room.count,
      limit,
      members: room.members(memberLimit),
      ...(createdBy !== undefined && { createdBy }),
      time: new Date(createdAtMs).toISOString(),
    }
  }

  #enterOrUndo(room: Room, connection: Connection, member: Member): boolean {
    try {
      return this.#options.registry.enter(room, connection, member)
    } catch (failure) {
      connection.unsubscribe(room.options.topic)
      throw failure
    }
  }

  #announce(event: 'joined' | 'left', room: Room, user: Member, except: Connection): void {
    if (room.count > this.#options.announceLimit) return
    this.#options.publish(room.options.topic, event, { user, count: room.count }, { room: room.options.name, except })
  }
}

const memberOf = ({ userId, identity }: Connection): Member => ({
  id: userId,
  ...(identity?.name !== undefined && { name: identity.name }),
})
