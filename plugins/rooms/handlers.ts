import { coreErrors, type Handlers } from '#core'
import { type Hall, memberLimit } from './hall.ts'
import type { messages } from './messages.ts'
import type { Registry } from './registry.ts'

/** What clients may ask, with their permissions. `online` counts connections. */
export const createHandlers = (hall: Hall, registry: Registry, online: () => number): Handlers<typeof messages> => ({
  join: ({ since, recent }, { connection, room: name }) => {
    const room = registry.open(name)
    // No await from here on: what is not in `missed` comes live.
    const missed = since ? room.since(since.epoch, since.offset) : room.recent(recent ?? 0)
    hall.enter(room, connection)
    return {
      epoch: room.options.epoch,
      offset: room.offset,
      ...(since && { recovered: missed !== undefined }),
      publications: missed ?? [],
      members: room.members(memberLimit),
      count: room.count,
    }
  },
  leave: (_, { connection, room: name }) => {
    const room = registry.find(name)
    if (room?.holds(connection)) hall.leave(room, connection)
    return {}
  },
  send: (data, { connection, userId, room }) => {
    const { seq, time } = hall.say(hall.joined(room, connection), userId, data)
    return { seq, time }
  },
  info: (_, { connection, room }) => hall.describe(hall.joined(room, connection)),
  list: ({ prefix = '', after = '', limit }) => registry.list(prefix, after, limit),
  create: (options, { userId, room }) => hall.describe(registry.create(room, { ...options, createdBy: userId })),
  delete: (_, { connection, userId, room: name }) => {
    const room = registry.find(name)
    const mayDelete = room?.options.createdBy === userId || connection.identity?.scope.includes('rooms.admin')
    if (!mayDelete) throw coreErrors.FORBIDDEN()
    if (room) hall.close(room)
    return {}
  },
  direct: (data, { userId, to }) => ({ devices: hall.direct(to, userId, data) }),
  broadcast: ({ data, exceptMe }, { connection, userId }) => {
    if (!connection.identity?.scope.includes('rooms.broadcast')) throw coreErrors.FORBIDDEN()
    hall.broadcast(userId, data, exceptMe ? connection : undefined)
    return { connections: online() - (exceptMe ? 1 : 0) }
  },
})
