import { describe, expect, test } from 'bun:test'
import { World } from '../../test/support/client/world.ts'

const pair = async () => {
  const world = new World()
  const [ann, bob] = [await world.online('U1'), await world.online('U2')]
  const [mine, theirs] = [ann.chat.conversation('U2'), bob.chat.conversation('U1')]
  await world.pass(10)
  return { world, ann, bob, mine, theirs }
}

describe('receipts', () => {
  test('what arrives is told by itself, at most once a second', async () => {
    const { world, ann, mine } = await pair()
    for (let index = 0; index < 5; index++) {
      ann.chat.send('U2', `${index}`)
      await world.pass(100)
    }
    expect(mine.receipts.get('U2')).toEqual({ read: 0, delivered: 1 })
    await world.pass(1_000)
    expect(mine.receipts.get('U2')).toEqual({ read: 0, delivered: 5 })
    expect(world.server.of('chat.delivered').length).toBe(2)
  })

  test('what was read is told once, only forward, and at most once a second', async () => {
    const { world, ann, mine, theirs } = await pair()
    for (let index = 0; index < 3; index++) ann.chat.send('U2', `${index}`)
    await world.pass(10)
    for (const seq of [1, 2, 1, 3, 3]) theirs.markRead(seq)
    await world.pass(3_000)
    expect(mine.receipts.get('U2')).toEqual({ read: 3, delivered: 3 })
    expect(world.server.of('chat.read').map(({ data }) => data.seq)).toEqual([1, 3])
  })

  test('what was read without a line is told with the next one', async () => {
    const { world, ann, mine, theirs } = await pair()
    ann.chat.send('U2', 'Hi')
    await world.pass(10)
    world.server.network.isUp = false
    await world.cut()
    theirs.markRead(1)
    await world.pass(5_000)
    world.server.network.isUp = true
    await world.pass(60_000)
    expect(world.server.of('chat.read').map(({ data }) => data.seq)).toEqual([1])
    expect(mine.receipts.get('U2')).toEqual({ read: 1, delivered: 1 })
  })

  test('what came while nobody was there has arrived once somebody is', async () => {
    const world = new World()
    world.post(4)
    const client = await world.online('U1')
    client.chat.onPosted(() => {})
    await world.pass(10)
    expect(world.server.of('chat.delivered').map(({ data, to }) => [to, data.seq])).toEqual([['U2', 4]])
  })
})

describe('typing', () => {
  test('is told at most once in three seconds while it goes on, and its end at once', async () => {
    const { world, ann } = await pair()
    const conversation = ann.chat.conversation('U2')
    for (let index = 0; index < 40; index++) {
      conversation.setTyping(true)
      await world.pass(100)
    }
    conversation.setTyping(false)
    conversation.setTyping(false)
    await world.pass(10)
    expect(world.server.of('chat.typing').map(({ data }) => data.on)).toEqual([true, true, false])
  })

  test('is shown until it ends, a message comes, or six seconds have passed', async () => {
    const { world, ann, bob, mine, theirs } = await pair()
    const heard: string[] = []
    ann.chat.onTyping((to, users) => heard.push(`${to}:${users}`))
    theirs.setTyping(true)
    await world.pass(10)
    expect(mine.typing).toEqual(['U2'])
    theirs.setTyping(false)
    await world.pass(10)
    expect(mine.typing).toEqual([])
    theirs.setTyping(true)
    await world.pass(10)
    bob.chat.send('U1', 'Hi')
    await world.pass(10)
    expect(mine.typing).toEqual([])
    theirs.setTyping(false)
    theirs.setTyping(true)
    await world.pass(5_000)
    expect(mine.typing).toEqual(['U2'])
    await world.pass(1_100)
    expect(mine.typing).toEqual([])
    expect(heard).toEqual(['U2:U2', 'U2:', 'U2:U2', 'U2:', 'U2:U2', 'U2:'])
  })
})
