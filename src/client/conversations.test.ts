import { describe, expect, test } from 'bun:test'
import { seqsOf, upTo, World } from '../../test/support/client/world.ts'
import type { Posted } from './index.ts'

describe('a conversation', () => {
  test('begins with its newest messages and goes on with the live ones', async () => {
    const world = new World()
    world.post(60)
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2', { recent: 20 })
    expect(conversation).toMatchObject({ userId: 'U2', isLoaded: false, messages: [] })
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual(upTo(60, 41))
    world.post(2)
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual(upTo(62, 41))
    expect(conversation).toMatchObject({ head: 62, isLoaded: true, hasOlder: true, error: undefined })
  })

  test('takes only what has a place in its log', async () => {
    const world = new World()
    const client = await world.online('U1')
    const heard: string[] = []
    client.on('chat.applied', ({ to = '' }) => heard.push(to))
    client.chat.onEntry(({ type }) => heard.push(type))
    const conversation = client.chat.conversation('G7')
    await world.pass(10)
    world.server.chat.onEvent({ type: 'chat.applied', from: 'U2', to: 'G7', time: '', data: { user: { id: 'U2' }, note: '' } }, ['U1'])
    await world.pass(10)
    expect([heard, conversation.entries]).toEqual([['G7'], []])
  })

  test('without messages is loaded and empty', async () => {
    const world = new World()
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    expect(conversation).toMatchObject({ messages: [], head: 0, isLoaded: true, hasOlder: false })
    expect(await conversation.loadOlder()).toBe(false)
  })

  test('that is opened without a line is loaded with the next one', async () => {
    const world = new World()
    world.post(3)
    const client = world.client('U1')
    const conversation = client.chat.conversation('U2')
    client.start()
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual([1, 2, 3])
  })

  test('whose first page was lost with the line is loaded with the next one', async () => {
    const world = new World()
    world.post(3)
    const client = await world.online('U1')
    world.server.judge = () => 'swallow answer'
    const conversation = client.chat.conversation('U2')
    await world.pass(10)
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(1_000)
    expect(seqsOf(conversation)).toEqual([1, 2, 3])
  })

  test('loads earlier messages page by page, to the first', async () => {
    const world = new World()
    world.post(120)
    const conversation = (await world.online('U1')).chat.conversation('U2', { recent: 50 })
    await world.pass(10)
    const first = conversation.loadOlder(50)
    const same = conversation.loadOlder(50)
    await world.pass(10)
    expect([await first, await same]).toEqual([true, true])
    expect(seqsOf(conversation)).toEqual(upTo(120, 21))
    const last = conversation.loadOlder(50)
    await world.pass(10)
    expect(await last).toBe(false)
    expect(seqsOf(conversation)).toEqual(upTo(120))
    expect(conversation.hasOlder).toBe(false)
  })

  test('cannot load earlier messages without a line, and says so', async () => {
    const world = new World()
    world.post(60)
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2', { recent: 10 })
    await world.pass(10)
    client.stop()
    expect(conversation.loadOlder()).rejects.toMatchObject({ code: 'CLIENT_OFFLINE' })
  })

  test('whose beginning the server no longer has ends where the server ends', async () => {
    const world = new World()
    world.post(9)
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2', { recent: 3 })
    await world.pass(10)
    world.server.judge = ({ id }) => {
      world.server.network.links[0]?.server.send(JSON.stringify({ type: 'ack', id, data: { messages: [], head: 9, more: false } }))
      return 'ignore'
    }
    const more = conversation.loadOlder()
    await world.pass(10)
    expect(await more).toBe(false)
    expect(conversation).toMatchObject({ hasOlder: false, isLoaded: true })
    expect(seqsOf(conversation)).toEqual([7, 8, 9])
  })

  test('says after every change that it changed, with a new list', async () => {
    const world = new World()
    const conversation = (await world.online('U1')).chat.conversation('U2')
    const lists: (readonly Posted[])[] = []
    const undo = conversation.onChange(({ messages }) => lists.push(messages))
    await world.pass(10)
    world.post(1)
    await world.pass(10)
    undo()
    world.post(1)
    await world.pass(10)
    expect(lists.map((list) => list.length)).toEqual([0, 1])
    expect(conversation.messages.length).toBe(2)
  })

  test('holds what we sent as soon as it is acknowledged, once', async () => {
    const world = new World()
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2')
    await world.pass(10)
    world.server.plan = () => []
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(10)
    expect(conversation.messages).toEqual([sending.posted as Posted])
    world.server.plan = () => [0, 50]
    client.chat.send('U2', 'again')
    await world.pass(100)
    expect(seqsOf(conversation)).toEqual([1, 2])
  })

  test('with oneself is one, too', async () => {
    const world = new World()
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U1')
    client.chat.send('U1', 'a note')
    await world.pass(10)
    expect(conversation.messages.map(({ data }) => data.text)).toEqual(['a note'])
  })

  test('that may not be read says why', async () => {
    const world = new World()
    const conversation = (await world.online('U1')).chat.conversation('U9')
    await world.pass(10)
    expect(conversation).toMatchObject({ isLoaded: false, error: { code: 'CHAT_NO_SUCH_USER' } })
  })

  test('asks for nothing where chat is switched off', async () => {
    const world = new World()
    world.server.plugins = ['auth', 'rooms']
    const client = await world.online('U1')
    client.chat.conversation('U2')
    client.chat.onPosted(() => {})
    await world.pass(1_000)
    expect(world.server.requests).toEqual([])
  })

  test('that is closed keeps its list and changes no more; others of the same user go on', async () => {
    const world = new World()
    world.post(1)
    const client = await world.online('U1')
    const [one, two] = [client.chat.conversation('U2'), client.chat.conversation('U2')]
    await world.pass(10)
    let changes = 0
    one.onChange(() => changes++)
    one.close()
    one.close()
    world.post(1)
    await world.pass(10)
    expect([seqsOf(one), seqsOf(two), changes]).toEqual([[1], [1, 2], 0])
    expect(await one.loadOlder()).toBe(false)
  })

  test('that is opened again is loaded again', async () => {
    const world = new World()
    world.post(5)
    const client = await world.online('U1')
    client.chat.conversation('U2').close()
    await world.pass(10)
    world.post(1)
    const again = client.chat.conversation('U2')
    await world.pass(10)
    expect(seqsOf(again)).toEqual(upTo(6))
  })
})

