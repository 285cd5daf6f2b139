// The calls that are under way, and through which connections: what signals need without asking the database.
import type { Connection } from '#core'
import { type Call, viewOf } from './call.ts'
import { errors } from './errors.ts'
import { find, partiesOf } from './machine.ts'
import type { Signal } from './messages.ts'
import { Negotiations, type Passed, Waiting } from './relay.ts'

interface Session {
  call: Call
  /** Party numbers by the connection that speaks for them, and the other way round. */
  readonly lines: Map<number, Connection>
  readonly parties: Map<Connection, number>
  readonly negotiations: Negotiations
  readonly waiting: Map<number, Waiting>
}

/** A device that was connected, with what it had to do with a call. */
export interface Lost {
  readonly call: string
  readonly user: string
  readonly device: string
}

/** Sends one signal to one connection. */
export type Deliver = (connection: Connection, signal: Passed) => void

/** Calls in memory. */
export class Live {
  readonly #sessions = new Map<string, Session>()
  /** The call that a connection is in. */
  readonly #byLine = new Map<Connection, Session>()
  readonly #ringing = new Map<Connection, Map<string, string>>()
  readonly #deliver: Deliver

  constructor(deliver: Deliver) {
    this.#deliver = deliver
  }

  /** Whether no call is under way. */
  get isEmpty(): boolean {
    return this.#sessions.size === 0
  }

  /** Every call that is under way. */
  calls(): Iterable<Call> {
    return this.#sessions.values().map(({ call }) => call)
  }

  /** The call is like this now. A state that is older than the one known is of no use. */
  adopt(call: Call, isFound = false): void {
    const session = this.#sessions.get(call.id)
    if (call.state === 'ended') {
      for (const line of session?.parties.keys() ?? []) this.#byLine.delete(line)
      this.#sessions.delete(call.id)
      for (const connection of this.#ringing.keys()) this.#silence(connection, call.id)
    } else if (!session) {
      const negotiations = new Negotiations(isFound)
      this.#sessions.set(call.id, { call, lines: new Map(), parties: new Map(), negotiations, waiting: new Map() })
    } else if (call.version > session.call.version) {
      session.call = call
      this.#prune(session)
    }
  }

  /** This connection rings. False if it has gone meanwhile. */
  rings(connection: Connection, call: string, device: string): boolean {
    const calls = this.#ringing.get(connection) ?? new Map<string, string>()
    this.#ringing.set(connection, calls.set(call, device))
    return connection.isOpen
  }

  /** This connection speaks for the user's party from now on, and gets what waited for it. False if it has gone meanwhile. */
  attach(call: string, user: string, connection: Connection): boolean {
    const session = this.#sessions.get(call)
    const party = session && find(session.call, user)?.party
    if (!session || !party) return true
    const before = session.lines.get(party.id)
    if (before) {
      session.parties.delete(before)
      this.#byLine.delete(before)
    }
    this.#byLine.set(connection, session)
    session.lines.set(party.id, connection)
    session.parties.set(connection, party.id)
    this.#silence(connection, call)
    for (const signal of session.waiting.get(party.id)?.take() ?? []) this.#deliver(connection, signal)
    return connection.isOpen
  }

  /** Whether a connection speaks for the user's party. */
  isSpoken(call: string, user: string): boolean {
    const session = this.#sessions.get(call)
    const party = session && find(session.call, user)?.party
    return party !== undefined && session?.lines.get(party.id)?.isOpen === true
  }

  /** A connection is gone: what it was in, and where it rang. */
  detach(connection: Connection): Lost[] {
    const lost: Lost[] = []
    for (const [call, device] of this.#ringing.get(connection) ?? []) lost.push({ call, user: connection.userId, device })
    this.#ringing.delete(connection)
    const session = this.#byLine.get(connection)
    const id = session?.parties.get(connection)
    if (!session || id === undefined) return lost
    this.#byLine.delete(connection)
    session.parties.delete(connection)
    session.lines.delete(id)
    const person = find(session.call, connection.userId)
    if (person?.party?.id === id) lost.push({ call: session.call.id, user: person.user, device: person.party.device })
    return lost
  }

  /** Pass a signal on; true if it waits for a party that is away. Throws what says why it does not pass. */
  relay(connection: Connection, { party: to, ...rest }: Signal): boolean {
    const session = this.#sessions.get(rest.call)
    const from = session?.parties.get(connection)
    if (!session || from === undefined) throw this.#stranger(session, connection)
    if (to === from || !partiesOf(session.call).some(({ id }) => id === to)) throw errors.NO_SUCH_PARTY()
    const line = session.lines.get(to)
    const waiting = line?.isOpen ? undefined : (session.waiting.get(to) ?? new Waiting())
    waiting?.check(rest)
    session.negotiations.note(from, to, { ...rest, party: to } as Signal)
    const signal: Passed = { from: connection.userId, data: { ...rest, party: from } }
    if (line && !waiting) {
      this.#deliver(line, signal)
      return false
    }
    waiting?.add(signal)
    if (waiting) session.waiting.set(to, waiting)
    return true
  }

  #silence(connection: Connection, call: string): void {
    const calls = this.#ringing.get(connection)
    if (calls?.delete(call) && calls.size === 0) this.#ringing.delete(connection)
  }

  #prune({ call, lines, parties, waiting, negotiations }: Session): void {
    const ids = new Set(partiesOf(call).map(({ id }) => id))
    for (const [id, connection] of lines) {
      if (ids.has(id)) continue
      lines.delete(id)
      parties.delete(connection)
      this.#byLine.delete(connection)
    }
    for (const id of waiting.keys()) if (!ids.has(id)) waiting.delete(id)
    negotiations.keep(ids)
  }

  // Whoever is not among a call's people learns nothing of it.
  #stranger(session: Session | undefined, { userId }: Connection): Error {
    if (!session || !find(session.call, userId)) return errors.NO_SUCH_CALL()
    return errors.NOT_IN_CALL()
  }
}

/** What is sent of a call. */
export const announced = (call: Call) => ({ call: viewOf(call) })
