import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import * as v from 'valibot'
import { anyObject, definePlugin, message } from '#core'
import { createClient } from '../../../src/client/index.ts'
import { forEachDatabase } from '../../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../../test/support/server.ts'
import type { Loose, TestSocket } from '../../../test/support/socket.ts'
import { quietLog } from '../../../test/support/stores.ts'
import { chat } from '../index.ts'
import { tables } from '../tables.ts'

const nothing = v.strictObject({})

/** Looks into the tables, and does to them what no message does. */
const hands = definePlugin({
  id: 'hands',
  tables,
  messages: {
    docs: message({ input: nothing, reply: v.object({ count: v.number() }) }),
    pour: message({ input: v.strictObject({ count: v.number(), conversation: v.number() }), reply: nothing }),
    number: message({ input: v.strictObject({ key: v.string() }), reply: anyObject }),
  },
  setup: ({ store, tables: t, id }) => ({
    handlers: {
      docs: async () => {
        const [row] = await store.read.select({ count: sql`count(*)`.mapWith(Number) }).from(t.docs)
        return { count: row?.count ?? 0 }
      },
      // Messages that nobody notes, as another node's are.
      pour: async ({ count, conversation }, { userId }) => {
        const time = new Date()
        const rows = Array.from({ length: count }, (_, i) => ({ id: id('M'), clientId: `p${i}`, text: `drop ${i}`, seq: 2 + i }))
        for (let at = 0; at < count; at += 500) {
          const some = rows.slice(at, at + 500).map((row) => ({ ...row, conversation, sender: userId, time }))
          await store.write((tx) => tx.insert(t.messages).values(some))
        }
        return {}
      },
      number: async ({ key }) => {
        const [row] = await store.read.select().from(t.conversations).where(eq(t.conversations.key, key))
        return { number: row?.id }
      },
    },
  }),
})

