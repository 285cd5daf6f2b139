import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { linkify } from './linkify.ts'

const links = (message: string) => linkify(message).flatMap((part) => (part.href ? [[part.text, part.href]] : []))

describe('links in a message', () => {
  test('http, https, www and mailto become links', () => {
    expect(links('see https://example.org/a?b=c#d and http://localhost:8787')).toEqual([
      ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
      ['http://localhost:8787', 'http://localhost:8787/'],
    ])
    expect(links('www.example.org')).toEqual([['www.example.org', 'https://www.example.org/']])
    expect(links('mailto:ann@example.org')).toEqual([['mailto:ann@example.org', 'mailto:ann@example.org']])
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', 'https://', 'http://nodots', 'mailto:x'])(
    '%s is plain text',
    (text) => {
      expect(linkify(text)).toEqual([{ text }])
    },
  )

  test('punctuation of the sentence stays outside, paired brackets stay inside', () => {
    expect(links('Read https://example.org/a.')).toEqual([['https://example.org/a', 'https://example.org/a']])
    expect(links('(https://example.org/a)')[0]?.[0]).toBe('https://example.org/a')
    expect(links('https://example.org/a_(b)')[0]?.[0]).toBe('https://example.org/a_(b)')
    expect(links('Really? https://example.org/x?!')[0]?.[0]).toBe('https://example.org/x')
  })

  test('Chinese text may touch an address on both sides', () => {
    expect(links('看https://example.org/a。好')).toEqual([['https://example.org/a', 'https://example.org/a']])
    expect(links('（https://example.org）')[0]?.[0]).toBe('https://example.org')
  })

  test('an address inside a word is not a link', () => {
    expect(links('xhttps://example.org')).toEqual([])
  })

  test('nothing of a message is lost or changed, whatever it is', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('https://', 'www.', 'mailto:', 'a.b', ')', '。', ' '))
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const message = pieces.join('')
        const parts = linkify(message)
        expect(parts.map((part) => part.text).join('')).toBe(message)
        for (const { href } of parts) expect(href === undefined || /^(https?|mailto):/.test(href)).toBe(true)
      }),
    )
  })
})
