import { expect, test } from 'bun:test'
import { excerpt } from './excerpt.ts'

const shown = (text: string, ...hits: readonly (readonly [number, number])[]): string =>
  excerpt(
    text,
    hits.map(([offset, length]) => ({ offset, length })),
  )
    .map((part) => (part.isHit ? `[${part.text}]` : part.text))
    .join('')

test('an excerpt begins near the first hit and marks all of them', () => {
  expect(shown('the lake is a lake', [4, 4], [14, 4])).toBe('the [lake] is a [lake]')
  expect(shown(`${'x'.repeat(100)}lake`, [100, 4])).toBe(`…${'x'.repeat(24)}[lake]`)
  expect(shown('Absolutely. I was thinking of the lake', [34, 4])).toBe('…I was thinking of the [lake]')
  expect(shown('nothing')).toBe('nothing')
})
