import { describe, expect, test } from 'bun:test'
import { type JWTPayload, SignJWT } from 'jose'
import { codeOf, forge, hostToken, seconds, secrets } from '../../test/support/tokens.ts'
import { createHostCheck, type HostClaims, type HostOptions } from './host-tokens.ts'
import { parseToken } from './jwt.ts'

const nowMs = Date.UTC(2026, 10, 20, 12)
const nowS = seconds(nowMs)
const settings = {
  hostSecret: secrets.host,
  hostIssuer: undefined,
  hostAudience: undefined,
  hostAlgorithms: ['EdDSA' as const],
  hostMaxAge: 86_400,
}

const check = async (token: string, change: Partial<HostOptions['settings']> = {}): Promise<HostClaims | undefined> => {
  const parsed = parseToken(token)
  return parsed && createHostCheck({ settings: { ...settings, ...change }, now: () => nowMs })(parsed)
}
const checkClaims = async (claims: JWTPayload, change?: Partial<HostOptions['settings']>) => check(await hostToken(claims, nowMs), change)
const codeFor = (claims: Record<string, unknown>, change?: Partial<HostOptions['settings']>) =>
  codeOf(() => check(forge({ alg: 'HS256' }, { sub: 'ann', exp: nowS + 300, ...claims }, secrets.host), change))

