import type { Handlers, Store, Users } from '#core'
import type { groupMessages } from './group-messages.ts'
import type { Groups } from './groups.ts'

/** What group handlers need beside the groups. */
export interface GroupWiring {
  readonly store: Store
  readonly use: { readonly users: Users | undefined }
}

/** The handlers of groups. */
export const createGroupHandlers = (groups: Groups, { use }: GroupWiring): Handlers<typeof groupMessages> => ({
  create: async ({ users, ...draft }, { userId }) => groups.info(userId, await groups.create(userId, defined(draft), users)),
  info: (_, { userId, to }) => groups.info(userId, to),
  change: async (change, { userId, to }) => {
    await groups.change(userId, to, defined(change))
    return groups.info(userId, to)
  },
  members: async ({ after, limit }, { userId, to }) => {
    const { rows, more } = await groups.members(userId, to, after, limit)
    const names = await use.users?.names(rows.map(({ user }) => user))
    const members = rows.map(({ user, role, read, delivered }) => {
      const name = names?.get(user)
      return { id: user, role, read, delivered, ...(name !== undefined && { name }) }
    })
    return { members, more }
  },
  join: async (_, { userId, to }) => {
    await groups.join(userId, to)
    return groups.info(userId, to)
  },
  leave: async (_, { userId, to }) => {
    await groups.leave(userId, to)
    return {}
  },
  invite: async ({ users }, { userId, to }) => ({ added: [...(await groups.invite(userId, to, users))] }),
  kick: async ({ users }, { userId, to }) => ({ removed: [...(await groups.kick(userId, to, users))] }),
  promote: async ({ user, role }, { userId, to }) => {
    await groups.promote(userId, to, user, role)
    return {}
  },
  mute: async ({ user, until }, { userId, to }) => {
    await groups.mute(userId, to, user, until)
    return {}
  },
  dismiss: async (_, { userId, to }) => {
    await groups.dismiss(userId, to)
    return {}
  },
})

/** The same object without the keys whose value is undefined. */
const defined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
