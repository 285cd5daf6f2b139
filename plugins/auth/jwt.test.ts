import { describe, expect, test } from 'bun:test'
import { Buffer } from 'node:buffer'
import { generateKeyPairSync } from 'node:crypto'
import { CompactEncrypt, jwtVerify, SignJWT } from 'jose'
import { codeOf, forge, seconds, secrets } from '../../test/support/tokens.ts'
import { isSignedBy, parseToken, readClaims, signToken } from './jwt.ts'

const key = Buffer.from(secrets.own)
const nowMs = Date.UTC(2026, 10, 20, 12)
const claims = { sub: 'U1', exp: seconds(nowMs) + 600 }
const good = signToken('at+jwt', claims, key)
const [head = '', payload = '', signature = ''] = good.split('.')

const isAccepted = (token: string): boolean => {
  const parsed = parseToken(token)
  return parsed !== undefined && isSignedBy(parsed, [key])
}

describe('HS256', () => {
  test('jose accepts what is signed here', async () => {
    const { payload: read, protectedHeader } = await jwtVerify(good, key, { currentDate: new Date(nowMs), algorithms: ['HS256'] })
    expect(read).toEqual(claims)
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'at+jwt' })
  })

  test('what jose signs is accepted here', async () => {
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)
    const parsed = parseToken(token)
    expect(parsed && isSignedBy(parsed, [key]) && readClaims(parsed)).toEqual(claims)
  })

  test('the same claims and key give the same token', () => {
    expect(signToken('at+jwt', claims, key)).toBe(good)
  })

  test('any of several keys will do, another will not', () => {
    const parsed = parseToken(good)
    const other = Buffer.from(secrets.previous)
    expect(parsed && isSignedBy(parsed, [other, key])).toBe(true)
    expect(parsed && isSignedBy(parsed, [other])).toBe(false)
    expect(parsed && isSignedBy(parsed, [])).toBe(false)
  })

  test('a change of any one character of the token is refused', () => {
    for (let i = 0; i < good.length; i++) {
      const changed = good[i] === 'A' ? 'B' : 'A'
      expect(isAccepted(good.slice(0, i) + changed + good.slice(i + 1))).toBe(false)
    }
  })
})

describe('T1: the header does not choose the algorithm', () => {
  test('a token with alg none, in any spelling, signed or not, is refused', () => {
    for (const alg of ['none', 'None', 'nOnE', 'NONE', '', 'hs256', 'HS256 ', 'HS512', 'RS256', ['HS256'], null, 1, {}]) {
      expect(isAccepted(forge({ alg }, claims, secrets.own))).toBe(false)
      expect(isAccepted(`${forge({ alg }, claims, secrets.own).split('.').slice(0, 2).join('.')}.`)).toBe(false)
    }
    expect(isAccepted(forge({}, claims, secrets.own))).toBe(false)
  })

  test('HS256 with a public key as the secret is refused', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
    expect(isAccepted(forge({ alg: 'HS256' }, claims, pem))).toBe(false)
  })
})

describe('T2, T3: the header cannot ask for anything', () => {
  const extras = {
    crit: ['exp'],
    b64: false,
    zip: 'DEF',
    enc: 'A256GCM',
    jku: 'http://127.0.0.1/keys',
    x5u: 'http://127.0.0.1/cert',
    jwk: { kty: 'oct', k: 'AAAA' },
    x5c: ['AAAA'],
  }
  for (const [name, value] of Object.entries(extras)) {
    test(`a header with ${name} is refused, correctly signed as it is`, () => {
      expect(isAccepted(forge({ alg: 'HS256', typ: 'at+jwt', [name]: value }, claims, secrets.own))).toBe(false)
    })
  }

  test('a kid of 10 KB, or of another type than text, is refused', () => {
    for (const kid of ['k'.repeat(10_240), ['a'], 1, null])
      expect(isAccepted(forge({ alg: 'HS256', kid }, claims, secrets.own))).toBe(false)
  })

  test('an encrypted token is refused', async () => {
    const encrypted = await new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(Buffer.from(secrets.own))
    expect(encrypted.split('.').length).toBe(5)
    expect(parseToken(encrypted)).toBeUndefined()
  })
})

describe('T6: the form', () => {
  const bent = {
    'no token at all': '',
    'one segment': head,
    'two segments': `${head}.${payload}`,
    'four segments': `${good}.${signature}`,
    'five segments': `${good}.${signature}.${signature}`,
    'an empty signature': `${head}.${payload}.`,
    'an empty header': `.${payload}.${signature}`,
    padding: `${good}=`,
    'padding inside': `${head}=.${payload}.${signature}`,
    'the other base64 alphabet': good.replace(/[A-Za-z]/, '+'),
    'a slash': good.replace(/[A-Za-z]/, '/'),
    'a space before': ` ${good}`,
    'a line break after': `${good}\n`,
    'a tab inside': `${head}.\t${payload}.${signature}`,
    'a full-width letter': `Ａ${good.slice(1)}`,
  }
  for (const [name, token] of Object.entries(bent)) {
    test(`a token with ${name} is refused`, () => {
      expect(isAccepted(good)).toBe(true)
      expect(isAccepted(token)).toBe(false)
    })
  }

  test('a signature whose unused bits are set is refused', () => {
    // 32 bytes are 43 characters, and the last one carries 4 bits of them: three others decode to the same bytes.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(signature.slice(-1))
    const twins = [1, 2, 3].map((bits) => `${good.slice(0, -1)}${alphabet[last | bits]}`)
    const bytes = twins.map((token) => Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('hex'))
    expect(new Set(bytes)).toEqual(new Set([Buffer.from(signature, 'base64url').toString('hex')]))
    expect(twins.filter(isAccepted)).toEqual([])
  })

  test('4,096 bytes are looked at, 4,097 and 100 KB are not', () => {
    const ofSize = (size: number): string => {
      const filler = (length: number) => forge({ alg: 'HS256' }, { ...claims, filler: 'x'.repeat(length) }, secrets.own)
      let length = 0
      while (filler(length).length < size) length++
      return filler(length)
    }
    const [fits, large] = [ofSize(4_095), ofSize(4_097)]
    expect(fits.length).toBeLessThanOrEqual(4_096)
    expect(isAccepted(fits)).toBe(true)
    expect(isAccepted(large)).toBe(false)
    expect(isAccepted('a'.repeat(102_400))).toBe(false)
    expect(isAccepted(`${'a.'.repeat(51_200)}`)).toBe(false)
  })

  test('a header that is no JSON object is refused', () => {
    for (const header of ['', '[]', 'null', '"HS256"', '{"alg":"HS256"', '{"alg":"HS256"}x', '\u{feff}{"alg":"HS256"}']) {
      expect(isAccepted(forge(header, claims, secrets.own))).toBe(false)
    }
  })

  test('signed claims that are no JSON object, or no UTF-8, are CORE_BAD_TOKEN', async () => {
    const badUtf8 = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')
    const tokens = ['[]', 'null', '1', '{', ''].map((text) => forge({ alg: 'HS256' }, text, secrets.own))
    for (const token of [...tokens, `${head}.${badUtf8}.AAAA`]) {
      const parsed = parseToken(token)
      if (parsed) expect(await codeOf(() => readClaims(parsed))).toBe('CORE_BAD_TOKEN')
      // Without a payload it has no three parts, and is no token in the first place.
      else expect(token).toContain('..')
    }
  })
})
