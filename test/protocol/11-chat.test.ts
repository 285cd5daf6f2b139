import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Frame, Refusal, TestSocket } from '../support/socket.ts'
import { fresh, type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('chat')

const pair = (): Promise<[Guest, Guest]> => Promise.all([target.connect('Ann'), target.connect('Bob')])
const ofType = ({ frames }: TestSocket, type: string): Frame[] => frames.filter((frame) => frame.type === type)
const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, i) => from + i)
/** Send `count` texts one after another. */
const talk = async ({ socket }: Guest, to: string, count: number): Promise<void> => {
  for (let i = 1; i <= count; i++) await socket.request('chat.send', { text: `text ${i}`, clientId: `t${i}` }, { to })
}

describeUnless(lacks)('PROTOCOL 11: chat.send', () => {
  test('acks id, seq and time, and posts a whole frame to every device of both people', async () => {
    const [ann, bob] = await pair()
    const devices = [ann.socket, bob.socket, await target.open(ann.tokens.accessToken), await target.open(bob.tokens.accessToken)]
    const ack = await ann.socket.request('chat.send', { text: 'Hello <b>you</b>', clientId: 'k3-19' }, { to: bob.id })
    expect(ack).toEqual({
      id: expect.stringMatching(/^M\d{1,19}$/),
      seq: 1,
      time: expect.stringMatching(/\.\d{3}Z$/),
      epoch: expect.any(String),
    })
    for (const socket of devices) {
      const data = { id: ack.id, clientId: 'k3-19', text: 'Hello <b>you</b>', prev: 0 }
      expect(await socket.next('chat.posted')).toEqual({ type: 'chat.posted', from: ann.id, to: bob.id, seq: 1, time: ack.time, data })
    }
  })

  test('reaches nobody else', async () => {
    const [ann, bob] = await pair()
    const eve = await target.connect('Eve')
    await talk(ann, bob.id, 3)
    await eve.socket.settle()
    expect(ofType(eve.socket, 'chat.posted')).toEqual([])
    expect(await eve.socket.request('chat.history', {}, { to: bob.id })).toEqual({
      messages: [],
      head: 0,
      more: false,
      epoch: expect.any(String),
    })
  })

  test('200 sends of one connection without waiting are stored and acked in the order in which they were sent', async () => {
    const [ann, bob] = await pair()
    for (const i of upTo(200)) ann.socket.send({ id: `m${i}`, type: 'chat.send', to: bob.id, data: { text: `${i}`, clientId: `c${i}` } })
    await ann.socket.next('ack', ({ id }) => id === 'm200')
    await bob.socket.next('chat.posted', ({ seq }) => seq === 200)
    expect(ofType(ann.socket, 'ack').map(({ id, data }) => [id, data.seq])).toEqual(upTo(200).map((i) => [`m${i}`, i]))
    for (const { socket } of [ann, bob]) {
      expect(ofType(socket, 'chat.posted').map(({ seq, data }) => [seq, data.text, data.prev])).toEqual(
        upTo(200).map((i) => [i, `${i}`, i - 1]),
      )
    }
  })

  test('the event comes before the ack on the connection that sent', async () => {
    const [ann, bob] = await pair()
    await talk(ann, bob.id, 1)
    const types = ann.socket.frames.map(({ type }) => type)
    expect(types.indexOf('chat.posted')).toBeLessThan(types.lastIndexOf('ack'))
  })

  test('two people who write at once get positions without holes, the same for both', async () => {
    const [ann, bob] = await pair()
    const sends = upTo(100).flatMap((i) => [
      ann.socket.request('chat.send', { text: `a${i}`, clientId: `c${i}` }, { to: bob.id }),
      bob.socket.request('chat.send', { text: `b${i}`, clientId: `c${i}` }, { to: ann.id }),
    ])
    const seqs = (await Promise.all(sends)).map(({ seq }) => seq as number)
    expect(seqs.toSorted((a, b) => a - b)).toEqual(upTo(200))
    await Promise.all([ann, bob].map(({ socket }) => socket.next('chat.posted', ({ seq }) => seq === 200)))
    const seen = ({ socket }: Guest): unknown[] => ofType(socket, 'chat.posted').map(({ seq, data }) => [seq, data.text])
    expect(seen(ann)).toEqual(seen(bob))
    expect(ofType(ann.socket, 'chat.posted').map(({ seq }) => seq)).toEqual(upTo(200))
  })

  test('every request of a flood is answered once: stored, or refused as too many pending and certainly not stored', async () => {
    const [ann, bob] = await pair()
    const sends = upTo(600).map((i) => ann.socket.request('chat.send', { text: `${i}`, clientId: `c${i}` }, { to: bob.id }))
    const answers = await Promise.allSettled(sends)
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Refusal] : []))
    for (const { error } of refused) expect(error).toMatchObject({ code: 'CORE_TOO_MANY_PENDING', kind: 'unavailable', retry: true })
    const { head } = await ann.socket.request('chat.history', { limit: 1 }, { to: bob.id })
    expect(head).toBe(600 - refused.length)
  })

  test('one can write to oneself, and gets it once', async () => {
    const ann = await target.connect()
    await talk(ann, ann.id, 2)
    await ann.socket.settle()
    expect(ofType(ann.socket, 'chat.posted').map(({ seq }) => seq)).toEqual([1, 2])
    expect((await ann.socket.request('chat.history', {}, { to: ann.id })).messages).toHaveLength(2)
  })
})

