// What a rate limit is, as data: a plugin declares its own, the core's stand here, and a deployment may set others.

/** What has a bucket of its own: whoever sends, or a key that the plugin names. `server`: there is one for all. */
export type Counted = 'connection' | 'user' | 'address' | 'server' | 'key'

/** A bucket that holds `burst` and refills at `count` in `seconds`. */
export interface Limit {
  readonly by: Counted
  readonly count: number
  readonly seconds: number
  readonly burst: number
  /** It holds even where limits are switched off: it guards the protocol and not the load. */
  readonly always?: true
}

/** Limits by name: `sends` of plugin `chat` is `chat.sends`. */
export type LimitTable = Readonly<Record<string, Limit>>

/** Declare a limit; a minute and a burst of the whole `count` unless said otherwise. */
export const limit = ({ seconds = 60, burst, ...rest }: Omit<Limit, 'seconds' | 'burst'> & Partial<Limit>): Limit => ({
  ...rest,
  seconds,
  burst: burst ?? rest.count,
})

/** The core's own. */
export const coreLimits = {
  messages: limit({ by: 'connection', count: 10, seconds: 1, burst: 40 }),
  userMessages: limit({ by: 'user', count: 40, seconds: 1, burst: 160 }),
  refusals: limit({ by: 'connection', count: 10, seconds: 1, burst: 100 }),
  badFrames: limit({ by: 'connection', count: 10, burst: 9, always: true }),
  pings: limit({ by: 'connection', count: 2, seconds: 1, burst: 20 }),
  signIns: limit({ by: 'address', count: 5, seconds: 1, burst: 100 }),
  handshakes: limit({ by: 'server', count: 500, seconds: 1, burst: 1_000 }),
  addressHandshakes: limit({ by: 'address', count: 5, seconds: 1, burst: 20 }),
  requests: limit({ by: 'user', count: 60 }),
  anonymousRequests: limit({ by: 'address', count: 20 }),
} satisfies LimitTable

const units = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const ratePattern = /^([a-z][a-z0-9-]*\.\w+)=(\d{1,9})\/([smhd])(?::(\d{1,9}))?$/

/** What a deployment sets for one limit. */
export interface Rate {
  readonly name: string
  readonly count: number
  readonly seconds: number
  readonly burst: number
}

/** Read `chat.sends=600/m` or `core.messages=50/s:200`, the burst after the colon; `undefined` for anything else. */
export const readRate = (text: string): Rate | undefined => {
  const [, name = '', count, unit, burst = count] = ratePattern.exec(text) ?? []
  const rate = { name, count: Number(count), seconds: units[unit as keyof typeof units], burst: Number(burst) }
  return rate.count > 0 && rate.burst > 0 ? rate : undefined
}

/** The other way round: `10/s:40`. */
export const rateText = ({ count, seconds, burst }: Omit<Rate, 'name'>): string => {
  const unit = Object.entries(units).find(([, length]) => length === seconds)?.[0] ?? `${seconds}s`
  return `${count}/${unit}${burst === count ? '' : `:${burst}`}`
}
