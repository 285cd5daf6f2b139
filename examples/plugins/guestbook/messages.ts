import * as v from 'valibot'
import { message } from '#core'

export const messages = {
  sign: message({
    input: v.strictObject({ text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(280)) }),
    reply: v.object({ id: v.string(), time: v.string() }),
    summary: 'Write into the guest book.',
  }),
}

export const events = {
  signed: v.object({ id: v.string(), name: v.string(), text: v.string() }),
}