describeUnless(lacks)('PROTOCOL 11: a message sent again', () => {
  test('returns the first ack with dup, posts nothing and takes no position', async () => {
    const [ann, bob] = await pair()
    const message = { text: 'once', clientId: 'k1' }
    const first = await ann.socket.request('chat.send', message, { to: bob.id })
    const second = await target.open(ann.tokens.accessToken)
    expect(await ann.socket.request('chat.send', message, { to: bob.id })).toEqual({ ...first, dup: true })
    expect(await second.request('chat.send', message, { to: bob.id })).toEqual({ ...first, dup: true })
    expect(await ann.socket.request('chat.send', { text: 'next', clientId: 'k2' }, { to: bob.id })).toMatchObject({ seq: 2 })
    await bob.socket.next('chat.posted', ({ seq }) => seq === 2)
    expect(ofType(bob.socket, 'chat.posted').map(({ seq }) => seq)).toEqual([1, 2])
  })

  test('at the same moment is stored once', async () => {
    const [ann, bob] = await pair()
    const acks = await Promise.all(upTo(20).map(() => ann.socket.request('chat.send', { text: 'x', clientId: 'k' }, { to: bob.id })))
    expect(new Set(acks.map(({ id }) => id)).size).toBe(1)
    expect(acks.filter(({ dup }) => dup)).toHaveLength(19)
  })

  test('with another text is CHAT_IDEMPOTENCY_CONFLICT, and the first one stays', async () => {
    const [ann, bob] = await pair()
    await ann.socket.request('chat.send', { text: 'one', clientId: 'k' }, { to: bob.id })
    expect(await ann.socket.refusal('chat.send', { text: 'two', clientId: 'k' }, { to: bob.id })).toBe('CHAT_IDEMPOTENCY_CONFLICT')
    const { messages } = await bob.socket.request('chat.history', {}, { to: ann.id })
    expect(messages.map(({ data }: Frame) => data.text)).toEqual(['one'])
  })

  test('the same clientId of another sender, or in another conversation, is another message', async () => {
    const [ann, bob] = await pair()
    const eve = await target.connect('Eve')
    const send = (from: Guest, to: Guest) => from.socket.request('chat.send', { text: 'x', clientId: 'k' }, { to: to.id })
    expect(await send(ann, bob)).toMatchObject({ seq: 1 })
    expect(await send(bob, ann)).toMatchObject({ seq: 2 })
    expect(await send(ann, eve)).toMatchObject({ seq: 1 })
  })

  test('of bad letters is the same message again', async () => {
    const [ann, bob] = await pair()
    const message = { text: 'a\ud800b\u0000', clientId: 'k' }
    await ann.socket.request('chat.send', message, { to: bob.id })
    expect(await ann.socket.request('chat.send', message, { to: bob.id })).toMatchObject({ dup: true })
    expect((await bob.socket.next('chat.posted')).data.text).toBe('a\ufffdb\ufffd')
  })
})

