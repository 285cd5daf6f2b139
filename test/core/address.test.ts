import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Addresses, canonical, limitKey } from '../../src/address.ts'

const ofPeer = (trusted: readonly string[], peer: string, forwarded?: string): string =>
  new Addresses(trusted).of(peer, new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }))

describe('canonical', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['::ffff:0102:0304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
  ])('%s is %s', (address, expected) => {
    expect(canonical(address)).toBe(expected)
  })

  test('leaves what is no address as it is, and is the same twice', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (address) => {
        const once = canonical(address)
        expect(canonical(once)).toBe(once)
      }),
    )
  })
})

describe('limitKey', () => {
  test('is an IPv4 address itself', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => expect(limitKey(address)).toBe(address)))
  })

  test('is the same for all of a /64 and no other', () => {
    const group = fc.nat({ max: 0xffff }).map((n) => n.toString(16))
    const four = fc.tuple(group, group, group, group)
    fc.assert(
      fc.property(four, four, four, four, (net, otherNet, host, otherHost) => {
        const at = (...parts: readonly (readonly string[])[]): string => limitKey(canonical(parts.flat().join(':')))
        // IPv4 inside IPv6 is IPv4.
        fc.pre([net, otherNet].every((one) => one.some((part) => part !== '0')))
        expect(at(net, host)).toBe(at(net, otherHost))
        expect(at(net, host) === at(otherNet, host)).toBe(net.join() === otherNet.join())
      }),
    )
  })
})

describe('the address of a peer', () => {
  test.each([
    ['nobody is trusted', [], '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    ['somebody else is trusted', ['10.0.0.1'], '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    ['the proxy is trusted', ['10.0.0.1'], '10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['the proxy is trusted under its IPv6 name', ['10.0.0.1'], '::ffff:10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['its network is trusted', ['10.0.0.0/8'], '10.9.8.7', '1.1.1.1', '1.1.1.1'],
    ['there are two trusted proxies', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['the client wrote a list of its own', ['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 10.0.0.9, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['the proxy adds the port', ['10.0.0.1'], '10.0.0.1', '6.6.6.6, 1.1.1.1:4711', '1.1.1.1'],
    ['the proxy writes what is no address', ['10.0.0.1'], '10.0.0.1', '6.6.6.6, unknown', '10.0.0.1'],
    ['the list is empty', ['10.0.0.1'], '10.0.0.1', '', '10.0.0.1'],
    ['there is no list', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    ['all of it is trusted', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.1'],
    ['it is an IPv6 one', ['fd00::/8'], 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['the spelling is unusual', ['10.0.0.1'], '10.0.0.1', '::ffff:0101:0101', '1.1.1.1'],
    ['the zone is given', ['10.0.0.1'], '10.0.0.1', 'fe80::1%eth0', 'fe80::1'],
  ] as const)('where %s', (...row) => {
    const [, trusted, peer, forwarded, expected] = row
    expect(ofPeer(trusted, peer, forwarded)).toBe(expected)
  })

  test('where the list has a thousand entries is still the last that is no proxy', () => {
    const list = [...Array.from({ length: 1_000 }, (_, i) => `6.6.${i >> 8}.${i & 255}`), '1.1.1.1']
    expect(ofPeer(['10.0.0.1'], '10.0.0.1', list.join(', '))).toBe('1.1.1.1')
  })

  test('where the list is cut is never half an address', () => {
    const list = `110.0.0.99,${'10.0.0.2,'.repeat(113)}10.0.0.2`
    expect(list.length - 1_024).toBe(12 - 1_024 + 113 * 9 + 8 - 1)
    for (const pad of [0, 1, 2, 3, 4, 5])
      expect(ofPeer(['10.0.0.0/8'], '10.0.0.1', ' '.repeat(pad) + list)).toMatch(/^(110\.0\.0\.99|10\.0\.0\.1)$/)
  })
})
