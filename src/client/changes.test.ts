import { describe, expect, test } from 'bun:test'
import { seqsOf, upTo, World } from '../../test/support/client/world.ts'
import type { Entry } from './index.ts'
import { withEntries } from './messages.ts'
import type { Posted } from './protocol.ts'

const pair = async (world = new World()) => {
  const [ann, bob] = [await world.online('U1'), await world.online('U2')]
  const [mine, theirs] = [ann.chat.conversation('U2'), bob.chat.conversation('U1')]
  await world.pass(10)
  return { world, ann, bob, mine, theirs }
}

describe('changes of messages', () => {
  test('an edit, a recall and reactions show on both sides, and take positions but no place in the list', async () => {
    const { world, ann, bob, mine, theirs } = await pair()
    ann.chat.send('U2', 'one')
    ann.chat.send('U2', 'two')
    await world.pass(10)
    ann.chat.edit('U2', 1, 'first')
    ann.chat.recall('U2', 2)
    bob.chat.react('U1', 1, '👍')
    bob.chat.react('U1', 1, '🎉')
    bob.chat.react('U1', 1, '🎉', false)
    await world.pass(10)
    for (const { messages, entries, head } of [mine, theirs]) {
      expect(messages.map(({ data }) => data.text)).toEqual(['first', ''])
      expect(messages[0]).toMatchObject({ reactions: { '👍': ['U2'] }, data: { editedAt: expect.any(String) } })
      expect(messages[1]?.data.recalledAt).toBeString()
      expect(entries.map(({ seq }) => seq)).toEqual(upTo(7))
      expect(head).toBe(7)
    }
    bob.chat.react('U1', 1, '👍', false)
    await world.pass(10)
    for (const { messages } of [mine, theirs]) expect(messages[0]).not.toHaveProperty('reactions')
  })

  test('a change of a message that is loaded later is applied when it is there', async () => {
    const world = new World()
    world.post(30)
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2', { recent: 5 })
    await world.pass(10)
    client.chat.react('U2', 2, '👍')
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual(upTo(30, 26))
    void conversation.loadOlder(50)
    await world.pass(10)
    expect(conversation.messages[1]).toMatchObject({ seq: 2, reactions: { '👍': ['U1'] } })
  })

  test('what a text holds beside its letters goes with it, and an edit replaces it', async () => {
    const { world, ann, theirs } = await pair()
    const bold = [{ type: 'bold', offset: 0, length: 3 }] as const
    ann.chat.send('U2', 'one')
    ann.chat.send('U2', 'two', { entities: bold, reply: 1 })
    await world.pass(10)
    expect(theirs.messages[1]?.data).toMatchObject({ entities: bold, reply: 1 })
    ann.chat.edit('U2', 2, 'plain')
    await world.pass(10)
    expect(theirs.messages[1]?.data).not.toHaveProperty('entities')
    expect(theirs.messages[1]?.data.reply).toBe(1)
  })

  test('reactions and a pin that a history tells of are shown, whatever of the log is loaded', () => {
    const told = { reactions: { '👍': ['U2'] }, pinned: true }
    const posted = {
      type: 'chat.posted',
      from: 'U1',
      to: 'U2',
      seq: 1,
      time: '',
      data: { id: 'M1', clientId: '', prev: 0, text: 'hi', ...told },
    }
    expect(withEntries([], [posted as Posted])[0]).toMatchObject({ reactions: { '👍': ['U2'] }, isPinned: true })
  })

  test('a change that was lost is fetched when the next entry shows the gap', async () => {
    const { world, ann, theirs } = await pair()
    ann.chat.send('U2', 'one')
    await world.pass(10)
    world.server.plan = ({ type }) => (type === 'chat.edited' ? [] : [0])
    ann.chat.edit('U2', 1, 'first')
    ann.chat.send('U2', 'two')
    await world.pass(100)
    expect(theirs.messages.map(({ data }) => data.text)).toEqual(['first', 'two'])
  })

  test('an edit that is made without a line is sent with the next one, once', async () => {
    const { world, ann, theirs } = await pair()
    ann.chat.send('U2', 'one')
    await world.pass(10)
    world.server.judge = ({ type }) => (type === 'chat.edit' ? 'swallow answer' : 'answer')
    const edit = ann.chat.edit('U2', 1, 'first')
    await world.pass(10)
    expect(edit).toMatchObject({ kind: 'edit', target: 1, state: 'sending', text: 'first' })
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(2_000)
    expect(edit).toMatchObject({ state: 'sent', posted: { type: 'chat.edited', seq: 2 } })
    expect(theirs.entries.length).toBe(2)
    expect(world.server.of('chat.edit').length).toBe(2)
  })

  test('what the server refuses fails for good and says why', async () => {
    const { world, ann } = await pair()
    world.post(1)
    await world.pass(10)
    const edit = ann.chat.edit('U2', 1, 'not mine')
    await world.pass(10)
    expect(edit).toMatchObject({ state: 'failed', error: { code: 'CHAT_NOT_YOURS' } })
  })

  test('nothing changes a message that was recalled, in whatever order the entries are applied', () => {
    const entry = (type: string, seq: number, data: object): Entry => ({
      ...{ type, from: 'U1', to: 'U2', seq, time: '2026-01-01T00:00:00.000Z' },
      data: { id: `M${seq}`, clientId: `c${seq}`, prev: seq - 1, ...data },
    })
    const message = entry('chat.posted', 1, { text: '', recalledAt: 'then' }) as Posted
    const later = [entry('chat.edited', 2, { target: 1, text: 'x' }), entry('chat.reacted', 3, { target: 1, emoji: 'y', on: true })]
    expect(withEntries([message], later)).toEqual([message])
  })
})

