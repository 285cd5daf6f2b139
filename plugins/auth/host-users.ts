// Turns the host application's users into Parley's, on first sight, and remembers them, so that the next
// token of the same person costs no query.
import { type Ambient, coreErrors, type Log } from '#core'
import { errors } from './errors.ts'
import type { HostClaims } from './host-tokens.ts'
import { Lru } from './lru.ts'
import { fitName } from './names.ts'
import { expiryOf } from './refresh.ts'
import type { Revocations } from './revocations.ts'
import type { Rights } from './rights.ts'
import type { Standing } from './standing.ts'
import { type AuthStore, type HostLogin, isBarred, type SessionRow, type UserRow } from './store.ts'
import type { SignedIdentity } from './tokens.ts'

/** Persons whose ids are kept in memory; about 300 bytes each. */
const remembered = 20_000
// How old `lastSeenAt` may get while its user keeps coming.
const touchMs = 600_000
const dayMs = 86_400_000
const retryMs = 5_000

interface Known {
  readonly userId: string
  readonly sessionId: string
  name: string
  /** When the session began, or began anew after it was revoked. */
  beganMs: number
  touchedMs: number
  /** Nothing is written before this, after a write that failed. */
  retryAtMs: number
}

/** What this works with. */
export interface HostUserOptions {
  readonly store: Pick<AuthStore, 'hostLogin' | 'touchHost'>
  readonly revocations: Pick<Revocations, 'add' | 'check'>
  readonly ambient: Pick<Ambient, 'now' | 'id'>
  readonly rights: Pick<Rights, 'with'>
  readonly standing: Pick<Standing, 'apply'>
  readonly log: Log
  /** Told of everybody who signs in. */
  readonly learn: (userId: string, name: string) => void
}

/** The host's users, by issuer, subject and session. */
export class HostUsers {
  readonly #options: HostUserOptions
  readonly #known = new Lru<Known>(remembered)

  constructor(options: HostUserOptions) {
    this.#options = options
  }

  /**
   * Who these claims are here: at once for somebody known, after a write for somebody new, after
   * a query for somebody not seen since the start, where the database takes its time to answer.
   * Throws `AUTH_DISABLED` if the user was disabled or deleted, and `CORE_SESSION_REVOKED` if the token is older than a revocation of its session.
   */
  identify(claims: HostClaims): SignedIdentity | Promise<SignedIdentity> {
    const key = `${claims.issuer}\n${claims.subject}\n${claims.sid}`
    const known = this.#known.get(key)
    // After a month away the session's row is gone; after a day it is worth a look whether it is.
    if (known && this.#options.ambient.now() - known.touchedMs < dayMs) return this.#signIn(known, claims)
    const remember = (met: Known): SignedIdentity | Promise<SignedIdentity> => {
      this.#known.set(key, met)
      return this.#signIn(met, claims)
    }
    const met = this.#meet(claims)
    return met instanceof Promise ? met.then(remember) : remember(met)
  }

  #signIn(known: Known, claims: HostClaims): SignedIdentity | Promise<SignedIdentity> {
    const { revocations, rights, standing, learn } = this.#options
    const { userId, sessionId } = known
    const scope = rights.with(userId, claims.scope)
    const identity = { userId, sessionId, scope, expiresAt: claims.expiresAt, issuedAtMs: claims.issuedAtMs }
    standing.apply(identity)
    const revokedAtMs = revocations.check(identity)
    const isSameName = claims.name === undefined || claims.name === known.name
    const name = isSameName ? known.name : (fitName(claims.name) ?? known.name)
    learn(userId, name)
    const named = { ...identity, name }
    return this.#keepUpToDate(known, name, revokedAtMs)?.then(() => named) ?? named
  }

