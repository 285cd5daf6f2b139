import * as v from 'valibot'
import { message } from '#core'
import { moment } from './moment.ts'

const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

const draft = v.object({ text: v.string(), time: v.string(), reply: v.optional(seq) })

/** What somebody wants of a conversation; what is not so is absent. */
export const wishes = v.object({
  // `true`, or until when.
  mute: v.optional(v.union([v.literal(true), v.string()])),
  pin: v.optional(v.literal(true)),
  archive: v.optional(v.literal(true)),
  marked: v.optional(v.literal(true)),
  draft: v.optional(draft),
})

const settings = v.object({ receipts: v.boolean() })

/** The messages by which people arrange things for themselves. */
export const personalMessages = {
  personalize: message({
    address: 'to',
    input: v.strictObject({
      mute: v.optional(v.union([v.boolean(), moment])),
      pin: v.optional(v.boolean()),
      archive: v.optional(v.boolean()),
      marked: v.optional(v.boolean()),
    }),
    reply: wishes,
    summary: 'Mute, pin, archive or mark a conversation, for oneself.',
  }),
  draft: message({
    address: 'to',
    input: v.strictObject({ text: v.string(), time: moment, reply: v.optional(seq) }),
    reply: v.object({ draft: v.nullable(draft) }),
    summary: 'Keep what one is writing, for one’s other devices.',
  }),
  hide: message({
    address: 'to',
    input: v.strictObject({ targets: v.pipe(v.array(seq), v.minLength(1), v.maxLength(100)) }),
    reply: v.strictObject({}),
    summary: 'Delete messages for oneself.',
  }),
  clear: message({
    address: 'to',
    input: v.strictObject({ seq: v.optional(position) }),
    reply: v.object({ cleared: position }),
    summary: 'Delete a conversation for oneself, up to a position.',
  }),
  settings: message({
    input: v.strictObject({ receipts: v.optional(v.boolean()) }),
    reply: settings,
    summary: 'What one wants of all conversations.',
  }),
}

/** What a person's own devices are told. */
export const personalEvents = {
  personalized: wishes,
  drafted: v.object({ draft: v.nullable(draft) }),
  hidden: v.object({ targets: v.array(position) }),
  cleared: v.object({ cleared: position }),
  configured: settings,
}
