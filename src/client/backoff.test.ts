import { describe, expect, test } from 'bun:test'
import { askedFor, comesBack, fullJitter, waitBefore } from './backoff.ts'

const most = (): number => 1
const half = (): number => 0.5

describe('coming back', () => {
  test('the wait is random between 0 and half a second times 2 to the attempt, at most 30 s', () => {
    expect([0, 1, 2, 5, 6, 7, 60].map((attempt) => fullJitter(attempt, most))).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000])
    expect(fullJitter(2, half)).toBe(1_000)
    expect(fullJitter(60, () => 0)).toBe(0)
  })

  test('4000–4499 come back, 4500–4999 do not', () => {
    expect([4000, 4008, 4029, 4090, 4091, 4499].map(comesBack)).toEqual(Array(6).fill(true))
    expect([4500, 4501, 4503, 4509, 4999].map(comesBack)).toEqual(Array(5).fill(false))
  })

  test('standard codes come back but those that blame the client', () => {
    expect([1000, 1001, 1005, 1006, 1011, 1012, 1013].map(comesBack)).toEqual(Array(7).fill(true))
    expect([1002, 1003, 1007, 1008, 1009].map(comesBack)).toEqual(Array(5).fill(false))
  })

  test('a restarting server is given the time that it asks for', () => {
    expect(waitBefore({ code: 1012, reason: '{"retryAfterMs":1234}' }, 3, half)).toBe(1_234)
    expect(waitBefore({ code: 1012, reason: '{"retryAfterMs":0}' }, 3, half)).toBe(0)
  })

  test('a reason that cannot be read, or another code, is answered with jitter', () => {
    const reasons = ['', 'soon', 'null', '{}', '{"retryAfterMs":-1}', '{"retryAfterMs":"5"}']
    for (const reason of reasons) expect(waitBefore({ code: 1012, reason }, 1, half)).toBe(500)
    expect(waitBefore({ code: 1001, reason: '{"retryAfterMs":1234}' }, 1, half)).toBe(500)
  })

  test('nobody waits for longer than five minutes because a server said so', () => {
    expect(askedFor(1e12)).toBe(300_000)
    expect(askedFor(undefined)).toBeUndefined()
  })
})