describeUnless(lacks)('PROTOCOL 11: what chat.send refuses', () => {
  test.each([[''], [' '], ['\n\t '], ['\u00a0']])('the text %j is CHAT_TEXT_EMPTY', async (text) => {
    const [ann, bob] = await pair()
    expect(await ann.socket.refusal('chat.send', { text, clientId: 'k' }, { to: bob.id })).toBe('CHAT_TEXT_EMPTY')
  })

  test('16,384 characters are taken, one more is CHAT_TEXT_TOO_LONG with its place', async () => {
    const [ann, bob] = await pair()
    const text = '李'.repeat(16_384)
    expect(await ann.socket.request('chat.send', { text, clientId: 'k' }, { to: bob.id })).toMatchObject({ seq: 1 })
    expect((await bob.socket.next('chat.posted')).data.text).toBe(text)
    ann.socket.send({ id: 'long', type: 'chat.send', to: bob.id, data: { text: 'x'.repeat(16_385), clientId: 'l' } })
    const { error } = await ann.socket.next('error')
    expect(error).toMatchObject({ code: 'CHAT_TEXT_TOO_LONG', kind: 'too_large', retry: false, path: '/data/text' })
  })

  test('white space around a text is kept', async () => {
    const [ann, bob] = await pair()
    await ann.socket.request('chat.send', { text: '  code\n', clientId: 'k' }, { to: bob.id })
    expect((await bob.socket.next('chat.posted')).data.text).toBe('  code\n')
  })

  test.each([['U1'], ['U9999999999999999999']])('the addressee %s, who does not exist, is CHAT_NO_SUCH_USER', async (to) => {
    const ann = await target.connect()
    expect(await ann.socket.refusal('chat.send', { text: 'x', clientId: 'k' }, { to })).toBe('CHAT_NO_SUCH_USER')
  })

  test.each([[''], ['x'.repeat(65)], ['a b'], ['ä'], ['a/b'], [5], [null], [undefined]])(
    'the clientId %j is CORE_BAD_FIELD',
    async (clientId) => {
      const [ann, bob] = await pair()
      expect(await ann.socket.refusal('chat.send', { text: 'x', clientId }, { to: bob.id })).toBe('CORE_BAD_FIELD')
    },
  )

  test('64 characters of A–Z a–z 0–9 _ - . : are a clientId', async () => {
    const [ann, bob] = await pair()
    const clientId = 'AZaz09_-.:'.padEnd(64, 'x')
    expect(await ann.socket.request('chat.send', { text: 'x', clientId }, { to: bob.id })).toMatchObject({ seq: 1 })
  })

  test.each([[{ text: 5 }], [{ text: { $gt: '' } }], [{ text: ['a'] }], [{ text: 'x', seq: 9 }], [{ text: 'x', from: 'U1' }]])(
    '%j is CORE_BAD_FIELD',
    async (data) => {
      const [ann, bob] = await pair()
      expect(await ann.socket.refusal('chat.send', { clientId: 'k', ...data }, { to: bob.id })).toBe('CORE_BAD_FIELD')
    },
  )
})

