import * as v from 'valibot'
import { message } from '#core'
import { group, limit, nothing, userId, users } from './group-shapes.ts'
import { note } from './group-text.ts'
import { limits } from './limits.ts'

const count = v.number()
const person = v.object({ id: v.string(), name: v.optional(v.string()) })
const code = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'a code'))
const year = 31_536_000
const joined = v.object({ state: v.literal('joined'), group })
const these = v.strictObject({ users })

const application = v.object({ user: person, note: v.string(), time: v.string() })

const link = v.object({
  code: v.string(),
  maker: v.string(),
  time: v.string(),
  expiresAt: v.optional(v.string()),
  uses: v.optional(count),
  used: count,
})

/** The messages about coming into groups. */
export const entranceMessages = {
  join: message({
    limit: limits.entrances,
    address: 'to',
    input: v.strictObject({ note: v.optional(note(200), '') }),
    reply: v.variant('state', [joined, v.object({ state: v.literal('pending') })]),
    summary: 'Join a group that is open, or apply to one that admits people.',
  }),
  withdraw: message({
    limit: limits.entrances,
    address: 'to',
    input: nothing,
    reply: nothing,
    summary: 'Take back one’s own application to a group.',
  }),
  applications: message({
    address: 'to',
    input: nothing,
    reply: v.object({ applications: v.array(application) }),
    summary: 'Who wants to come into a group; for its owner and admins.',
  }),
  admit: message({
    address: 'to',
    input: these,
    reply: v.object({ admitted: v.array(v.string()) }),
    summary: 'Let applicants into a group.',
  }),
  reject: message({
    address: 'to',
    input: these,
    reply: v.object({ rejected: v.array(v.string()) }),
    summary: 'Turn applicants away.',
  }),
  link: message({
    limit: limits.entrances,
    address: 'to',
    input: v.strictObject({
      expiresIn: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(year))),
      uses: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))),
    }),
    reply: link,
    summary: 'Make a link by which people enter a group.',
  }),
  links: message({
    address: 'to',
    input: nothing,
    reply: v.object({ links: v.array(link) }),
    summary: 'The links that lead into a group.',
  }),
  revoke: message({
    address: 'to',
    input: v.strictObject({ code }),
    reply: v.object({ revoked: v.boolean() }),
    summary: 'A link leads in no more.',
  }),
  enter: message({ limit: limits.entrances, input: v.strictObject({ code }), reply: joined, summary: 'Enter a group by a link.' }),
  peek: message({
    limit: limits.entrances,
    input: v.pipe(
      v.strictObject({ code: v.optional(code), group: v.optional(v.pipe(v.string(), v.regex(/^G\d{1,19}$/, 'a group'))) }),
      v.check((given) => (given.code === undefined) !== (given.group === undefined), 'one of code and group'),
    ),
    reply: v.object({ id: v.string(), name: v.string(), avatar: v.string(), count, kind: v.string(), joining: v.string() }),
    summary: 'A look at a group before entering it by a link, or before joining it.',
  }),
  ban: message({
    address: 'to',
    input: these,
    reply: v.object({ banned: v.array(v.string()) }),
    summary: 'Put people out of a group, and keep them out.',
  }),
  unban: message({ address: 'to', input: these, reply: v.object({ unbanned: v.array(v.string()) }), summary: 'End bans.' }),
  bans: message({
    address: 'to',
    input: v.strictObject({ after: v.optional(userId), limit }),
    reply: v.object({ bans: v.array(v.object({ user: person, by: v.string(), time: v.string() })), more: v.boolean() }),
    summary: 'Who is banned from a group, by id; for its owner and admins.',
  }),
}

/** What is told of applications, to those whom they concern. */
export const entranceEvents = {
  applied: application,
  decided: v.object({ user: v.string(), outcome: v.picklist(['admitted', 'rejected', 'withdrawn']) }),
}
