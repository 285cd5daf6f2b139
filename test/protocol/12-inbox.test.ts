// PROTOCOL.md section 12: what a device that comes back is told, of all that others did meanwhile.
import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { fresh, type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('inbox')

const sync = ({ socket }: Guest, since?: Loose): Promise<Loose> =>
  socket.request('inbox.sync', since ? { since: { epoch: since.epoch, position: since.position } } : {})
const send = ({ socket }: Guest, to: string, text: string): Promise<Loose> =>
  socket.request('chat.send', { text, clientId: fresh('c') }, { to })

describeUnless(lacks)('PROTOCOL 12: inbox.sync', () => {
  test('begins anew without a position, with another epoch and beyond the head', async () => {
    const ann = await target.connect('Ann')
    const first = await sync(ann)
    expect(first).toEqual({ epoch: expect.any(String), position: expect.any(Number), entries: [], more: false, reset: true })
    for (const since of [
      { ...first, epoch: 'none' },
      { ...first, position: first.position + 1_000_000 },
    ])
      expect((await sync(ann, since)).reset).toBe(true)
    expect(await sync(ann, first)).toEqual({ epoch: first.epoch, position: first.position, entries: [], more: false })
  })

  test('tells where it ends, for a client that learns everything of before in another way', async () => {
    const ann = await target.connect('Ann')
    const { position } = await sync(ann)
    const end = await ann.socket.request('inbox.sync', { now: true })
    expect(end).toEqual({ epoch: expect.any(String), position, entries: [], more: false })
    expect(await sync(ann, end)).toEqual(end)
  })

  test('takes 1 to 500 entries at once', async () => {
    const ann = await target.connect('Ann')
    for (const limit of [0, 501, '5']) expect(await ann.socket.refusal('inbox.sync', { limit })).toBe('CORE_BAD_FIELD')
    expect((await ann.socket.request('inbox.sync', { limit: 500 })).more).toBe(false)
  })
})

describeUnless(lacks ?? target.lacks('chat') ?? target.lacks('contacts'))('PROTOCOL 12: a device that comes back', () => {
  test('learns of each conversation and each person once, as they are now', async () => {
    const [ann, bob, eve] = (await Promise.all(['Ann', 'Bob', 'Eve'].map((name) => target.connect(name)))) as [Guest, Guest, Guest]
    await send(eve, bob.id, 'before')
    const away = await sync(bob)
    for (const text of ['one', 'two', 'three']) await send(ann, bob.id, text)
    await ann.socket.request('contacts.request', { note: 'hi' }, { to: bob.id })
    const back = await sync(bob, away)
    expect(back.entries.map(({ kind }: Loose) => kind).toSorted()).toEqual(['chat', 'contact'])
    const contact = back.entries.find(({ kind }: Loose) => kind === 'contact')
    expect(contact).toMatchObject({ key: ann.id, data: { user: { id: ann.id, name: 'Ann' }, state: 'incoming', note: 'hi' } })
    expect(back.entries.find(({ kind }: Loose) => kind === 'chat').data).toMatchObject({ head: 3 })
    expect((await sync(bob, back)).entries).toEqual([])
    await bob.socket.request('contacts.refuse', {}, { to: ann.id })
    expect((await sync(bob, back)).entries).toMatchObject([{ kind: 'contact', key: ann.id, data: null }])
  })
})
