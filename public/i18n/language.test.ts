import { describe, expect, test } from 'bun:test'
import { intlTag, languages, pickLanguage } from './language.ts'

/** Every text by its path; functions are called, so that an empty one is found. */
const texts = (value: unknown, path = ''): [string, string][] => {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return [[path, (value as (...args: unknown[]) => string)(2, 'x')]]
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${path}/${key}`))
}

describe('the languages', () => {
  test('have the same texts, and none is empty', () => {
    const en = texts(languages.en.texts)
    const zh = texts(languages.zh.texts)
    expect(zh.map(([path]) => path)).toEqual(en.map(([path]) => path))
    expect([...en, ...zh].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('Chinese texts are Chinese', () => {
    const allowed = new Set([
      '/version',
      '/incoming',
      '/charactersLeft',
      '/helloSuggestions/0',
      '/listComma',
      '/calls/deviceNumber',
      '/calls/withDuration',
    ])
    const latin = texts(languages.zh.texts).filter(([path, text]) => !allowed.has(path) && !/\p{Script=Han}/u.test(text))
    expect(latin).toEqual([])
  })

  test.each([
    [['zh-TW', 'en'], 'zh'],
    [['zh'], 'zh'],
    [['de-DE', 'zh-CN', 'en'], 'zh'],
    [['en-GB'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('a browser that asks for %p gets %s', (wanted, language) => {
    expect(pickLanguage(wanted)).toBe(language as 'en' | 'zh')
  })

  test('dates follow the region of the browser', () => {
    expect(intlTag('en', ['de', 'en-GB'])).toBe('en-GB')
    expect(intlTag('zh', ['en-GB'])).toBe('zh-CN')
    expect(intlTag('zh', ['zh-TW', 'zh-Hant-HK'])).toBe('zh-CN')
    expect(intlTag('zh', ['zh-SG'])).toBe('zh-SG')
  })
})
