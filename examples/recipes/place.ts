// A kind of content for conversations: where somebody is, once, or for as long as they share it.
import * as v from 'valibot'
import { definePlugin, Messaging, message } from '#core'

const degrees = (most: number) => v.pipe(v.number(), v.minValue(-most), v.maxValue(most))
const data = v.strictObject({ lat: degrees(90), lon: degrees(180), name: v.optional(v.pipe(v.string(), v.maxLength(60))) })

export const places = definePlugin({
  id: 'place',
  uses: { messaging: Messaging },
  messages: {
    share: message({
      address: 'to',
      input: v.strictObject({ ...data.entries, clientId: v.string() }),
      reply: v.object({ seq: v.number() }),
    }),
    move: message({
      address: 'to',
      input: v.strictObject({ ...data.entries, clientId: v.string(), seq: v.number() }),
      reply: v.object({ moved: v.boolean() }),
    }),
  },
  setup({ use: { messaging } }) {
    // Any client may now send `chat.send {content: {kind: 'place', data: {lat, lon}}}`.
    messaging.define({ kind: 'place', data, text: ({ lat, lon, name }) => name ?? `${lat}, ${lon}` })
    // Of this kind only the plugin itself makes messages, and it changes them in place.
    const live = messaging.define({ kind: 'place-live', by: 'plugin', data, text: ({ lat, lon }) => `Live: ${lat}, ${lon}` })
    return {
      handlers: {
        share: async ({ clientId, ...where }, { userId, to }) => {
          const { seq } = await live.post({ user: userId, to, data: where, clientId })
          return { seq }
        },
        move: async ({ clientId, seq, ...where }, { userId, to }) => {
          const updated = await live.update({ user: userId, to, seq, data: where, clientId })
          return { moved: updated !== undefined }
        },
      },
    }
  },
})
