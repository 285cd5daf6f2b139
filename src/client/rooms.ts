import { clientError } from './errors.ts'
import type { Persistence } from './persistence.ts'
import type { EventFrame } from './protocol.ts'
import type { Requests } from './requests.ts'
import { Room, type RoomContext } from './room.ts'
import type { JoinOptions, RoomHandle, Rooms } from './types.ts'

/** The rooms an app is in, joined again on every new line. */
export class JoinedRooms implements Rooms {
  readonly #rooms = new Map<string, Room>()
  readonly #context: RoomContext
  #isOnline = false

  constructor(requests: Requests, persistence: Persistence) {
    this.#context = { requests, persistence, left: (room) => void this.#rooms.delete(room) }
  }

  join<D = Record<string, unknown>>(name: string, options: JoinOptions<D> = {}): RoomHandle {
    if (this.#rooms.has(name)) throw clientError('CLIENT_ALREADY_JOINED')
    // The data of a room is what its members say it is: nothing here can check it.
    const room = new Room(name, options as JoinOptions, this.#context)
    this.#rooms.set(name, room)
    if (this.#isOnline) room.online()
    return room
  }

  online(): void {
    this.#isOnline = true
    for (const room of [...this.#rooms.values()]) room.online()
  }

  lost(): void {
    this.#isOnline = false
    for (const room of [...this.#rooms.values()]) room.lost()
  }

  /** An event `rooms.…`, if it is about a room. */
  receive(frame: EventFrame): void {
    if (frame.room !== undefined) this.#rooms.get(frame.room)?.receive(frame)
  }
}
