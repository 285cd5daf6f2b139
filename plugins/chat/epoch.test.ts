import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { and, eq, gt } from 'drizzle-orm'
import * as v from 'valibot'
import { definePlugin, message } from '#core'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer, type TestServerOptions } from '../../test/support/server.ts'
import type { TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'
import { tables } from './tables.ts'

/** Loses the end of every log behind the server's back, as a failover to a late replica does. */
const loss = definePlugin({
  id: 'loss',
  tables,
  messages: { lose: message({ input: v.strictObject({ after: v.number() }), reply: v.strictObject({}) }) },
  setup: ({ store, tables: { messages } }) => ({
    handlers: {
      lose: async ({ after }) => {
        await store.write((tx) => tx.delete(messages).where(and(gt(messages.seq, after), eq(messages.kind, 0))))
        return {}
      },
    },
  }),
})

forEachDatabase('the epoch of the logs', (newDatabase) => {
  const servers: TestServer[] = []
  const start = async (options: TestServerOptions = {}): Promise<TestServer> => {
    const server = await startTestServer([chat, loss], options)
    servers.push(server)
    return server
  }
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop()
  })

  let sent = 0
  const send = (socket: TestSocket, to: string, text = 'Hello') => socket.request('chat.send', { text, clientId: `c${++sent}` }, { to })
  const database = async (): Promise<TestServerOptions> => {
    const databaseUrl = await newDatabase()
    return databaseUrl === undefined ? {} : { databaseUrl }
  }

  test('is the same in acks, histories, lists and heartbeats', async () => {
    const clock = testClock()
    const server = await start({ ...(await database()), ambient: clock.ambient })
    const [ann, bob] = [await server.connect('U1'), await server.connect('U2')]
    const { epoch } = await send(ann, 'U2')
    expect(epoch).toMatch(/^[0-9a-f]{16}$/)
    expect(await ann.request('chat.send', { text: 'Hello', clientId: `c${sent}` }, { to: 'U2' })).toMatchObject({ dup: true, epoch })
    expect(await bob.request('chat.history', {}, { to: 'U1' })).toMatchObject({ head: 1, epoch })
    expect(await bob.request('chat.list', {})).toMatchObject({ epoch })
    clock.advance(25_000)
    expect((await bob.next('core.heartbeat')).data).toEqual({ chat: { epoch, heads: { U1: 1 } } })
  })

  test('of another log answers a history with a reset and nothing else; so does a position that was never given', async () => {
    const server = await start(await database())
    const ann = await server.connect('U1')
    for (let i = 0; i < 3; i++) await send(ann, 'U2')
    const { epoch } = await send(ann, 'U2')
    const asked = (data: object, to = 'U2') => ann.request('chat.history', data, { to })
    expect((await asked({ after: 2, epoch })).messages).toHaveLength(2)
    expect(await asked({ after: 4, epoch })).toEqual({ messages: [], head: 4, more: false, epoch })
    const reset = { messages: [], head: 4, more: false, epoch, reset: { epoch, head: 4, oldest: 1 } }
    expect(await asked({ after: 2, epoch: 'another' })).toEqual(reset)
    expect(await asked({ epoch: 'another' })).toEqual(reset)
    expect(await asked({ after: 5, epoch })).toEqual(reset)
    expect(await asked({ after: 5 })).toEqual(reset)
    expect(await asked({ after: 1 }, 'U9')).toEqual({ messages: [], head: 0, more: false, epoch, reset: { epoch, head: 0, oldest: 1 } })
  })

  test('does not tell who has left a group how far it went on', async () => {
    const server = await start(await database())
    const [ann, bob] = [await server.connect('U1'), await server.connect('U2')]
    const { id: to } = await ann.request('chat.create', { name: 'Us', users: ['U2'] })
    await send(ann, to)
    await bob.request('chat.leave', {}, { to })
    const { seq: left } = await ann.next('chat.grouped', ({ data }) => 'left' in data.change)
    for (let i = 0; i < 5; i++) await send(ann, to)
    const asked = (after: number) => bob.request('chat.history', { after }, { to })
    expect(await asked(left ?? 0)).not.toHaveProperty('reset')
    const answers = [await asked((left ?? 0) + 2), await asked((left ?? 0) + 100)]
    for (const { reset, head } of answers) expect(reset).toMatchObject({ head })
    expect(answers[0]).toEqual(answers[1])
  })

  test('stays over a restart, and is another one once the database is said to be restored', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-epoch-'))
    const databaseUrl = (await newDatabase()) ?? `sqlite:${join(folder, 'chat.db')}`
    const epochs: string[] = []
    for (const restored of [false, false, true, false]) {
      const server = await start({ databaseUrl, restored })
      epochs.push((await send(await server.connect('U1'), 'U2')).epoch)
      await servers.pop()?.stop()
    }
    rmSync(folder, { recursive: true })
    const [first, second, third, fourth] = epochs
    expect(second).toBe(first as string)
    expect(third).not.toBe(first as string)
    expect(fourth).toBe(third as string)
  })

  test('changes when the database has lost what it acknowledged, and everybody is told', async () => {
    const clock = testClock()
    const server = await start({ ...(await database()), ambient: clock.ambient })
    const [ann, cat] = [await server.connect('U1'), await server.connect('U3')]
    const { epoch } = await send(ann, 'U2')
    await send(ann, 'U2')
    await ann.request('loss.lose', { after: 1 })
    clock.advance(2_000)
    expect(await send(ann, 'U2', 'after the failover')).toMatchObject({ seq: 2 })
    const { data } = await cat.next('chat.reset')
    expect(data.epoch).not.toBe(epoch)
    expect(await send(ann, 'U2')).toMatchObject({ seq: 3, epoch: data.epoch })
    expect(await ann.request('chat.history', { after: 2, epoch }, { to: 'U2' })).toHaveProperty('reset')
  })
})
