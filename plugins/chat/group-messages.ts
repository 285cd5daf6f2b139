import * as v from 'valibot'
import { message } from '#core'
import { entranceMessages } from './entrance-messages.ts'
import { group, limit, nothing, userId, users } from './group-shapes.ts'
import { line, note } from './group-text.ts'
import { limits } from './limits.ts'
import { moment } from './moment.ts'

const name = v.pipe(line(60), v.minLength(1))
const count = v.number()

/** What can be said about a group when it is made or changed. */
const details = {
  notice: v.optional(note(500)),
  avatar: v.optional(line(512)),
  joining: v.optional(v.picklist(['open', 'approval', 'invite'])),
  inviting: v.optional(v.picklist(['members', 'admins'])),
  history: v.optional(v.picklist(['all', 'joined'])),
}

/** The messages that make and govern groups. */
export const groupMessages = {
  create: message({
    limit: limits.entrances,
    input: v.strictObject({
      name,
      users: v.optional(v.pipe(v.array(userId), v.maxLength(200)), []),
      kind: v.optional(v.picklist(['group', 'broadcast']), 'group'),
      ...details,
    }),
    reply: v.object({ ...group.entries, refused: v.array(v.string()) }),
    summary: 'Make a group, with oneself as its owner.',
  }),
  info: message({ address: 'to', input: nothing, reply: group, summary: 'What there is to know of a group one is in.' }),
  change: message({
    address: 'to',
    input: v.strictObject({ name: v.optional(name), ...details }),
    reply: group,
    summary: 'Change a group’s name, notice, avatar or rules.',
  }),
  groups: message({
    input: v.strictObject({
      role: v.optional(v.picklist(['owner', 'admin', 'member'])),
      after: v.optional(v.pipe(v.string(), v.regex(/^G\d{1,19}$/, 'a group'))),
      limit,
    }),
    reply: v.object({
      groups: v.array(
        v.object({ id: v.string(), name: v.string(), avatar: v.string(), kind: v.string(), owner: v.string(), count, role: v.string() }),
      ),
      more: v.boolean(),
    }),
    summary: 'The groups one is in, by id.',
  }),
  members: message({
    address: 'to',
    input: v.strictObject({
      after: v.optional(v.pipe(v.string(), v.regex(/^(U\d{1,19})?$/, 'a user')), ''),
      limit,
    }),
    reply: v.object({
      members: v.array(
        v.object({
          id: v.string(),
          name: v.optional(v.string()),
          role: v.string(),
          read: v.optional(count),
          delivered: count,
          mutedUntil: v.optional(v.string()),
        }),
      ),
      more: v.boolean(),
    }),
    summary: 'Who is in a group, by id.',
  }),
  leave: message({ address: 'to', input: nothing, reply: nothing, summary: 'Leave a group.' }),
  invite: message({
    limit: limits.entrances,
    address: 'to',
    input: v.strictObject({ users }),
    reply: v.object({ added: v.array(v.string()), refused: v.array(v.string()) }),
    summary: 'Bring people into a group.',
  }),
  kick: message({
    address: 'to',
    input: v.strictObject({ users }),
    reply: v.object({ removed: v.array(v.string()) }),
    summary: 'Put people out of a group.',
  }),
  promote: message({
    address: 'to',
    input: v.strictObject({ user: userId, role: v.picklist(['admin', 'member', 'owner']) }),
    reply: nothing,
    summary: 'Give somebody another role; making somebody owner hands the group over.',
  }),
  mute: message({
    address: 'to',
    input: v.strictObject({ user: v.optional(userId), until: v.nullable(moment) }),
    reply: nothing,
    summary: 'Silence a member, or everybody but the admins, until a time; null ends it.',
  }),
  dismiss: message({ address: 'to', input: nothing, reply: nothing, summary: 'End a group for everyone.' }),
  ...entranceMessages,
}
