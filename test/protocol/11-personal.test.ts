// PROTOCOL.md section 11: what people want for themselves; mentions, forwards, content; receipts that are switched off.
import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { fresh, type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('chat')

const pair = (): Promise<[Guest, Guest]> => Promise.all([target.connect('Ann'), target.connect('Bob')])
const trio = async () => {
  const [ann, bob, cat] = (await Promise.all(['Ann', 'Bob', 'Cat'].map((name) => target.connect(name)))) as [Guest, Guest, Guest]
  const { id: to } = await ann.socket.request('chat.create', { name: 'Trio', users: [bob.id, cat.id] })
  return { ann, bob, cat, to: to as string }
}
const ask = ({ socket }: Guest, to: string, verb: string, data: object = {}): Promise<Loose> => socket.request(`chat.${verb}`, data, { to })
const act = (who: Guest, to: string, verb: string, data: object): Promise<Loose> => ask(who, to, verb, { clientId: fresh('c'), ...data })
const refusal = ({ socket }: Guest, to: string, verb: string, data: object): Promise<string> => socket.refusal(`chat.${verb}`, data, { to })
const list = async ({ socket }: Guest, data: object = {}): Promise<Loose[]> => (await socket.request('chat.list', data)).conversations
const history = async (who: Guest, to: string): Promise<Loose[]> => (await ask(who, to, 'history', { after: 0 })).messages
/** Another device of the same person. */
const another = async (who: Guest): Promise<Guest> => ({ ...who, socket: await target.open(who.tokens.accessToken) })
const past = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()

describeUnless(lacks)('PROTOCOL 11: what one wants of a conversation', () => {
  test('is told to one’s other devices and to nobody else, and stands in the list', async () => {
    const [ann, bob] = await pair()
    await act(bob, ann.id, 'send', { text: 'hi' })
    const phone = await another(ann)
    const wanted = { mute: true, pin: true, archive: true, marked: true }
    expect(await ask(ann, bob.id, 'personalize', wanted)).toEqual(wanted)
    const event = await phone.socket.next('chat.personalized')
    expect(event).toEqual({ type: 'chat.personalized', from: ann.id, to: bob.id, time: expect.any(String), data: wanted })
    await bob.socket.settle()
    expect(bob.socket.frames.some(({ type }) => type === 'chat.personalized')).toBe(false)
    expect(await list(ann)).toEqual([])
    expect(await list(ann, { folder: 'archive' })).toMatchObject([{ to: bob.id, ...wanted }])
    expect((await list(bob))[0]).not.toHaveProperty('pin')
    expect(await ask(ann, bob.id, 'personalize', { mute: false, archive: false })).toEqual({ pin: true, marked: true })
    await ask(ann, bob.id, 'read', { seq: 1 })
    expect(await ask(ann, bob.id, 'personalize', {})).toEqual({ pin: true })
  })

  test('includes a draft, of which the newest wins until it is sent', async () => {
    const [ann, bob] = await pair()
    const phone = await another(ann)
    const draft = { text: 'See you', time: past(2) }
    expect(await ask(ann, bob.id, 'draft', draft)).toEqual({ draft })
    expect((await phone.socket.next('chat.drafted')).data).toEqual({ draft })
    expect(await ask(phone, bob.id, 'draft', { text: 'See', time: past(1) })).toEqual({ draft })
    expect(await list(phone)).toMatchObject([{ to: bob.id, draft }])
    await act(ann, bob.id, 'send', { text: 'See you', draft: past(2) })
    expect((await phone.socket.next('chat.drafted', ({ data }) => data.draft === null)).to).toBe(bob.id)
    expect(await ask(phone, bob.id, 'draft', { text: 'See', time: past(2) })).toEqual({ draft: null })
    expect(await refusal(ann, bob.id, 'draft', { text: 'x'.repeat(4_097), time: past(3) })).toBe('CHAT_TEXT_TOO_LONG')
  })

  test('pages through the list with its cursor', async () => {
    const ann = await target.connect('Ann')
    for (let n = 0; n < 5; n++) await act(await target.connect('Bob'), ann.id, 'send', { text: `${n}` })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const { conversations, next } = await ann.socket.request('chat.list', { limit: 2, ...(cursor !== undefined && { cursor }) })
      seen.push(...conversations.map(({ last }: Loose) => last.data.text))
      cursor = next
    } while (cursor !== undefined)
    expect(seen).toEqual(['4', '3', '2', '1', '0'])
    for (const bad of ['', 'x', '0.1.X1']) expect(await ann.socket.refusal('chat.list', { cursor: bad })).toBe('CORE_BAD_FIELD')
    expect(await ann.socket.refusal('chat.list', { folder: 'other' })).toBe('CORE_BAD_FIELD')
  })
})

