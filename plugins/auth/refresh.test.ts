import { describe, expect, test } from 'bun:test'
import { secrets } from '../../test/support/tokens.ts'
import { parseToken } from './jwt.ts'
import { deriveKeys, type KeyRing } from './keys.ts'
import {
  absoluteMs,
  expiryOf,
  firstRefreshToken,
  hashOf,
  idleMs,
  judge,
  readRefreshToken,
  type SessionState,
  successor,
  tokenIdOf,
  writeRefreshToken,
} from './refresh.ts'

const keys: KeyRing = [deriveKeys(secrets.own)]
const key = keys[0].refresh
const nowMs = Date.UTC(2026, 10, 20, 12)
const first = firstRefreshToken('S1')
const second = successor(first, key)
const third = successor(second, key)

const session = (current: typeof first, rotatedMs: number, change: Partial<SessionState> = {}): SessionState => ({
  refreshHash: hashOf(current),
  generation: current.generation,
  rotatedAt: new Date(rotatedMs),
  createdAt: new Date(nowMs - 3_600_000),
  expiresAt: new Date(nowMs + idleMs),
  revokedAt: null,
  ...change,
})

describe('refresh tokens', () => {
  test('are read as they were written', () => {
    expect(readRefreshToken(writeRefreshToken(second, keys), keys)).toEqual(second)
  })

  test('made up, or changed in any one character, are not read', () => {
    const text = writeRefreshToken(first, keys)
    for (let i = 0; i < text.length; i++) {
      const changed = text[i] === '7' ? '8' : '7'
      expect(readRefreshToken(text.slice(0, i) + changed + text.slice(i + 1), keys)).toBeUndefined()
    }
    const others: KeyRing = [deriveKeys(secrets.previous)]
    for (const bad of ['', 'r1.S1.0..', `${text} `, `${text}\n`, text.repeat(50), writeRefreshToken(first, others)]) {
      expect(readRefreshToken(bad, keys)).toBeUndefined()
    }
  })

  test('of the previous secret are read while it is set', () => {
    const old: KeyRing = [deriveKeys(secrets.previous)]
    expect(readRefreshToken(writeRefreshToken(first, old), [...keys, ...old])).toEqual(first)
  })

  test('have 256 random bits each', () => {
    const many = new Set(Array.from({ length: 100 }, () => firstRefreshToken('S1').secret))
    expect(many.size).toBe(100)
    expect(Buffer.from(first.secret, 'base64url').length).toBe(32)
  })

  test('lead to the same successor each time, which nobody can compute without the key', () => {
    expect(successor(first, key)).toEqual(second)
    expect(successor(first, deriveKeys(secrets.previous).refresh).secret).not.toBe(second.secret)
  })

  test('are no access tokens, and what is stored of them is neither secret nor token id', () => {
    expect(parseToken(writeRefreshToken(first, keys))).toBeUndefined()
    expect(new Set([hashOf(first), first.secret, tokenIdOf(first)]).size).toBe(3)
  })
})

describe('presenting a refresh token', () => {
  test('the current one rotates', () => {
    expect(judge(session(first, nowMs), first, nowMs)).toBe('rotate')
    expect(judge(session(second, nowMs - 600_000), second, nowMs)).toBe('rotate')
  })

  test('T10: the one before gives the same pair again for ten seconds', () => {
    expect(judge(session(second, nowMs), first, nowMs)).toBe('repeat')
    expect(judge(session(second, nowMs - 10_000), first, nowMs)).toBe('repeat')
  })

  test('T9: later it is reuse', () => {
    expect(judge(session(second, nowMs - 10_001), first, nowMs)).toBe('reuse')
  })

  test('one that was rotated twice is reuse at once, however old the session', () => {
    expect(judge(session(third, nowMs), first, nowMs)).toBe('reuse')
  })

  test('nothing comes of a session that is unknown, revoked or over', () => {
    expect(judge(undefined, first, nowMs)).toBe('ended')
    expect(judge(session(first, nowMs, { revokedAt: new Date(nowMs - 1) }), first, nowMs)).toBe('ended')
    expect(judge(session(first, nowMs, { expiresAt: new Date(nowMs) }), first, nowMs)).toBe('ended')
    expect(judge(session(second, nowMs - 60_000, { revokedAt: new Date(nowMs - 1) }), first, nowMs)).toBe('ended')
  })

  test('a database older than the token, or one that a host keeps alive, refreshes nothing', () => {
    expect(judge(session(first, nowMs), second, nowMs)).toBe('ended')
    expect(judge(session(first, nowMs, { refreshHash: null }), first, nowMs)).toBe('ended')
  })

  test('a clock that was set back does not make a race of two tabs into theft', () => {
    expect(judge(session(second, nowMs), first, nowMs - 3_600_000)).toBe('repeat')
  })

  test('a session ends 30 days after it was seen, and 90 days after it began', () => {
    expect(expiryOf(nowMs, nowMs).getTime()).toBe(nowMs + idleMs)
    expect(expiryOf(nowMs - absoluteMs + 1, nowMs).getTime()).toBe(nowMs + 1)
  })
})
