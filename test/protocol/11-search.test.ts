import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('chat')

describeUnless(lacks)('PROTOCOL 11: chat.search', () => {
  const found = async ({ socket }: Guest, data: object) =>
    (await socket.request('chat.search', data)).hits.map(({ message }: { message: Loose }) => message.data.text)

  test('finds messages by their words at once, newest first, with where they stand', async () => {
    const [ann, bob] = await Promise.all([target.connect('Ann'), target.connect('Bob')])
    for (const [i, text] of ['An apple a day', '苹果很好吃', 'Apples and pears', 'my APPLE'].entries()) {
      await ann.socket.request('chat.send', { text, clientId: `s${i}` }, { to: bob.id })
    }
    const { hits } = await bob.socket.request('chat.search', { text: 'apple' })
    expect(hits).toEqual([
      {
        to: ann.id,
        message: expect.objectContaining({ type: 'chat.posted', from: ann.id, seq: 4 }),
        highlights: [{ offset: 3, length: 5 }],
      },
      {
        to: ann.id,
        message: expect.objectContaining({ type: 'chat.posted', from: ann.id, seq: 1 }),
        highlights: [{ offset: 3, length: 5 }],
      },
    ])
    const { messages } = await bob.socket.request('chat.history', { limit: 1 }, { to: ann.id })
    expect(hits[0].message).toEqual(messages[0])
    expect(await found(bob, { text: '果很' })).toEqual(['苹果很好吃'])
    expect(await found(bob, { text: 'apple', to: ann.id, limit: 1 })).toEqual(['my APPLE'])
    expect(await found(ann, { text: 'apple', from: bob.id })).toEqual([])
  })

  test('goes on from next, and shows a message as it is now', async () => {
    const [ann, bob] = await Promise.all([target.connect('Ann'), target.connect('Bob')])
    for (let i = 1; i <= 3; i++) await ann.socket.request('chat.send', { text: `word ${i}`, clientId: `s${i}` }, { to: bob.id })
    await ann.socket.request('chat.edit', { target: 2, text: 'other word', clientId: 'e' }, { to: bob.id })
    await ann.socket.request('chat.recall', { target: 1, clientId: 'r' }, { to: bob.id })
    const { hits, next } = await bob.socket.request('chat.search', { text: 'word', limit: 1 })
    expect(hits[0].message.data.text).toBe('word 3')
    expect(await found(bob, { text: 'word', before: next })).toEqual(['other word'])
  })

  test('finds nothing of other people’s, and answers the same for a group that is not there and one that is not theirs', async () => {
    const [ann, bob, eve] = await Promise.all([target.connect('Ann'), target.connect('Bob'), target.connect('Eve')])
    await ann.socket.request('chat.send', { text: 'secret', clientId: 's' }, { to: bob.id })
    const { id } = await ann.socket.request('chat.create', { name: 'G', users: [bob.id] })
    for (const data of [{}, { to: ann.id }, { to: bob.id }, { from: ann.id }])
      expect(await found(eve, { text: 'secret', ...data })).toEqual([])
    for (const to of [id, 'G1']) expect(await eve.socket.refusal('chat.search', { text: 'x', to })).toBe('CHAT_NO_SUCH_CONVERSATION')
  })

  test.each([
    [{ text: '' }, 'CORE_BAD_FIELD'],
    [{ text: 'x'.repeat(10_000) }, 'CORE_BAD_FIELD'],
    [{ text: '"* -()' }, 'CHAT_NOTHING_TO_FIND'],
    [{ text: '\ud800' }, 'CHAT_NOTHING_TO_FIND'],
    [{ text: 'x', to: 'x' }, 'CORE_BAD_FIELD'],
    [{ text: 'x', limit: 51 }, 'CORE_BAD_FIELD'],
  ])('refuses %#', async (data, code) => {
    const ann = await target.connect()
    expect(await ann.socket.refusal('chat.search', data)).toBe(code)
  })
})
