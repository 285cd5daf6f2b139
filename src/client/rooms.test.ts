import { describe, expect, test } from 'bun:test'
import { World } from '../../test/support/client/world.ts'
import type { AnyProtocol, Client, ClientError, JoinOptions, RoomHandle } from './index.ts'

interface Watched {
  readonly handle: RoomHandle
  readonly seqs: number[]
  readonly resets: number[]
  readonly errors: string[]
}

const watch = (client: Client<AnyProtocol>, room = 'lobby', options: JoinOptions = {}): Watched => {
  const seqs: number[] = []
  const resets: number[] = []
  const errors: string[] = []
  const handle = client.rooms.join(room, {
    onMessage: ({ seq }) => seqs.push(seq),
    onReset: ({ offset }) => resets.push(offset),
    onError: ({ code }: ClientError) => errors.push(code),
    ...options,
  })
  return { handle, seqs, resets, errors }
}

/** Two people in the lobby; the first one watches. */
const twoInLobby = async (): Promise<{ readonly world: World; readonly ann: Watched; readonly bob: RoomHandle }> => {
  const world = new World()
  const [annClient, bobClient] = [await world.online('U1'), await world.online('U2')]
  const ann = watch(annClient)
  const bob = bobClient.rooms.join('lobby')
  await world.pass(10)
  return { world, ann, bob }
}

const say = async (world: World, room: RoomHandle, count: number): Promise<void> => {
  for (let index = 0; index < count; index++) void room.send({ n: index }).catch(() => {})
  await world.pass(20)
}

/** Break the lines of one user; they come back within a second. */
const cut = (world: World, userId: string): void => {
  const own = world.server.network.open.filter((link) => link.server.protocols.includes(`auth.${userId}`))
  for (const link of own) link.cut(0, 0)
}

