// All rooms of this process, and which of them each connection is in.
import type { Connection } from '#core'
import { errors } from './errors.ts'
import { type Member, Room } from './room.ts'

/** Limits and time for a registry. */
export interface RegistryOptions {
  readonly limit: number
  readonly history: number
  readonly historyLength: number
  readonly maxRooms: number
  /** Milliseconds that an empty room is remembered. */
  readonly keepMs: number
  readonly now: () => number
  readonly newEpoch: () => string
  readonly topicOf: (name: string) => string
}

/** Opens, finds and forgets rooms. */
export class Registry {
  readonly #options: RegistryOptions
  readonly #rooms = new Map<string, Room>()
  readonly #roomsOf = new Map<Connection, Set<Room>>()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  find(name: string): Room | undefined {
    return this.#rooms.get(name)
  }

  /** Throws `ROOMS_EXISTS`, `ROOMS_TOO_MANY`. */
  create(
    name: string,
    { limit, history, createdBy }: { limit?: number | undefined; history?: number | undefined; createdBy?: string },
  ): Room {
    const { limit: limitDefault, history: historyDefault, historyLength, maxRooms, now, newEpoch, topicOf } = this.#options
    if (this.#rooms.has(name)) throw errors.EXISTS()
    if (this.#rooms.size >= maxRooms) this.sweep()
    if (this.#rooms.size >= maxRooms) throw errors.TOO_MANY({ limit: maxRooms })
    const room = new Room({
      name,
      topic: topicOf(name),
      epoch: newEpoch(),
      limit: limit ?? limitDefault,
      history: history ?? historyDefault,
      historyLength,
      createdBy,
      createdAtMs: now(),
    })
    this.#rooms.set(name, room)
    return room
  }

  open(name: string): Room {
    return this.#rooms.get(name) ?? this.create(name, {})
  }

  /** True if it is the user's first connection there. Throws `ROOMS_FULL`. */
  enter(room: Room, connection: Connection, member: Member): boolean {
    if (room.count >= room.options.limit && !room.has(member.id)) throw errors.FULL({ limit: room.options.limit })
    const isFirst = room.enter(connection, member)
    const rooms = this.#roomsOf.get(connection)
    if (rooms) rooms.add(room)
    else this.#roomsOf.set(connection, new Set([room]))
    return isFirst
  }

  /** The member, if it was the user's last connection there. */
  exit(room: Room, connection: Connection): Member | undefined {
    const rooms = this.#roomsOf.get(connection)
    rooms?.delete(room)
    if (rooms?.size === 0) this.#roomsOf.delete(connection)
    return room.exit(connection, this.#options.now())
  }

  roomsOf(connection: Connection): readonly Room[] {
    return [...(this.#roomsOf.get(connection) ?? [])]
  }

  /** The room is gone; whoever is in it must have been told. */
  remove(room: Room): void {
    for (const connection of [...room.connections()]) this.exit(room, connection)
    this.#rooms.delete(room.options.name)
  }

  /** Forget rooms that have been empty for long. */
  sweep(): void {
    const before = this.#options.now() - this.#options.keepMs
    for (const [name, { emptySinceMs }] of this.#rooms) {
      if (emptySinceMs !== undefined && emptySinceMs < before) this.#rooms.delete(name)
    }
  }

  /** Rooms by name, from `after` on, whose names begin with `prefix`. */
  list(prefix: string, after: string, limit: number): { rooms: { room: string; count: number }[]; more: boolean } {
    const names = [...this.#rooms.keys()].filter((name) => name.startsWith(prefix) && name > after).sort()
    const rooms = names.slice(0, limit).map((name) => ({ room: name, count: this.#rooms.get(name)?.count ?? 0 }))
    return { rooms, more: names.length > limit }
  }
}