describeUnless(lacks)('PROTOCOL 11: deleting for oneself', () => {
  test('hides messages from oneself alone, and keeps their positions', async () => {
    const [ann, bob] = await pair()
    for (const text of ['one', 'two', 'three']) await act(bob, ann.id, 'send', { text })
    await act(bob, ann.id, 'edit', { target: 2, text: 'two!' })
    const phone = await another(ann)
    expect(await ask(ann, bob.id, 'hide', { targets: [3, 2] })).toEqual({})
    expect((await phone.socket.next('chat.hidden')).data).toEqual({ targets: [2, 3] })
    const mine = await history(ann, bob.id)
    expect(mine.map(({ seq, data }) => [seq, data.text, data.hidden])).toEqual([
      [1, 'one', undefined],
      [2, '', true],
      [3, '', true],
      [4, '', true],
    ])
    expect(await list(ann)).toMatchObject([{ unread: 1, last: { seq: 1 } }])
    expect((await history(bob, ann.id)).map(({ data }) => data.text)).toEqual(['one', 'two!', 'three', 'two!'])
    expect(await refusal(ann, bob.id, 'hide', { targets: [1, 9] })).toBe('CHAT_NO_SUCH_MESSAGE')
    expect(await refusal(ann, bob.id, 'hide', { targets: [] })).toBe('CORE_BAD_FIELD')
  })

  test('takes a conversation out of the list until there is a new message', async () => {
    const [ann, bob] = await pair()
    for (const text of ['one', 'two']) await act(bob, ann.id, 'send', { text })
    await ask(ann, bob.id, 'personalize', { pin: true })
    const phone = await another(ann)
    expect(await ask(ann, bob.id, 'clear')).toEqual({ cleared: 2 })
    expect((await phone.socket.next('chat.cleared')).data).toEqual({ cleared: 2 })
    expect(await list(ann, { folder: 'all' })).toEqual([])
    await act(bob, ann.id, 'send', { text: 'three' })
    const [listed] = await list(ann)
    expect(listed).toMatchObject({ to: bob.id, cleared: 2, unread: 1 })
    expect(listed).not.toHaveProperty('pin')
    expect((await history(ann, bob.id)).map(({ seq }) => seq)).toEqual([3])
  })

  test('and all else is refused alike in a group that is not theirs and in one that is not there', async () => {
    const { to } = await trio()
    const eve = await target.connect('Eve')
    const verbs = [
      ['personalize', {}],
      ['draft', { text: 'x', time: past(1) }],
      ['hide', { targets: [1] }],
      ['clear', {}],
    ] as const
    for (const [verb, data] of verbs)
      for (const there of [to, 'G1']) expect(await refusal(eve, there, verb, data)).toBe('CHAT_NO_SUCH_CONVERSATION')
  })
})

describeUnless(lacks)('PROTOCOL 11: mentions', () => {
  test('are counted until they are read, edited away or recalled', async () => {
    const { ann, bob, to } = await trio()
    const entities = [{ type: 'mention', offset: 0, length: 4, user: bob.id }]
    const unread = async () => (await list(bob))[0]?.mentions
    const first = await act(ann, to, 'send', { text: '@Bob', entities })
    await act(ann, to, 'send', { text: '@Bob', entities })
    expect(await unread()).toBe(2)
    await act(ann, to, 'edit', { target: first.seq, text: 'Bob' })
    expect(await unread()).toBe(1)
    await act(ann, to, 'recall', { target: first.seq + 1 })
    expect(await unread()).toBe(0)
    const { seq } = await act(ann, to, 'send', { text: '@all', entities: [{ type: 'all', offset: 0, length: 4 }] })
    expect(await unread()).toBe(1)
    await ask(bob, to, 'read', { seq })
    expect(await unread()).toBe(0)
  })

  test('of everybody are the owner’s and admins’; those of nobody, and those behind the text, are none', async () => {
    const { bob, to } = await trio()
    const send = (entity: object) => refusal(bob, to, 'send', { text: '@all', clientId: fresh('c'), entities: [entity] })
    expect(await send({ type: 'all', offset: 0, length: 4 })).toBe('CHAT_NOT_ALLOWED')
    expect(await send({ type: 'mention', offset: 0, length: 4 })).toBe('CORE_BAD_FIELD')
    expect(await send({ type: 'bold', offset: 2, length: 3 })).toBe('CORE_BAD_FIELD')
  })
})