describeUnless(lacks)('PROTOCOL 11: chat.history', () => {
  const talked = async (
    count: number,
  ): Promise<{ ann: Guest; bob: Guest; history: (data: object) => Promise<{ seqs: number[]; head: number; more: boolean }> }> => {
    const [ann, bob] = await pair()
    await talk(ann, bob.id, count)
    const history = async (data: object) => {
      const { messages, head, more } = await bob.socket.request('chat.history', data, { to: ann.id })
      return { seqs: messages.map(({ seq }: Frame) => seq), head, more }
    }
    return { ann, bob, history }
  }

  test('gives each message in the shape of chat.posted, the same to both', async () => {
    const { ann, bob } = await talked(3)
    await bob.socket.next('chat.posted', ({ seq }) => seq === 3)
    const mine = await ann.socket.request('chat.history', {}, { to: bob.id })
    expect(await bob.socket.request('chat.history', {}, { to: ann.id })).toEqual(mine)
    expect(mine.messages).toEqual(ofType(bob.socket, 'chat.posted'))
  })

  test('gives the newest 50 in rising order, and says that there are more', async () => {
    const { history } = await talked(60)
    expect(await history({})).toEqual({ seqs: upTo(50, 11), head: 60, more: true })
    expect(await history({ limit: 200 })).toEqual({ seqs: upTo(60), head: 60, more: false })
  })

  test('with before gives the limit before it', async () => {
    const { history } = await talked(10)
    expect(await history({ before: 8, limit: 3 })).toEqual({ seqs: [5, 6, 7], head: 10, more: true })
    expect(await history({ before: 4, limit: 3 })).toEqual({ seqs: [1, 2, 3], head: 10, more: false })
    expect(await history({ before: 1 })).toEqual({ seqs: [], head: 10, more: false })
    expect(await history({ before: 0 })).toEqual({ seqs: [], head: 10, more: false })
    expect(await history({ before: 99, limit: 2 })).toEqual({ seqs: [9, 10], head: 10, more: true })
  })

  test('with after begins at after + 1, and more: false means that the last one was head', async () => {
    const { history } = await talked(10)
    expect(await history({ after: 0, limit: 4 })).toEqual({ seqs: [1, 2, 3, 4], head: 10, more: true })
    expect(await history({ after: 8, limit: 2 })).toEqual({ seqs: [9, 10], head: 10, more: false })
    expect(await history({ after: 10 })).toEqual({ seqs: [], head: 10, more: false })
  })

  test('an after that was never given, and the epoch of another log, are answered with a reset and no messages', async () => {
    const { ann, bob, history } = await talked(10)
    const { epoch } = await bob.socket.request('chat.send', { text: 'Hello', clientId: 'e' }, { to: ann.id })
    expect(await history({ after: 9, epoch })).toEqual({ seqs: [10, 11], head: 11, more: false })
    const reset = { messages: [], head: 11, more: false, epoch, reset: { epoch, head: 11, oldest: 1 } }
    for (const data of [{ after: 99 }, { after: 9, epoch: 'another' }, { before: 3, epoch: 'another' }]) {
      expect(await bob.socket.request('chat.history', data, { to: ann.id })).toEqual(reset)
    }
  })

  test('page by page gives every message once, while others write', async () => {
    const { ann, bob } = await talked(25)
    const writing = talk(bob, ann.id, 10)
    const seqs: number[] = []
    for (let more = true; more; ) {
      const page = await bob.socket.request('chat.history', { after: seqs.at(-1) ?? 0, limit: 7 }, { to: ann.id })
      seqs.push(...page.messages.map(({ seq }: Frame) => seq))
      more = page.more
    }
    await writing
    expect(seqs).toEqual(upTo(seqs.length))
    expect(seqs.length).toBeGreaterThanOrEqual(25)
  })

  test.each([
    [{ before: 1, after: 1 }],
    [{ limit: 0 }],
    [{ limit: 201 }],
    [{ limit: -1 }],
    [{ limit: 1.5 }],
    [{ after: '1' }],
    [{ after: -1 }],
    [{ before: 0.5 }],
    [{ offset: 1 }],
  ])('refuses %j', async (data) => {
    const [ann, bob] = await pair()
    expect(await ann.socket.refusal('chat.history', data, { to: bob.id })).toBe('CORE_BAD_FIELD')
  })

  test('of a conversation that never was is empty', async () => {
    const [ann, bob] = await pair()
    expect(await ann.socket.request('chat.history', {}, { to: bob.id })).toEqual({
      messages: [],
      head: 0,
      more: false,
      epoch: expect.any(String),
    })
    expect(await ann.socket.request('chat.history', {}, { to: 'U1' })).toEqual({
      messages: [],
      head: 0,
      more: false,
      epoch: expect.any(String),
    })
  })

  test('a message is in the history as soon as it was acked', async () => {
    const [ann, bob] = await pair()
    for (const i of upTo(20)) {
      const { seq } = await ann.socket.request('chat.send', { text: 'x', clientId: `k${i}` }, { to: bob.id })
      expect((await bob.socket.request('chat.history', { after: seq - 1 }, { to: ann.id })).head).toBe(seq)
    }
  })
})

