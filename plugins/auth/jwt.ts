// Signed tokens in compact form (RFC 7515, RFC 7519, with the advice of RFC 8725).
//
// The order is fixed: size, alphabet, header, signature, and only then the claims. Nothing in the header
// chooses anything: the caller fixes algorithm and keys, and a header that asks for more is refused.
// HS256 is done here, synchronously: a whole look at a token costs 5 µs, jose's jwtVerify alone 20 (README.md).
// Asymmetric signatures are jose's business, in jwks.ts.
import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { coreErrors } from '#core'

/** Longest token that is looked at, in bytes (it is ASCII). */
export const maxTokenBytes = 4_096

/** Seconds that clocks may differ. */
export const leewayS = 30

/** The claims of a token whose signature was checked. */
export type Claims = Readonly<Record<string, unknown>>

/** A token taken apart, nothing of it believed yet. */
export interface Parsed {
  readonly token: string
  readonly alg: string
  readonly typ: string | undefined
  readonly kid: string | undefined
  /** What the signature is over. */
  readonly signed: string
  readonly signature: string
  readonly payload: string
}

// Linear: each character belongs to one class only.
const compact = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

// Headers that would have us fetch a key, use one that came along, unpack, or understand an extension.
// Thumbprints (`x5t`) lead nowhere and are common, so they are let by.
const refused = ['crit', 'b64', 'zip', 'enc', 'jku', 'jwk', 'x5u', 'x5c']

/** Take a token apart; `undefined` for anything that is not a plain signed token. */
export const parseToken = (token: string): Parsed | undefined => {
  const parts = token.length <= maxTokenBytes ? compact.exec(token) : null
  const [, head = '', payload = '', signature = ''] = parts ?? []
  const header = decodeObject(head)
  if (!header || refused.some((name) => Object.hasOwn(header, name))) return undefined
  const { alg, typ, kid } = header
  if (typeof alg !== 'string' || !isShortText(typ) || !isShortText(kid)) return undefined
  return { token, alg, typ, kid, signed: `${head}.${payload}`, signature, payload }
}

const isShortText = (value: unknown): value is string | undefined =>
  value === undefined || (typeof value === 'string' && value.length <= 256)

/** The claims. Call it after the signature was checked, never before. Throws `CORE_BAD_TOKEN` if they are no object. */
export const readClaims = (parsed: Parsed): Claims => {
  const claims = decodeObject(parsed.payload)
  if (!claims) throw coreErrors.BAD_TOKEN()
  return claims
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decodeObject = (part: string): Claims | undefined => {
  const bytes = decodePart(part)
  if (!bytes || bytes.length === 0) return undefined
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined
  } catch {
    // Whatever was wrong with it, the peer learns only that the token is not valid.
    return undefined
  }
}

/** Bytes of one part; `undefined` unless it is spelled canonically, with the unused last bits zero (RFC 4648, 3.5). */
export const decodePart = (part: string): Uint8Array | undefined => {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

const macBytes = 32

const encodePart = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const digest = (key: Uint8Array, text: string): Uint8Array => createHmac('sha256', key).update(text).digest()

/** HMAC with SHA-256 of `text`, as base64url. */
export const mac = (key: Uint8Array, text: string): string => Buffer.from(digest(key, text)).toString('base64url')

/** Whether two ASCII texts are equal, in a time that does not depend on where they differ. */
export const isSame = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Whether one of `keys` made this HS256 token. False for every other algorithm. */
export const isSignedBy = ({ alg, signed, signature }: Parsed, keys: readonly Uint8Array[]): boolean => {
  if (alg !== 'HS256' || keys.length === 0) return false
  const given = decodePart(signature)
  return given?.length === macBytes && keys.some((key) => timingSafeEqual(digest(key, signed), given))
}

/** Sign claims with HS256. The same claims and key give the same token. */
export const signToken = (typ: string, claims: Claims, key: Uint8Array): string => {
  const signed = `${encodePart({ alg: 'HS256', typ })}.${encodePart(claims)}`
  return `${signed}.${mac(key, signed)}`
}

/** What `checkTimes` holds a token to. */
export interface TimeRule {
  readonly nowMs: number
  /** How far ahead `exp` may lie, in seconds. */
  readonly maxAgeS: number
  readonly leewayS: number
}

/**
 * The end of a token, milliseconds since 1970.
 *
 * Throws `CORE_TOKEN_EXPIRED` if it is over, and `CORE_BAD_TOKEN` if `exp` is missing, no positive finite
 * number or too far ahead, or if `iat` or `nbf` is no number or lies in the future. Our own clock decides.
 */
export const checkTimes = (claims: Claims, { nowMs, maxAgeS, leewayS }: TimeRule): number => {
  const nowS = nowMs / 1_000
  const { exp } = claims
  if (!isInstant(exp)) throw coreErrors.BAD_TOKEN()
  for (const begin of [claims.iat, claims.nbf]) {
    if (begin !== undefined && (!isInstant(begin) || begin > nowS + leewayS)) throw coreErrors.BAD_TOKEN()
  }
  if (nowS >= exp + leewayS) throw coreErrors.TOKEN_EXPIRED()
  if (exp > nowS + maxAgeS + leewayS) throw coreErrors.BAD_TOKEN()
  return Math.floor(exp * 1_000)
}

/** JSON's 1e400 becomes Infinity, so a number is not enough. */
export const isInstant = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0