describe('while push and history race', () => {
  test('live messages that come before the first page are neither lost nor doubled', async () => {
    for (const workMs of [5, 15, 25]) {
      const world = new World()
      world.post(10)
      const client = await world.online('U1')
      world.server.workMs = () => workMs
      const conversation = client.chat.conversation('U2', { recent: 4 })
      for (let index = 0; index < 4; index++) {
        await world.pass(8)
        world.post(1)
      }
      await world.pass(200)
      const all = seqsOf(conversation)
      expect(all).toEqual(upTo(14, all[0]))
      expect(all.length).toBeGreaterThanOrEqual(4)
    }
  })

  test('an empty first page that live messages have overtaken does not hide what is before them', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.answerMs = () => 30
    world.server.plan = ({ seq }) => (seq === 1 ? [200] : [0])
    const conversation = client.chat.conversation('U2')
    await world.pass(10)
    world.post(2)
    await world.pass(500)
    expect(seqsOf(conversation)).toEqual([1, 2])
    expect(conversation.hasOlder).toBe(false)
  })

  test('a lost message is fetched when the next one shows the gap', async () => {
    const world = new World()
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    world.server.plan = ({ seq }) => (seq === 2 || seq === 3 ? [] : [0])
    world.post(4)
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual([1, 2, 3, 4])
    expect(world.server.of('chat.history').map(({ data }) => data)).toEqual([{ limit: 50 }, { after: 1, limit: 100, epoch: 'e1' }])
  })

  test('what is lost while a gap is being filled is fetched, too', async () => {
    const world = new World()
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    world.server.answerMs = () => 30
    world.server.plan = ({ seq }) => (seq === 2 || seq === 5 ? [] : [0])
    world.post(3)
    await world.pass(20)
    world.post(3)
    await world.pass(200)
    expect(seqsOf(conversation)).toEqual(upTo(6))
  })

  test('a message that was never stored is not asked for again and again', async () => {
    const world = new World()
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2')
    world.post(1)
    await world.pass(10)
    const phantom = { ...(conversation.messages[0] as Posted), seq: 9 }
    world.server.network.links[0]?.server.send(JSON.stringify(phantom))
    await world.pass(60_000)
    expect(seqsOf(conversation)).toEqual([1])
    expect(world.server.of('chat.history').length).toBe(2)
  })
})
