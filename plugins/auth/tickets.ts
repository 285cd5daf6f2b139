// Socket tickets: for 30 seconds and one use, bound to a session and to the page's origin, for clients that
// can put a credential nowhere but into the address. A ticket is signed, so that a made-up one costs no
// query, and its use is a row in the database, so that single use holds on every node and over a restart.
import { randomBytes } from 'node:crypto'
import { coreErrors, type Identity } from '#core'
import { checkTimes, isSignedBy, parseToken, readClaims, signToken } from './jwt.ts'
import type { KeyRing } from './keys.ts'
import type { AuthStore } from './store.ts'
import type { SignedIdentity } from './tokens.ts'

/** Seconds a ticket may be used. */
export const ticketTtlS = 30
const type = 'ticket+jwt'

/** What tickets work with. */
export interface TicketOptions {
  readonly keys: KeyRing
  readonly store: Pick<AuthStore, 'useTicket'>
  readonly now: () => number
}

/** A ticket for the session of `identity`, to be used from the same origin (`undefined`: by a program). */
export const issueTicket = ({ keys, now }: TicketOptions, identity: Identity, origin: string | undefined): string => {
  const jti = randomBytes(16).toString('base64url')
  const exp = Math.floor(now() / 1_000) + ticketTtlS
  // The connection that it opens is signed in for as long as the token that paid for the ticket.
  return signToken(type, { jti, exp, identity, ...(origin !== undefined && { origin }) }, keys[0].ticket)
}

/**
 * Use a ticket up and say whose it is; `undefined` if we did not issue it.
 *
 * Rejects with `CORE_BAD_TOKEN` if it was used or comes from another origin, and with `CORE_TOKEN_EXPIRED`
 * after 30 seconds.
 */
export const redeemTicket = async (
  { keys, store, now }: TicketOptions,
  ticket: string,
  origin: string | undefined,
): Promise<SignedIdentity | undefined> => {
  const parsed = parseToken(ticket)
  const secrets = keys.map((key) => key.ticket)
  if (parsed?.typ !== type || !isSignedBy(parsed, secrets)) return undefined
  const claims = readClaims(parsed)
  const expiresAtMs = checkTimes(claims, { nowMs: now(), maxAgeS: ticketTtlS, leewayS: 0 })
  if (claims.origin !== origin) throw coreErrors.BAD_TOKEN()
  if (!(await store.useTicket(String(claims.jti), new Date(expiresAtMs)))) throw coreErrors.BAD_TOKEN()
  // Our own signature is on it: it is what `issueTicket` was given.
  return claims.identity as SignedIdentity
}
