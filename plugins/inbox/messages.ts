import * as v from 'valibot'
import { anyObject, message } from '#core'

const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const entry = v.object({ kind: v.string(), key: v.string(), position, data: v.nullable(anyObject) })

export const messages = {
  sync: message({
    input: v.pipe(
      v.strictObject({
        now: v.optional(v.literal(true)),
        since: v.optional(v.strictObject({ epoch: v.pipe(v.string(), v.minLength(1), v.maxLength(64)), position })),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 200),
      }),
      v.check(({ now, since }) => !(now && since), 'now and since exclude each other'),
    ),
    reply: v.object({
      epoch: v.string(),
      position,
      entries: v.array(entry),
      more: v.boolean(),
      reset: v.optional(v.literal(true)),
    }),
    summary: 'What has changed for oneself since a position: each thing once, as it is now.',
  }),
}
