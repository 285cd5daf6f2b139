import { describe, expect, test } from 'bun:test'
import { shorten } from './shorten.ts'

describe('a text that is shown in part', () => {
  test('ends between two words', () => {
    expect(shorten('one two three four', 10)).toBe('one two')
  })

  test('is whole when it fits', () => {
    expect(shorten('one two', 7)).toBe('one two')
  })

  test('ends anywhere where there are no words, but never inside a character', () => {
    expect(shorten('x'.repeat(100), 60)).toBe('x'.repeat(60))
    expect(shorten('👍'.repeat(10), 5).isWellFormed()).toBe(true)
  })
})
