// Refresh tokens. `r1.<session>.<generation>.<secret>.<mac>`
//
// The secret is 256 bits and the store keeps only its SHA-256. Each rotation's secret is an HMAC of the one
// before, under a key that only the server has: whoever presents the old token within the grace gets exactly
// the pair that was made of it, and nothing secret had to be stored for that. Generation and MAC let any
// token that we ever issued for a session be told from one that somebody made up, without a query and
// however old it is: only a genuine old one is proof of theft.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { isSame, mac } from './jwt.ts'
import type { KeyRing } from './keys.ts'

/** Milliseconds after a rotation in which the old token returns the same new pair. */
export const graceMs = 10_000
/** A session that is not refreshed for so long is over. */
export const idleMs = 30 * 86_400_000
/** A session is over after so long in any case. */
export const absoluteMs = 90 * 86_400_000

/** A refresh token taken apart. */
export interface RefreshToken {
  readonly sessionId: string
  /** 0 for the one that a login returned. */
  readonly generation: number
  readonly secret: string
}

const format = /^r1\.(S\d{1,19})\.(\d{1,9})\.([\w-]{43})\.([\w-]{43})$/

const body = ({ sessionId, generation, secret }: RefreshToken): string => `r1.${sessionId}.${generation}.${secret}`

/** The first token of a session. */
export const firstRefreshToken = (sessionId: string): RefreshToken => ({
  sessionId,
  generation: 0,
  secret: randomBytes(32).toString('base64url'),
})

/** The token that follows; always the same one for the same token and key. */
export const successor = (token: RefreshToken, key: Uint8Array): RefreshToken => ({
  sessionId: token.sessionId,
  generation: token.generation + 1,
  secret: createHmac('sha256', key)
    .update(`next ${body(token)}`)
    .digest('base64url'),
})

/** The text that a client keeps. */
export const writeRefreshToken = (token: RefreshToken, keys: KeyRing): string => `${body(token)}.${mac(keys[0].refresh, body(token))}`

/** What a client presented, or `undefined` if we never issued it. */
export const readRefreshToken = (text: string, keys: KeyRing): RefreshToken | undefined => {
  const [, sessionId = '', generation = '', secret = '', given = ''] = format.exec(text) ?? []
  const token = { sessionId, generation: Number(generation), secret }
  return keys.some((key) => isSame(mac(key.refresh, body(token)), given)) ? token : undefined
}

/** What the store keeps of a token. */
export const hashOf = (token: RefreshToken): string => createHash('sha256').update(token.secret).digest('base64url')

/** The id of the access token that goes with a refresh token: the same pair is the same bytes. */
export const tokenIdOf = (token: RefreshToken): string =>
  createHash('sha256').update(`jti ${token.secret}`).digest('base64url').slice(0, 22)

/** What the store knows about a session. */
export interface SessionState {
  readonly refreshHash: string | null
  readonly generation: number
  readonly rotatedAt: Date
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

/**
 * What presenting a genuine refresh token means.
 *
 * `rotate`: it is the current one. `repeat`: its successor was made a moment ago, give that again.
 * `reuse`: it was used up long ago, so two parties hold it; the session must end. `ended`: there is
 * nothing to refresh.
 */
export type Verdict = 'rotate' | 'repeat' | 'reuse' | 'ended'

/** Judge a genuine token by what the store knows of its session. */
export const judge = (session: SessionState | undefined, token: RefreshToken, nowMs: number): Verdict => {
  if (!session || session.revokedAt || session.expiresAt.getTime() <= nowMs) return 'ended'
  const behind = session.generation - token.generation
  if (behind === 0) return session.refreshHash === hashOf(token) ? 'rotate' : 'ended'
  // Ahead of the store: the database is older than the token, restored from a backup.
  if (behind < 0) return 'ended'
  return behind === 1 && nowMs - session.rotatedAt.getTime() <= graceMs ? 'repeat' : 'reuse'
}

/** When a session ends that was seen at `nowMs`. */
export const expiryOf = (createdAtMs: number, nowMs: number): Date => new Date(Math.min(nowMs + idleMs, createdAtMs + absoluteMs))
