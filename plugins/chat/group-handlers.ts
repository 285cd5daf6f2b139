import type { Handlers } from '#core'
import { createEntranceHandlers, type EntranceWiring } from './entrance-handlers.ts'
import type { entranceMessages } from './entrance-messages.ts'
import type { groupMessages } from './group-messages.ts'
import type { Receipts } from './receipts.ts'

/** What group handlers need. */
export interface GroupHandlersWiring extends EntranceWiring {
  readonly receipts: Receipts
  readonly now: () => number
}

/** The handlers of groups. */
export const createGroupHandlers = (wiring: GroupHandlersWiring): Handlers<typeof groupMessages> => ({
  ...createEntranceHandlers(wiring),
  ...createVerbs(wiring),
})

const createVerbs = ({
  groups,
  users: directory,
  receipts,
  now: clock,
}: GroupHandlersWiring): Omit<Handlers<typeof groupMessages>, keyof typeof entranceMessages> => ({
  create: async ({ users, ...draft }, { userId }) => {
    const { id, refused } = await groups.create(userId, defined(draft), users)
    return { ...(await groups.info(userId, id)), refused }
  },
  info: (_, { userId, to }) => groups.info(userId, to),
  groups: (page, { userId }) => groups.mine(userId, page),
  change: async (change, { userId, to }) => {
    await groups.change(userId, to, defined(change))
    return groups.info(userId, to)
  },
  members: async ({ after, limit }, { userId, to }) => {
    const { rows, more } = await groups.members(userId, to, after, limit)
    const users = rows.map(({ user }) => user)
    const names = await directory?.names(users)
    const off = await receipts.hidden([userId, ...users])
    const now = new Date(clock())
    const members = rows.map(({ user, role, read, delivered, mutedUntil }) => {
      const name = names?.get(user)
      const showsRead = user === userId || !(off.has(userId) || off.has(user))
      const muted = mutedUntil && mutedUntil > now && { mutedUntil: mutedUntil.toISOString() }
      return { id: user, role, ...(showsRead && { read }), delivered, ...(name !== undefined && { name }), ...muted }
    })
    return { members, more }
  },
  leave: async (_, { userId, to }) => {
    await groups.leave(userId, to)
    return {}
  },
  invite: async ({ users }, { userId, to }) => {
    const { added, refused } = await groups.invite(userId, to, users)
    return { added: [...added], refused: [...refused] }
  },
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