describe('a room', () => {
  test('is joined now if there is a line, else as soon as there is one', async () => {
    const world = new World()
    const client = world.client('U1')
    const { handle } = watch(client)
    expect(handle.isJoined).toBe(false)
    client.start()
    await world.pass(10)
    expect(handle.isJoined).toBe(true)
    expect(world.server.of('rooms.join')).toMatchObject([{ room: 'lobby', data: {} }])
  })

  test('hands over what is sent, own words too, with seq and sender', async () => {
    const { world, ann, bob } = await twoInLobby()
    const mine = ann.handle.send({ text: 'Hi' })
    await say(world, bob, 2)
    expect(await mine).toMatchObject({ seq: 1 })
    expect(ann.seqs).toEqual([1, 2, 3])
  })

  test('gives the recent publications first if asked', async () => {
    const { world, bob } = await twoInLobby()
    await say(world, bob, 5)
    const late = watch(await world.online('U3'), 'lobby', { recent: 2 })
    await world.pass(10)
    await say(world, bob, 1)
    expect(late.seqs).toEqual([4, 5, 6])
  })

  test('knows who is in it, and hears who comes and goes', async () => {
    const { world, ann } = await twoInLobby()
    const heard: string[] = []
    const third = await world.online('U3')
    const { handle } = watch(third, 'lobby', { onMembers: (members, count) => heard.push(`${members.map(({ id }) => id)} ${count}`) })
    await world.pass(10)
    expect(ann.handle.members.map(({ id }) => id)).toEqual(['U1', 'U2', 'U3'])
    expect(ann.handle.count).toBe(3)
    cut(world, 'U2')
    await world.pass(1_000)
    void handle.leave()
    await world.pass(10)
    expect(heard).toEqual(['U1,U2,U3 3', 'U1,U3 2', 'U1,U3,U2 3'])
    expect(ann.handle.count).toBe(2)
  })

  test('can be joined once at a time', async () => {
    const world = new World()
    const client = await world.online('U1')
    const { handle } = watch(client)
    expect(() => client.rooms.join('lobby')).toThrow('already joined')
    const left = handle.leave()
    const again = watch(client)
    await world.pass(10)
    await left
    expect(again.handle.isJoined).toBe(true)
    expect(world.server.rooms.count('lobby')).toBe(1)
  })

  test('that was left hears nothing more, is not joined again, and cannot be spoken in', async () => {
    const { world, ann, bob } = await twoInLobby()
    const left = ann.handle.leave()
    await say(world, bob, 1)
    await left
    await world.cut()
    await world.pass(1_000)
    await say(world, bob, 1)
    expect(ann.seqs).toEqual([])
    expect(ann.handle.isJoined).toBe(false)
    expect(ann.handle.send({})).rejects.toMatchObject({ code: 'CLIENT_LEFT' })
    expect(world.server.rooms.count('lobby')).toBe(1)
    expect(await ann.handle.leave()).toBeUndefined()
  })

  test('that is left while it is being joined is left on the server too', async () => {
    const world = new World()
    world.server.workMs = () => 50
    const client = await world.online('U1')
    const { handle } = watch(client)
    await world.pass(10)
    const left = handle.leave()
    await world.pass(200)
    await left
    expect(world.server.rooms.count('lobby')).toBe(0)
    expect(handle.isJoined).toBe(false)
  })

  test('without a line sending rejects, leaving does not', async () => {
    const world = new World()
    const { handle } = watch(world.client('U1'))
    expect(handle.send({})).rejects.toMatchObject({ code: 'CLIENT_OFFLINE' })
    expect(await handle.leave()).toBeUndefined()
  })

  test('stops in the middle of a page when the app leaves', async () => {
    const { world, bob } = await twoInLobby()
    await say(world, bob, 5)
    const seqs: number[] = []
    const client = await world.online('U3')
    const handle = client.rooms.join('lobby', {
      recent: 5,
      onMessage: ({ seq }) => {
        seqs.push(seq)
        void handle.leave()
      },
    })
    await world.pass(10)
    expect(seqs).toEqual([1])
  })

  test('that somebody deletes tells so, and is free to be joined again', async () => {
    const world = new World()
    const client = await world.online('U1')
    let deleted = 0
    watch(client, 'lobby', { onDeleted: () => deleted++ })
    await world.pass(10)
    const done = client.request('rooms.delete', {}, { room: 'lobby' })
    await world.pass(10)
    await done
    expect(deleted).toBe(1)
    expect(watch(client).handle.isJoined).toBe(false)
  })

  test('that refuses says why, and is tried again with the next line', async () => {
    const world = new World()
    const full = { code: 'ROOMS_FULL', kind: 'conflict', message: 'full', retry: false } as const
    world.server.judge = ({ type }) => (type === 'rooms.join' ? full : 'answer')
    const { handle, errors } = watch(await world.online('U1'))
    await world.pass(10)
    expect(errors).toEqual(['ROOMS_FULL'])
    expect(handle.isJoined).toBe(false)
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(1_000)
    expect(handle.isJoined).toBe(true)
  })
})

