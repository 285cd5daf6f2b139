import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Bucket, Buckets } from '../../src/bucket.ts'

describe('a bucket', () => {
  test('gives what a naive count of its tokens gives', () => {
    const steps = fc.array(fc.nat({ max: 2_000 }), { maxLength: 200 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 50 }), steps, (rate, burst, waits) => {
        const bucket = new Bucket(rate, burst, 0)
        // In thousandths of a token, so that nothing is rounded.
        let tokens = burst * 1_000
        let nowMs = 0
        for (const waitMs of waits) {
          nowMs += waitMs
          tokens = Math.min(burst * 1_000, tokens + waitMs * rate)
          const answer = bucket.take(nowMs)
          // Floating point may be a hair off at the very edge.
          if (Math.abs(tokens - 1_000) < 1) return
          expect(answer === 0).toBe(tokens >= 1_000)
          if (answer === 0) tokens -= 1_000
          else expect(Math.abs(answer - (1_000 - tokens) / rate)).toBeLessThanOrEqual(1.001)
        }
      }),
    )
  })

  test('that said how long to wait gives then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 50 }), (rate, burst) => {
        const bucket = new Bucket(rate, burst, 0)
        for (let i = 0; i < burst; i++) expect(bucket.take(0)).toBe(0)
        expect(bucket.take(bucket.take(0) + 1)).toBe(0)
      }),
    )
  })

  test('never gives more than its burst and rate allow, whatever the pattern', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat({ max: 300 }), { maxLength: 300 }),
        (rate, burst, waits) => {
          const bucket = new Bucket(rate, burst, 0)
          let nowMs = 0
          let given = 0
          for (const waitMs of waits) {
            nowMs += waitMs
            if (bucket.take(nowMs) === 0) given++
          }
          expect(given).toBeLessThanOrEqual(burst + (nowMs * rate) / 1_000 + 0.001)
        },
      ),
    )
  })
})

describe('buckets', () => {
  test('keep a count for each key', () => {
    const buckets = new Buckets(1, 2)
    expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('a', 0)]).toEqual([0, 0, 1_000])
    expect(buckets.take('b', 0)).toBe(0)
    expect(buckets.take('a', 1_000)).toBe(0)
  })

  test('stay 20,000 at most, and quick, in a flood of keys', () => {
    const buckets = new Buckets(5, 20)
    const startedMs = performance.now()
    for (let i = 0; i < 100_000; i++) buckets.take(`2001:db8:${i}`, i / 100)
    expect(buckets.size).toBeLessThanOrEqual(20_000)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  test('in a flood of keys still count the newest, and whoever keeps asking', () => {
    const buckets = new Buckets(0.001, 20)
    for (let i = 0; i < 20; i++) expect(buckets.take('me', 0)).toBe(0)
    for (let i = 0; i < 100_000; i++) {
      buckets.take(`${i}`, 0)
      if (i % 5_000 === 0) expect(buckets.take('me', 0)).toBeGreaterThan(0)
    }
    for (let i = 0; i < 20; i++) expect(buckets.take('late', 0)).toBe(0)
    expect(buckets.take('late', 0)).toBeGreaterThan(0)
  })
})
