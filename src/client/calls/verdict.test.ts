import { describe, expect, test } from 'bun:test'
import type { PairReport } from './stats.ts'
import { sentenceOf, verdictOf } from './verdict.ts'

const pair = (local: string, state = 'failed'): PairReport => ({ local, remote: 'host', protocol: 'udp', state })

describe('a verdict', () => {
  test.each([
    ['no_relay', [pair('host'), pair('srflx')], true],
    ['no_route', [pair('host'), pair('srflx')], false],
    ['no_route', [pair('relay'), pair('srflx')], true],
    ['udp_blocked', [pair('host')], false],
    ['signalling_lost', [], false],
    ['media_stopped', [pair('host', 'succeeded')], false],
  ] as const)('is %s', (expected, pairs, hasTurn) => {
    expect(verdictOf(pairs, hasTurn)).toBe(expected)
  })

  test('has a sentence in both languages, and so has its absence', () => {
    for (const verdict of ['no_microphone', 'not_permitted', 'no_relay', 'udp_blocked', undefined] as const) {
      expect(sentenceOf(verdict)).toMatch(/^[A-Z].*\.$/)
      expect(sentenceOf(verdict, 'zh')).toMatch(/[\u4e00-\u9fff].*。$/)
    }
  })
})
