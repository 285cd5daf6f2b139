// Small plugins that stand beside the one under test: an inbox, a directory, somebody who asks whom one may reach.
import * as v from 'valibot'
import { AppError, type ContentMessage, type Describe, definePlugin, Inbox, Messaging, message, Relations, Users } from '#core'

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

/**
 * Conversations that only note what they are told. `groups` says who is in which; whoever is `silenced` can say nothing more.
 * `putOut` is what leaving a group looks like from there, `letIn` the way back.
 */
export const createNotedConversations = (given: Readonly<Record<string, readonly string[]>>) => {
  const groups: Record<string, readonly string[]> = { ...given }
  /** What every entry says now, by `to seq`. */
  const entries = new Map<string, ContentMessage['data']>()
  const silenced = new Set<string>()
  const onGone = new Set<(group: string, users: readonly string[]) => void>()
  const putOut = (group: string, ...users: readonly string[]): void => {
    groups[group] = (groups[group] ?? []).filter((user) => !users.includes(user))
    for (const tell of onGone) tell(group, users)
  }
  const letIn = (group: string, user: string): void => {
    groups[group] = [...(groups[group] ?? []), user]
  }
  let head = 0
  const note = (post: ContentMessage, seq: number) => {
    if (silenced.has(post.user)) throw new AppError('CHAT_MUTED', 'forbidden', 'You may not write here.')
    return { at: `${post.to} ${seq}`, posted: { id: `M${seq}`, seq, time: '' } }
  }
  const plugin = definePlugin({
    id: 'noted-conversations',
    provides: { messaging: Messaging },
    setup: ({ store }) => {
      onGone.clear()
      const keep = async (post: ContentMessage, seq: number) => {
        const { at, posted } = note(post, seq)
        store.afterCommit(() => void entries.set(at, post.data))
        return posted
      }
      return {
        services: {
          messaging: {
            define: () => ({ post: (post) => keep(post, ++head), update: (post) => keep(post, post.seq) }),
            people: async (user, to) => {
              const people = to.startsWith('G') ? (groups[to] ?? []) : [user, to]
              if (!people.includes(user)) throw new AppError('CHAT_NO_SUCH_CONVERSATION', 'not_found', 'There is no such conversation.')
              return people
            },
            onGone: (listener) => void onGone.add(listener),
          },
        },
      }
    },
  })
  return { plugin, entries, silenced, putOut, letIn }
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
