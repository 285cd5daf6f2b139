import * as v from 'valibot'
import { anyObject, message } from '#core'

const member = v.object({ id: v.string(), name: v.optional(v.string()) })
const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const payload = anyObject
const nothing = v.strictObject({})
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

const info = v.object({
  room: v.string(),
  epoch: v.string(),
  offset,
  count: v.number(),
  limit: v.number(),
  members: v.array(member),
  createdBy: v.optional(v.string()),
  time: v.string(),
})

export const messages = {
  join: message({
    address: 'room',
    input: v.strictObject({
      since: v.optional(v.strictObject({ epoch: v.pipe(v.string(), v.maxLength(64)), offset })),
      recent: v.optional(whole(0, 100)),
    }),
    reply: v.object({
      epoch: v.string(),
      offset,
      recovered: v.optional(v.boolean()),
      publications: v.array(v.unknown()),
      members: v.array(member),
      count: v.number(),
    }),
    summary: 'Enter a room, or come back to it and get what was missed.',
  }),
  leave: message({ address: 'room', input: nothing, reply: nothing, summary: 'Leave a room.' }),
  send: message({
    address: 'room',
    input: payload,
    reply: v.object({ seq: offset, time: v.string() }),
    summary: 'Send any object to everybody in a room.',
  }),
  info: message({ address: 'room', input: nothing, reply: info, summary: 'What there is to know of a room one is in.' }),
  list: message({
    input: v.strictObject({
      prefix: v.optional(v.pipe(v.string(), v.maxLength(128))),
      after: v.optional(v.pipe(v.string(), v.maxLength(128))),
      limit: v.optional(whole(1, 200), 50),
    }),
    reply: v.object({ rooms: v.array(v.object({ room: v.string(), count: v.number() })), more: v.boolean() }),
    summary: 'The rooms that are open, by name.',
  }),
  create: message({
    address: 'room',
    input: v.strictObject({ limit: v.optional(whole(1, 100_000)), history: v.optional(whole(0, 1_000)) }),
    reply: info,
    summary: 'Open a room with limits of its own.',
  }),
  delete: message({ address: 'room', input: nothing, reply: nothing, summary: 'Close a room for everybody in it.' }),
  direct: message({
    address: 'to',
    input: payload,
    reply: v.object({ devices: v.number() }),
    summary: 'Send any object to every device of one user.',
  }),
  broadcast: message({
    input: v.strictObject({ data: payload, exceptMe: v.optional(v.boolean(), false) }),
    reply: v.object({ connections: v.number() }),
    summary: 'Send any object to every connection. Needs the scope rooms.broadcast.',
  }),
}

export const events = {
  sent: payload,
  joined: v.object({ user: member, count: v.number() }),
  left: v.object({ user: member, count: v.number() }),
  deleted: nothing,
  directed: payload,
  broadcasted: payload,
}
