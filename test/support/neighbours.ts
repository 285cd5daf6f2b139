// Small plugins that stand beside the one under test: an inbox, a directory, somebody who asks whom one may reach.
import * as v from 'valibot'
import { type Describe, definePlugin, Inbox, message, Relations, Users } from '#core'

/** An inbox that only notes what it is told of. */
export const createNotedInbox = () => {
  /** `user kind key` of every committed change, in order. */
  const touched: string[] = []
  const describers = new Map<string, Describe>()
  const plugin = definePlugin({
    id: 'noted-inbox',
    provides: { inbox: Inbox },
    setup: ({ store }) => ({
      services: {
        inbox: {
          touch: (_, users, kind, key) => void store.afterCommit(() => touched.push(...users.map((user) => `${user} ${kind} ${key}`))),
          describe: (kind, describe) => void describers.set(kind, describe),
        },
      },
    }),
  })
  const touchesOf = (...users: string[]): string[] => touched.filter((touch) => users.includes(touch.split(' ')[0] ?? ''))
  return { plugin, describers, touchesOf }
}

/** A directory in which `U…` is called `Name …`, and ids of one digit are nobody's. */
export const directory = definePlugin({
  id: 'directory',
  provides: { users: Users },
  setup: () => {
    const names = async (ids: readonly string[]) => new Map(ids.filter((id) => id.length > 2).map((id) => [id, `Name ${id.slice(1)}`]))
    const find = async (id: string) => (id.length > 2 ? { id, name: `Name ${id.slice(1)}` } : undefined)
    return { services: { users: { names, find, exists: (id) => id.length > 2 } } }
  },
})

/** All that can be asked of somebody. */
export const purposes = ['message', 'request', 'call', 'presence'] as const
/** Whom the asker may reach, as another plugin would ask: `prober.may`. */
export const prober = definePlugin({
  id: 'prober',
  uses: { relations: Relations },
  messages: { may: message({ address: 'to', input: v.strictObject({}), reply: v.object({ may: v.array(v.string()) }) }) },
  setup: ({ store, use }) => ({
    handlers: {
      may: (_, { userId, to }) =>
        store.write(async (tx) => {
          const may: string[] = []
          for (const purpose of purposes) if (await use.relations.mayReach(tx, userId, to, purpose)) may.push(purpose)
          return { may }
        }),
    },
  }),
})
