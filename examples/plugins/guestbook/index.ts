import { desc } from 'drizzle-orm'
import * as v from 'valibot'
import { definePlugin, route } from '#core'
import { events, messages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { tables } from './tables.ts'

const query = v.strictObject({ limit: v.optional(v.pipe(v.string(), v.digits(), v.toNumber(), v.maxValue(100)), '20') })
const entry = v.object({ id: v.string(), name: v.string(), text: v.string(), time: v.string() })
const reply = v.object({ entries: v.array(entry) })

export const guestbook = definePlugin({
  id: 'guestbook',
  messages,
  events,
  tables,
  migrations,
  setup: ({ id, now, publish, everyoneTopic, store, tables: { entries } }) => ({
    handlers: {
      sign: ({ text }, { connection, userId }) => {
        const made = { id: id('E'), author: userId, name: connection.identity?.name ?? 'somebody', text, time: new Date(now()) }
        return store.write(async (tx) => {
          await tx.insert(entries).values(made)
          const time = made.time.toISOString()
          publish(everyoneTopic, 'signed', { id: made.id, name: made.name, text }, { from: userId, time })
          return { id: made.id, time }
        })
      },
    },
    routes: (app) => {
      route(app, { method: 'get', path: '/', summary: 'The newest entries.', query, reply }, async ({ query: { limit } }) => {
        const rows = await store.read.select().from(entries).orderBy(desc(entries.time), desc(entries.id)).limit(limit)
        return { entries: rows.map(({ id, name, text, time }) => ({ id, name, text, time: time.toISOString() })) }
      })
    },
  }),
})
