import { describe, expect, test } from 'bun:test'
import { seqsOf, upTo, World } from '../../test/support/client/world.ts'
import type { Conversation } from './index.ts'

describe('after a break', () => {
  test('an open conversation has exactly what was missed, however many pages', async () => {
    const world = new World()
    world.post(3)
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    world.server.closeAll(1001)
    world.post(350)
    await world.pass(2_000)
    expect(seqsOf(conversation)).toEqual(upTo(353))
  })

  test('one question finds out what changed in all of them', async () => {
    const users = Array.from({ length: 31 }, (_, index) => `U${index}`)
    const world = new World(users)
    const client = await world.online('U0')
    const conversations = users.slice(1).map((userId) => client.chat.conversation(userId))
    await world.pass(100)
    world.server.requests.length = 0
    world.server.closeAll(1001)
    world.post(1, 'U7', 'U0')
    world.post(2, 'U9', 'U0')
    await world.pass(2_000)
    const asked = world.server.requests.filter(({ type }) => type !== 'chat.delivered')
    expect(asked.map(({ type, to }) => `${type} ${to ?? ''}`)).toEqual(['chat.list ', 'chat.history U9', 'chat.history U7'])
    expect(conversations.map(({ head }) => head).filter((head) => head > 0)).toEqual([1, 2])
  })

  test('the inbox says what has changed, and nobody asks for the list again', async () => {
    const users = Array.from({ length: 31 }, (_, index) => `U${index}`)
    const world = new World(users)
    world.server.plugins = [...world.server.plugins, 'inbox']
    world.server.inbox.pageSize = 200
    for (const userId of users.slice(1)) world.post(1, userId, 'U0')
    const heard: string[] = []
    const client = await world.online('U0')
    client.chat.onPosted(({ from, seq }) => heard.push(`${from} ${seq}`))
    const conversation = client.chat.conversation('U7')
    await world.pass(3_000)
    for (const count of [1, 2]) {
      world.server.requests.length = 0
      world.server.closeAll(1001)
      world.post(count, 'U7', 'U0')
      world.post(1, 'U9', 'U0')
      await world.pass(4_000)
      const asked = world.server.requests.filter(({ type }) => type !== 'chat.delivered')
      expect(asked.map(({ type, to }) => `${type} ${to ?? ''}`).toSorted()).toEqual(['chat.history U7', 'chat.history U9', 'inbox.sync '])
    }
    expect(seqsOf(conversation)).toEqual(upTo(4))
    expect(heard).toEqual(['U7 2', 'U9 2', 'U7 3', 'U7 4', 'U9 3'])
  })

  test('a catching up that broke off is made up for, and no place in the inbox hides what it was to find', async () => {
    const world = new World()
    world.server.plugins = [...world.server.plugins, 'inbox']
    world.server.sendsHeartbeats = false
    world.post(1)
    world.server.judge = ({ type }) => (type === 'inbox.sync' ? 'ignore' : 'answer')
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    await world.cut()
    world.post(1)
    world.server.judge = ({ type }) => (type === 'chat.list' ? 'ignore' : 'answer')
    await world.pass(2_000)
    await world.cut()
    world.server.judge = () => 'answer'
    await world.pass(4_000)
    expect(seqsOf(conversation)).toEqual([1, 2])
  })

  test('an inbox that begins anew, or fails, is replaced by the list', async () => {
    const world = new World()
    world.server.plugins = [...world.server.plugins, 'inbox']
    world.post(1)
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    world.server.inbox.epoch = 'i2'
    await world.cut()
    world.post(1)
    await world.pass(2_000)
    expect(seqsOf(conversation)).toEqual([1, 2])
    const refused = { code: 'CORE_FORBIDDEN', kind: 'forbidden', message: 'no', retry: false } as const
    world.server.judge = ({ type }) => (type === 'inbox.sync' ? refused : 'answer')
    await world.cut()
    world.post(1)
    await world.pass(2_000)
    expect(seqsOf(conversation)).toEqual([1, 2, 3])
  })

  test('more conversations than the list holds are asked one by one', async () => {
    const users = Array.from({ length: 131 }, (_, index) => `U${index}`)
    const world = new World(users)
    for (const userId of users.slice(1)) world.post(1, userId, 'U0')
    const client = await world.online('U0')
    const oldest = client.chat.conversation('U1')
    await world.pass(100)
    expect(oldest.head).toBe(1)
    for (const userId of users.slice(2)) world.post(1, userId, 'U0')
    world.server.plan = () => []
    world.post(1, 'U1', 'U0')
    for (const userId of users.slice(2)) world.post(1, userId, 'U0')
    await world.cut()
    await world.pass(2_000)
    expect(seqsOf(oldest)).toEqual([1, 2])
  })

  test('a server that has no list is asked one by one', async () => {
    const world = new World()
    world.server.judge = ({ type }) =>
      type === 'chat.list' ? { code: 'CORE_UNKNOWN_TYPE', kind: 'not_found', message: 'no', retry: false } : 'answer'
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    world.server.closeAll(1001)
    world.post(2)
    await world.pass(2_000)
    expect(seqsOf(conversation)).toEqual([1, 2])
  })

  test('a conversation that could not be read for a while can be read again', async () => {
    const world = new World()
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    const refused = { code: 'CORE_FORBIDDEN', kind: 'forbidden', message: 'no', retry: false } as const
    world.server.judge = ({ type }) => (type === 'chat.history' ? refused : 'answer')
    world.server.plan = ({ seq }) => (seq === 1 ? [] : [0])
    world.post(2)
    await world.pass(10)
    expect(conversation.error?.code).toBe('CORE_FORBIDDEN')
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(1_000)
    expect(conversation.error).toBeUndefined()
    expect(seqsOf(conversation)).toEqual([1, 2])
  })

  test('a log that was restored from a backup replaces ours', async () => {
    const world = new World()
    world.post(9)
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    world.server.closeAll(1001)
    world.server.chat.rewind('U1', 'U2', 4)
    await world.pass(2_000)
    expect(seqsOf(conversation)).toEqual(upTo(4))
    world.post(1)
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual(upTo(5))
  })
})

