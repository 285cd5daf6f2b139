// Shapes that the messages about groups have in common.
import * as v from 'valibot'

export const nothing = v.strictObject({})
export const userId = v.pipe(v.string(), v.regex(/^U\d{1,19}$/, 'a user'))
export const users = v.pipe(v.array(userId), v.minLength(1), v.maxLength(200))
export const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 100)
const count = v.number()

/** A group as one who is in it sees it. */
export const group = v.object({
  id: v.string(),
  name: v.string(),
  notice: v.string(),
  avatar: v.string(),
  owner: v.string(),
  kind: v.string(),
  joining: v.string(),
  inviting: v.string(),
  history: v.string(),
  count,
  size: count,
  role: v.string(),
  mutedUntil: v.optional(v.string()),
  frozen: v.optional(v.literal(true)),
})