describeUnless(lacks)('PROTOCOL 11: chat.list', () => {
  test('gives one’s conversations, newest first, with the other person and the last message', async () => {
    const [ann, bob] = await pair()
    const eve = await target.connect('Eve')
    await talk(ann, bob.id, 2)
    await talk(eve, ann.id, 1)
    const { conversations } = await ann.socket.request('chat.list')
    expect(conversations).toEqual([
      {
        to: eve.id,
        user: { id: eve.id, name: 'Eve' },
        head: 1,
        read: 0,
        delivered: 0,
        unread: 1,
        mentions: 0,
        reached: { read: 0, delivered: 0 },
        last: expect.objectContaining({ type: 'chat.posted', from: eve.id, to: ann.id, seq: 1 }),
      },
      {
        to: bob.id,
        user: { id: bob.id, name: 'Bob' },
        head: 2,
        read: 0,
        delivered: 0,
        unread: 0,
        mentions: 0,
        reached: { read: 0, delivered: 0 },
        last: expect.objectContaining({ type: 'chat.posted', from: ann.id, to: bob.id, seq: 2 }),
      },
    ])
    await talk(bob, ann.id, 1)
    expect(
      (await ann.socket.request('chat.list', { limit: 1 })).conversations.map(({ user }: { user: { id: string } }) => user.id),
    ).toEqual([bob.id])
  })

  test('is empty for somebody new, and refuses a limit out of 1–200', async () => {
    const ann = await target.connect()
    expect(await ann.socket.request('chat.list')).toEqual({ conversations: [], epoch: expect.any(String) })
    for (const limit of [0, 201, '5']) expect(await ann.socket.refusal('chat.list', { limit })).toBe('CORE_BAD_FIELD')
  })
})

describeUnless(lacks ?? target.lacks('rooms'))('PROTOCOL 12: a whole conversation', () => {
  test('goes as the specification shows it', async () => {
    const [ann, bob] = await pair()
    const address = { room: fresh('lobby') }
    const { epoch } = await ann.socket.request('rooms.join', { recent: 2 }, address)
    expect(await ann.socket.request('rooms.send', { text: 'Anybody here?' }, address)).toMatchObject({ seq: 1 })
    const sent = await ann.socket.request('chat.send', { text: 'Hello', clientId: 'k3-19' }, { to: bob.id })
    ann.socket.terminate()
    await ann.socket.closed
    await bob.socket.request('chat.send', { text: 'Hello yourself', clientId: 'b1' }, { to: ann.id })
    const back = await target.open(ann.tokens.accessToken)
    const since = { epoch, offset: 1 }
    expect(await back.request('rooms.join', { since }, address)).toMatchObject({ epoch, offset: 1, recovered: true, publications: [] })
    expect(await back.request('chat.send', { text: 'Hello', clientId: 'k3-19' }, { to: bob.id })).toEqual({ ...sent, dup: true })
    const missed = await back.request('chat.history', { after: 1 }, { to: bob.id })
    expect(missed).toMatchObject({ head: 2, more: false, messages: [{ seq: 2, from: bob.id, data: { text: 'Hello yourself' } }] })
    expect(await back.refusal('rooms.sned', {}, address)).toBe('CORE_UNKNOWN_TYPE')
  })
})
