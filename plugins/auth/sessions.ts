// A session is one login on one device: it begins with a sign-in, lives by its refresh token, and ends by
// logout, by revocation, by reuse of an old refresh token, or by time.
import type { Ambient, Identity, Log } from '#core'
import { errors } from './errors.ts'
import type { KeyRing } from './keys.ts'
import * as refresh from './refresh.ts'
import type { Revocations } from './revocations.ts'
import type { Rights } from './rights.ts'
import { type AuthStore, isBarred, type SessionRow, type UserRow } from './store.ts'
import { accessTtlS, issueAccessToken } from './tokens.ts'

/** What somebody gets who signs in or refreshes. */
export interface Tokens {
  readonly user: { readonly id: string; readonly name: string; readonly guest: boolean }
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds that the access token will live on. */
  readonly expiresIn: number
}

/** A session as its owner sees it. */
export interface SessionInfo {
  readonly id: string
  /** RFC 3339. */
  readonly createdAt: string
  /** RFC 3339; up to ten minutes behind. */
  readonly lastSeenAt: string
  /** Like `Firefox on Linux`; empty if it is not known. */
  readonly device: string
  readonly current: boolean
}

/** What sessions work with. */
export interface SessionOptions {
  readonly store: Pick<AuthStore, 'findUser' | 'sessionsOf' | 'changeSession'>
  readonly keys: KeyRing
  readonly revocations: Pick<Revocations, 'add'>
  readonly rights: Pick<Rights, 'of'>
  readonly ambient: Pick<Ambient, 'now' | 'id'>
  readonly log: Log
}

type Person = Pick<UserRow, 'id' | 'name' | 'guest' | 'scope'>

/** Begins, refreshes, lists and ends sessions. */
export class Sessions {
  readonly #options: SessionOptions

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** A new session's row, and the tokens that are worth something once the row is stored. */
  begin(user: Person, device: string): { row: SessionRow; tokens: Tokens } {
    const { ambient } = this.#options
    const now = new Date(ambient.now())
    const token = refresh.firstRefreshToken(ambient.id('S'))
    const state = { refreshHash: refresh.hashOf(token), generation: 0, rotatedAt: now, createdAt: now, lastSeenAt: now, revokedAt: null }
    const expiresAt = refresh.expiryOf(now.getTime(), now.getTime())
    const row = { id: token.sessionId, userId: user.id, hostSid: null, device, expiresAt, ...state }
    return { row, tokens: this.#pair(user, token, now.getTime()) }
  }

  /** The next pair for a refresh token. Throws `AUTH_REFRESH_INVALID`; reuse of an old one ends the session. */
  async refresh(text: string, ip: string): Promise<Tokens> {
    const { store, keys, ambient } = this.#options
    const token = refresh.readRefreshToken(text, keys)
    if (!token) throw errors.REFRESH_INVALID()
    const nowMs = ambient.now()
    const { verdict, session } = await store.changeSession(token.sessionId, (found) => this.#judge(found, token, nowMs))
    if (verdict === 'reuse') this.#ended(token.sessionId, nowMs, { event: 'auth.refresh.reuse', user: session?.userId, ip })
    const user = session && (await store.findUser(session.userId))
    if (!user || isBarred(user) || verdict === 'reuse' || verdict === 'ended') throw errors.REFRESH_INVALID()
    if (verdict === 'rotate') return this.#pair(user, refresh.successor(token, keys[0].refresh), nowMs)
    // Made under whichever key was current at the rotation: the store's hash tells which.
    const successors = keys.map((key) => refresh.successor(token, key.refresh))
    const given = successors.find((next) => refresh.hashOf(next) === session.refreshHash)
    if (!given) throw errors.REFRESH_INVALID()
    return this.#pair(user, given, session.rotatedAt.getTime())
  }

  /** The sessions of a user that are alive, the one seen last first. */
  async list(userId: string, currentId: string): Promise<SessionInfo[]> {
    const rows = await this.#options.store.sessionsOf(userId, new Date(this.#options.ambient.now()))
    return rows.filter(isAlive).map(({ id, createdAt, lastSeenAt, device }) => ({
      id,
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
      device,
      current: id === currentId,
    }))
  }

  /** End a session of this user and close its sockets; false if there is none that is alive. */
  async revoke(id: string, userId: string, ip: string): Promise<boolean> {
    // What is no id is not worth a query; a NUL would even make Postgres fail.
    if (!/^S\d{1,19}$/.test(id)) return false
    return this.#end(id, ip, (session) => session.userId === userId && isAlive(session))
  }

  /** End the session that somebody is signed in with: their token is proof enough that it is alive. */
  async logout({ sessionId, userId }: Pick<Identity, 'sessionId' | 'userId'>, ip: string): Promise<void> {
    await this.#end(sessionId, ip, (session) => session.userId === userId)
  }

  async #end(id: string, ip: string, mayEnd: (session: SessionRow) => boolean): Promise<boolean> {
    const { store, ambient } = this.#options
    const nowMs = ambient.now()
    const { session } = await store.changeSession(id, (found): { session?: SessionRow; change?: Partial<SessionRow> } =>
      found && mayEnd(found) ? { session: found, change: { revokedAt: new Date(nowMs) } } : {},
    )
    if (!session) return false
    this.#ended(id, nowMs, { event: 'auth.session.revoked', user: session.userId, ip })
    return true
  }

  #judge(session: SessionRow | undefined, token: refresh.RefreshToken, nowMs: number) {
    const verdict = refresh.judge(session, token, nowMs)
    if (!session) return { verdict, session }
    if (verdict === 'reuse') return { verdict, session, change: { revokedAt: new Date(nowMs) } }
    if (verdict !== 'rotate') return { verdict, session }
    const now = new Date(nowMs)
    const next = refresh.successor(token, this.#options.keys[0].refresh)
    const expiresAt = refresh.expiryOf(session.createdAt.getTime(), nowMs)
    const change = { refreshHash: refresh.hashOf(next), generation: next.generation, rotatedAt: now, lastSeenAt: now, expiresAt }
    return { verdict, session, change }
  }

  #ended(session: string, atMs: number, fields: { event: string; user: string | undefined; ip: string }): void {
    this.#options.revocations.add({ id: session, atMs })
    this.#options.log.info({ ...fields, session }, 'a session was ended')
  }

  #pair(person: Person, token: refresh.RefreshToken, issuedAtMs: number): Tokens {
    const { keys, ambient, rights } = this.#options
    const { id, name, guest } = person
    const grant = { userId: id, scope: rights.of(person), sessionId: token.sessionId, name, tokenId: refresh.tokenIdOf(token), issuedAtMs }
    const endS = Math.floor(issuedAtMs / 1_000) + accessTtlS
    return {
      user: { id, name, guest },
      accessToken: issueAccessToken(keys, grant),
      refreshToken: refresh.writeRefreshToken(token, keys),
      expiresIn: Math.max(0, endS - Math.floor(ambient.now() / 1_000)),
    }
  }
}

// A host's session that was revoked lives again once a newer token began it anew.
const isAlive = ({ createdAt, revokedAt }: Pick<SessionRow, 'createdAt' | 'revokedAt'>): boolean =>
  revokedAt === null || createdAt.getTime() > revokedAt.getTime()
