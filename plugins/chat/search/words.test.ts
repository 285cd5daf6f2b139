import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { spansOf, termsOf, wordsOf, wordsOfTerm } from './words.ts'

/** The parts of a text in which a query is found. */
const found = (text: string, query: string): string[] | undefined =>
  spansOf(text, termsOf(query))?.map(({ offset, length }) => text.slice(offset, offset + length))

describe('words', () => {
  test('are what stands between signs and spaces, in lower case', () => {
    expect([...wordsOf('Hello, WORLD! hello-2 world_x')]).toEqual(['hello', 'world', '2', 'x'])
  })

  test('of scripts without spaces are characters and pairs of them', () => {
    expect([...wordsOf('你好吗 ok')]).toEqual(['你', '好', '吗', '你好', '好吗', 'ok'])
  })

  test('are the same for letters that people take for the same', () => {
    expect(found('Café ＡＢＣ İSTANBUL ﬁne', 'fine istanbul abc cafe')).toEqual(['Café', 'ＡＢＣ', 'İSTANBUL', 'ﬁne'])
  })

  test('hold nothing that a query language or another word could be made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]{1,64}$/u)
      }),
    )
  })

  test('of signs, spaces and lone surrogates there are none', () => {
    for (const text of ['', '   ', '"*()^:-+\'\\', '\ud800', '\0', '…👍']) {
      expect([...wordsOf(text)]).toEqual([])
      expect(termsOf(text)).toEqual([])
    }
  })
})

describe('a query', () => {
  test('is found where all its words stand, whatever their order', () => {
    expect(found('the quick brown fox', 'FOX quick')).toEqual(['quick', 'fox'])
    expect(found('the quick brown fox', 'fox dog')).toBeUndefined()
  })

  test('without spaces is found where its characters stand in a row', () => {
    expect(found('今天天气很好，天气', '天气')).toEqual(['天气', '天气'])
    expect(found('天很气', '天气')).toBeUndefined()
    expect(found('我气天', '气')).toEqual(['气'])
    expect(found('好天，气好天', '好天气')).toBeUndefined()
  })

  test('means whole words, and characters anywhere', () => {
    expect(found('internationalisation', 'national')).toBeUndefined()
    expect(found('中华人民共和国', '人民')).toEqual(['人民'])
  })

  test('that is found in a text asks for nothing but words of that text', () => {
    const letter = fc.constantFrom('a', 'B', 'é', '好', '天', '气', 'か', 'が', 'ｶ', ' ', '，', '-', 'ß', '한', 'ส', '\u0301', 'ﬁ', '1')
    const text = fc.string({ unit: fc.oneof({ weight: 9, arbitrary: letter }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }) })
    let hits = 0
    fc.assert(
      fc.property(text, text, fc.nat(20), fc.nat(4), (whole, other, from, length) => {
        for (const query of [other, whole, whole.slice(from, from + length)]) {
          const terms = termsOf(query)
          if (terms.length === 0 || !spansOf(whole, terms)) continue
          hits++
          const words = wordsOf(whole)
          for (const word of terms.flatMap(wordsOfTerm)) expect(words).toContain(word)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(hits).toBeGreaterThan(500)
  })

  test('shows where it stands in a text of any script, at most fifty times', () => {
    expect(spansOf('好 '.repeat(200), termsOf('好'))).toHaveLength(50)
    expect(spansOf('👍 好', termsOf('好'))).toEqual([{ offset: 3, length: 1 }])
  })
})
