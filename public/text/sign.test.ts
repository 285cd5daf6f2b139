import { expect, test } from 'bun:test'
import { fromSign, toSign } from './sign.ts'

test('a sign is the same after it was kept', () => {
  expect(toSign(fromSign({ letters: '🏔️', colour: 3 }))).toEqual({ letters: '🏔️', colour: 3 })
  expect(toSign(fromSign({ letters: 'Lake', colour: 11 }))).toEqual({ letters: 'La', colour: 11 })
})

test('anything else is no sign', () => {
  expect(fromSign({ letters: ' : ', colour: 1 })).toBe('')
  for (const avatar of [undefined, '', 'https://example.org/a.png', 'sign:A:12', 'sign::1']) expect(toSign(avatar)).toBeUndefined()
})