describe('a group', () => {
  test('is a conversation whose messages name their author', async () => {
    const world = new World()
    world.server.chat.group('G1', 'U1', 'U2', 'U3')
    const clients = [await world.online('U1'), await world.online('U2'), await world.online('U3')]
    const conversations = clients.map((client) => client.chat.conversation('G1'))
    await world.pass(10)
    for (const client of clients) client.chat.send('G1', 'Hi')
    await world.pass(10)
    for (const { messages, entries } of conversations) {
      expect(messages.map(({ from }) => from)).toEqual(['U1', 'U2', 'U3'])
      expect(entries[0]).toMatchObject({ type: 'chat.grouped', data: { change: { created: 'G1' } } })
    }
  })

  test('of which one may read only from some position on begins there', async () => {
    const world = new World()
    const client = await world.online('U1')
    const seqs: number[] = []
    client.chat.onPosted(({ seq }) => seqs.push(seq))
    const conversation = client.chat.conversation('G1')
    world.server.chat.group('G1', 'U2', 'U1')
    for (let index = 0; index < 8; index++) world.server.post('U2', 'G1', `text ${index}`)
    world.server.plan = () => []
    // What was said before we came is not in any history that we are given.
    world.server.judge = ({ id, type, data }) => {
      if (type !== 'chat.history') return 'answer'
      const log = world.server.chat.log('U2', 'G1').filter(({ seq }) => seq > 5 && seq > Number(data.after ?? 0))
      world.server.network.links.at(-1)?.server.send(JSON.stringify({ type: 'ack', id, data: { messages: log, head: 9, more: false } }))
      return 'ignore'
    }
    await world.cut()
    await world.pass(3_000)
    expect(seqsOf(conversation)).toEqual([6, 7, 8, 9])
    expect(conversation).toMatchObject({ hasOlder: false, isLoaded: true, head: 9 })
  })
})

describe('what one deletes for oneself', () => {
  test('leaves the messages at once, keeps its place in the log, and comes back with nothing', async () => {
    const { world, ann, mine } = await pair()
    for (const text of ['one', 'two', 'three']) ann.chat.send('U2', text)
    await world.pass(10)
    ann.chat.edit('U2', 2, 'two!')
    await world.pass(10)
    world.server.chat.lose('U1', 'U2', 'chat.hidden', { targets: [2] })
    await world.pass(10)
    expect(mine.messages.map(({ seq }) => seq)).toEqual([1, 3])
    expect(mine.entries.map(({ seq, data }) => `${seq} ${data.text}`)).toEqual(['1 one', '2 ', '3 three', '4 '])
    ann.chat.react('U2', 2, '👍')
    ann.chat.react('U2', 3, 'constructor')
    await world.pass(10)
    expect(mine.messages.map(({ seq, reactions }) => [seq, reactions])).toEqual([
      [1, undefined],
      [3, { constructor: ['U1'] } as never],
    ])
  })

  test('while a device was away is found in the inbox', async () => {
    const world = new World()
    world.server.plugins = [...world.server.plugins, 'inbox']
    world.post(3)
    world.post(2, 'U3', 'U1')
    const ann = await world.online('U1')
    const [mine, other] = [ann.chat.conversation('U2'), ann.chat.conversation('U3')]
    await world.pass(2_000)
    world.server.closeAll(1001)
    world.server.inbox.tell('U1', 'U1:U2 2', { kind: 'chat-hidden', data: { to: 'U2', target: 2 } })
    world.server.inbox.tell('U1', 'U1:U3', { kind: 'chat', data: null })
    await world.pass(4_000)
    expect([mine, other].map(({ messages }) => messages.map(({ seq }) => seq))).toEqual([[1, 3], []])
  })

  test('whole conversations begin anew behind it', async () => {
    const { world, ann, mine } = await pair()
    for (const text of ['one', 'two']) ann.chat.send('U2', text)
    await world.pass(10)
    const lengths: number[] = []
    mine.onChange(({ messages }) => lengths.push(messages.length))
    world.server.chat.lose('U1', 'U2', 'chat.cleared', { cleared: 2 })
    world.server.chat.lose('U1', 'U3', 'chat.cleared', { cleared: 9 })
    await world.pass(10)
    ann.chat.send('U2', 'three')
    await world.pass(10)
    expect(lengths).toEqual([0, 1])
    expect(mine.messages[0]).toMatchObject({ seq: 3, data: { text: 'three' } })
  })
})

describe('what only the server can complete', () => {
  test('a forward is kept and tried like a message, and shown once it is here', async () => {
    const { world, ann, mine } = await pair()
    ann.chat.send('U2', 'one')
    await world.pass(10)
    const sending = ann.chat.forward('U2', 'U2', 1)
    expect(sending).toMatchObject({ kind: 'forward', text: '', target: 1 })
    await world.pass(10)
    expect(sending.state).toBe('sent')
    expect(mine.messages.map(({ data }) => [data.text, data.forward?.from])).toEqual([
      ['one', undefined],
      ['one', 'U1'],
    ])
  })

  test('content may leave its text to the server; a draft’s time goes with its text and no further', async () => {
    const { world, ann, mine, theirs } = await pair()
    const content = { kind: 'place', data: { lat: 1 } }
    ann.chat.send('U2', '', { content })
    const draft = '2026-11-20T12:00:00.000Z'
    ann.chat.send('U2', 'two', { draft })
    await world.pass(10)
    for (const { messages } of [mine, theirs]) {
      expect(messages.map(({ data }) => [data.text, data.content])).toEqual([
        ['(content)', content],
        ['two', undefined],
      ])
      expect(messages[1]?.data).not.toHaveProperty('draft')
    }
    expect(world.server.requests.findLast(({ type }) => type === 'chat.send')?.data).toMatchObject({ text: 'two', draft })
  })
})
