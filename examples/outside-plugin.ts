// The guest book as one file from outside the repository. Nothing is imported at run time: everything comes as an argument.
// Start it with PARLEY_PLUGINS=auth,rooms,chat,./outside-plugin.ts
import type { Toolkit } from '../src/load.ts'

export default ({ definePlugin, message, route, v, orm }: Toolkit) => {
  const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(280))
  const entry = v.object({ id: v.string(), name: v.string(), text: v.string(), time: v.string() })

  return definePlugin({
    id: 'guestbook',
    messages: { sign: message({ input: v.strictObject({ text }), reply: v.object({ id: v.string(), time: v.string() }) }) },
    events: { signed: v.object({ id: v.string(), name: v.string(), text: v.string() }) },
    tables: (k) => ({
      entries: k.table('guestbook_entries', {
        id: k.id().primaryKey(),
        name: k.text('name').notNull(),
        text: k.text('text').notNull(),
        time: k.time('time').notNull(),
      }),
    }),
    migrations: [
      {
        name: '0001_init',
        sqlite: 'create table guestbook_entries (id text primary key, name text not null, text text not null, time integer not null)',
        postgres:
          'create table guestbook_entries (id text primary key, name text not null, text text not null, time timestamptz(3) not null)',
      },
    ],
    setup: ({ id, now, publish, everyoneTopic, store, tables: { entries } }) => ({
      handlers: {
        sign: ({ text }, { connection, userId }) => {
          const made = { id: id('E'), name: connection.identity?.name ?? 'somebody', text, time: new Date(now()) }
          return store.write(async (tx) => {
            await tx.insert(entries).values(made)
            const time = made.time.toISOString()
            publish(everyoneTopic, 'signed', { id: made.id, name: made.name, text }, { from: userId, time })
            return { id: made.id, time }
          })
        },
      },
      routes: (app) => {
        const query = v.strictObject({ limit: v.optional(v.pipe(v.string(), v.digits(), v.toNumber(), v.maxValue(100)), '20') })
        const spec = {
          method: 'get',
          path: '/',
          summary: 'The newest entries.',
          query,
          reply: v.object({ entries: v.array(entry) }),
        } as const
        route(app, spec, async ({ query: { limit } }) => {
          const rows = await store.read.select().from(entries).orderBy(orm.desc(entries.time), orm.desc(entries.id)).limit(limit)
          return { entries: rows.map((row) => ({ ...row, time: row.time.toISOString() })) }
        })
      },
    }),
  })
}
