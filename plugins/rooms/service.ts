import { defineService } from '#core'
import type { Member } from './room.ts'

/** Rooms for other plugins: the same verbs that clients have, without the permissions of any client. */
export interface Rooms {
  /**
   * Send `data` to everybody in a room, as `rooms.sent` from `from`, at most once each and in call order.
   * The room opens if it does not exist. Returns the publication's `seq`. Not durable: a restart forgets it.
   */
  send(room: string, from: string, data: Readonly<Record<string, unknown>>): number
  /** Send to every device of a user here; how many connections that is (0: offline). At most once each. */
  direct(to: string, from: string, data: Readonly<Record<string, unknown>>): number
  /** Send to every connection here. At most once each. */
  broadcast(from: string, data: Readonly<Record<string, unknown>>): void
  /** Who is in a room, at most `limit`, in order of arrival; empty when it does not exist. */
  members(room: string, limit: number): readonly Member[]
  /** Whether the user has a connection in the room. */
  has(room: string, userId: string): boolean
  /** Open a room with options of its own. Throws `ROOMS_EXISTS`, `ROOMS_TOO_MANY`. */
  create(room: string, options: { readonly limit?: number; readonly history?: number }): void
  /** Close a room: everybody in it gets `rooms.deleted` and is out. False if there was none. */
  delete(room: string): boolean
}

/** The token of the service `Rooms`. */
export const Rooms = defineService<Rooms>('rooms')
