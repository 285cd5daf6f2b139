import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { definePlugin, Relations, Users } from '#core'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

/** A directory in which everybody exists but U404. */
const directory = definePlugin({
  id: 'directory',
  provides: { users: Users },
  setup: () => ({
    services: {
      users: {
        find: async (id) => (id === 'U404' ? undefined : { id, name: `Name of ${id}` }),
        names: async (ids) => new Map(ids.map((id) => [id, `Name of ${id}`])),
        exists: (id) => (id.endsWith('1') ? id !== 'U404' : Promise.resolve(id !== 'U404')),
      },
    },
  }),
})

/** Somebody who takes messages from nobody. */
const hermit = definePlugin({
  id: 'hermit',
  provides: { relations: Relations },
  setup: () => ({ services: { relations: { mayReach: (_, __, to) => (to.endsWith('7') ? to !== 'U777' : Promise.resolve(true)) } } }),
})

forEachDatabase('chat', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([directory, hermit, chat], { env: { PARLEY_CHAT_MAX_TEXT: '20' }, ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 1000
  /** Two people whom no other test knows. */
  const pair = async (): Promise<{ ann: TestSocket; bob: TestSocket; annId: string; bobId: string }> => {
    const [annId, bobId] = [`U${++people}1`, `U${++people}2`]
    const [ann, bob] = await Promise.all([server.connect(annId), server.connect(bobId)])
    return { ann, bob, annId, bobId }
  }
  const send = (socket: TestSocket, to: string, text: string, clientId = text) => socket.request('chat.send', { text, clientId }, { to })

  describe('a message', () => {
    test('reaches every device of both people, with the position that its ack names', async () => {
      const { ann, bob, annId, bobId } = await pair()
      const phone = await server.connect(annId)
      const ack = await send(ann, bobId, 'hello', 'c1')
      const posted = {
        type: 'chat.posted',
        from: annId,
        to: bobId,
        seq: 1,
        time: ack.time,
        data: { id: ack.id, clientId: 'c1', text: 'hello', prev: 0 },
      }
      for (const device of [ann, phone, bob]) expect(await device.next('chat.posted')).toEqual(posted)
      expect(ack).toEqual({ id: expect.stringMatching(/^M\d+$/), seq: 1, time: expect.any(String), epoch: expect.any(String) })
    })

    test('comes before its ack on the connection that sent it', async () => {
      const { ann, bobId } = await pair()
      await send(ann, bobId, 'a')
      const types = ann.frames.map(({ type }) => type)
      expect(types.indexOf('chat.posted')).toBeLessThan(types.indexOf('ack'))
    })

    test('sent again with the same clientId returns the first ack, and is delivered once', async () => {
      const { ann, bob, bobId } = await pair()
      const first = await send(ann, bobId, 'once', 'same')
      expect(await send(ann, bobId, 'once', 'same')).toEqual({ ...first, dup: true })
      await send(ann, bobId, 'next')
      await bob.next('chat.posted', ({ data }) => data.text === 'next')
      expect(bob.frames.filter(({ type }) => type === 'chat.posted').map(({ seq }) => seq)).toEqual([1, 2])
    })

    test('with a clientId of another text is refused, and the first one stays', async () => {
      const { ann, bob, annId, bobId } = await pair()
      await send(ann, bobId, 'first', 'same')
      await expect(send(ann, bobId, 'other', 'same')).rejects.toMatchObject({ code: 'CHAT_IDEMPOTENCY_CONFLICT' })
      const { messages } = await bob.request('chat.history', {}, { to: annId })
      expect(messages.map(({ data }: Loose) => data.text)).toEqual(['first'])
    })

    test('of the same clientId sent by many devices at once is stored once', async () => {
      const { ann, annId, bobId } = await pair()
      const devices = await Promise.all(Array.from({ length: 8 }, () => server.connect(annId)))
      const acks = await Promise.all(devices.map((device) => send(device, bobId, 'race', 'race')))
      expect(new Set(acks.map(({ id, seq }) => `${id} ${seq}`)).size).toBe(1)
      expect(acks.filter(({ dup }) => !dup)).toHaveLength(1)
      expect((await ann.request('chat.history', {}, { to: bobId })).messages).toHaveLength(1)
    })

    test('keeps its clientId apart per conversation and per sender', async () => {
      const { ann, bob, annId, bobId } = await pair()
      const other = await pair()
      expect((await send(ann, bobId, 'x', 'k')).seq).toBe(1)
      expect((await send(bob, annId, 'y', 'k')).seq).toBe(2)
      expect((await send(ann, other.annId, 'z', 'k')).seq).toBe(1)
    })

    test('may be to oneself', async () => {
      const { ann, annId } = await pair()
      await send(ann, annId, 'note')
      await ann.next('chat.posted')
      await ann.settle()
      expect(ann.frames.filter(({ type }) => type === 'chat.posted')).toHaveLength(1)
    })

    test('is kept as it was written, and made well-formed where it was not', async () => {
      const { ann, annId, bobId } = await pair()
      await send(ann, bobId, '  <b>你好 👩‍👩‍👧</b>', 'c1')
      await send(ann, bobId, 'a\ud800b\0c', 'c2')
      const { messages } = await ann.request('chat.history', {}, { to: bobId })
      expect(messages.map(({ data }: Loose) => data.text)).toEqual(['  <b>你好 👩‍👩‍👧</b>', 'a\uFFFDb\uFFFDc'])
      expect(messages[0].from).toBe(annId)
    })
  })

  describe('order', () => {
    test('is that of sending, for what one connection sends without waiting', async () => {
      const { ann, bob, bobId } = await pair()
      const acks = await Promise.all(Array.from({ length: 100 }, (_, n) => send(ann, bobId, `n${n}`)))
      expect(acks.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
      await bob.next('chat.posted', ({ seq }) => seq === 100)
      const posted = bob.frames.filter(({ type }) => type === 'chat.posted')
      expect(posted.map(({ seq, data }) => `${seq} ${data.prev} ${data.text}`)).toEqual(
        Array.from({ length: 100 }, (_, n) => `${n + 1} ${n} n${n}`),
      )
    })

    test('has no holes and is the same for both, when both write at once', async () => {
      const { ann, bob, annId, bobId } = await pair()
      await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? send(ann, bobId, `a${n}`) : send(bob, annId, `b${n}`))))
      const [mine, theirs] = await Promise.all([
        ann.request('chat.history', { after: 0, limit: 200 }, { to: bobId }),
        bob.request('chat.history', { after: 0, limit: 200 }, { to: annId }),
      ])
      expect(mine).toEqual(theirs)
      expect(mine.messages.map(({ seq }: Loose) => seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
    })

    test('is not disturbed by a message that is refused between others', async () => {
      const { ann, bobId } = await pair()
      await send(ann, bobId, 'a', 'k')
      const outcomes = await Promise.allSettled([send(ann, bobId, 'b'), send(ann, bobId, 'x', 'k'), send(ann, bobId, 'c')])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((outcomes[2] as PromiseFulfilledResult<Loose>).value.seq).toBe(3)
    })
  })

  test('many conversations may begin at the same moment', async () => {
    const pairs = await Promise.all(Array.from({ length: 60 }, pair))
    const acks = await Promise.all(pairs.map(({ ann, bobId }) => send(ann, bobId, 'first')))
    expect(acks.map(({ seq }) => seq)).toEqual(pairs.map(() => 1))
  })

  describe('what is refused', () => {
    test('text that is empty, or only blank', async () => {
      const { ann, bobId } = await pair()
      for (const text of ['', ' \n\t '])
        expect(await ann.refusal('chat.send', { text, clientId: 'c' }, { to: bobId })).toBe('CHAT_TEXT_EMPTY')
    })

    test('text that is too long, with the place', async () => {
      const { ann, bobId } = await pair()
      await expect(send(ann, bobId, 'x'.repeat(21), 'c')).rejects.toMatchObject({
        error: { code: 'CHAT_TEXT_TOO_LONG', kind: 'too_large', path: '/data/text' },
      })
      expect((await send(ann, bobId, 'x'.repeat(20), 'c')).seq).toBe(1)
    })

    test('an addressee who does not exist', async () => {
      const { ann } = await pair()
      await expect(send(ann, 'U404', 'hi')).rejects.toMatchObject({ error: { code: 'CHAT_NO_SUCH_USER', path: '/to' } })
    })

    test('an addressee who takes no messages from the sender', async () => {
      const { ann } = await pair()
      await expect(send(ann, 'U777', 'hi')).rejects.toMatchObject({ error: { code: 'CHAT_REFUSED', kind: 'forbidden', path: '/to' } })
      expect((await ann.request('chat.list')).conversations).toEqual([])
    })

    test('a clientId that is none, and fields that are not a client’s to set', async () => {
      const { ann, bobId } = await pair()
      for (const clientId of ['', 'a b', 'x'.repeat(65), 7, null]) {
        expect(await ann.refusal('chat.send', { text: 'a', clientId }, { to: bobId })).toBe('CORE_BAD_FIELD')
      }
      expect(await ann.refusal('chat.send', { text: 'a', clientId: 'c', seq: 9 }, { to: bobId })).toBe('CORE_BAD_FIELD')
      expect(await ann.refusal('chat.send', { text: 'a', clientId: 'c' })).toBe('CORE_BAD_FIELD')
    })
  })

  describe('chat.history', () => {
    test('pages forwards and backwards without a hole or a repeat', async () => {
      const { ann, bobId } = await pair()
      for (let n = 1; n <= 7; n++) await send(ann, bobId, `m${n}`)
      const page = async (data: object) => {
        const { messages, head, more } = await ann.request('chat.history', data, { to: bobId })
        return [messages.map(({ seq }: Loose) => seq), head, more]
      }
      expect(await page({})).toEqual([[1, 2, 3, 4, 5, 6, 7], 7, false])
      expect(await page({ limit: 3 })).toEqual([[5, 6, 7], 7, true])
      expect(await page({ before: 5, limit: 3 })).toEqual([[2, 3, 4], 7, true])
      expect(await page({ before: 2, limit: 3 })).toEqual([[1], 7, false])
      expect(await page({ after: 2, limit: 3 })).toEqual([[3, 4, 5], 7, true])
      expect(await page({ after: 5, limit: 3 })).toEqual([[6, 7], 7, false])
      expect(await page({ after: 7 })).toEqual([[], 7, false])
    })

    test('cuts a page of long texts, and says that there is more', async () => {
      await using roomy = await startTestServer([chat], { env: { PARLEY_CHAT_MAX_TEXT: '16000' } })
      const ann = await roomy.connect('U1')
      for (let n = 0; n < 30; n++) await send(ann, 'U2', `${n} `.padEnd(16_000, 'x'), `c${n}`)
      const seen: number[] = []
      for (let more = true; more; ) {
        const page = await ann.request('chat.history', { after: seen.at(-1) ?? 0, limit: 200 }, { to: 'U2' })
        seen.push(...page.messages.map(({ seq }: Loose) => seq))
        more = page.more
      }
      expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n + 1))
      const newest = await ann.request('chat.history', { limit: 200 }, { to: 'U2' })
      expect([newest.messages.length, newest.messages.at(-1).seq, newest.more]).toEqual([12, 30, true])
    })

    test('of people who never wrote to each other is empty', async () => {
      const { ann } = await pair()
      expect(await ann.request('chat.history', {}, { to: 'U999999' })).toEqual({
        messages: [],
        head: 0,
        more: false,
        epoch: expect.any(String),
      })
    })

    test('refuses bounds and limits that make no sense', async () => {
      const { ann, bobId } = await pair()
      for (const data of [
        { before: 1, after: 1 },
        { limit: 0 },
        { limit: 201 },
        { before: -1 },
        { after: 1.5 },
        { after: '1' },
        { limit: Number.MAX_VALUE },
      ]) {
        expect(await ann.refusal('chat.history', data, { to: bobId })).toBe('CORE_BAD_FIELD')
      }
    })
  })

  test('chat.list shows my conversations, the newest first, with names and last messages', async () => {
    const { ann, annId, bob, bobId } = await pair()
    const { bob: cat, bobId: catId } = await pair()
    await send(ann, bobId, 'to bob', 'c1')
    await send(cat, annId, 'from cat', 'c2')
    const { conversations } = await ann.request('chat.list', {})
    expect(conversations.map(({ user, head, last }: Loose) => [user, head, last.from, last.to, last.data.text])).toEqual([
      [{ id: catId, name: `Name of ${catId}` }, 1, catId, annId, 'from cat'],
      [{ id: bobId, name: `Name of ${bobId}` }, 1, annId, bobId, 'to bob'],
    ])
    expect((await ann.request('chat.list', { limit: 1 })).conversations).toHaveLength(1)
    expect((await bob.request('chat.list')).conversations.map(({ user }: Loose) => user.id)).toEqual([annId])
  })
})
