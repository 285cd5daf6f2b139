// The page's texts and the codes that there are, held to each other: nobody ever sees a raw code.
import { describe, expect, test } from 'bun:test'
import { coreErrors, type ErrorInfo } from '#core'
import { catalogue } from '../../plugins/index.ts'
import { errorText } from './error-text.ts'
import { languages } from './language.ts'
import { unseen } from './unseen-errors.ts'

const texts: Readonly<Record<string, string>> = languages.en.texts.errors

const codesOf = (errors: Readonly<Record<string, ErrorInfo>> = {}): string[] => Object.values(errors).map(({ code }) => code)

const parts: readonly (readonly [string, readonly string[]])[] = [
  ['core', codesOf(coreErrors)],
  ...catalogue.map((plugin): [string, string[]] => [plugin.id, codesOf(plugin.errors)]),
]

describe.each(parts)('the codes of %s', (id, codes) => {
  const silent = unseen[id] ?? {}
  const isSilent = (code: string): boolean => silent === 'all' || code in silent

  test('have a text on the page, or a reason why nobody sees them there; not both', () => {
    expect(codes.filter((code) => !isSilent(code) && !(code in texts))).toEqual([])
    expect(silent === 'all' ? [] : codes.filter((code) => code in silent && code in texts)).toEqual([])
  })

  test('are all that the page has texts and reasons for', () => {
    const prefix = `${id.toUpperCase()}_`
    const spoken = Object.keys(texts).filter((code) => code.startsWith(prefix))
    const reasons = silent === 'all' ? [] : Object.keys(silent)
    expect([...spoken, ...reasons].filter((code) => !codes.includes(code))).toEqual([])
  })
})

test('a code that the page does not know is told in words too', () => {
  const { texts: words } = languages.zh
  expect(errorText('CHAT_FROZEN', words)).toBe(words.errors.CHAT_FROZEN)
  expect(errorText('SHOP_CLOSED', words)).toBe(words.somethingWrong)
  expect(errorText(undefined, words)).toBe(words.somethingWrong)
})
