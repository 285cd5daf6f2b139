// One room in memory: who is in it, through which connections, and the last things that were said.
import type { Connection } from '#core'

/** A user as others see them. */
export interface Member {
  readonly id: string
  readonly name?: string
}

/** One thing that was said, as it stands in the history: a whole `rooms.sent` frame. */
export interface Said {
  readonly type: 'rooms.sent'
  readonly room: string
  readonly from: string
  readonly seq: number
  readonly time: string
  readonly data: Readonly<Record<string, unknown>>
}

/** How a room is made. */
export interface RoomOptions {
  readonly name: string
  /** What everybody in it is subscribed to. */
  readonly topic: string
  /** Differs from every other room's that ever had this name. */
  readonly epoch: string
  /** Users it takes. */
  readonly limit: number
  /** Publications it remembers, as long as they are not large. */
  readonly history: number
  /** Characters of text that all of them together may have; the oldest go first. */
  readonly historyLength: number
  readonly createdBy: string | undefined
  readonly createdAtMs: number
}

interface Presence {
  readonly member: Member
  readonly connections: Set<Connection>
}

/** The state of a room. It sends nothing; `hub.ts` does. */
export class Room {
  readonly options: RoomOptions
  /** When the last one left, milliseconds since 1970; `undefined` while somebody is in. */
  emptySinceMs: number | undefined
  readonly #present = new Map<string, Presence>()
  // A ring: `#history[seq % size]` is publication `seq`, from `#oldest` to `#offset`.
  readonly #history: ({ readonly said: Said; readonly length: number } | undefined)[] = []
  #offset = 0
  #oldest = 1
  #length = 0

  constructor(options: RoomOptions) {
    this.options = options
    this.emptySinceMs = options.createdAtMs
  }

  /** Users in it. */
  get count(): number {
    return this.#present.size
  }

  /** `seq` of the last publication, 0 before the first. */
  get offset(): number {
    return this.#offset
  }

  has(userId: string): boolean {
    return this.#present.has(userId)
  }

  holds(connection: Connection): boolean {
    return this.#present.get(connection.userId)?.connections.has(connection) ?? false
  }

  /** At most `limit` of those who are in, in the order in which they came. */
  members(limit: number): Member[] {
    const out: Member[] = []
    for (const { member } of this.#present.values()) if (out.push(member) >= limit) break
    return out
  }

  *connections(): Iterable<Connection> {
    for (const { connections } of this.#present.values()) yield* connections
  }

  /** True if this is the user's first connection here. */
  enter(connection: Connection, member: Member): boolean {
    this.emptySinceMs = undefined
    const present = this.#present.get(member.id)
    if (present) {
      present.connections.add(connection)
      return false
    }
    this.#present.set(member.id, { member, connections: new Set([connection]) })
    return true
  }

  /** The member, if this was the user's last connection here. */
  exit(connection: Connection, nowMs: number): Member | undefined {
    const present = this.#present.get(connection.userId)
    if (!present?.connections.delete(connection) || present.connections.size > 0) return undefined
    this.#present.delete(connection.userId)
    if (this.#present.size === 0) this.emptySinceMs = nowMs
    return present.member
  }

  /** Give the next `seq` to something said, and remember it. */
  append(from: string, time: string, data: Said['data']): Said {
    const said: Said = { type: 'rooms.sent', room: this.options.name, from, seq: ++this.#offset, time, data }
    this.#remember(said)
    return said
  }

  /** Exactly what was said after `offset`, or `undefined` if that is not known any more, or never was. */
  since(epoch: string, offset: number): Said[] | undefined {
    if (epoch !== this.options.epoch || offset > this.#offset || offset < this.#oldest - 1) return undefined
    return this.#range(offset + 1)
  }

  /** The last `count` things said, or as many as are remembered. */
  recent(count: number): Said[] {
    return this.#range(Math.max(this.#oldest, this.#offset - count + 1))
  }

  #remember(said: Said): void {
    const { history, historyLength } = this.options
    const length = lengthOf(said.data)
    while (this.#oldest < said.seq && (said.seq - this.#oldest >= history || this.#length + length > historyLength)) this.#forget()
    if (history === 0 || length > historyLength) {
      this.#oldest = said.seq + 1
      return
    }
    this.#history[said.seq % history] = { said, length }
    this.#length += length
  }

  #forget(): void {
    const at = this.#oldest++ % this.options.history
    this.#length -= this.#history[at]?.length ?? 0
    this.#history[at] = undefined
  }

  #range(from: number): Said[] {
    const out: Said[] = []
    for (let seq = from; seq <= this.#offset; seq++) {
      const found = this.#history[seq % this.options.history]
      if (found) out.push(found.said)
    }
    return out
  }
}

/** About as many characters as the JSON of a value has. Its depth is bounded, because it came in a frame. */
const lengthOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length + 3
  if (typeof value !== 'object' || value === null) return 6
  let length = 2
  if (Array.isArray(value)) for (const item of value) length += lengthOf(item)
  else for (const key in value) length += key.length + 4 + lengthOf((value as Record<string, unknown>)[key])
  return length
}
