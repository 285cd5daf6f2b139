import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

forEachDatabase('changes', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat], { ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 7000
  const pair = async () => {
    const [annId, bobId] = [`U${++people}`, `U${++people}`]
    const [ann, bob] = await Promise.all([server.connect(annId), server.connect(bobId)])
    return { ann, bob, annId, bobId }
  }
  let count = 0
  const act = (socket: TestSocket, to: string, verb: string, data: object) =>
    socket.request(`chat.${verb}`, { clientId: `k${++count}`, ...data }, { to })
  const log = async (socket: TestSocket, to: string): Promise<Loose[]> =>
    (await socket.request('chat.history', { after: 0 }, { to })).messages

  test('an edit takes a position of its own, and the message shows it', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'helo' })
    const ack = await act(ann, bobId, 'edit', { target: 1, text: 'hello' })
    expect(ack.seq).toBe(2)
    expect(await bob.next('chat.edited')).toMatchObject({ from: annId, to: bobId, seq: 2, data: { target: 1, text: 'hello', prev: 1 } })
    const [message, edit] = await log(bob, annId)
    expect(message).toMatchObject({ seq: 1, data: { text: 'hello', editedAt: expect.any(String) } })
    expect(edit).toMatchObject({ type: 'chat.edited', seq: 2, data: { target: 1, text: 'hello' } })
  })

  test('a device that was away learns of a recall even in a range that it had', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'secret' })
    await act(ann, bobId, 'edit', { target: 1, text: 'secret too' })
    await bob.close()
    await act(ann, bobId, 'recall', { target: 1 })
    const later = await server.connect(bobId)
    const { messages } = await later.request('chat.history', { after: 2 }, { to: annId })
    expect(messages).toMatchObject([{ type: 'chat.recalled', seq: 3, data: { target: 1 } }])
    expect(JSON.stringify(await log(later, annId))).not.toContain('secret')
    expect((await log(later, annId)).map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test('reactions and pins are told to both, and come off again', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'hi' })
    await act(bob, annId, 'react', { target: 1, emoji: '👍' })
    expect(await ann.next('chat.reacted')).toMatchObject({ from: bobId, data: { target: 1, emoji: '👍', on: true } })
    await act(bob, annId, 'react', { target: 1, emoji: '👍', on: false })
    expect((await ann.next('chat.reacted')).data.on).toBe(false)
    await act(ann, bobId, 'pin', { target: 1 })
    expect(await bob.next('chat.pinned')).toMatchObject({ data: { target: 1, on: true } })
  })

  test('a history shows the reactions and the pin of a message, and a recall takes both away', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'one' })
    await act(ann, bobId, 'send', { text: 'two' })
    for (const target of [1, 2]) await act(bob, annId, 'react', { target, emoji: '👍' })
    await act(ann, bobId, 'react', { target: 1, emoji: '👍' })
    await act(bob, annId, 'react', { target: 2, emoji: '👍', on: false })
    for (const target of [1, 2]) await act(ann, bobId, 'pin', { target })
    const [one, two] = await log(bob, annId)
    expect(one?.data).toMatchObject({ reactions: { '👍': [bobId, annId] }, pinned: true })
    expect(two?.data).toMatchObject({ text: 'two', pinned: true })
    expect(two?.data).not.toHaveProperty('reactions')
    const pins = async (): Promise<readonly number[]> =>
      (await bob.request('chat.pins', {}, { to: annId })).messages.map(({ seq }: Loose) => seq)
    expect(await pins()).toEqual([2, 1])
    await act(ann, bobId, 'pin', { target: 2, on: false })
    await act(ann, bobId, 'recall', { target: 1 })
    expect(await pins()).toEqual([])
    expect((await log(bob, annId))[0]?.data).not.toHaveProperty('reactions')
  })

  test('a message whose last reaction was taken back is as it was before the first', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'hi' })
    const [before] = await log(bob, annId)
    for (const on of [true, false]) for (const emoji of ['👍', '🎉']) await act(bob, annId, 'react', { target: 1, emoji, on })
    expect((await log(bob, annId))[0]).toEqual(before)
    expect((await log(bob, annId)).map(({ type }) => type)).toEqual(['chat.posted', ...Array(4).fill('chat.reacted')])
  })

  test('nobody learns of the pins of a group that is not theirs', async () => {
    const { ann, bob } = await pair()
    const { id } = await ann.request('chat.create', { name: 'Ours' })
    expect(await bob.refusal('chat.pins', {}, { to: id })).toBe('CHAT_NO_SUCH_CONVERSATION')
    expect(await bob.refusal('chat.pins', {}, { to: 'G999' })).toBe('CHAT_NO_SUCH_CONVERSATION')
  })

  test('a change sent again is done once', async () => {
    const { ann, bob, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'hi' })
    const first = await act(ann, bobId, 'edit', { target: 1, text: 'ho', clientId: 'same' })
    expect(await act(ann, bobId, 'edit', { target: 1, text: 'ho', clientId: 'same' })).toEqual({ ...first, dup: true })
    await act(ann, bobId, 'send', { text: 'next' })
    await bob.next('chat.posted', ({ data }) => data.text === 'next')
    expect(bob.frames.filter(({ type }) => type === 'chat.edited')).toHaveLength(1)
  })

  test('a message sent again after it was edited or recalled is still the same message', async () => {
    const { ann, bobId } = await pair()
    const first = await act(ann, bobId, 'send', { text: 'hi', clientId: 'same' })
    await act(ann, bobId, 'edit', { target: 1, text: 'ho' })
    expect(await act(ann, bobId, 'send', { text: 'hi', clientId: 'same' })).toEqual({ ...first, dup: true })
    await act(ann, bobId, 'recall', { target: 1 })
    expect(await act(ann, bobId, 'send', { text: 'hi', clientId: 'same' })).toEqual({ ...first, dup: true })
  })

  test('only its sender edits or recalls a message, only while it is there, and only within the window', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'mine' })
    const codeOf = async (trying: Promise<unknown>): Promise<string> =>
      trying.then(
        () => 'done',
        ({ code }: Loose) => code,
      )
    expect(await codeOf(act(bob, annId, 'edit', { target: 1, text: 'x' }))).toBe('CHAT_NOT_YOURS')
    expect(await codeOf(act(bob, annId, 'recall', { target: 1 }))).toBe('CHAT_NOT_YOURS')
    expect(await codeOf(act(ann, bobId, 'edit', { target: 9, text: 'x' }))).toBe('CHAT_NO_SUCH_MESSAGE')
    await act(ann, bobId, 'recall', { target: 1 })
    for (const verb of ['edit', 'recall', 'react', 'pin']) {
      expect(
        await codeOf(act(ann, bobId, verb, { target: 1, ...(verb === 'edit' && { text: 'x' }), ...(verb === 'react' && { emoji: 'x' }) })),
      ).toBe('CHAT_RECALLED')
    }
    await using strict = await startTestServer([chat], { env: { PARLEY_CHAT_WINDOW_SECONDS: '0' }, ambient: stepping() })
    const late = await strict.connect('U1')
    await act(late, 'U2', 'send', { text: 'x' })
    expect(await codeOf(act(late, 'U2', 'edit', { target: 1, text: 'y' }))).toBe('CHAT_TOO_LATE')
    expect(await codeOf(act(late, 'U2', 'recall', { target: 1 }))).toBe('CHAT_TOO_LATE')
  })

  test('nothing of a refused change stays', async () => {
    const { ann, bob, annId, bobId } = await pair()
    await act(ann, bobId, 'send', { text: 'mine' })
    await act(bob, annId, 'edit', { target: 1, text: 'stolen' }).catch(() => {})
    expect(await log(ann, bobId)).toHaveLength(1)
    expect((await log(ann, bobId))[0].data.text).toBe('mine')
  })

  describe('receipts', () => {
    test('are watermarks that only rise, never beyond the head, and are told to the other', async () => {
      const { ann, bob, annId, bobId } = await pair()
      for (const text of ['a', 'b', 'c']) await act(ann, bobId, 'send', { text })
      expect(await bob.request('chat.delivered', { seq: 3 }, { to: annId })).toEqual({ delivered: 3 })
      expect(await ann.next('chat.receipt')).toMatchObject({ from: bobId, data: { user: bobId, read: 0, delivered: 3 } })
      expect(await bob.request('chat.read', { seq: 2 }, { to: annId })).toEqual({ read: 2 })
      expect(await bob.request('chat.read', { seq: 1 }, { to: annId })).toEqual({ read: 2 })
      expect(await bob.request('chat.read', { seq: 99 }, { to: annId })).toEqual({ read: 3 })
      expect(await ann.next('chat.receipt', ({ data }) => data.read === 3)).toMatchObject({ data: { delivered: 3 } })
    })

    test('of the other person stand in the list, for who comes back', async () => {
      const { ann, bob, annId, bobId } = await pair()
      for (const text of ['a', 'b']) await act(ann, bobId, 'send', { text })
      await bob.request('chat.read', { seq: 1 }, { to: annId })
      await bob.request('chat.delivered', { seq: 2 }, { to: annId })
      const [listed] = (await ann.request('chat.list')).conversations as Loose[]
      expect(listed).toMatchObject({ to: bobId, reached: { read: 1, delivered: 2 } })
    })

    test('count what is unread, without one’s own', async () => {
      const { ann, bob, annId, bobId } = await pair()
      for (const text of ['a', 'b', 'c']) await act(ann, bobId, 'send', { text })
      await act(bob, annId, 'send', { text: 'd' })
      const unread = async (socket: TestSocket) =>
        (await socket.request('chat.list')).conversations.map(({ unread: n, head }: Loose) => [n, head])
      expect([await unread(ann), await unread(bob)]).toEqual([[[1, 4]], [[3, 4]]])
      await bob.request('chat.read', { seq: 2 }, { to: annId })
      expect(await unread(bob)).toEqual([[1, 4]])
    })
  })

  test('typing reaches the other side and is kept nowhere', async () => {
    const { ann, bob, annId, bobId } = await pair()
    expect(await ann.request('chat.typing', {}, { to: bobId })).toEqual({})
    await act(ann, bobId, 'send', { text: 'a' })
    await ann.request('chat.typing', {}, { to: bobId })
    expect(await bob.next('chat.typed')).toMatchObject({ from: annId, to: bobId, data: { on: true } })
    expect(await log(ann, bobId)).toHaveLength(1)
  })

  test('a page of long texts is cut, and says that there is more', async () => {
    const { ann, bobId } = await pair()
    for (let n = 0; n < 30; n++) await act(ann, bobId, 'send', { text: `${n} `.padEnd(16_000, 'x') })
    const page = async (data: object) => ann.request('chat.history', { limit: 200, ...data }, { to: bobId })
    const seen: number[] = []
    for (let more = true; more; ) {
      const next = await page({ after: seen.at(-1) ?? 0 })
      seen.push(...next.messages.map(({ seq }: Loose) => seq))
      more = next.more
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n + 1))
    const newest = await page({})
    expect([newest.messages.length, newest.messages.at(-1).seq, newest.more]).toEqual([12, 30, true])
  })
})

/** A clock that moves a second with every look. */
const stepping = () => {
  let nowMs = Date.UTC(2026, 10, 20)
  let ids = 1000
  return { now: () => (nowMs += 1_000), monotonic: () => performance.now(), id: (prefix: string) => `${prefix}${++ids}` }
}