forEachDatabase('search', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat, hands], databaseUrl === undefined ? {} : { databaseUrl })
  })
  afterAll(() => server.stop())

  let people = 7_000
  const person = async (): Promise<{ id: string; socket: TestSocket }> => {
    const id = `U${++people}`
    return { id, socket: await server.connect(id) }
  }
  const pair = () => Promise.all([person(), person()])
  let sent = 0
  type Person = Awaited<ReturnType<typeof person>>
  const act = ({ socket }: Person, verb: string, to: string, data: object) =>
    socket.request(`chat.${verb}`, { ...data, clientId: `c${++sent}` }, { to })
  const say = (one: Person, to: string, text: string) => act(one, 'send', to, { text })
  const search = ({ socket }: Person, text: string, more: object = {}) => socket.request('chat.search', { text, ...more })
  const texts = async (one: Person, text: string, more: object = {}): Promise<string[]> =>
    (await search(one, text, more)).hits.map(({ message: { data } }: Loose) => data.text)

  describe('a message', () => {
    test('is found by both people as soon as it was acknowledged, as its entry, with where the words stand', async () => {
      const [ann, bob] = await pair()
      for (let i = 0; i < 20; i++) {
        const ack = await say(ann, bob.id, `the number is n${i}`)
        const { hits, next } = await search(bob, `NUMBER n${i}`)
        expect(hits).toEqual([
          {
            to: ann.id,
            message: expect.objectContaining({ type: 'chat.posted', from: ann.id, to: bob.id, seq: ack.seq }),
            highlights: [
              { offset: 4, length: 6 },
              { offset: 14, length: `n${i}`.length },
            ],
          },
        ])
        expect(next).toBeUndefined()
        expect((await search(ann, `n${i}`)).hits[0]).toMatchObject({ to: bob.id, message: { to: bob.id } })
      }
    })

    test('in Chinese is found by characters in a row, and by a single one', async () => {
      const [ann, bob] = await pair()
      await say(ann, bob.id, '今天天气很好')
      await say(bob, ann.id, '明天去公园')
      expect(await texts(ann, '天气')).toEqual(['今天天气很好'])
      expect(await texts(ann, '天')).toEqual(['明天去公园', '今天天气很好'])
      expect(await texts(ann, '天很')).toEqual([])
    })

    test('is found by what it says now: its last text, and not at all when it was recalled', async () => {
      const [ann, bob] = await pair()
      const { seq } = await say(ann, bob.id, 'apples')
      expect(await texts(bob, 'apples')).toEqual(['apples'])
      await act(ann, 'edit', bob.id, { target: seq, text: 'pears' })
      expect([await texts(bob, 'apples'), await texts(bob, 'pears')]).toEqual([[], ['pears']])
      await act(ann, 'recall', bob.id, { target: seq })
      expect([await texts(bob, 'apples'), await texts(bob, 'pears')]).toEqual([[], []])
    })

    test('is found once, and only there, also when it was edited before it was ever searched', async () => {
      const [ann, bob] = await pair()
      const { seq } = await say(ann, bob.id, 'one')
      for (const text of ['two', 'three', 'one again']) await act(ann, 'edit', bob.id, { target: seq, text })
      expect([await texts(bob, 'one'), await texts(bob, 'three')]).toEqual([['one again'], []])
    })
  })

  test('that would have to index too much first says so, and is answered once that is done', async () => {
    const [ann, bob] = await pair()
    await say(ann, bob.id, 'first')
    // From here on the index has nothing to do, and what is poured in is not told to it.
    expect(await texts(bob, 'first')).toEqual(['first'])
    const { number: conversation } = await ann.socket.request('hands.number', { key: [ann.id, bob.id].toSorted().join(':') })
    await ann.socket.request('hands.pour', { conversation, count: 6_000 })
    const ask = () => search(bob, 'drop 5999').catch((refusal: Loose) => refusal)
    const refused = await ask()
    expect(refused).toMatchObject({ code: 'CHAT_SEARCH_BEHIND', error: { retry: true, retryAfterMs: 2_000 } })
    let answer = refused
    while (answer.code === 'CHAT_SEARCH_BEHIND') answer = await ask()
    expect(answer.hits).toHaveLength(1)
  })

  describe('what is asked for', () => {
    test('comes newest first, in pages that go on where the last one ended', async () => {
      const [ann, bob] = await pair()
      for (let i = 1; i <= 25; i++) await say(i % 2 ? ann : bob, i % 2 ? bob.id : ann.id, `page ${i}`)
      const seen: string[] = []
      let before: string | undefined
      do {
        const { hits, next } = await search(ann, 'page', { limit: 10, ...(before && { before }) })
        seen.push(...hits.map(({ message: { data } }: Loose) => data.text))
        before = next
      } while (before)
      expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `page ${25 - i}`))
    })

    test('can be of one conversation, and of one sender', async () => {
      const [ann, bob] = await pair()
      const cat = await person()
      const { id: group } = await ann.socket.request('chat.create', { name: 'G', users: [bob.id] })
      await say(ann, bob.id, 'word 1')
      await say(bob, ann.id, 'word 2')
      await say(cat, ann.id, 'word 3')
      await say(bob, group, 'word 4')
      await say(ann, ann.id, 'word 5')
      expect(await texts(ann, 'word')).toEqual(['word 5', 'word 4', 'word 3', 'word 2', 'word 1'])
      expect(await texts(ann, 'word', { to: bob.id })).toEqual(['word 2', 'word 1'])
      expect(await texts(ann, 'word', { to: group })).toEqual(['word 4'])
      expect(await texts(ann, 'word', { to: ann.id })).toEqual(['word 5'])
      expect(await texts(ann, 'word', { from: bob.id })).toEqual(['word 4', 'word 2'])
      expect(await texts(ann, 'word', { from: bob.id, to: bob.id })).toEqual(['word 2'])
    })

    test('in signs that mean something to a database is only words', async () => {
      const [ann, bob] = await pair()
      await say(ann, bob.id, 'this or that')
      for (const text of [
        '"this',
        'this*',
        'this OR',
        'NOT this',
        '-this',
        'words:this',
        '^this',
        "this'",
        'this & that',
        '(this',
        'this\0',
      ]) {
        const found = await texts(bob, text)
        expect([text, found]).toEqual([text, /NOT|words/.test(text) ? [] : ['this or that']])
      }
      expect(await texts(bob, `_u${ann.id.slice(1)}`)).toEqual([])
    })

    test('without a letter or a digit is refused, and so is too much of it', async () => {
      const ann = await person()
      for (const text of ['   ', '!?', '"*()', '👍', '\ud800']) {
        expect(await ann.socket.refusal('chat.search', { text })).toBe('CHAT_NOTHING_TO_FIND')
      }
      const bad = [{ text: '' }, { text: 'x'.repeat(257) }, { text: 7 }, {}, { text: 'x', limit: 0 }, { text: 'x', limit: 51 }]
      const ids = [{ to: 'X1' }, { from: 'G1' }, { before: '9' }, { before: `M${'9'.repeat(19)}` }].map((one) => ({ text: 'x', ...one }))
      for (const data of [...bad, ...ids]) expect(await ann.socket.refusal('chat.search', data)).toBe('CORE_BAD_FIELD')
      expect(await texts(ann, '好'.repeat(256))).toEqual([])
      expect(await texts(ann, Array.from({ length: 128 }, (_, i) => String.fromCharCode(97 + (i % 26))).join(' '))).toEqual([])
    })
  })

  test('the client finds messages, and goes on from where a page ended', async () => {
    const ann = await person()
    for (const text of ['client one', 'client two']) await say(ann, ann.id, text)
    const client = createClient({ url: server.url, token: async () => `test.${ann.id}` })
    const { promise: online, resolve } = Promise.withResolvers<void>()
    client.onState(({ kind }) => kind === 'online' && resolve())
    client.start()
    await online
    const first = await client.chat.search('client', { limit: 1 })
    const second = await client.chat.search('client', { limit: 1, ...(first.next && { before: first.next }) })
    client.stop()
    expect([first, second].flatMap(({ hits }) => hits.map(({ message }) => message.data.text))).toEqual(['client two', 'client one'])
  })

  test('pages of long texts are short, so that they fit any reader’s buffer, and none is left out', async () => {
    const [ann, bob] = await pair()
    for (let i = 1; i <= 20; i++) await say(ann, bob.id, `long ${i} ${'天气 x '.repeat(2_000)}`)
    const seen: string[] = []
    let before: string | undefined
    do {
      const { hits, next } = await search(ann, 'long', { limit: 50, ...(before && { before }) })
      expect(JSON.stringify(hits).length).toBeLessThan(200_000)
      seen.push(...hits.map(({ message: { data } }: Loose) => data.text.slice(5, 7).trim()))
      before = next
    } while (before)
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `${20 - i}`))
    const words = Array.from({ length: 128 }, () => '天').join(' ')
    expect((await search(ann, words.slice(0, 256))).hits[0].highlights).toHaveLength(50)
  })

  describe('nobody finds', () => {
    test('what others say to each other, whatever they ask', async () => {
      const [ann, bob] = await pair()
      const eve = await person()
      const { id: group } = await ann.socket.request('chat.create', { name: 'G', users: [bob.id] })
      await say(ann, bob.id, 'secret')
      await say(ann, group, 'secret')
      await say(eve, ann.id, 'hello')
      for (const more of [{}, { to: ann.id }, { to: bob.id }, { from: ann.id }])
        expect(await search(eve, 'secret', more)).toEqual({ hits: [] })
    })

    test('out whether a group exists', async () => {
      const [ann, eve] = await pair()
      const { id: to } = await ann.socket.request('chat.create', { name: 'G' })
      const refused = await Promise.all(
        [to, 'G1'].map((one) => eve.socket.request('chat.search', { text: 'x', to: one }).catch(({ error }: Loose) => error)),
      )
      expect(refused[0]).toMatchObject({ code: 'CHAT_NO_SUCH_CONVERSATION', path: '/data/to' })
      expect(refused[1]).toEqual(refused[0])
      expect(await search(eve, 'x', { to: 'U999999' })).toEqual({ hits: [] })
    })

    test('what was said in a group before they came and after they left', async () => {
      const [ann, bob] = await pair()
      const { id: to } = await ann.socket.request('chat.create', { name: 'G' })
      await say(ann, to, 'tale 1')
      await ann.socket.request('chat.invite', { users: [bob.id] }, { to })
      await say(ann, to, 'tale 2')
      await ann.socket.request('chat.kick', { users: [bob.id] }, { to })
      await say(ann, to, 'tale 3')
      for (const more of [{}, { to }]) expect(await texts(bob, 'tale', more)).toEqual(['tale 2'])
      expect(await texts(ann, 'tale')).toEqual(['tale 3', 'tale 2', 'tale 1'])
    })

    test('what they have cleared or hidden, while the other one still does', async () => {
      const [ann, bob] = await pair()
      for (let i = 1; i <= 4; i++) await say(ann, bob.id, `leaf ${i}`)
      await bob.socket.request('chat.clear', { seq: 2 }, { to: ann.id })
      await bob.socket.request('chat.hide', { targets: [4] }, { to: ann.id })
      expect(await texts(bob, 'leaf')).toEqual(['leaf 3'])
      expect(await texts(ann, 'leaf')).toHaveLength(4)
    })
  })
})

