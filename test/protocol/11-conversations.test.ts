// PROTOCOL.md section 11, beyond sending: changes of messages, receipts, groups.
import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { fresh, type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('chat')

const pair = (): Promise<[Guest, Guest]> => Promise.all([target.connect('Ann'), target.connect('Bob')])
const act = ({ socket }: Guest, to: string, verb: string, data: object) =>
  socket.request(`chat.${verb}`, { clientId: fresh('c'), ...data }, { to })
const refusal = ({ socket }: Guest, to: string, verb: string, data: object) =>
  socket.refusal(`chat.${verb}`, { clientId: fresh('c'), ...data }, { to })
const trio = async (details: object = {}) => {
  const [ann, bob, cat] = (await Promise.all(['Ann', 'Bob', 'Cat'].map((name) => target.connect(name)))) as [Guest, Guest, Guest]
  const { id: to } = await ann.socket.request('chat.create', { name: 'Trio', users: [bob.id, cat.id], ...details })
  return { ann, bob, cat, to: to as string }
}

describeUnless(lacks)('PROTOCOL 11: changes', () => {
  test('take positions of their own, are told to both, and the message shows them', async () => {
    const [ann, bob] = await pair()
    await act(ann, bob.id, 'send', { text: 'one' })
    const changes = [
      ['edit', 'edited', { target: 1, text: 'two' }],
      ['react', 'reacted', { target: 1, emoji: '🎉', on: true }],
      ['pin', 'pinned', { target: 1, on: true }],
      ['recall', 'recalled', { target: 1 }],
    ] as const
    for (const [n, [verb, event, data]] of changes.entries()) {
      const ack = await act(ann, bob.id, verb, data)
      expect(ack.seq).toBe(n + 2)
      expect(await bob.socket.next(`chat.${event}`)).toMatchObject({
        from: ann.id,
        to: bob.id,
        seq: n + 2,
        data: { id: ack.id, prev: n + 1, ...data },
      })
    }
    const { messages } = await bob.socket.request('chat.history', { after: 0 }, { to: ann.id })
    expect(messages.map(({ seq, type }: Loose) => [seq, type])).toEqual([
      [1, 'chat.posted'],
      [2, 'chat.edited'],
      [3, 'chat.reacted'],
      [4, 'chat.pinned'],
      [5, 'chat.recalled'],
    ])
    expect(messages[0].data).toMatchObject({ text: '', recalledAt: expect.any(String) })
  })

  test('are refused on what is not there, was taken back, or is not one’s own', async () => {
    const [ann, bob] = await pair()
    await act(ann, bob.id, 'send', { text: 'one' })
    expect(await refusal(bob, ann.id, 'edit', { target: 1, text: 'x' })).toBe('CHAT_NOT_YOURS')
    expect(await refusal(ann, bob.id, 'react', { target: 9, emoji: 'x' })).toBe('CHAT_NO_SUCH_MESSAGE')
    expect(await refusal(ann, bob.id, 'send', { text: 'x', reply: 9 })).toBe('CHAT_NO_SUCH_MESSAGE')
    await act(ann, bob.id, 'recall', { target: 1 })
    expect(await refusal(bob, ann.id, 'react', { target: 1, emoji: 'x' })).toBe('CHAT_RECALLED')
  })

  test('entities are checked: their kinds, their bounds, their addresses', async () => {
    const [ann, bob] = await pair()
    const good = [
      { type: 'bold', offset: 0, length: 2 },
      { type: 'link', offset: 3, length: 2, url: 'https://example.org' },
    ]
    await act(ann, bob.id, 'send', { text: 'hi you', entities: good })
    expect((await bob.socket.next('chat.posted')).data.entities).toEqual(good)
    for (const bad of [
      { type: 'script' },
      { url: 'javascript:alert(1)' },
      { offset: -1 },
      { length: 0 },
      { html: '<b>' },
      { user: 'Bob' },
    ]) {
      const entities = [{ type: 'link', offset: 0, length: 2, ...bad }]
      expect([bad, await refusal(ann, bob.id, 'send', { text: 'hi', entities })]).toEqual([bad, 'CORE_BAD_FIELD'])
    }
    const many = Array.from({ length: 51 }, () => good[0])
    expect(await refusal(ann, bob.id, 'send', { text: 'hi', entities: many })).toBe('CORE_BAD_FIELD')
  })
})

describeUnless(lacks)('PROTOCOL 11: receipts', () => {
  test('rise only, never beyond the head, and are told to both', async () => {
    const [ann, bob] = await pair()
    for (const text of ['a', 'b']) await act(ann, bob.id, 'send', { text })
    expect(await bob.socket.request('chat.delivered', { seq: 2 }, { to: ann.id })).toEqual({ delivered: 2 })
    expect(await bob.socket.request('chat.read', { seq: 9 }, { to: ann.id })).toEqual({ read: 2 })
    expect(await bob.socket.request('chat.read', { seq: 1 }, { to: ann.id })).toEqual({ read: 2 })
    const receipt = await ann.socket.next('chat.receipt', ({ data }) => data.read === 2)
    expect(receipt).toMatchObject({ from: bob.id, data: { user: bob.id, read: 2, delivered: 2 } })
  })

  test('of a conversation that is not there are refused, and typing with them', async () => {
    const [ann] = await pair()
    for (const verb of ['read', 'delivered', 'typing', 'info', 'members', 'leave']) {
      const data = verb === 'read' || verb === 'delivered' ? { seq: 1 } : {}
      expect([verb, await ann.socket.refusal(`chat.${verb}`, data, { to: 'G1' })]).toEqual([verb, 'CHAT_NO_SUCH_CONVERSATION'])
    }
  })
})

describeUnless(lacks)('PROTOCOL 11: groups', () => {
  test('carry messages to everybody in them, and to nobody who has been put out', async () => {
    const { ann, bob, cat, to } = await trio()
    const { seq } = await act(bob, to, 'send', { text: 'hello' })
    for (const { socket } of [ann, bob, cat]) expect(await socket.next('chat.posted')).toMatchObject({ from: bob.id, to, seq })
    expect(await ann.socket.request('chat.kick', { users: [cat.id] }, { to })).toEqual({ removed: [cat.id] })
    expect(await cat.socket.next('chat.grouped', ({ data }) => data.change.removed !== undefined)).toMatchObject({
      data: { change: { removed: [cat.id] } },
    })
    await act(bob, to, 'send', { text: 'among us' })
    await cat.socket.settle()
    expect(cat.socket.frames.some(({ data }) => data?.text === 'among us')).toBe(false)
    expect(await refusal(cat, to, 'send', { text: 'x' })).toBe('CHAT_NO_SUCH_CONVERSATION')
  })

  test('answer every misuse of a role with its code', async () => {
    const { ann, bob, cat, to } = await trio({ kind: 'broadcast' })
    expect(await refusal(bob, to, 'send', { text: 'x' })).toBe('CHAT_NOT_ALLOWED')
    const request = (who: Guest, verb: string, data: object) => who.socket.refusal(`chat.${verb}`, data, { to })
    expect(await request(bob, 'kick', { users: [cat.id] })).toBe('CHAT_NOT_ALLOWED')
    expect(await request(bob, 'dismiss', {})).toBe('CHAT_NOT_ALLOWED')
    expect(await request(ann, 'leave', {})).toBe('CHAT_OWNER_STAYS')
    const eve = await target.connect('Eve')
    expect(await request(eve, 'join', {})).toBe('CHAT_NO_SUCH_CONVERSATION')
    for (const until of ['tomorrow', '0000-01-01T00:00:00.000Z']) {
      expect(await request(ann, 'mute', { user: bob.id, until })).toBe('CORE_BAD_FIELD')
    }
    expect(await request(ann, 'change', { name: '' })).toBe('CORE_BAD_FIELD')
    expect(await request(ann, 'change', { owner: eve.id })).toBe('CORE_BAD_FIELD')
  })

  test('are listed for those who are in them, by id, and by role', async () => {
    const { ann, bob, to } = await trio()
    const { id: own } = await bob.socket.request('chat.create', { name: 'Own' })
    const first = await bob.socket.request('chat.groups', { limit: 1 })
    expect(first).toEqual({
      groups: [{ id: to, name: 'Trio', avatar: '', kind: 'group', owner: ann.id, count: 3, role: 'member' }],
      more: true,
    })
    expect(await bob.socket.request('chat.groups', { after: to })).toMatchObject({ groups: [{ id: own, role: 'owner' }], more: false })
    expect((await bob.socket.request('chat.groups', { role: 'owner' })).groups).toMatchObject([{ id: own }])
    await bob.socket.request('chat.leave', {}, { to })
    expect((await bob.socket.request('chat.groups')).groups).toMatchObject([{ id: own }])
    expect(await bob.socket.refusal('chat.groups', { role: 'king' })).toBe('CORE_BAD_FIELD')
  })

  test('keep what had been said for those who are out, with the entry that says so as the last', async () => {
    const { ann, bob, cat, to } = await trio()
    await act(ann, to, 'send', { text: 'before' })
    await ann.socket.request('chat.kick', { users: [bob.id] }, { to })
    await cat.socket.request('chat.leave', {}, { to })
    await act(ann, to, 'send', { text: 'after' })
    const seen = async ({ socket }: Guest) => {
      const { messages, head, more } = await socket.request('chat.history', { after: 1 }, { to })
      return [messages.map(({ data }: Loose) => data.text ?? data.change), head, more]
    }
    expect(await seen(bob)).toEqual([['before', { removed: [bob.id] }], 3, false])
    expect(await seen(cat)).toEqual([['before', { removed: [bob.id] }, { left: cat.id }], 4, false])
  })

  test('tell who is in them, page by page', async () => {
    const { ann, bob, cat, to } = await trio()
    const ids: string[] = []
    for (let more = true; more; ) {
      const page = await bob.socket.request('chat.members', { after: ids.at(-1) ?? '', limit: 2 }, { to })
      ids.push(...page.members.map(({ id }: Loose) => id))
      more = page.more
    }
    expect(ids.sort()).toEqual([ann.id, bob.id, cat.id].sort())
  })
})
