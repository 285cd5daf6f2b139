import type { EventFrame, Publication } from '../../../src/client/index.ts'
import { only, Refusal, type WireRequest } from './wire.ts'

interface RoomState {
  epoch: string
  offset: number
  history: Publication[]
  /** Connections in it, with their user. */
  readonly inside: Map<object, string>
}

const historySize = 100

/** Plugin `rooms` in memory (PROTOCOL.md, section 10), as far as a client joins, leaves, sends and is told. */
export class FakeRooms {
  readonly #rooms = new Map<string, RoomState>()
  readonly #now: () => string
  #epochs = 0
  /** Called for every event, with the connections it is for. */
  onEvent: (frame: EventFrame, to: readonly object[]) => void = () => {}
  /** Everything ever sent, by `room epoch`. */
  readonly sent = new Map<string, Publication[]>()

  constructor(now: () => string) {
    this.#now = now
  }

  /** How many users are in a room. */
  count(room: string): number {
    return new Set(this.#rooms.get(room)?.inside.values()).size
  }

  /** Begin every history anew, as a restart does. */
  restart(): void {
    this.#rooms.clear()
  }

  /** Shorten a history, so that nobody can resume from far back. */
  forget(room: string): void {
    const state = this.#rooms.get(room)
    if (state) state.history = []
  }

  answer(connection: object, userId: string, { type, room = '', data }: WireRequest): object {
    if (type === 'rooms.join') return this.#join(connection, userId, room, data)
    const state = this.#rooms.get(room)
    if (!state?.inside.has(connection)) throw new Refusal('ROOMS_NOT_JOINED', 'forbidden')
    if (type === 'rooms.send') return this.#send(state, room, userId, data)
    if (type === 'rooms.delete') return this.#delete(state, room)
    this.#leave(connection, state, room)
    return {}
  }

  gone(connection: object): void {
    for (const [room, state] of this.#rooms) this.#leave(connection, state, room)
  }

  #join(connection: object, userId: string, room: string, data: WireRequest['data']): object {
    only(data, 'since', 'recent')
    const { since, recent = 0 } = data as { since?: { epoch: string; offset: number }; recent?: number }
    const state = this.#rooms.get(room) ?? this.#open(room)
    const isNew = ![...state.inside.values()].includes(userId)
    state.inside.set(connection, userId)
    const count = this.count(room)
    if (isNew) {
      const event = { type: 'rooms.joined', room, time: this.#now(), data: { user: { id: userId }, count } }
      this.onEvent(event, [...state.inside.keys()])
    }
    const members = [...new Set(state.inside.values())].map((id) => ({ id }))
    const { epoch, offset } = state
    return { epoch, offset, ...this.#missed(state, since, recent), members, count }
  }

  #missed(state: RoomState, since: { epoch: string; offset: number } | undefined, recent: number): object {
    if (!since) return { publications: recent > 0 ? state.history.slice(-recent) : [] }
    const oldest = state.offset - state.history.length
    const recovered = since.epoch === state.epoch && since.offset >= oldest && since.offset <= state.offset
    return { recovered, publications: recovered ? state.history.filter(({ seq }) => seq > since.offset) : [] }
  }

  #open(room: string): RoomState {
    const state: RoomState = { epoch: `e${++this.#epochs}`, offset: 0, history: [], inside: new Map() }
    this.#rooms.set(room, state)
    return state
  }

  #send(state: RoomState, room: string, from: string, data: WireRequest['data']): object {
    const frame: Publication = { type: 'rooms.sent', room, from, seq: ++state.offset, time: this.#now(), data }
    state.history = [...state.history, frame].slice(-historySize)
    const key = `${room} ${state.epoch}`
    this.sent.set(key, [...(this.sent.get(key) ?? []), frame])
    this.onEvent(frame, [...state.inside.keys()])
    return { seq: frame.seq, time: frame.time }
  }

  #leave(connection: object, state: RoomState, room: string): void {
    const userId = state.inside.get(connection)
    if (userId === undefined) return
    state.inside.delete(connection)
    if ([...state.inside.values()].includes(userId)) return
    const event = { type: 'rooms.left', room, time: this.#now(), data: { user: { id: userId }, count: this.count(room) } }
    this.onEvent(event, [...state.inside.keys()])
  }

  #delete(state: RoomState, room: string): object {
    this.onEvent({ type: 'rooms.deleted', room, time: this.#now(), data: {} }, [...state.inside.keys()])
    this.#rooms.delete(room)
    return {}
  }
}