forEachDatabase('the search index', (newDatabase) => {
  test('catches up after a start, without anybody searching', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-search-'))
    const databaseUrl = (await newDatabase()) ?? `sqlite:${join(folder, 'chat.db')}`
    const first = await startTestServer([chat, hands], { databaseUrl })
    const ann = await first.connect('U1')
    await ann.request('chat.send', { text: 'late at first', clientId: 'c' }, { to: 'U2' })
    // Once this is indexed the first server looks for nothing more: what is poured in now is left to the second.
    let count = 0
    while (count < 1) ({ count } = await ann.request('hands.docs'))
    const { number: conversation } = await ann.request('hands.number', { key: 'U1:U2' })
    await ann.request('hands.pour', { conversation, count: 250 })
    await first.stop()
    const log = quietLog()
    await using second = await startTestServer([chat, hands], { databaseUrl, log })
    const bob = await second.connect('U2')
    while (count < 251) ({ count } = await bob.request('hands.docs'))
    expect(count).toBe(251)
    while (!log.lines.includes('info the search index has caught up')) await bob.settle()
    expect(log.lines).toContain('info the search index catches up')
    expect((await bob.request('chat.search', { text: 'drop' })).hits).toHaveLength(20)
    await second.stop()
    rmSync(folder, { recursive: true })
  }, 60_000)
})