  // In the background: who signs in does not wait for it, and if it fails a later token tries again. But a session
  // that begins anew must be seen to live before anybody is let in by it, or it could not be ended again.
  #keepUpToDate(known: Known, name: string, revokedAtMs: number | undefined): Promise<void> | undefined {
    const nowMs = this.#options.ambient.now()
    const beginsAnew = revokedAtMs !== undefined && known.beganMs <= revokedAtMs
    const isDue = name !== known.name || nowMs - known.touchedMs >= touchMs
    if (!beginsAnew && (!isDue || nowMs < known.retryAtMs)) return undefined
    // Begun after the revocation, whatever the clocks say: that is how a list knows that it lives again.
    const beganMs = beginsAnew ? Math.max(nowMs, revokedAtMs + 1) : known.beganMs
    const written = this.#write(known, { name, beganMs, touchedMs: nowMs })
    if (beginsAnew) return written
    written.catch((failure: unknown) => {
      this.#options.log.warn({ err: failure, user: known.userId }, 'a host user’s session could not be brought up to date')
    })
    return undefined
  }

  async #write(known: Known, change: Pick<Known, 'name' | 'beganMs' | 'touchedMs'>): Promise<void> {
    const before = { ...known }
    Object.assign(known, change)
    const { name, beganMs, touchedMs } = change
    const seen = { lastSeenAt: new Date(touchedMs), expiresAt: expiryOf(touchedMs, touchedMs) }
    // Only if it changed: another node may know better than this one when the session began.
    const times = beganMs === before.beganMs ? seen : { ...seen, createdAt: new Date(beganMs) }
    const renamed = name === before.name ? undefined : { id: known.userId, name }
    try {
      await this.#options.store.touchHost(known.sessionId, times, renamed)
    } catch (failure) {
      Object.assign(known, before, { retryAtMs: touchedMs + retryMs })
      throw failure
    }
  }

  #meet(claims: HostClaims): Known | Promise<Known> {
    const nowMs = this.#options.ambient.now()
    const login = this.#options.store.hostLogin(this.#newUser(claims, nowMs), this.#newSession(claims, nowMs))
    return login instanceof Promise ? login.then((found) => this.#take(found, claims)) : this.#take(login, claims)
  }

  #take({ user, session }: HostLogin, claims: HostClaims): Known {
    if (isBarred(user)) throw errors.DISABLED()
    const revokedAtMs = session.revokedAt?.getTime() ?? Number.NEGATIVE_INFINITY
    if (claims.issuedAtMs <= revokedAtMs) throw coreErrors.SESSION_REVOKED()
    // Another node may have revoked it a moment ago. If it has begun anew since, its sockets are none of the old ones.
    if (session.createdAt.getTime() <= revokedAtMs) this.#options.revocations.add({ id: session.id, atMs: revokedAtMs })
    const seen = { beganMs: session.createdAt.getTime(), touchedMs: session.lastSeenAt.getTime(), retryAtMs: 0 }
    return { userId: user.id, sessionId: session.id, name: user.name, ...seen }
  }

  #newUser({ issuer, subject, name }: HostClaims, nowMs: number): UserRow {
    const id = this.#options.ambient.id('U')
    // Not the subject: that is the host's business, often an address, and everybody sees names.
    const display = fitName(name ?? '') ?? `User ${id.slice(-4)}`
    const nothing = { login: null, passwordHash: null, state: null, scope: null, changedAt: null }
    return { id, name: display, guest: false, issuer, subject, createdAt: new Date(nowMs), ...nothing }
  }

  #newSession({ sid }: HostClaims, nowMs: number): SessionRow {
    const now = new Date(nowMs)
    const own = { refreshHash: null, generation: 0, rotatedAt: now, revokedAt: null, device: '' }
    // The store puts the user's id in, which may be an older one.
    const session = { id: this.#options.ambient.id('S'), userId: '', hostSid: sid, createdAt: now, lastSeenAt: now }
    return { ...session, ...own, expiresAt: expiryOf(nowMs, nowMs) }
  }
}
