// Tokens that a host application signs for its own users. Which algorithms, which keys, which issuer: all of
// it is set by the operator, and a token can only fit or not.
import { Buffer } from 'node:buffer'
import { coreErrors } from '#core'
import type { KeySet } from './jwks.ts'
import { type Claims, checkTimes, isInstant, isSignedBy, leewayS, type Parsed, readClaims } from './jwt.ts'
import type { Settings } from './settings.ts'
import { isShort } from './text.ts'
import { readScope } from './tokens.ts'

/** Whom a host application's token speaks for. */
export interface HostClaims {
  /** Empty text if the token names none. */
  readonly issuer: string
  readonly subject: string
  /** The host's own session, empty text if the token names none. */
  readonly sid: string
  readonly name: string | undefined
  readonly scope: readonly string[]
  readonly issuedAtMs: number
  readonly expiresAt: number
}

/** What host tokens are checked with. */
export interface HostOptions {
  readonly settings: Pick<Settings, 'hostSecret' | 'hostIssuer' | 'hostAudience' | 'hostAlgorithms' | 'hostMaxAge'>
  /** Present if a JWKS is set. */
  readonly keySet?: KeySet
  readonly now: () => number
}

/** Checks tokens of the host application: whom they speak for, or `undefined` if none of its keys made them. */
export type HostCheck = (parsed: Parsed) => HostClaims | undefined | Promise<HostClaims | undefined>

/** Make the check. It throws as `checkTimes`, `CORE_BAD_TOKEN` for wrong claims, `AUTH_KEYS_UNAVAILABLE`. */
export const createHostCheck = ({ settings, keySet, now }: HostOptions): HostCheck => {
  const secrets = settings.hostSecret === undefined ? [] : [Buffer.from(settings.hostSecret)]
  const claimsOf = (parsed: Parsed): HostClaims => hostClaims(readClaims(parsed), settings, now())
  return (parsed) => {
    if (!types.has(parsed.typ?.toLowerCase())) return undefined
    // One algorithm, one kind of key: a public key can never be taken for a shared secret.
    if (parsed.alg === 'HS256') return isSignedBy(parsed, secrets) ? claimsOf(parsed) : undefined
    return keySet?.verify(parsed).then((isGood) => (isGood ? claimsOf(parsed) : undefined))
  }
}

// Other types (`logout+jwt`, `refresh+jwt`, …) are signed by the same keys for other ends (RFC 8725, 3.11).
const types: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'])

const maxScopeLength = 2_048

const hostClaims = (claims: Claims, settings: HostOptions['settings'], nowMs: number): HostClaims => {
  const { sub, name, scope, iat, exp } = claims
  const issuer = claims.iss ?? ''
  const sid = claims.sid ?? ''
  const isForUs = isAudience(claims.aud, settings.hostAudience) && (settings.hostIssuer ?? issuer) === issuer
  const isSound = isShort(sub) && (sid === '' || isShort(sid)) && (issuer === '' || isShort(issuer))
  if (!isForUs || !isSound || String(scope ?? '').length > maxScopeLength) throw coreErrors.BAD_TOKEN()
  const expiresAt = checkTimes(claims, { nowMs, maxAgeS: settings.hostMaxAge, leewayS })
  // Without `iat` it counts as issued as early as it can have been, so that a revocation covers it.
  const issuedAtS = isInstant(iat) ? iat : (exp as number) - settings.hostMaxAge
  const display = typeof name === 'string' ? name : undefined
  return { issuer, subject: sub, sid, name: display, scope: readScope(claims), issuedAtMs: issuedAtS * 1_000, expiresAt }
}

// A token that names an audience is for that audience and nobody else (RFC 7519, 4.1.3).
const isAudience = (aud: unknown, wanted: string | undefined): boolean =>
  wanted === undefined ? aud === undefined : (Array.isArray(aud) ? aud : [aud]).includes(wanted)
