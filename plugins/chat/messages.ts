import * as v from 'valibot'
import { anyObject, message } from '#core'
import { entranceEvents } from './entrance-messages.ts'
import { groupMessages } from './group-messages.ts'
import { limits } from './limits.ts'
import { moment } from './moment.ts'
import { personalEvents, personalMessages, wishes } from './personal-messages.ts'

const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const clientId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_\-.:]{1,64}$/, '1 to 64 characters of A–Z a–z 0–9 _ - . :'))
const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 50)
const userId = v.pipe(v.string(), v.regex(/^U\d{1,19}$/, 'a user'))
const nothing = v.strictObject({})

const link = v.pipe(
  v.string(),
  v.maxLength(2_048),
  v.regex(/^(https?:\/\/|mailto:)[^\p{Cc}\p{Cs}]*$/iu, 'an http, https or mailto address'),
)
const styles = ['mention', 'all', 'link', 'code', 'pre', 'bold', 'italic', 'strike', 'spoiler'] as const
const entity = v.pipe(
  v.strictObject({ type: v.picklist(styles), offset: position, length: seq, user: v.optional(userId), url: v.optional(link) }),
  v.check(({ type, user }) => type !== 'mention' || user !== undefined, 'a mention has a user'),
)
const entities = v.optional(v.pipe(v.array(entity), v.maxLength(50)))
// Postgres keeps neither NUL nor half a character.
const emoji = v.pipe(v.string(), v.maxLength(32), v.regex(/^[^\p{Cc}\p{Cs}]+$/u, 'an emoji'))

const content = v.object({ kind: v.string(), data: v.record(v.string(), v.unknown()) })
const data = v.object({
  id: v.string(),
  clientId: v.string(),
  text: v.string(),
  prev: position,
  entities: v.optional(
    v.array(v.object({ type: v.string(), offset: position, length: position, user: v.optional(v.string()), url: v.optional(v.string()) })),
  ),
  reply: v.optional(position),
  forward: v.optional(v.object({ from: v.string(), time: v.string() })),
  content: v.optional(content),
  hidden: v.optional(v.literal(true)),
  reactions: v.optional(v.record(v.string(), v.array(v.string()))),
  pinned: v.optional(v.literal(true)),
  editedAt: v.optional(v.string()),
  recalledAt: v.optional(v.string()),
})
const changed = { id: v.string(), clientId: v.string(), prev: position, target: position }

/** What happened in a conversation, by event name: everything that takes a position in its log. */
export const logEvents = {
  posted: data,
  edited: v.object({ ...changed, text: v.string(), entities: data.entries.entities, content: data.entries.content }),
  recalled: v.object(changed),
  reacted: v.object({ ...changed, emoji: v.string(), on: v.boolean() }),
  pinned: v.object({ ...changed, on: v.boolean() }),
  grouped: v.object({ id: v.string(), clientId: v.string(), prev: position, change: v.record(v.string(), v.unknown()) }),
}

/** A log entry as it stands in a history: a whole frame of one of `logEvents`. */
const entry = v.object({
  type: v.picklist(['chat.posted', 'chat.edited', 'chat.recalled', 'chat.reacted', 'chat.pinned', 'chat.grouped']),
  from: v.string(),
  to: v.string(),
  seq: position,
  time: v.string(),
  data: v.record(v.string(), v.unknown()),
})
/** The type of `entry`. */
export type EntryFrame = v.InferOutput<typeof entry>

/** A conversation as a list shows it. */
const summary = v.object({
  to: v.string(),
  user: v.optional(v.object({ id: v.string(), name: v.optional(v.string()) })),
  group: v.optional(v.object({ id: v.string(), name: v.string(), avatar: v.string(), count: position })),
  head: position,
  read: position,
  delivered: position,
  unread: position,
  // Unread messages that mention oneself.
  mentions: position,
  // Positions up to here are deleted for oneself.
  cleared: v.optional(position),
  // How far the other person of a direct conversation is.
  reached: v.optional(v.object({ read: v.optional(position), delivered: position })),
  last: v.optional(entry),
  ...wishes.entries,
})
/** The type of `wishes`. */
export type Wishes = v.InferOutput<typeof wishes>
/** The type of `summary`. */
export type Summary = v.InferOutput<typeof summary>

const ack = v.object({ id: v.string(), seq: position, time: v.string(), epoch: v.string(), dup: v.optional(v.literal(true)) })

/** The position asked for is none of this log: where it begins and ends now. */
const reset = v.object({ epoch: v.string(), head: position, oldest: position })

/** A message that was found, where, and which parts of its text were meant. */
const hit = v.object({ to: v.string(), message: entry, highlights: v.array(v.object({ offset: position, length: position })) })

