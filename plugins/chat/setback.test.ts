import { afterEach, expect, test } from 'bun:test'
import { like } from 'drizzle-orm'
import * as v from 'valibot'
import { definePlugin, message } from '#core'
import { testClock } from '../../test/support/clock.ts'
import { noPostgres, postgresServer } from '../../test/support/postgres.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { describeUnless } from '../../test/support/skip.ts'
import { chat } from './index.ts'
import { tables } from './tables.ts'

/** Loses the conversations of one person behind the server's back, as a failover to a late replica does. */
const loss = definePlugin({
  id: 'loss',
  tables,
  messages: { lose: message({ input: v.strictObject({ who: v.string() }), reply: v.strictObject({}) }) },
  setup: ({ store, tables: { conversations, members, messages } }) => ({
    handlers: {
      lose: async ({ who }) => {
        await store.write(async (tx) => {
          const gone = await tx
            .delete(conversations)
            .where(like(conversations.key, `%${who}%`))
            .returning()
          expect(gone).toHaveLength(1)
          await tx.delete(members)
          await tx.delete(messages)
        })
        return {}
      },
    },
  }),
})

// An SQLite file belongs to one process, which nothing goes behind.
describeUnless(noPostgres)('a conversation that a failover has lost', () => {
  let server: TestServer | undefined
  afterEach(() => server?.stop())

  test('gives its number to no other that its people then write into', async () => {
    const clock = testClock()
    const databaseUrl = await (await postgresServer()).createDatabase()
    server = await startTestServer([chat, loss], { databaseUrl, ambient: clock.ambient })
    const [ann, cat] = [await server.connect('U1'), await server.connect('U3')]
    const send = (clientId: string) => ann.request('chat.send', { text: 'between us', clientId }, { to: 'U2' })
    await send('c1')
    await ann.request('loss.lose', { who: 'U1' })
    clock.advance(2_000)
    await cat.request('chat.send', { text: 'Hello', clientId: 'c1' }, { to: 'U4' })
    await send('c2').catch(() => send('c2'))
    const { messages } = await cat.request('chat.history', {}, { to: 'U4' })
    expect(messages.map(({ data }: { data: { text: string } }) => data.text)).toEqual(['Hello'])
    const own = await ann.request('chat.history', {}, { to: 'U2' })
    expect(own.messages.map(({ data }: { data: { text: string } }) => data.text)).toEqual(['between us'])
  })
})
