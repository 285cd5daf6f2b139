import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { codeOf, secrets } from '../../test/support/tokens.ts'
import { newSecret, secretProblem } from './keys.ts'
import { checkTogether, isKeyLocation, type Settings, settings } from './settings.ts'

const parse = (given: object): Settings => v.parse(settings, given)
const isAccepted = (given: object): boolean => v.safeParse(settings, given).success
const together = (given: object, production = false) => codeOf(() => checkTogether(parse(given), production))

describe('T7, L6: a secret', () => {
  test('of 32 random bytes is accepted in any spelling', () => {
    const spellings = [
      newSecret(),
      secrets.own,
      'f3a9c1d27b584e60f3a1b9c8d7e6f50123456789abcdef0f1e2d3c4b5a697887',
      'Zwölf Boxkämpfer jagen Viktor quer über',
    ]
    for (const secret of spellings) expect(secretProblem(secret)).toBeUndefined()
  })

  test('that is short, a sample or a repetition is refused', () => {
    const samples = [
      'changeme',
      'change-me-change-me-change-me-1234',
      'your-secret-key-goes-here-please-ok',
      'secret-secret-secret-1234567890abc',
    ]
    const repeated = ['', 'x'.repeat(32), 'ab'.repeat(20), 'abcdefghij'.repeat(4), 'Qk3v8mZrT1xYc6nB'.repeat(2), '        '.repeat(8)]
    for (const secret of [...samples, ...repeated, secrets.own.slice(0, 31)]) expect(secretProblem(secret)).toBeDefined()
  })

  test('is needed in production only', async () => {
    expect(await together({}, true)).toBe('CORE_BAD_SETTING')
    expect(await together({ secret: secrets.own }, true)).toBeUndefined()
    expect(await together({})).toBeUndefined()
  })

  test('serves one purpose', async () => {
    expect(await together({ secret: secrets.own, previousSecret: secrets.own })).toBe('CORE_BAD_SETTING')
    expect(await together({ secret: secrets.own, previousSecret: secrets.previous, hostSecret: secrets.host })).toBeUndefined()
    expect(await together({ previousSecret: secrets.own, hostSecret: secrets.own })).toBe('CORE_BAD_SETTING')
  })
})

describe('the host’s keys', () => {
  test('are read from a file, over https, or over http from this machine', () => {
    for (const location of [
      'keys.json',
      '/etc/parley/keys.json',
      'https://host.example/keys',
      'http://127.0.0.1:8080/keys',
      'http://localhost/k',
      'http://[::1]/k',
    ]) {
      expect(isKeyLocation(location)).toBe(true)
    }
    for (const location of [
      '',
      'http://host.example/keys',
      'http://127.0.0.1.evil.example/',
      'ftp://host/keys',
      'file:///keys',
      'https://a:b@host/keys',
      'https://',
    ]) {
      expect(isKeyLocation(location)).toBe(false)
    }
  })

  test('need an issuer and an audience beside them', async () => {
    expect(await together({ hostJwks: 'keys.json' })).toBe('CORE_BAD_SETTING')
    expect(await together({ hostJwks: 'keys.json', hostIssuer: 'host' })).toBe('CORE_BAD_SETTING')
    expect(await together({ hostJwks: 'keys.json', hostIssuer: 'host', hostAudience: 'chat' })).toBeUndefined()
  })

  test('use asymmetric algorithms, EdDSA, ES256 and RS256 unless set otherwise', () => {
    expect(parse({}).hostAlgorithms).toEqual(['EdDSA', 'ES256', 'RS256'])
    expect(isAccepted({ hostAlgorithms: ['PS256'] })).toBe(true)
    for (const hostAlgorithms of [['HS256'], ['none'], [], ['EdDSA', 'hs256'], 'EdDSA']) expect(isAccepted({ hostAlgorithms })).toBe(false)
  })
})

test('numbers out of range and unknown settings are refused', () => {
  for (const given of [
    { hostMaxAge: 0 },
    { hostMaxAge: -1 },
    { hostMaxAge: 1e99 },
    { hostMaxAge: 604_801 },
    { accountsPerMinute: 0 },
    { accountsPerMinute: 1.5 },
  ]) {
    expect(isAccepted(given)).toBe(false)
  }
  expect(isAccepted({ secert: secrets.own })).toBe(false)
  expect(isAccepted({ guests: 'yes' })).toBe(false)
})