describeUnless(lacks)('PROTOCOL 11: forwards and content', () => {
  test('copy what was said, once, with who said it', async () => {
    const { ann, bob, to } = await trio()
    const eve = await target.connect('Eve')
    const first = await act(ann, to, 'send', { text: 'news' })
    const copy = { from: to, target: first.seq, clientId: fresh('c') }
    const ack = await ask(bob, eve.id, 'forward', copy)
    expect(await eve.socket.next('chat.posted')).toMatchObject({
      from: bob.id,
      seq: ack.seq,
      data: { text: 'news', forward: { from: ann.id, time: first.time } },
    })
    await act(ann, to, 'recall', { target: first.seq })
    expect(await ask(bob, eve.id, 'forward', copy)).toEqual({ ...ack, dup: true })
    expect(await refusal(bob, eve.id, 'forward', { ...copy, clientId: fresh('c') })).toBe('CHAT_RECALLED')
    expect(await refusal(bob, eve.id, 'edit', { target: ack.seq, text: 'x', clientId: fresh('c') })).toBe('CHAT_NOT_YOURS')
  })

  test('take nothing from where their sender may not read', async () => {
    const { ann, to } = await trio()
    const eve = await target.connect('Eve')
    const { seq } = await act(ann, to, 'send', { text: 'secret' })
    for (const from of [to, 'G1', ann.id])
      expect(await refusal(eve, eve.id, 'forward', { from, target: seq, clientId: fresh('c') })).toBe('CHAT_NO_SUCH_MESSAGE')
    expect(await history(eve, eve.id)).toEqual([])
  })

  test('of a kind that nobody knows are refused', async () => {
    const [ann, bob] = await pair()
    for (const kind of ['no-such-kind', '__proto__', ''])
      expect(await refusal(ann, bob.id, 'send', { content: { kind, data: {} }, clientId: fresh('c') })).toBe('CHAT_UNKNOWN_CONTENT')
    expect(await refusal(ann, bob.id, 'send', { content: { kind: 'x', data: [] }, clientId: fresh('c') })).toBe('CORE_BAD_FIELD')
  })
})

describeUnless(lacks)('PROTOCOL 11: read receipts that are switched off', () => {
  test('tell only what has arrived, to both sides', async () => {
    const [ann, bob] = await pair()
    expect(await bob.socket.request('chat.settings', {})).toEqual({ receipts: true })
    const phone = await another(bob)
    expect(await bob.socket.request('chat.settings', { receipts: false })).toEqual({ receipts: false })
    expect((await phone.socket.next('chat.configured')).data).toEqual({ receipts: false })
    await act(ann, bob.id, 'send', { text: 'hi' })
    await ask(bob, ann.id, 'read', { seq: 1 })
    expect((await ann.socket.next('chat.receipt')).data).toEqual({ user: bob.id, delivered: 1 })
    expect((await phone.socket.next('chat.receipt')).data).toEqual({ user: bob.id, read: 1, delivered: 1 })
    expect((await list(ann))[0]?.reached).toEqual({ delivered: 1 })
    await act(bob, ann.id, 'send', { text: 'ho' })
    await ask(ann, bob.id, 'read', { seq: 2 })
    expect((await bob.socket.next('chat.receipt', ({ from }) => from === ann.id)).data).toEqual({ user: ann.id, delivered: 2 })
    await bob.socket.request('chat.settings', { receipts: true })
    expect((await list(ann))[0]?.reached).toEqual({ read: 1, delivered: 1 })
  })
})

describeUnless(lacks)('PROTOCOL 11: a second try', () => {
  test('is answered like the first, whatever has changed since', async () => {
    const [ann, bob] = await pair()
    await act(ann, bob.id, 'send', { text: 'hi' })
    const tries = [
      ['react', { target: 1, emoji: '👍', clientId: fresh('c') }],
      ['recall', { target: 1, clientId: fresh('c') }],
    ] as const
    const acks: Loose[] = []
    for (const [verb, data] of tries) acks.push(await ask(ann, bob.id, verb, data))
    for (const [n, [verb, data]] of tries.entries()) expect(await ask(ann, bob.id, verb, data)).toEqual({ ...acks[n], dup: true })
    expect(await refusal(ann, bob.id, 'react', { ...tries[0][1], emoji: '🎉' })).toBe('CHAT_RECALLED')
  })
})
