// The rate limits of one server: a bucket for each connection, user, address or key, whatever the limit counts by.
import type { Ambient } from './ambient.ts'
import { Bucket, Buckets } from './bucket.ts'
import { coreLimits, type Limit, type LimitTable, type Rate, readRate } from './limit.ts'
import type { Log } from './log.ts'

/** Anything that limits can be declared by: a plugin's manifest. */
interface Declaring {
  readonly id: string
  readonly limits?: LimitTable
}

/** Every limit of the core and of these plugins, by its full name. */
export const declaredLimits = (plugins: readonly Declaring[]): ReadonlyMap<string, Limit> => {
  const all: Declaring[] = [{ id: 'core', limits: coreLimits }, ...plugins]
  return new Map(all.flatMap(({ id, limits = {} }) => Object.entries(limits).map(([key, limit]) => [`${id}.${key}`, limit] as const)))
}

/** What is wrong with rates that a deployment set. Those of a plugin that is off are nobody's mistake. */
export const rateProblems = (rates: readonly string[], plugins: readonly Declaring[]): string[] => {
  const known = declaredLimits(plugins)
  const ids = new Set(['core', ...plugins.map(({ id }) => id)])
  return rates
    .map((text) => readRate(text)?.name ?? '')
    .filter((name) => ids.has(name.split('.')[0] ?? '') && !known.has(name))
    .map((name) => {
      const [id] = name.split('.')
      const names = [...known.keys()].filter((other) => other.startsWith(`${id}.`))
      return `PARLEY_RATES names ${name}, which is no limit; known are ${names.join(', ') || 'none'}`
    })
}

/** Every limit with the rate that the deployment set for it, if it set one. */
export const limitsInForce = (
  plugins: readonly Declaring[],
  rates: readonly string[],
): ReadonlyMap<string, Limit & { readonly isSet: boolean }> => {
  const set = new Map(rates.map((text) => readRate(text)).flatMap((rate): [string, Rate][] => (rate ? [[rate.name, rate]] : [])))
  const inForce = [...declaredLimits(plugins)].map(([name, limit]) => {
    const { count, seconds, burst } = set.get(name) ?? limit
    return [name, { ...limit, count, seconds, burst, isSet: set.has(name) }] as const
  })
  return new Map(inForce)
}

/** The buckets of one connection; made at its first message. */
export type Meter = (Bucket | undefined)[]

/** Whoever sends, as far as limits count. */
export interface Sender {
  meter: Meter | undefined
  readonly userId: string
  /** The address, or the /64 of an IPv6 one. */
  readonly ip: string
}

const quietMs = 10_000

/** One limit at work. */
export class Rule {
  readonly name: string
  readonly limit: Limit
  readonly #index: number
  readonly #buckets: Buckets
  readonly #log: Log
  readonly #isOn: boolean
  #refused = 0
  #saidMs = Number.NEGATIVE_INFINITY

  constructor(name: string, limit: Limit, index: number, { isOn, log }: { readonly isOn: boolean; readonly log: Log }) {
    this.name = name
    this.limit = limit
    this.#index = index
    this.#buckets = new Buckets(this.#perSecond, limit.burst)
    this.#log = log
    this.#isOn = isOn || limit.always === true
  }

  get #perSecond(): number {
    return this.limit.count / this.limit.seconds
  }

  /** Take from the bucket of a key: 0, or the milliseconds to wait. */
  take(key: string, nowMs: number, cost = 1): number {
    return this.#isOn ? this.#note(this.#buckets.take(key, nowMs, cost), nowMs) : 0
  }

  /** Take from the bucket of whoever sends, as the limit counts. Nobody's messages count by their address. */
  takeFrom(sender: Sender, nowMs: number, cost = 1): number {
    if (!this.#isOn) return 0
    const { by } = this.limit
    if (by === 'connection') return this.#note(this.#ofConnection(sender, nowMs).take(nowMs, cost), nowMs)
    const key = by === 'server' ? '' : by === 'user' && sender.userId !== '' ? sender.userId : sender.ip
    return this.take(key, nowMs, cost)
  }

  #ofConnection(sender: Sender, nowMs: number): Bucket {
    sender.meter ??= []
    const known = sender.meter[this.#index]
    if (known) return known
    const bucket = new Bucket(this.#perSecond, this.limit.burst, nowMs)
    sender.meter[this.#index] = bucket
    return bucket
  }

  // A flood must not become a flood of log lines.
  #note(waitMs: number, nowMs: number): number {
    if (waitMs === 0) return 0
    this.#refused++
    if (nowMs - this.#saidMs < quietMs) return waitMs
    this.#log.warn({ event: 'core.limited', limit: this.name, refused: this.#refused }, 'a rate limit was reached')
    this.#saidMs = nowMs
    this.#refused = 0
    return waitMs
  }
}

/** What limits are made of. */
export interface LimitsOptions {
  readonly isOn: boolean
  readonly log: Log
  readonly ambient: Pick<Ambient, 'monotonic'>
  readonly plugins: readonly Declaring[]
  /** As the deployment set them; checked by `rateProblems`. */
  readonly rates: readonly string[]
}

/** Every rule of one server. */
export class Limits {
  readonly isOn: boolean
  readonly #rules: ReadonlyMap<Limit, Rule>
  readonly #ambient: Pick<Ambient, 'monotonic'>

  constructor({ plugins, rates, ambient, ...rest }: LimitsOptions) {
    this.isOn = rest.isOn
    this.#ambient = ambient
    const declared = declaredLimits(plugins)
    const inForce = [...limitsInForce(plugins, rates)]
    this.#rules = new Map(inForce.map(([name, limit], index) => [declared.get(name) ?? limit, new Rule(name, limit, index, rest)]))
  }

  /** The rule of a declared limit. Throws for one that no manifest names. */
  rule(limit: Limit): Rule {
    const rule = this.#rules.get(limit)
    if (!rule) throw new TypeError('this limit stands in no manifest’s `limits`')
    return rule
  }

  /** Take from the bucket of a key: 0, or the milliseconds to wait. */
  take(limit: Limit, key: string, cost = 1): number {
    return this.rule(limit).take(key, this.#ambient.monotonic(), cost)
  }

  /** Take from the bucket of whoever sends. */
  takeFrom(limit: Limit, sender: Sender, cost = 1): number {
    return this.rule(limit).takeFrom(sender, this.#ambient.monotonic(), cost)
  }
}
