import { BlockList, isIP } from 'node:net'

/** Who really asks: looks through proxies that are trusted, and through nobody else's headers. */
export class Addresses {
  readonly #trusted = new BlockList()
  readonly #trustsAny: boolean

  /** `trusted` are addresses or subnets like `10.0.0.0/8`; settings have been checked to be. */
  constructor(trusted: readonly string[]) {
    this.#trustsAny = trusted.length > 0
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#trusted.addAddress(address, family)
      else this.#trusted.addSubnet(address, Number(bits), family)
    }
  }

  /**
   * The canonical address of whoever spoke to the outermost trusted proxy: the first from the right of
   * X-Forwarded-For that is no trusted proxy. Further left anybody may have written anything; if that entry is
   * no address, the proxy itself is all that is known.
   */
  of(peerIp: string, headers: Headers): string {
    const direct = canonical(peerIp)
    if (!this.#trustsAny || !this.#isTrusted(direct)) return direct
    const hop = hopsOf(headers.get('x-forwarded-for') ?? '').find((address) => !this.#isTrusted(address))
    return hop !== undefined && isIP(hop) > 0 ? hop : direct
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address)
    return family > 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

const forwardedLength = 1_024

/** Addresses from the right; of a list that is too long, those at its end that are whole. */
const hopsOf = (list: string): string[] => {
  const hops = list.slice(-forwardedLength).split(',').reverse()
  if (list.length > forwardedLength) hops.pop()
  return hops.map((hop) => canonical(hop.trim()))
}

/** One spelling per address: no port, no zone, IPv6 as RFC 5952 writes it, and IPv4 inside IPv6 as IPv4. */
export const canonical = (address: string): string => {
  if (plain.test(address)) return address
  const bare = address
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/%.*$/, '')
  const asUrl = `http://[${bare}]`
  // The two do not agree about everything: `::0:0:0:0:0.0.0.0` is an address for one only.
  if (isIP(bare) !== 6 || !URL.canParse(asUrl)) return bare
  const short = new URL(asUrl).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short)
  return mapped ? mapped.slice(1).flatMap(bytesOf).join('.') : short
}

// The ordinary case: every connect and every request comes through here.
const plain = /^[\d.]+$/

const bytesOf = (group: string): number[] => {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}

/** The unit that limits count by: an IPv4 address, or the /64 of an IPv6 one, which one subscriber has whole. */
export const limitKey = (address: string): string => {
  if (!address.includes(':') || isIP(address) !== 6) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const groups = [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
