import { expect, test } from 'bun:test'
import { fromMarks } from './rich.ts'
import { veil } from './veil.ts'

const told = (source: string): string => {
  const { text, entities } = fromMarks(source)
  return veil(text, entities)
}

test('hidden words are covered, and nothing else is', () => {
  expect(told('it was ||the butler|| and **nobody** else')).toBe('it was ▒▒▒ ▒▒▒▒▒▒ and nobody else')
  expect(told('||a|| b ||😂||')).toBe('▒ b ▒▒')
  expect(told('nothing to hide')).toBe('nothing to hide')
})

test('a stretch that reaches beyond the text covers what there is', () => {
  expect(veil('abc', [{ type: 'spoiler', offset: 1, length: 99 }])).toBe('a▒▒')
})
