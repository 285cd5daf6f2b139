import { describe, expect, test } from 'bun:test'
import { avatarColours, colourOf, initials } from './avatar.ts'

describe('an avatar', () => {
  test.each([
    ['Ann', 'A'],
    ['ann lee', 'AL'],
    ['Ann Marie van der Berg', 'AB'],
    ['  Zoë  ', 'Z'],
    ['émile', 'É'],
    ['小明', '小明'],
    ['王小明', '小明'],
    ['欧阳 锋', '欧锋'],
    ['👩‍🚀 Star', '👩‍🚀S'],
    ['👩‍🚀', '👩‍🚀'],
    ['first.last', 'FL'],
    ['!!!', '!'],
    ['Kenji (lake)', 'KL'],
    ['', '?'],
  ])('of %p shows %p', (name, letters) => {
    expect(initials(name)).toBe(letters)
  })

  test('keeps its colour, and people who arrive one after another differ', () => {
    const colours = Array.from({ length: 64 }, (_, i) => colourOf(`U28771234567890${1000 + i}`))
    expect(colourOf('U287712345678901000')).toBe(colourOf('U287712345678901000'))
    expect(colours.every((colour) => colour >= 0 && colour < avatarColours)).toBe(true)
    expect(new Set(colours).size).toBe(avatarColours)
  })
})