export const messages = {
  send: message({
    address: 'to',
    limit: limits.sends,
    input: v.strictObject({
      text: v.optional(v.string()),
      clientId,
      entities,
      reply: v.optional(seq),
      content: v.optional(v.strictObject({ kind: v.string(), data: anyObject })),
      // The text was the draft of this time.
      draft: v.optional(moment),
    }),
    reply: ack,
    summary: 'Send a message; the ack means that it is on disk.',
  }),
  forward: message({
    address: 'to',
    limit: limits.sends,
    input: v.strictObject({ from: v.pipe(v.string(), v.regex(/^[UG]\d{1,19}$/, 'a user or group')), target: seq, clientId }),
    reply: ack,
    summary: 'Copy a message of a conversation into another one.',
  }),
  edit: message({
    address: 'to',
    limit: limits.sends,
    input: v.strictObject({ target: seq, text: v.string(), clientId, entities }),
    reply: ack,
    summary: 'Give a message of one’s own another text.',
  }),
  recall: message({
    address: 'to',
    limit: limits.sends,
    input: v.strictObject({ target: seq, clientId }),
    reply: ack,
    summary: 'Take a message back, for everyone.',
  }),
  react: message({
    address: 'to',
    limit: limits.sends,
    input: v.strictObject({ target: seq, emoji, on: v.optional(v.boolean(), true), clientId }),
    reply: ack,
    summary: 'Put a reaction on a message, or take it off.',
  }),
  pin: message({
    address: 'to',
    limit: limits.sends,
    input: v.strictObject({ target: seq, on: v.optional(v.boolean(), true), clientId }),
    reply: ack,
    summary: 'Pin a message for everyone, or unpin it.',
  }),
  pins: message({
    address: 'to',
    input: nothing,
    reply: v.object({ messages: v.array(entry) }),
    summary: 'The pinned messages of a conversation, newest first.',
  }),
  read: message({
    address: 'to',
    input: v.strictObject({ seq: position }),
    reply: v.object({ read: position }),
    summary: 'Everything up to here is read.',
  }),
  delivered: message({
    address: 'to',
    input: v.strictObject({ seq: position }),
    reply: v.object({ delivered: position }),
    summary: 'Everything up to here has arrived on a device.',
  }),
  typing: message({
    address: 'to',
    input: v.strictObject({ on: v.optional(v.boolean(), true) }),
    reply: nothing,
    summary: 'Somebody is typing.',
  }),
  history: message({
    address: 'to',
    input: v.pipe(
      v.strictObject({
        before: v.optional(position),
        after: v.optional(position),
        around: v.optional(position),
        limit,
        epoch: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
      }),
      v.check(
        (given) => [given.before, given.after, given.around].filter((bound) => bound !== undefined).length < 2,
        'before, after and around exclude each other',
      ),
    ),
    reply: v.object({ messages: v.array(entry), head: position, more: v.boolean(), epoch: v.string(), reset: v.optional(reset) }),
    summary: 'Part of one conversation, in rising order.',
  }),
  list: message({
    input: v.strictObject({
      limit,
      folder: v.optional(v.picklist(['main', 'archive', 'all']), 'main'),
      cursor: v.optional(v.pipe(v.string(), v.regex(/^[01]\.\d{1,15}\.[UG]\d{1,19}$/, 'a cursor of this list'))),
    }),
    reply: v.object({ conversations: v.array(summary), next: v.optional(v.string()), epoch: v.string() }),
    summary: 'My conversations: pinned ones first, then the newest.',
  }),
  mentions: message({
    address: 'to',
    input: nothing,
    reply: v.object({ mentions: v.array(position) }),
    summary: 'Where the unread messages stand that mention me, the oldest first.',
  }),
  search: message({
    input: v.strictObject({
      text: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
      to: v.optional(v.pipe(v.string(), v.regex(/^[UG]\d{1,19}$/, 'a user or a group'))),
      from: v.optional(userId),
      before: v.optional(
        v.pipe(
          v.string(),
          v.regex(/^M\d{1,19}$/, 'a message'),
          v.check((id) => BigInt(id.slice(1)) < 2n ** 63n, 'a message'),
        ),
      ),
      limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50)), 20),
    }),
    reply: v.object({ hits: v.array(hit), next: v.optional(v.string()) }),
    summary: 'Find messages by their words, newest first.',
    limit: limits.searches,
  }),
  ...groupMessages,
  ...personalMessages,
}

export const events = {
  ...logEvents,
  reset: v.object({ epoch: v.string() }),
  typed: v.object({ on: v.boolean() }),
  receipt: v.object({ user: v.string(), read: v.optional(position), delivered: position }),
  ...personalEvents,
  ...entranceEvents,
}
