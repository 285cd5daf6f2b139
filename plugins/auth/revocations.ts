// Which sessions have ended, held in memory so that a signed token needs no query. A session is remembered
// for as long as a token of it could still be presented; loaded at start, and on a database that several
// nodes share asked for again three times a second.
import { type Connections, coreErrors, type Log } from '#core'
import { polling } from './polling.ts'
import type { AuthStore, Revoked } from './store.ts'
import type { SignedIdentity } from './tokens.ts'

/** Milliseconds between two looks at what other nodes revoked: well within the second in which sockets must be closed. */
export const pollMs = 300
// A revocation becomes visible when its transaction commits, up to some seconds after the time written in
// it, by another node's clock.
/** Milliseconds that each look goes back behind the one before. */
export const overlapMs = 60_000

/** What the revocations of a node work with. */
export interface RevocationOptions {
  readonly store: Pick<AuthStore, 'revokedSince'>
  readonly connections: Pick<Connections, 'ofSession'>
  readonly log: Log
  readonly now: () => number
  /** Milliseconds after which no token issued before a revocation is valid any more. */
  readonly horizonMs: number
}

/** The ended sessions of this node's memory. */
export class Revocations {
  /** As `sync`, for a timer. */
  readonly poll: () => Promise<void>
  readonly #options: RevocationOptions
  /** When each session was revoked last, by its id. */
  readonly #ended = new Map<string, number>()
  #syncedMs: number

  constructor(options: RevocationOptions) {
    this.#options = options
    this.#syncedMs = options.now() - options.horizonMs
    this.poll = polling(() => this.sync(), options.log, 'other nodes’ revocations could not be read')
  }

  /**
   * Throws `CORE_SESSION_REVOKED` if the token behind `identity` was issued before its session was revoked.
   * Otherwise says when the session was revoked last, or `undefined` if that is longer ago than is remembered.
   */
  check({ sessionId, issuedAtMs }: Pick<SignedIdentity, 'sessionId' | 'issuedAtMs'>): number | undefined {
    const endedMs = this.#ended.get(sessionId)
    if (endedMs !== undefined && issuedAtMs <= endedMs) throw coreErrors.SESSION_REVOKED()
    return endedMs
  }

  /** Remember that a session has ended and close its sockets here. Twice is the same as once. */
  add({ id, atMs }: Revoked): void {
    if ((this.#ended.get(id) ?? 0) >= atMs) return
    this.#ended.set(id, atMs)
    for (const connection of this.#options.connections.ofSession(id)) connection.close(4509, 'the session was revoked')
  }

  /** Learn what was revoked since the last time, here or on other nodes. Rejects if the database does. */
  async sync(): Promise<void> {
    const { store, now, horizonMs } = this.#options
    const startedMs = now()
    for (const revoked of await store.revokedSince(new Date(this.#syncedMs - overlapMs))) this.add(revoked)
    this.#syncedMs = startedMs
    for (const [id, atMs] of this.#ended) if (atMs < startedMs - horizonMs) this.#ended.delete(id)
  }
}
