// Polls with limits of their own: ten votes a minute for each user, and one new poll an hour for each question.
import * as v from 'valibot'
import { coreErrors, definePlugin, limit, message } from '#core'

const limits = {
  votes: limit({ by: 'user', count: 10 }),
  polls: limit({ by: 'key', count: 1, seconds: 3_600 }),
}

const question = v.pipe(v.string(), v.maxLength(200))
const votes = v.object({ votes: v.number() })

export const polls = definePlugin({
  id: 'polls',
  limits,
  messages: {
    vote: message({ input: v.strictObject({ question }), reply: votes, limit: limits.votes }),
    open: message({ input: v.strictObject({ question }), reply: votes, limit: limits.votes, cost: 5 }),
  },
  setup({ take }) {
    const counts = new Map<string, number>()
    const add = (about: string, by: number): { votes: number } => {
      const sum = (counts.get(about) ?? 0) + by
      counts.set(about, sum)
      return { votes: sum }
    }
    return {
      handlers: {
        vote: ({ question: about }) => add(about, 1),
        open: ({ question: about }) => {
          const retryAfterMs = take(limits.polls, about)
          if (retryAfterMs > 0) throw coreErrors.RATE_LIMITED().with({ retryAfterMs })
          return add(about, 0)
        },
      },
    }
  },
})
