// A service that other plugins may use, a setting, an error of its own, and something for `parley doctor` to try.
import * as v from 'valibot'
import { defineErrors, definePlugin, defineService, maybe, message } from '#core'

/** Counts by name, in memory. */
export interface Counter {
  /** The new count. Throws `COUNTER_FULL`. */
  add(name: string, by: number): number
}

export const Counter = defineService<Counter>('counter')

const errors = defineErrors('COUNTER', {
  FULL: ['conflict', 'There are {limit} counters already.'],
})

export const counter = definePlugin({
  id: 'counter',
  config: v.object({
    /** Counters kept at once. */
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 100),
  }),
  errors,
  provides: { counter: Counter },
  checks: ({ limit }) => [
    {
      what: 'limit',
      run: () => (limit > 1_000_000 ? { note: `${limit} counters may not fit into memory` } : `${limit} at most`),
    },
  ],
  setup({ config: { limit } }) {
    const counts = new Map<string, number>()
    const add: Counter['add'] = (name, by) => {
      if (!counts.has(name) && counts.size >= limit) throw errors.FULL({ limit })
      const count = (counts.get(name) ?? 0) + by
      counts.set(name, count)
      return count
    }
    return { services: { counter: { add } } }
  },
})

/** Uses the service where it is switched on, and does without it where it is not. */
export const visits = definePlugin({
  id: 'visits',
  messages: { mine: message({ input: v.strictObject({}), reply: v.object({ visits: v.optional(v.number()) }) }) },
  uses: { counter: maybe(Counter) },
  setup: ({ use }) => ({
    handlers: {
      mine: (_, { userId }) => {
        const visits = use.counter?.add(userId, 0)
        return visits === undefined ? {} : { visits }
      },
    },
    hooks: { onConnect: ({ userId }) => void use.counter?.add(userId, 1) },
  }),
})
