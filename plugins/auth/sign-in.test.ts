import { describe, expect, test } from 'bun:test'
import { coreErrors } from '#core'
import { codeOf, forge, hostToken, seconds, secrets } from '../../test/support/tokens.ts'
import { createHostCheck } from './host-tokens.ts'
import { deriveKeys, type KeyRing } from './keys.ts'
import { createSignIn } from './sign-in.ts'
import { issueTicket } from './tickets.ts'
import { issueAccessToken, type SignedIdentity } from './tokens.ts'

const nowMs = Date.UTC(2026, 10, 20, 12)
const now = (): number => nowMs
const keys: KeyRing = [deriveKeys(secrets.own)]
const hostSettings = { hostSecret: secrets.host, hostIssuer: undefined, hostAudience: undefined, hostAlgorithms: [], hostMaxAge: 86_400 }

/** Signing in, where every query and every look at a host user is written down. */
const watched = () => {
  const queries: string[] = []
  const store = {
    useTicket: async () => {
      queries.push('useTicket')
      return true
    },
  }
  const identity = { userId: 'U9', sessionId: 'S9', scope: [], issuedAtMs: nowMs }
  const hostUsers = {
    identify: () => {
      queries.push('hostUsers')
      return identity
    },
  }
  const tickets = { keys, store, now }
  const checkHost = createHostCheck({ settings: hostSettings, now })
  const revocations = {
    check: ({ sessionId }: { sessionId: string }) => {
      if (sessionId === 'S-revoked') throw coreErrors.SESSION_REVOKED()
      return undefined
    },
  }
  const standing = { apply: (identity: SignedIdentity) => identity }
  const signIn = createSignIn({ keys, checkHost, hostUsers, revocations, standing, tickets, now })
  return { queries, tickets, signIn: (credentials: { token?: string; ticket?: string }) => signIn({ ip: '127.0.0.1', ...credentials }) }
}

describe('signing in', () => {
  test('with an access token asks the database nothing, and is done at once', () => {
    const { signIn, queries } = watched()
    const token = issueAccessToken(keys, { userId: 'U1', sessionId: 'S2', name: 'Ann', tokenId: 'j', issuedAtMs: nowMs })
    expect(signIn({ token })).toMatchObject({ userId: 'U1', sessionId: 'S2', name: 'Ann' })
    expect(queries).toEqual([])
  })

  test('T3: with anything that our keys and the host’s did not make asks the database nothing', async () => {
    const { signIn, queries } = watched()
    const claims = { iss: 'parley', aud: 'parley', sub: 'U1', sid: 'S1', jti: 'j', iat: seconds(nowMs), exp: seconds(nowMs) + 60 }
    const made = [forge({ alg: 'HS256', typ: 'at+jwt' }, claims, secrets.previous), forge({ alg: 'none' }, claims, ''), 'x', '', 'a.b.c']
    for (const token of [...made, 'a'.repeat(100_000)]) {
      expect(await signIn({ token })).toBeUndefined()
      expect(await signIn({ ticket: token })).toBeUndefined()
    }
    expect(queries).toEqual([])
  })

  test('with a host token whose claims are wrong asks the database nothing', async () => {
    const { signIn, queries } = watched()
    const token = await hostToken({ sub: 'ann', exp: seconds(nowMs) - 60 }, nowMs)
    expect(await codeOf(() => signIn({ token }))).toBe('CORE_TOKEN_EXPIRED')
    expect(queries).toEqual([])
    expect(await signIn({ token: await hostToken({ sub: 'ann' }, nowMs) })).toMatchObject({ userId: 'U9' })
    expect(queries).toEqual(['hostUsers'])
  })

  test('with a ticket uses it up only if origin and time are right', async () => {
    const { signIn, queries, tickets } = watched()
    const identity = { userId: 'U1', sessionId: 'S2', scope: [], issuedAtMs: 0 }
    const elsewhere = issueTicket(tickets, identity, 'https://app.example.com')
    const late = issueTicket({ ...tickets, now: () => nowMs - 31_000 }, identity, undefined)
    expect(await codeOf(() => signIn({ ticket: elsewhere }))).toBe('CORE_BAD_TOKEN')
    expect(await codeOf(() => signIn({ ticket: late }))).toBe('CORE_TOKEN_EXPIRED')
    expect(queries).toEqual([])
    expect(await signIn({ ticket: issueTicket(tickets, identity, undefined) })).toEqual(identity)
    expect(queries).toEqual(['useTicket'])
  })

  test('with whatever belongs to a session that was revoked is refused', async () => {
    const { signIn, tickets } = watched()
    const revoked = { userId: 'U1', sessionId: 'S-revoked', scope: [], issuedAtMs: 0 }
    const token = issueAccessToken(keys, { ...revoked, name: 'Ann', tokenId: 'j', issuedAtMs: nowMs })
    expect(await codeOf(() => signIn({ token }))).toBe('CORE_SESSION_REVOKED')
    expect(await codeOf(() => signIn({ ticket: issueTicket(tickets, revoked, undefined) }))).toBe('CORE_SESSION_REVOKED')
  })

  test('with nothing at all is nobody’s business', async () => {
    expect(await watched().signIn({})).toBeUndefined()
  })
})
