import { expect, test } from 'bun:test'
import { sdp } from '../../test/support/caller.ts'
import { isCandidate, isSdp } from './sdp.ts'

test('a session description has its lines, each of its form, and a medium', () => {
  expect([sdp, sdp.replaceAll('\r\n', '\n'), `${sdp}a=fmtp:111 minptime=10;useinbandfec=1\r\n`, sdp.trimEnd()].map(isSdp)).toEqual([
    true,
    true,
    true,
    true,
  ])
})

test.each([
  ['nothing', ''],
  ['another version', sdp.replace('v=0', 'v=1')],
  ['no origin', sdp.replace(/o=.*\r\n/, '')],
  ['no medium', sdp.replace(/m=.*\r\n/, '')],
  ['an empty line', sdp.replace('t=0 0\r\n', 't=0 0\r\n\r\n')],
  ['a line of another form', `${sdp}hello\r\n`],
  ['a NUL in it', `${sdp}a=\0\r\n`],
  ['a return by itself', `${sdp}a=x\ry\r\n`],
])('a text with %s is none', (_, text) => {
  expect(isSdp(text)).toBe(false)
})

test.each([
  ['of a host', 'candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host', true],
  ['hidden by mDNS', 'candidate:1 1 udp 2122260223 3f0c-9.local 54400 typ host generation 0 ufrag x network-cost 999', true],
  ['over TCP', 'candidate:1 1 tcp 1518280447 2001:db8::1 9 typ host tcptype active', true],
  ['of a relay', 'candidate:1 1 udp 41885439 198.51.100.1 50000 typ relay raddr 0.0.0.0 rport 0', true],
  ['of no kind', 'candidate:1 1 udp 41885439 198.51.100.1 50000 typ magic', false],
  ['with a second line', 'candidate:1 1 udp 1 192.0.2.1 1 typ host\r\na=x', false],
  ['that is empty', '', false],
] as const)('a candidate %s', (_, text, expected) => {
  expect(isCandidate(text)).toBe(expected)
})
