import * as v from 'valibot'
import { message } from '#core'
import { isLine, isNote } from './text.ts'

const nothing = v.strictObject({})
const userId = v.pipe(v.string(), v.regex(/^U\d{1,19}$/, 'a user'))
const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 100)
const odd = 'Not text that can be shown beside a name'
const note = v.pipe(v.string(), v.trim(), v.maxLength(100), v.check(isNote, odd))
const remark = v.pipe(v.string(), v.trim(), v.maxLength(60), v.check(isLine, odd))
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  // Postgres knows no year 0, and reads none of five digits.
  v.check((date) => date.getTime() >= 0 && date.getUTCFullYear() <= 9999, 'Not a time of this era'),
)

/** Who may write to a person who has said so. */
export const audiences = ['everyone', 'contacts', 'nobody'] as const
const settings = v.object({ whoMayWrite: v.picklist(audiences) })

/** Somebody else, as one person sees them. */
const contact = v.object({
  user: v.object({ id: v.string(), name: v.optional(v.string()) }),
  state: v.picklist(['none', 'incoming', 'outgoing', 'contact']),
  time: v.optional(v.string()),
  note: v.optional(v.string()),
  remark: v.optional(v.string()),
  blocked: v.optional(v.literal(true)),
})
/** The type of `contact`. */
export type View = v.InferOutput<typeof contact>

const one = v.object({ contact })
const page = v.strictObject({ after: v.optional(userId), limit })

export const messages = {
  request: message({
    address: 'to',
    input: v.strictObject({ note: v.optional(note, '') }),
    reply: one,
    summary: 'Ask a user to be a contact, or ask again.',
  }),
  accept: message({ address: 'to', input: nothing, reply: one, summary: 'Become a contact of somebody who has asked.' }),
  refuse: message({ address: 'to', input: nothing, reply: one, summary: 'Do not become a contact of somebody who has asked.' }),
  remove: message({ address: 'to', input: nothing, reply: one, summary: 'Be contacts no longer, or take one’s own request back.' }),
  remark: message({
    address: 'to',
    input: v.strictObject({ remark }),
    reply: one,
    summary: 'Call a contact something else, for oneself; nothing ends it.',
  }),
  block: message({ address: 'to', input: nothing, reply: one, summary: 'Neither hear of a user any more nor reach them.' }),
  unblock: message({ address: 'to', input: nothing, reply: one, summary: 'End a block.' }),
  info: message({ address: 'to', input: nothing, reply: one, summary: 'What a user is to oneself.' }),
  list: message({ input: page, reply: v.object({ contacts: v.array(contact), more: v.boolean() }), summary: 'One’s contacts, by id.' }),
  blocked: message({
    input: page,
    reply: v.object({ blocked: v.array(contact), more: v.boolean() }),
    summary: 'Whom one has blocked, by id.',
  }),
  requests: message({
    input: v.strictObject({
      direction: v.optional(v.picklist(['incoming', 'outgoing']), 'incoming'),
      before: v.optional(v.strictObject({ time, user: userId })),
      limit,
    }),
    reply: v.object({ requests: v.array(contact), more: v.boolean() }),
    summary: 'Requests that nobody has answered yet, newest first.',
  }),
  settings: message({
    input: v.strictObject({ whoMayWrite: v.optional(v.picklist(audiences)) }),
    reply: settings,
    summary: 'Who may write to oneself; says it, and changes it if something is given.',
  }),
}

export const events = { requested: one, accepted: one, refused: one, removed: one, changed: one, configured: settings }