describe('a host application’s token with a shared secret', () => {
  test('is read: sub, name, sid, scope, iat and exp', async () => {
    const claims = { sub: 'ann', name: 'Ann', sid: 'web-1', scope: 'rooms.admin rooms.broadcast', jti: 'x' }
    expect(await checkClaims(claims)).toEqual({
      issuer: '',
      subject: 'ann',
      sid: 'web-1',
      name: 'Ann',
      scope: ['rooms.admin', 'rooms.broadcast'],
      issuedAtMs: nowMs,
      expiresAt: nowMs + 300_000,
    })
  })

  test('needs only sub and exp', async () => {
    const claims = await check(forge({ alg: 'HS256' }, { sub: 'ann', exp: nowS + 300 }, secrets.host))
    expect(claims).toMatchObject({ subject: 'ann', sid: '', name: undefined, scope: [] })
  })

  test('without iat counts as issued as early as its exp allows', async () => {
    const claims = await check(forge({ alg: 'HS256' }, { sub: 'ann', exp: nowS + 300 }, secrets.host))
    expect(claims?.issuedAtMs).toBe(nowMs + 300_000 - 86_400_000)
  })

  test('of another secret, or where none is set, is nobody’s', async () => {
    const token = await hostToken({ sub: 'ann' }, nowMs, { secret: secrets.previous })
    expect(await check(token)).toBeUndefined()
    expect(await check(await hostToken({ sub: 'ann' }, nowMs), { hostSecret: undefined })).toBeUndefined()
  })

  test('T1: of HS384 or HS512 is nobody’s: the algorithm is fixed', async () => {
    for (const alg of ['HS384', 'HS512']) {
      const key = new TextEncoder().encode(secrets.host)
      const token = await new SignJWT({ sub: 'ann' })
        .setExpirationTime(nowS + 300)
        .setProtectedHeader({ alg })
        .sign(key)
      expect(await check(token)).toBeUndefined()
    }
  })

  test('T5: of a type made for something else is nobody’s', async () => {
    for (const typ of ['refresh+jwt', 'logout+jwt', 'ticket+jwt', 'turn']) {
      expect(await check(await hostToken({ sub: 'ann' }, nowMs, { header: { typ } }))).toBeUndefined()
    }
    for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt']) {
      expect((await check(await hostToken({ sub: 'ann' }, nowMs, { header: { typ } })))?.subject).toBe('ann')
    }
  })

  test('T5: names the issuer that is set', async () => {
    const set = { hostIssuer: 'https://host.example' }
    expect((await checkClaims({ sub: 'ann', iss: 'https://host.example' }, set))?.issuer).toBe('https://host.example')
    for (const iss of ['https://host.example/', 'https://other.example', ['https://host.example'], undefined, '']) {
      expect(await codeFor({ iss }, set)).toBe('CORE_BAD_TOKEN')
    }
  })

  test('T5: names the audience that is set, alone or among others, and none if none is set', async () => {
    const set = { hostAudience: 'chat' }
    expect((await checkClaims({ sub: 'ann', aud: 'chat' }, set))?.subject).toBe('ann')
    expect((await checkClaims({ sub: 'ann', aud: ['shop', 'chat'] }, set))?.subject).toBe('ann')
    for (const aud of ['shop', ['shop'], 'chat ', undefined, { chat: true }]) expect(await codeFor({ aud }, set)).toBe('CORE_BAD_TOKEN')
    expect(await codeFor({ aud: 'chat' })).toBe('CORE_BAD_TOKEN')
  })

  test('T4: has an exp: missing, text, 1e400, negative or more than a day ahead is CORE_BAD_TOKEN', async () => {
    for (const exp of [undefined, String(nowS + 300), -1, 0, null, nowS + 86_400 + 31])
      expect(await codeFor({ exp })).toBe('CORE_BAD_TOKEN')
    expect(await codeFor({ exp: nowS + 86_400 })).toBeUndefined()
    const huge = forge({ alg: 'HS256' }, '{"sub":"ann","exp":1e400}', secrets.host)
    expect(await codeOf(() => check(huge))).toBe('CORE_BAD_TOKEN')
  })

  test('T4: that expired 31 seconds ago is CORE_TOKEN_EXPIRED', async () => {
    expect(await codeFor({ exp: nowS - 29 })).toBeUndefined()
    expect(await codeFor({ exp: nowS - 31 })).toBe('CORE_TOKEN_EXPIRED')
  })

  test('T4: with iat or nbf in the future is CORE_BAD_TOKEN', async () => {
    for (const claims of [{ iat: nowS + 3_600 }, { nbf: nowS + 31 }, { iat: 'now' }, { nbf: {} }])
      expect(await codeFor(claims)).toBe('CORE_BAD_TOKEN')
  })

  test('may live as long as is set', async () => {
    expect(await codeFor({ exp: nowS + 200 }, { hostMaxAge: 60 })).toBe('CORE_BAD_TOKEN')
  })

  test('with a sub, sid or iss that no database stores is CORE_BAD_TOKEN', async () => {
    for (const text of ['nul\0', 'line\n', '\ud800', 'x'.repeat(256), 7, ['ann'], null, {}]) {
      expect(await codeFor({ sub: text })).toBe('CORE_BAD_TOKEN')
      if (text !== null) expect(await codeFor({ sid: text })).toBe('CORE_BAD_TOKEN')
      if (text !== null) expect(await codeFor({ iss: text })).toBe('CORE_BAD_TOKEN')
    }
    expect(await codeFor({ sub: '' })).toBe('CORE_BAD_TOKEN')
  })

  test('with a scope that is no text grants nothing, and with an endless one is refused', async () => {
    const granted = async (scope: unknown) =>
      (await check(forge({ alg: 'HS256' }, { sub: 'a', exp: nowS + 9, scope }, secrets.host)))?.scope
    expect(await granted(['rooms.admin'])).toEqual([])
    expect(await granted({ admin: true })).toEqual([])
    expect(await granted('  a  b ')).toEqual(['a', 'b'])
    expect(await codeFor({ scope: 'x'.repeat(2_049) })).toBe('CORE_BAD_TOKEN')
  })

  test('with a name that is no text has no name', async () => {
    for (const name of [7, ['Ann'], {}])
      expect((await check(forge({ alg: 'HS256' }, { sub: 'a', exp: nowS + 9, name }, secrets.host)))?.name).toBeUndefined()
  })
})
