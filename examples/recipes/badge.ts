// Another way to sign in: fixed tokens for machines, listed in the settings.
import * as v from 'valibot'
import { definePlugin } from '#core'

export const badge = definePlugin({
  id: 'badge',
  // `PARLEY_BADGE_TOKENS={"printer-4f1c…":"U7"}`. A setting whose name has token, secret or password in it is never shown.
  config: v.object({ tokens: v.optional(v.record(v.string(), v.pipe(v.string(), v.regex(/^U\d+$/))), {}) }),
  capabilities: ['authenticate'],
  setup({ config }) {
    const users = new Map(Object.entries(config.tokens))
    return {
      hooks: {
        authenticate: ({ token }) => {
          const userId = users.get(token ?? '')
          // `undefined`: not ours, the next plugin may know it. To throw would refuse it for everybody.
          return userId === undefined ? undefined : { userId, sessionId: `S${userId.slice(1)}`, scope: [] }
        },
      },
    }
  },
})
