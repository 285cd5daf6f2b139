import { describe, expect, test } from 'bun:test'
import { matches } from './search.ts'

describe('the search', () => {
  test.each([
    ['Zoë Lindqvist', 'zoe', true],
    ['Zoë Lindqvist', 'lind zo', true],
    ['王小明', '小明', true],
    ['Ann', 'anna', false],
    ['Ann Lee', 'ann bo', false],
  ])('%p for %p: %p', (name, wanted, found) => {
    expect(matches(name, wanted)).toBe(found)
  })
})
