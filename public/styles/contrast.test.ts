import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { avatarColours } from '../text/avatar.ts'

// WCAG 2.2, 1.4.3 and 1.4.11: text 4.5 : 1, parts of a control 3 : 1.
const css = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const tokens = new Map(
  Array.from(css('tokens.css').matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g), ([, name, light, dark]) => [
    name,
    { light, dark },
  ]),
)

const luminance = (hex: string): number => {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
const colour = (name: string, theme: 'light' | 'dark'): string => tokens.get(name)?.[theme] ?? `no token ${name}`

const texts: [string, string[]][] = [
  ['text', ['ground', 'ground-raised', 'ground-sunken', 'hover', 'selected', 'field', 'bubble-in']],
  ['text-soft', ['ground', 'ground-raised', 'ground-sunken', 'hover', 'selected', 'field', 'bubble-in']],
  ['text-faint', ['ground', 'ground-raised', 'ground-sunken', 'hover', 'field', 'bubble-in']],
  ['accent-text', ['ground', 'ground-raised', 'ground-sunken', 'hover', 'selected', 'bubble-in']],
  ['on-accent', ['accent', 'bubble-out']],
  ['on-accent-soft', ['accent', 'bubble-out']],
  ['good', ['ground', 'hover']],
  ['warn-text', ['warn-ground']],
  ['on-accent', ['call-accept', 'call-end']],
  ['call-text', ['call-ground', 'call-raised']],
  ['call-soft', ['call-ground', 'call-raised']],
  ['call-warn', ['call-ground', 'call-raised']],
  ['bad', ['ground', 'ground-raised', 'ground-sunken', 'bad-ground', 'bubble-in']],
]

describe.each(['light', 'dark'] as const)('colours in %s', (theme) => {
  test('every text on every ground that it stands on has 4.5 : 1', () => {
    const poor = texts.flatMap(([text, grounds]) =>
      grounds.flatMap((ground) => {
        const ratio = contrast(colour(text, theme), colour(ground, theme))
        return ratio >= 4.5 ? [] : [`${text} on ${ground}: ${ratio.toFixed(2)}`]
      }),
    )
    expect(poor).toEqual([])
  })

  test('what shows a state or an edge has 3 : 1', () => {
    const parts: [string, string][] = [
      ['line-strong', 'ground'],
      ['accent', 'ground'],
      ['accent-text', 'selected'],
    ]
    expect(parts.filter(([part, ground]) => !(contrast(colour(part, theme), colour(ground, theme)) >= 3))).toEqual([])
  })
})

test('white letters on every avatar have 4.5 : 1 in its middle and below, and never less than 3 : 1', () => {
  const middle = (top: string, foot: string): string =>
    `#${[1, 3, 5]
      .map((at) =>
        Math.round((Number.parseInt(top.slice(at, at + 2), 16) + Number.parseInt(foot.slice(at, at + 2), 16)) / 2)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')}`
  const isPoor = (top: string, foot: string): boolean => !(contrast('#ffffff', top) >= 3 && contrast('#ffffff', middle(top, foot)) >= 4.5)
  const gradients = [...css('avatar.css').matchAll(/linear-gradient\((#\w{6}), (#\w{6})\)/g)]
  expect(gradients.length).toBe(avatarColours)
  expect(gradients.filter(([, top, foot]) => isPoor(top as string, foot as string))).toEqual([])
})
