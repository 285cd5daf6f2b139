// A plugin from outside the repository, as somebody might write it: one file, nothing imported at run time. It has one of
// each: a message, an event, a table and a route.
import type { Toolkit } from '../../src/load.ts'

export default ({ definePlugin, message, route, v }: Toolkit) =>
  definePlugin({
    id: 'echo',
    messages: { say: message({ input: v.strictObject({ text: v.string() }), reply: v.object({ times: v.number() }) }) },
    events: { said: v.object({ text: v.string() }) },
    tables: (kit) => ({ said: kit.table('echo_said', { id: kit.id().primaryKey(), text: kit.text('text').notNull() }) }),
    migrations: [
      {
        name: '0001_init',
        sqlite: 'CREATE TABLE echo_said (id text PRIMARY KEY NOT NULL, text text NOT NULL)',
        postgres: 'CREATE TABLE echo_said (id text PRIMARY KEY NOT NULL, text text NOT NULL)',
      },
    ],
    setup: ({ id, tables, store, publish, userTopic }) => ({
      handlers: {
        say: ({ text }, { userId }) =>
          store.write(async (tx) => {
            await tx.insert(tables.said).values({ id: id('E'), text })
            publish(userTopic(userId), 'said', { text })
            return { times: await tx.$count(tables.said) }
          }),
      },
      routes: (app) =>
        route(app, { method: 'get', path: '/count', summary: 'How much was said.', reply: v.object({ count: v.number() }) }, async () => ({
          count: await store.read.$count(tables.said),
        })),
    }),
  })
