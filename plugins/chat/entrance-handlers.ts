import type { Handlers, Users } from '#core'
import type { entranceMessages } from './entrance-messages.ts'
import type { Entrances } from './entrances.ts'
import type { Groups } from './groups.ts'
import type { Link } from './links.ts'

/** What entrance handlers need. */
export interface EntranceWiring {
  readonly entrances: Entrances
  readonly groups: Groups
  readonly users: Users | undefined
}

/** The handlers of coming into groups. */
export const createEntranceHandlers = ({ entrances, groups, users }: EntranceWiring): Handlers<typeof entranceMessages> => ({
  join: async ({ note }, { userId, to }) => {
    const state = await entrances.join(userId, to, note)
    return state === 'pending' ? { state } : { state, group: await groups.info(userId, to) }
  },
  withdraw: async (_, { userId, to }) => {
    await entrances.withdraw(userId, to)
    return {}
  },
  applications: async (_, { userId, to }) => {
    const open = await entrances.applications(userId, to)
    const person = await namer(users, open)
    return { applications: open.map(({ user, note, time }) => ({ user: person(user), note, time: time.toISOString() })) }
  },
  admit: async ({ users: these }, { userId, to }) => ({ admitted: [...(await entrances.admit(userId, to, these))] }),
  reject: async ({ users: these }, { userId, to }) => ({ rejected: [...(await entrances.reject(userId, to, these))] }),
  link: async (bounds, { userId, to }) => shown(await entrances.link(userId, to, bounds)),
  links: async (_, { userId, to }) => ({ links: (await entrances.links(userId, to)).map(shown) }),
  revoke: async ({ code }, { userId, to }) => ({ revoked: await entrances.revoke(userId, to, code) }),
  enter: async ({ code }, { userId }) => {
    const to = await entrances.enter(userId, code)
    return { state: 'joined', group: await groups.info(userId, to) }
  },
  peek: ({ code, group = '' }, { userId }) => (code === undefined ? entrances.peekGroup(userId, group) : entrances.peekLink(userId, code)),
  ban: async ({ users: these }, { userId, to }) => ({ banned: [...(await entrances.ban(userId, to, these))] }),
  unban: async ({ users: these }, { userId, to }) => ({ unbanned: [...(await entrances.unban(userId, to, these))] }),
  bans: async ({ after = '', limit }, { userId, to }) => {
    const { rows, more } = await entrances.bans(userId, to, after, limit)
    const person = await namer(users, rows)
    return { bans: rows.map(({ user, by, time }) => ({ user: person(user), by, time: time.toISOString() })), more }
  },
})

const namer = async (users: Users | undefined, rows: readonly { readonly user: string }[]) => {
  const names = await users?.names(rows.map(({ user }) => user))
  return (id: string) => {
    const name = names?.get(id)
    return { id, ...(name !== undefined && { name }) }
  }
}

const shown = ({ code, maker, createdAt, expiresAt, uses, used }: Link) => ({
  code,
  maker,
  time: createdAt.toISOString(),
  ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
  ...(uses !== null && { uses }),
  used,
})
