import { describe, expect, test } from 'bun:test'
import { cleanName, fitName, loginPattern } from './names.ts'

describe('names', () => {
  test('of all languages, with emoji, are taken as they are', () => {
    for (const name of ['Ann', '小明', 'Жанна', 'محمد', 'نام‌خانوادگی', 'Zoë', 'क्षत्रिय', 'O’Neil-Smith', 'R2 D2', '👩‍👩‍👧‍👦', '7']) {
      expect(cleanName(name)).toBe(name)
    }
  })

  test('are trimmed and composed', () => {
    expect(cleanName('  Ann\u3000')).toBe('Ann')
    expect(cleanName('Zoe\u0308')).toBe('Zo\u00eb')
  })

  test('have 1–40 characters', () => {
    expect(cleanName('x'.repeat(40))).toBe('x'.repeat(40))
    expect(cleanName('😀'.repeat(40))).toBe('😀'.repeat(40))
    for (const name of ['', ' ', '\u00a0\u3000', 'x'.repeat(41), '😀'.repeat(41)]) expect(cleanName(name)).toBeUndefined()
  })

  test('with controls, line ends or NUL are refused', () => {
    for (const mark of ['\0', '\n', '\r', '\t', '\u001b', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029', '\ufff9']) {
      expect(cleanName(`A${mark}nn`)).toBeUndefined()
    }
  })

  test('with direction marks are refused', () => {
    const marks = [0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]
    for (const mark of marks) expect(cleanName(`A${String.fromCodePoint(mark)}nn`)).toBeUndefined()
  })

  test('with a lone surrogate are refused', () => {
    for (const name of ['Ann\ud800', '\udc00Ann', 'A\udc00\ud800n']) expect(cleanName(name)).toBeUndefined()
  })

  test('of nothing that can be seen are refused', () => {
    const invisible = [
      '\u200b',
      '\u200d\u200c',
      '\u2060',
      '\ufeff',
      '\u3164',
      '\u115f\u1160',
      '\uffa0',
      '\u2800',
      '\u0301',
      '\u0301\u0302',
      '\u00ad',
      '\ufe0f',
    ]
    for (const name of invisible) expect(cleanName(name)).toBeUndefined()
  })

  test('with a tower of combining marks are refused', () => {
    expect(cleanName(`Z${'\u0336'.repeat(8)}`)).toBeDefined()
    expect(cleanName(`Z${'\u0336'.repeat(9)}`)).toBeUndefined()
    expect(cleanName(`Z${'\u0336'.repeat(10_000)}`)).toBeUndefined()
  })

  test('of a host application are bent until they fit', () => {
    expect(fitName('  Ann\n\u202eSmith ')).toBe('Ann  Smith')
    expect(fitName('x'.repeat(100))).toBe('x'.repeat(40))
    expect(fitName('Ann\ud800')).toBe('Ann\ufffd')
    for (const name of ['', '\u200b', '\n']) expect(fitName(name)).toBeUndefined()
  })
})

test('logins have 3–64 characters of a–z 0–9 . _ - @ +, in any case', () => {
  for (const login of ['ann', 'Ann.Smith+1@example.com', 'a_b-c', 'x'.repeat(64)]) expect(loginPattern.test(login)).toBe(true)
  for (const login of ['', 'an', 'x'.repeat(65), 'ann smith', 'änn', 'аnn', 'ann\n', '\u212Bnn', 'anſ', 'Kelvin\u212a']) {
    expect(loginPattern.test(login)).toBe(false)
  }
})