describe('a server whose logs were put back to an earlier state', () => {
  const scene = async () => {
    const world = new World()
    world.post(6)
    world.post(3, 'U3')
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2')
    await world.pass(10)
    return { world, client, conversation }
  }
  const textsOf = ({ messages }: Conversation): string[] => messages.map(({ data }) => data.text)

  test('and that went on from there shows no line of the log before, although the positions are the same', async () => {
    const { world, conversation } = await scene()
    world.server.closeAll(1001)
    world.server.chat.restore('U1', 'U2', 2)
    for (const text of ['a', 'b', 'c', 'd', 'e']) world.server.post('U2', 'U1', text)
    await world.pass(2_000)
    expect(textsOf(conversation)).toEqual(['U2 0', 'U2 1', 'a', 'b', 'c', 'd', 'e'])
    expect(seqsOf(conversation)).toEqual(upTo(7))
  })

  test('is noticed by an ack, by a heartbeat, and by an event, without a break', async () => {
    const { world, client, conversation } = await scene()
    world.server.chat.restore('U1', 'U2', 2)
    client.chat.send('U3', 'Hello')
    await world.pass(20)
    expect(textsOf(conversation)).toEqual(['U2 0', 'U2 1'])
    world.server.chat.restore('U1', 'U2', 1)
    world.post(1, 'U3')
    await world.pass(30_000)
    expect(textsOf(conversation)).toEqual(['U2 0'])
    world.server.chat.restore('U1', 'U2', 0)
    for (const connection of world.server.connections) {
      world.server.push({ type: 'chat.reset', time: '', data: { epoch: 'e4' } }, connection)
    }
    await world.pass(20)
    expect(textsOf(conversation)).toEqual([])
  })

  test('is told again how far one has read', async () => {
    const { world, conversation } = await scene()
    conversation.markRead(6)
    await world.pass(2_000)
    world.server.closeAll(1001)
    world.server.chat.restore('U1', 'U2', 2)
    world.post(1)
    await world.pass(2_000)
    world.server.requests.length = 0
    conversation.markRead(3)
    await world.pass(10)
    expect(world.server.of('chat.read').map(({ data }) => data.seq)).toEqual([3])
  })
})

describe('a push that is lost without any more traffic', () => {
  const lose = (world: World, count: number, from = 'U2', to = 'U1'): void => {
    world.server.plan = () => []
    world.post(count, from, to)
    world.server.plan = () => [0]
  }

  test('is noticed within 30 seconds and healed, in an open conversation and in all that are followed', async () => {
    const world = new World()
    const heard: string[] = []
    const client = await world.online('U1')
    client.chat.onPosted(({ from, seq }) => heard.push(`${from} ${seq}`))
    const conversation = client.chat.conversation('U2')
    await world.pass(10)
    lose(world, 2)
    lose(world, 1, 'U3')
    await world.pass(10)
    expect(seqsOf(conversation)).toEqual([])
    await world.pass(30_000)
    expect(seqsOf(conversation)).toEqual([1, 2])
    expect(heard.toSorted()).toEqual(['U2 1', 'U2 2', 'U3 1'])
  })

  test('costs one question; what arrived costs none', async () => {
    const world = new World()
    const client = await world.online('U1')
    client.chat.onPosted(() => {})
    await world.pass(10)
    world.post(2, 'U3')
    lose(world, 1)
    await world.pass(2_000)
    world.server.requests.length = 0
    await world.pass(60_000)
    expect(world.server.requests.map(({ type, to }) => `${type} ${to}`)).toEqual(['chat.history U2', 'chat.delivered U2'])
  })

  test('is found in the list when the heartbeat could not name all', async () => {
    const world = new World()
    world.server.chat.digestLimit = 0
    const conversation = (await world.online('U1')).chat.conversation('U2')
    await world.pass(10)
    lose(world, 3)
    await world.pass(30_000)
    expect(seqsOf(conversation)).toEqual([1, 2, 3])
  })
})

