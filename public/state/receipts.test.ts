import { describe, expect, test } from 'bun:test'
import { progress } from './receipts.ts'

describe('the ticks of a message of our own', () => {
  test('follow the one who is the furthest behind', () => {
    const far = { read: 5, delivered: 6 }
    expect([progress(5, [far]), progress(6, [far]), progress(7, [far])]).toEqual(['read', 'delivered', 'sent'])
    expect(progress(5, [far, { read: 0, delivered: 5 }])).toBe('delivered')
    expect(progress(5, [far, undefined])).toBe('sent')
  })

  test('say no more than sent where nobody else is', () => {
    expect(progress(1, [])).toBe('sent')
  })
})
