// Whose credentials these are. Without a query, and without even a promise, for our own tokens and for a host
// application's users who are known: every connect comes through here.
import type { Credentials } from '#core'
import type { HostCheck } from './host-tokens.ts'
import type { HostUsers } from './host-users.ts'
import { parseToken } from './jwt.ts'
import type { KeyRing } from './keys.ts'
import type { Revocations } from './revocations.ts'
import type { Standing } from './standing.ts'
import { redeemTicket, type TicketOptions } from './tickets.ts'
import { checkAccessToken, type SignedIdentity } from './tokens.ts'

/** What signing in works with. */
export interface SignInOptions {
  readonly keys: KeyRing
  readonly checkHost: HostCheck
  readonly hostUsers: Pick<HostUsers, 'identify'>
  readonly revocations: Pick<Revocations, 'check'>
  readonly standing: Pick<Standing, 'apply'>
  readonly tickets: TicketOptions
  readonly now: () => number
}

type Found = SignedIdentity | undefined

/**
 * Make the hook `authenticate`: who presents these credentials, or `undefined` if no key of ours or of the
 * host application made them. Throws or rejects with `CORE_BAD_TOKEN`, `CORE_TOKEN_EXPIRED`,
 * `CORE_SESSION_REVOKED`, `AUTH_DISABLED`, `AUTH_KEYS_UNAVAILABLE`.
 */
export const createSignIn = ({ keys, checkHost, hostUsers, revocations, standing, tickets, now }: SignInOptions) => {
  const alive = (identity: Found): Found => {
    if (!identity) return undefined
    revocations.check(identity)
    return standing.apply(identity)
  }
  const byToken = (token: string): Found | Promise<Found> => {
    const parsed = parseToken(token)
    if (!parsed) return undefined
    const own = checkAccessToken(keys, parsed, now())
    if (own) return alive(own)
    const claims = checkHost(parsed)
    if (claims instanceof Promise) return claims.then((found) => found && hostUsers.identify(found))
    return claims && hostUsers.identify(claims)
  }
  return ({ token, ticket, origin }: Credentials): Found | Promise<Found> => {
    if (ticket !== undefined) return redeemTicket(tickets, ticket, origin).then(alive)
    return token === undefined ? undefined : byToken(token)
  }
}