describe('all conversations', () => {
  const hear = async (world: World): Promise<string[]> => {
    const heard: string[] = []
    const client = world.client('U1')
    client.chat.onPosted(({ from, to, seq }) => heard.push(`${from === 'U1' ? to : from} ${seq}`))
    client.start()
    await world.pass(10)
    return heard
  }

  test('are heard from the first welcome on, own messages too, and nothing older', async () => {
    const world = new World()
    world.post(5)
    const heard = await hear(world)
    world.post(1)
    world.post(2, 'U1', 'U3')
    await world.pass(10)
    expect(heard).toEqual(['U2 6', 'U3 1', 'U3 2'])
  })

  test('are healed: gaps, and what came while the line was down, of people never heard of too', async () => {
    const world = new World()
    world.post(5)
    const heard = await hear(world)
    world.server.plan = ({ seq, from }) => (from === 'U2' && seq === 6 ? [] : [0])
    world.post(2)
    await world.pass(10)
    world.server.closeAll(1001)
    world.post(1)
    world.post(2, 'U3')
    await world.pass(2_000)
    expect(heard.toSorted()).toEqual(['U2 6', 'U2 7', 'U2 8', 'U3 1', 'U3 2'])
  })

  test('are heard once also while one of them is open', async () => {
    const world = new World()
    const heard: number[] = []
    const client = await world.online('U1')
    client.chat.onPosted(({ seq }) => heard.push(seq))
    await world.pass(10)
    world.post(2)
    await world.pass(10)
    const conversation = client.chat.conversation('U2')
    world.post(2)
    await world.pass(10)
    conversation.close()
    world.post(2)
    await world.pass(10)
    expect(heard).toEqual(upTo(6))
  })

  test('show the truth when one of them is opened, although its last push was lost', async () => {
    const world = new World()
    const heard: string[] = []
    const client = await world.online('U1')
    client.chat.onPosted(({ from, seq }) => heard.push(`${from} ${seq}`))
    await world.pass(10)
    world.post(1)
    await world.pass(10)
    world.server.plan = () => []
    world.post(2)
    world.post(1, 'U3')
    const [known, unknown] = [client.chat.conversation('U2'), client.chat.conversation('U3')]
    await world.pass(10)
    expect([seqsOf(known), seqsOf(unknown)]).toEqual([[1, 2, 3], [1]])
    expect(heard.toSorted()).toEqual(['U2 1', 'U2 2', 'U2 3', 'U3 1'])
  })

  test('an acknowledged message of before a reload does not count as the newest', async () => {
    const world = new World()
    world.post(9, 'U1', 'U2')
    const heard = await hear(world)
    expect(heard).toEqual([])
    const client = world.client('U1')
    const seen: number[] = []
    client.chat.onPosted(({ seq }) => seen.push(seq))
    world.server.judge = ({ type, id }) => {
      if (type === 'chat.list') return 'ignore'
      if (type !== 'chat.send') return 'answer'
      const link = world.server.network.links.at(-1)?.server
      link?.send(JSON.stringify({ type: 'ack', id, data: { id: 'M2', seq: 2, time: '', dup: true } }))
      return 'ignore'
    }
    client.start()
    await world.pass(10)
    const sending = client.chat.send('U2', 'old')
    await world.pass(10)
    world.post(1)
    await world.pass(10)
    expect(sending.posted?.seq).toBe(2)
    expect(seen).toEqual([10])
  })

  test('that were not followed for a while are not new when somebody listens again', async () => {
    const world = new World()
    const client = await world.online('U1')
    client.chat.onPosted(() => {})()
    const heard: number[] = []
    const undo = client.chat.onPosted(({ seq }) => heard.push(seq))
    await world.pass(10)
    undo()
    world.post(3, 'U3')
    await world.pass(10)
    client.chat.onPosted(({ seq }) => heard.push(seq))
    await world.pass(10)
    world.post(1, 'U3')
    await world.pass(10)
    expect(heard).toEqual([4])
  })

  test('are forgotten when nobody listens any more', async () => {
    const world = new World()
    const client = await world.online('U1')
    const heard: number[] = []
    const undo = client.chat.onPosted(({ seq }) => heard.push(seq))
    await world.pass(10)
    world.post(1)
    await world.pass(10)
    undo()
    world.server.requests.length = 0
    world.post(3)
    await world.cut()
    await world.pass(2_000)
    expect(heard).toEqual([1])
    expect(world.server.requests).toEqual([])
  })
})