describe('over a break', () => {
  test('a room is joined again with the last position, and hands over exactly what was missed', async () => {
    const { world, ann, bob } = await twoInLobby()
    await say(world, bob, 2)
    cut(world, 'U1')
    await say(world, bob, 3)
    expect(ann.handle.isJoined).toBe(false)
    expect(ann.handle.members.length).toBe(2)
    await world.pass(1_000)
    await say(world, bob, 1)
    expect(ann.seqs).toEqual([1, 2, 3, 4, 5, 6])
    expect(ann.resets).toEqual([])
    expect(world.server.of('rooms.join').at(-1)?.data).toEqual({ since: { epoch: 'e1', offset: 2 } })
  })

  test('a server that cannot say what was missed is a reset, from its offset on', async () => {
    const { world, ann, bob } = await twoInLobby()
    await say(world, bob, 2)
    cut(world, 'U1')
    await say(world, bob, 3)
    world.server.rooms.forget('lobby')
    await world.pass(1_000)
    await say(world, bob, 1)
    expect(ann.seqs).toEqual([1, 2, 6])
    expect(ann.resets).toEqual([5])
  })

  test('a restarted server is a reset too, and its seqs begin again', async () => {
    const { world, ann, bob } = await twoInLobby()
    await say(world, bob, 3)
    world.server.rooms.restart()
    world.server.closeAll(1012, '{"retryAfterMs":0}')
    await world.pass(100)
    await say(world, bob, 2)
    expect(ann.seqs).toEqual([1, 2, 3, 1, 2])
    expect(ann.resets).toEqual([0])
  })

  test('the first join may break too: there is no position to come back to', async () => {
    const world = new World()
    world.server.judge = () => 'ignore'
    const client = await world.online('U1')
    const { handle, resets } = watch(client, 'lobby', { recent: 3 })
    await world.pass(10)
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(1_000)
    expect(handle.isJoined).toBe(true)
    expect(resets).toEqual([])
    expect(world.server.of('rooms.join').map(({ data }) => data)).toEqual([{ recent: 3 }, { recent: 3 }])
  })
})

describe('a gap', () => {
  test('in live seqs is filled by joining again, once and in order', async () => {
    const { world, ann, bob } = await twoInLobby()
    world.server.plan = ({ seq }, { userId }) => (userId === 'U1' && (seq === 2 || seq === 3) ? [] : [0])
    await say(world, bob, 6)
    expect(ann.seqs).toEqual([1, 2, 3, 4, 5, 6])
    expect(ann.resets).toEqual([])
    expect(ann.handle.isJoined).toBe(true)
  })

  test('what came before a join was asked again belongs to before', async () => {
    const world = new World()
    const busy = { code: 'CORE_STORAGE_BUSY', kind: 'unavailable', message: 'busy', retry: true } as const
    const client = await world.online('U1')
    const link = world.server.network.links[0]?.server
    let tries = 0
    world.server.judge = () => {
      if (++tries > 1) return 'answer'
      link?.send(JSON.stringify({ type: 'rooms.sent', room: 'lobby', from: 'U2', seq: 57, time: '', data: {} }))
      return busy
    }
    const { handle, seqs } = watch(client)
    await world.pass(2_000)
    expect(handle.isJoined).toBe(true)
    expect(seqs).toEqual([])
    expect(world.server.of('rooms.join').length).toBe(2)
  })

  test('repeats and stragglers are handed over once', async () => {
    const { world, ann, bob } = await twoInLobby()
    world.server.plan = ({ seq }) => (seq === 2 ? [0, 0, 30] : seq === 3 ? [15] : [0])
    await say(world, bob, 6)
    await world.pass(100)
    expect(ann.seqs).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('what comes while a join is under way waits for its answer', async () => {
    const { world, ann, bob } = await twoInLobby()
    await say(world, bob, 1)
    world.server.answerMs = () => 30
    world.server.plan = ({ seq }, { userId }) => (userId === 'U1' && seq === 2 ? [] : [0])
    for (let index = 0; index < 4; index++) {
      void bob.send({}).catch(() => {})
      await world.pass(15)
    }
    await world.pass(200)
    expect(ann.seqs).toEqual([1, 2, 3, 4, 5])
    expect(world.server.of('rooms.join').length).toBe(3)
  })

  test('member changes that raced with a join end right', async () => {
    const world = new World()
    const ann = watch(await world.online('U1'))
    world.server.workMs = () => 20
    const clients = [await world.online('U2'), await world.online('U3')]
    const handles = clients.map((client) => client.rooms.join('lobby'))
    await world.pass(10)
    void handles[0]?.leave()
    await world.pass(300)
    expect(ann.handle.members.map(({ id }) => id)).toEqual(['U1', 'U3'])
    expect(ann.handle.count).toBe(2)
  })
})
