// Whose credentials these are. Without a query, and without even a promise, for our own tokens and for a host
// application's users who are known: every connect comes through here.
import type { Credentials } from '#core'
import type { Disabled } from './disabled.ts'
import type { HostCheck, HostClaims } from './host-tokens.ts'
import type { HostUsers } from './host-users.ts'
import { parseToken } from './jwt.ts'
import type { KeyRing } from './keys.ts'
import type { Revocations } from './revocations.ts'
import { redeemTicket, type TicketOptions } from './tickets.ts'
import { checkAccessToken, type SignedIdentity } from './tokens.ts'

/** What signing in works with. */
export interface SignInOptions {
  readonly keys: KeyRing
  readonly checkHost: HostCheck
  readonly hostUsers: Pick<HostUsers, 'identify'>
  readonly revocations: Pick<Revocations, 'check'>
  readonly disabled: Pick<Disabled, 'check'>
  readonly tickets: TicketOptions
  readonly now: () => number
}

type Found = SignedIdentity | undefined

/**
 * Make the hook `authenticate`: who presents these credentials, or `undefined` if no key of ours or of the
 * host application made them. Throws or rejects with `CORE_BAD_TOKEN`, `CORE_TOKEN_EXPIRED`,
 * `CORE_SESSION_REVOKED`, `AUTH_KEYS_UNAVAILABLE`.
 */
export const createSignIn = ({ keys, checkHost, hostUsers, revocations, disabled, tickets, now }: SignInOptions) => {
  const alive = (identity: Found): Found => {
    if (identity) revocations.check(identity)
    return identity && disabled.check(identity)
  }
  const byHost = (claims: HostClaims): SignedIdentity | Promise<SignedIdentity> => {
    const identity = hostUsers.identify(claims)
    return identity instanceof Promise ? identity.then((found) => disabled.check(found)) : disabled.check(identity)
  }
  const byToken = (token: string): Found | Promise<Found> => {
    const parsed = parseToken(token)
    if (!parsed) return undefined
    const own = checkAccessToken(keys, parsed, now())
    if (own) return alive(own)
    const claims = checkHost(parsed)
    if (claims instanceof Promise) return claims.then((found) => found && byHost(found))
    return claims && byHost(claims)
  }
  return ({ token, ticket, origin }: Credentials): Found | Promise<Found> => {
    if (ticket !== undefined) return redeemTicket(tickets, ticket, origin).then(alive)
    return token === undefined ? undefined : byToken(token)
  }
}
