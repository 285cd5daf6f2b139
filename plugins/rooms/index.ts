import * as v from 'valibot'
import { definePlugin } from '#core'
import { errors } from './errors.ts'
import { Hall } from './hall.ts'
import { createHandlers } from './handlers.ts'
import { events, messages } from './messages.ts'
import { Registry } from './registry.ts'
import { Rooms } from './service.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const sweepMs = 30_000

/** Live rooms with a bounded history, direct messages and broadcasts. Nothing here is stored. */
export const rooms = definePlugin({
  id: 'rooms',
  config: v.object({
    /** Users one room takes. */
    limit: v.optional(whole(1, 100_000), 5_000),
    /** Publications one room remembers. */
    history: v.optional(whole(0, 10_000), 100),
    /** Characters that what one room remembers may have in all. Above half a megabyte a slow reader cannot be given it at once. */
    historyLength: v.optional(whole(0, 524_288), 262_144),
    /** Seconds that an empty room is remembered. */
    keepSeconds: v.optional(whole(0, 86_400), 300),
    /** Rooms the server keeps at once. */
    maxRooms: v.optional(whole(1, 10_000_000), 100_000),
    /** Users above which joins and leaves are no longer announced. */
    announceLimit: v.optional(whole(0, 100_000), 200),
  }),
  messages,
  events,
  errors,
  provides: { rooms: Rooms },
  setup(context) {
    const { config, connections, id, now, topic } = context
    const { limit, history, historyLength, maxRooms, keepSeconds, announceLimit } = config
    const keepMs = keepSeconds * 1_000
    const limits = { limit, history, historyLength, maxRooms, keepMs }
    const registry = new Registry({ ...limits, now, newEpoch: () => id(''), topicOf: (name) => topic('room', name) })
    const hall = new Hall({ ...context, registry, announceLimit })
    const timer = setInterval(() => registry.sweep(), sweepMs)
    return {
      handlers: createHandlers(hall, registry, () => connections.count),
      services: { rooms: createService(hall, registry) },
      hooks: { onDisconnect: (connection) => hall.leaveAll(connection) },
      dispose: () => clearInterval(timer),
    }
  },
})

const createService = (hall: Hall, registry: Registry): Rooms => ({
  send: (room, from, data) => hall.say(registry.open(room), from, data).seq,
  direct: (to, from, data) => hall.direct(to, from, data),
  broadcast: (from, data) => hall.broadcast(from, data),
  members: (room, most) => registry.find(room)?.members(most) ?? [],
  has: (room, userId) => registry.find(room)?.has(userId) ?? false,
  create: (room, options) => void registry.create(room, options),
  delete: (name) => {
    const room = registry.find(name)
    if (room) hall.close(room)
    return room !== undefined
  },
})
