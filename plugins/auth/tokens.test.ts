import { describe, expect, test } from 'bun:test'
import { jwtVerify } from 'jose'
import { codeOf, forge, seconds, secrets } from '../../test/support/tokens.ts'
import { parseToken } from './jwt.ts'
import { deriveKeys, type KeyRing } from './keys.ts'
import { issueTicket } from './tickets.ts'
import { checkAccessToken, issueAccessToken } from './tokens.ts'

const nowMs = Date.UTC(2026, 10, 20, 12)
const keys: KeyRing = [deriveKeys(secrets.own)]
const grant = { userId: 'U1', sessionId: 'S2', name: 'Ann', tokenId: 'j3', issuedAtMs: nowMs }
const header = { alg: 'HS256', typ: 'at+jwt' }
const claims = { iss: 'parley', aud: 'parley', sub: 'U1', sid: 'S2', jti: 'j3', iat: seconds(nowMs), exp: seconds(nowMs) + 600 }

const check = (token: string, atMs = nowMs, ring = keys) => {
  const parsed = parseToken(token)
  return parsed && checkAccessToken(ring, parsed, atMs)
}
const codeFor = (changed: object | string, options: { header?: object; atMs?: number } = {}) =>
  codeOf(() => check(forge(options.header ?? header, changed, secrets.own), options.atMs))

describe('access tokens', () => {
  test('say who their bearer is, for ten minutes', () => {
    expect(check(issueAccessToken(keys, grant))).toEqual({
      userId: 'U1',
      sessionId: 'S2',
      name: 'Ann',
      scope: [],
      expiresAt: nowMs + 600_000,
      issuedAtMs: 0,
    })
  })

  test('can be checked by any library that is given the secret', async () => {
    const options = { issuer: 'parley', audience: 'parley', typ: 'at+jwt', currentDate: new Date(nowMs) }
    const { payload } = await jwtVerify(issueAccessToken(keys, grant), new TextEncoder().encode(secrets.own), options)
    expect(payload).toEqual({ ...claims, name: 'Ann' })
  })

  test('of the previous secret are accepted while it is set, and not afterwards', () => {
    const old = issueAccessToken([deriveKeys(secrets.previous)], grant)
    expect(check(old, nowMs, [deriveKeys(secrets.own), deriveKeys(secrets.previous)])?.userId).toBe('U1')
    expect(check(old)).toBeUndefined()
  })

  test('signed by another secret are not ours', () => {
    expect(check(forge(header, claims, secrets.host))).toBeUndefined()
  })
})

describe('T4: times', () => {
  const at = (offsetS: number): number => seconds(nowMs) + offsetS

  test('29 seconds after its end a token is accepted, 31 seconds after it is CORE_TOKEN_EXPIRED', async () => {
    const token = issueAccessToken(keys, grant)
    expect(check(token, nowMs + 629_000)?.userId).toBe('U1')
    expect(await codeOf(() => check(token, nowMs + 631_000))).toBe('CORE_TOKEN_EXPIRED')
  })

  test('T16: only the server’s clock counts: a token issued up to 30 seconds ahead of it is accepted', async () => {
    const token = issueAccessToken(keys, grant)
    expect(check(token, nowMs - 29_000)?.userId).toBe('U1')
    expect(await codeOf(() => check(token, nowMs - 31_000))).toBe('CORE_BAD_TOKEN')
  })

  test('an exp that is missing, text, negative, zero, null or 1e400 is CORE_BAD_TOKEN', async () => {
    const { exp: _exp, ...without } = claims
    expect(await codeFor(without)).toBe('CORE_BAD_TOKEN')
    for (const exp of [String(claims.exp), -1, 0, null, true, [claims.exp]])
      expect(await codeFor({ ...claims, exp })).toBe('CORE_BAD_TOKEN')
    expect(await codeFor(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e400'))).toBe('CORE_BAD_TOKEN')
  })

  test('an exp further ahead than a token may live is CORE_BAD_TOKEN', async () => {
    expect(await codeFor({ ...claims, exp: at(630) })).toBeUndefined()
    expect(await codeFor({ ...claims, exp: at(631) })).toBe('CORE_BAD_TOKEN')
  })

  test('an iat an hour ahead, missing or no number is CORE_BAD_TOKEN', async () => {
    const { iat: _iat, ...without } = claims
    expect(await codeFor(without)).toBe('CORE_BAD_TOKEN')
    for (const iat of [at(3_600), String(claims.iat), null, -5]) expect(await codeFor({ ...claims, iat })).toBe('CORE_BAD_TOKEN')
  })

  test('an nbf in the future or no number is CORE_BAD_TOKEN', async () => {
    expect(await codeFor({ ...claims, nbf: at(29) })).toBeUndefined()
    for (const nbf of [at(31), 'now', null]) expect(await codeFor({ ...claims, nbf })).toBe('CORE_BAD_TOKEN')
  })
})

describe('T5: a token is good for one thing', () => {
  test('another issuer, audience or type is CORE_BAD_TOKEN', async () => {
    expect(await codeFor(claims)).toBeUndefined()
    for (const wrong of [{ iss: 'other' }, { aud: 'other' }, { aud: ['parley', 'other'] }, { iss: undefined }, { aud: undefined }]) {
      expect(await codeFor({ ...claims, ...wrong })).toBe('CORE_BAD_TOKEN')
    }
    for (const typ of ['JWT', 'refresh+jwt', 'ticket+jwt', 'AT+JWT', undefined]) {
      expect(await codeFor(claims, { header: { ...header, typ } })).toBe('CORE_BAD_TOKEN')
    }
  })

  test('a missing or empty sub, sid or jti is CORE_BAD_TOKEN', async () => {
    for (const wrong of [{ sub: undefined }, { sub: '' }, { sub: 1 }, { sid: undefined }, { sid: [] }, { jti: undefined }, { jti: 7 }]) {
      expect(await codeFor({ ...claims, ...wrong })).toBe('CORE_BAD_TOKEN')
    }
  })

  test('each purpose has a key of its own', () => {
    const { access, refresh, ticket } = keys[0]
    expect(new Set([access, refresh, ticket].map((key) => Buffer.from(key).toString('hex'))).size).toBe(3)
  })

  test('a ticket is no access token', () => {
    const identity = { userId: 'U1', sessionId: 'S2', scope: [] }
    const ticket = issueTicket({ keys, now: () => nowMs, store: { useTicket: async () => true } }, identity, undefined)
    expect(check(ticket)).toBeUndefined()
  })
})
