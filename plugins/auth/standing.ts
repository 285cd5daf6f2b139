// What has changed about people since their tokens were issued: who was disabled or deleted, whose rights or name are
// others now. Held in memory, so that a signed token needs no query; loaded at start, and on a database that several
// nodes share asked for again three times a second.
import type { Connection, Connections, Log } from '#core'
import { errors } from './errors.ts'
import { polling } from './polling.ts'
import { overlapMs } from './revocations.ts'
import type { Rights } from './rights.ts'
import { type AuthStore, isBarred, type UserRow } from './store.ts'
import { isSigned, type SignedIdentity } from './tokens.ts'

interface Entry {
  readonly isBarred: boolean
  readonly name: string
  readonly scope: readonly string[]
  readonly atMs: number
}

/** What this works with. */
export interface StandingOptions {
  readonly store: Pick<AuthStore, 'changedSince'>
  readonly connections: Pick<Connections, 'ofUser'>
  readonly rights: Pick<Rights, 'of'>
  /** Told of everybody whose name may be another one. */
  readonly learn: (userId: string, name: string) => void
  readonly log: Log
  readonly now: () => number
  /** Milliseconds after which no token issued before a change is valid any more. */
  readonly horizonMs: number
}

/** The changes that this node knows of. */
export class Standing {
  /** As `sync`, for a timer. */
  readonly poll: () => Promise<void>
  readonly #options: StandingOptions
  readonly #changed = new Map<string, Entry>()
  #syncedMs: number

  constructor(options: StandingOptions) {
    this.#options = options
    this.#syncedMs = options.now() - options.horizonMs
    this.poll = polling(() => this.sync(), options.log, 'what changed about people could not be read')
  }

  /**
   * The identity of a token as it is today: with the name and the scope that its user has now, if it is a token of our
   * own. Throws `AUTH_DISABLED` if the user was disabled or deleted.
   */
  apply(identity: SignedIdentity): SignedIdentity {
    const entry = this.#changed.get(identity.userId)
    if (!entry) return identity
    if (entry.isBarred) throw errors.DISABLED()
    return isOurs(identity) ? { ...identity, name: entry.name, scope: entry.scope } : identity
  }

  /** Close a connection that is no longer what its user may have: for good, or to come back with today's rights. */
  settle(connection: Connection): void {
    const { identity } = connection
    const entry = this.#changed.get(connection.userId)
    if (!entry || !isSigned(identity)) return
    if (entry.isBarred) connection.close(4509, 'the account was disabled')
    else if (isOurs(identity) && !isSameScope(identity.scope, entry.scope)) connection.close(4091, 'what you may do has changed')
  }

  /** Take note of a user's row. An older one than is known changes nothing. */
  learn(user: UserRow): void {
    const { connections, rights, learn } = this.#options
    const atMs = user.changedAt?.getTime() ?? 0
    if ((this.#changed.get(user.id)?.atMs ?? -1) >= atMs) return
    this.#changed.set(user.id, { isBarred: isBarred(user), name: user.name, scope: rights.of(user), atMs })
    learn(user.id, user.name)
    for (const connection of connections.ofUser(user.id)) this.settle(connection)
  }

  /** Learn what changed since the last time, here or on other nodes. Rejects if the database does. */
  async sync(): Promise<void> {
    const { store, now, horizonMs } = this.#options
    const startedMs = now()
    for (const user of await store.changedSince(new Date(this.#syncedMs - overlapMs))) this.learn(user)
    this.#syncedMs = startedMs
    // Whoever is barred stays noted: a host's users are remembered for longer than their tokens live.
    for (const [id, entry] of this.#changed) if (!entry.isBarred && entry.atMs < startedMs - horizonMs) this.#changed.delete(id)
  }
}

// The scope of a host application's user is its token's business.
const isOurs = ({ issuedAtMs }: SignedIdentity): boolean => issuedAtMs === 0

const isSameScope = (a: readonly string[], b: readonly string[]): boolean => [...a].sort().join(' ') === [...b].sort().join(' ')
