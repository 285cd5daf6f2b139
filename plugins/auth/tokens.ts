// Access tokens: HS256, ten minutes, `typ: at+jwt` (RFC 9068). They carry what a connection needs to be
// signed in, so that no query is needed; what they cannot know is whether their session was revoked.
import { coreErrors, type Identity } from '#core'
import { type Claims, checkTimes, isSignedBy, leewayS, type Parsed, readClaims, signToken } from './jwt.ts'
import type { KeyRing } from './keys.ts'

/** Seconds an access token lives. */
export const accessTtlS = 600
/** `iss` and `aud` of Parley's own tokens. */
export const issuer = 'parley'
const type = 'at+jwt'

/** What an access token is issued for. */
export interface Grant {
  readonly userId: string
  readonly sessionId: string
  readonly name: string
  /** What the user may do beyond the ordinary; nothing if absent. */
  readonly scope?: readonly string[]
  /** Unique per token. */
  readonly tokenId: string
  /** Milliseconds since 1970. The same grant gives the same token. */
  readonly issuedAtMs: number
}

/** An identity that this plugin made, with what revocation needs to know about its token. */
export interface SignedIdentity extends Identity {
  /** When a host application issued the token; 0 for our own, which never outlive a revocation. */
  readonly issuedAtMs: number
}

/** Whether this plugin made the identity. */
export const isSigned = (identity: Identity | undefined): identity is SignedIdentity => identity !== undefined && 'issuedAtMs' in identity

/** Issue an access token. */
export const issueAccessToken = (keys: KeyRing, grant: Grant): string => {
  const iat = Math.floor(grant.issuedAtMs / 1_000)
  const claims = { iss: issuer, aud: issuer, sub: grant.userId, sid: grant.sessionId, jti: grant.tokenId, iat, exp: iat + accessTtlS }
  const scope = grant.scope?.join(' ')
  return signToken(type, { ...claims, name: grant.name, ...(scope && { scope }) }, keys[0].access)
}

/**
 * Who an access token of ours speaks for, or `undefined` if it is not one of ours.
 *
 * Throws `CORE_TOKEN_EXPIRED`, and `CORE_BAD_TOKEN` for one that our key made but for something else.
 */
export const checkAccessToken = (keys: KeyRing, parsed: Parsed, nowMs: number): SignedIdentity | undefined => {
  const secrets = keys.map((key) => key.access)
  if (!isSignedBy(parsed, secrets)) return undefined
  const claims = readClaims(parsed)
  const { iss, aud, sub, sid, name } = claims
  const isOurs = parsed.typ === type && iss === issuer && aud === issuer && claims.iat !== undefined && isText(claims.jti)
  if (!isOurs || !isText(sub) || !isText(sid)) throw coreErrors.BAD_TOKEN()
  const expiresAt = checkTimes(claims, { nowMs, maxAgeS: accessTtlS, leewayS })
  return { userId: sub, sessionId: sid, ...(isText(name) && { name }), scope: readScope(claims), expiresAt, issuedAtMs: 0 }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** `scope` is text, words between single spaces (RFC 8693, 4.2). Anything else grants nothing. */
export const readScope = ({ scope }: Claims): readonly string[] =>
  typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : []
