import { describe, expect, test } from 'bun:test'
import type { PairReport } from './stats.ts'
import { codeOf, sentenceOf, type Tried, verdictOf, verdictOfCode } from './verdict.ts'

const pair = (local: string, state = 'failed'): PairReport => ({ local, remote: 'host', protocol: 'udp', state })

describe('a verdict', () => {
  test.each([
    ['no_relay', [pair('host'), pair('srflx')], true],
    ['no_route', [pair('host'), pair('srflx')], false],
    ['no_route', [pair('relay'), pair('srflx')], true],
    ['udp_blocked', [pair('host')], false],
    ['media_stopped', [pair('host', 'succeeded')], false],
  ] as const)('is %s', (expected, pairs, hasTurn) => {
    expect(verdictOf(pairs, { hasTurn, isOnline: true })).toBe(expected)
  })

  test('without any pair is that the devices had no way, unless the server is away too', () => {
    expect(verdictOf([], { hasTurn: false, isOnline: true })).toBe('no_route')
    expect(verdictOf([], { hasTurn: false, isOnline: false })).toBe('signalling_lost')
  })

  test('has a sentence in both languages, and so has its absence', () => {
    for (const verdict of ['no_microphone', 'not_permitted', 'no_relay', 'udp_blocked', 'tcp_only', 'ready', undefined] as const) {
      expect(sentenceOf(verdict)).toMatch(/^[A-Z].*\.$/)
      expect(sentenceOf(verdict, 'zh')).toMatch(/[\u4e00-\u9fff].*。$/)
    }
  })
})

describe('a check before a call', () => {
  const well: Tried = { microphone: undefined, camera: undefined, stun: 'found', turnUdp: 'found', turnTcp: 'found' }
  const none = { stun: undefined, turnUdp: undefined, turnTcp: undefined } as const
  test.each([
    ['ready', undefined, {}],
    ['no_microphone', 'no_microphone', { microphone: 'no_microphone', stun: 'silent' }],
    ['not_permitted', 'not_permitted', { microphone: 'not_permitted', camera: 'no_camera' }],
    ['no_camera', 'no_camera', { camera: 'no_camera' }],
    ['no_relay', 'no_relay', { turnUdp: 'silent', turnTcp: 'silent' }],
    ['relay_refused', 'no_relay', { turnUdp: 'refused', turnTcp: 'silent' }],
    ['tcp_only', undefined, { turnUdp: 'silent', stun: 'silent' }],
    ['no_stun', undefined, { stun: 'silent' }],
    ['udp_blocked', 'udp_blocked', { ...none, stun: 'silent' }],
    ['ready', undefined, { ...none, stun: 'found' }],
    ['no_servers', undefined, none],
  ] as const)('finds %s', (code, verdict, tried) => {
    expect(codeOf({ ...well, ...tried })).toBe(code)
    expect(verdictOfCode(code)).toBe(verdict as never)
  })
})
