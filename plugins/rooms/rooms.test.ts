import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { definePlugin } from '#core'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose } from '../../test/support/socket.ts'
import { rooms } from './index.ts'
import { Room } from './room.ts'
import { Rooms } from './service.ts'

let service: Rooms | undefined
/** Another plugin that uses the service. */
const neighbour = definePlugin({
  id: 'neighbour',
  uses: { rooms: Rooms },
  setup: ({ use }) => {
    service = use.rooms
    return {}
  },
})

let server: TestServer
beforeAll(async () => {
  server = await startTestServer([rooms, neighbour], {
    env: { PARLEY_ROOMS_LIMIT: '3', PARLEY_ROOMS_HISTORY: '5', PARLEY_ROOMS_ANNOUNCE_LIMIT: '2', PARLEY_ROOMS_MAX_ROOMS: '40' },
  })
})
afterAll(() => server.stop())

let count = 0
/** A room that no other test uses. */
const fresh = () => ({ room: `room-${++count}` })

describe('a room', () => {
  test('delivers what is sent to everybody in it, the sender too, and to nobody else', async () => {
    const [ann, bob, eve] = await Promise.all([server.connect('U1', 'Ann'), server.connect('U2'), server.connect('U3')])
    const room = fresh()
    await ann.request('rooms.join', {}, room)
    await bob.request('rooms.join', {}, room)
    const ack = await ann.request('rooms.send', { text: 'hi', nested: { ok: [1, null] } }, room)
    for (const socket of [ann, bob]) {
      const sent = await socket.next('rooms.sent')
      expect(sent).toEqual({
        type: 'rooms.sent',
        ...room,
        from: 'U1',
        seq: ack.seq,
        time: ack.time,
        data: { text: 'hi', nested: { ok: [1, null] } },
      })
    }
    await eve.settle()
    expect(eve.frames.some(({ type }) => type === 'rooms.sent')).toBe(false)
  })

  test('gives a client that comes back exactly what it missed', async () => {
    const [ann, bob] = await Promise.all([server.connect('U1'), server.connect('U2')])
    const room = fresh()
    const { epoch } = await ann.request('rooms.join', {}, room)
    await bob.request('rooms.join', {}, room)
    for (const n of [1, 2]) await ann.request('rooms.send', { n }, room)
    await bob.close()
    for (const n of [3, 4]) await ann.request('rooms.send', { n }, room)
    const again = await server.connect('U2')
    const ack = await again.request('rooms.join', { since: { epoch, offset: 2 } }, room)
    expect(ack).toMatchObject({ epoch, offset: 4, recovered: true })
    expect(ack.publications.map(({ seq, data }: Loose) => [seq, data.n])).toEqual([
      [3, 3],
      [4, 4],
    ])
    await ann.request('rooms.send', { n: 5 }, room)
    expect(await again.next('rooms.sent')).toMatchObject({ seq: 5, data: { n: 5 } })
  })

  test('says so when it cannot: another epoch, too far back, an offset that never was', async () => {
    const ann = await server.connect('U1')
    const room = fresh()
    const { epoch } = await ann.request('rooms.join', {}, room)
    for (let n = 1; n <= 7; n++) await ann.request('rooms.send', { n }, room)
    for (const since of [
      { epoch: 'other', offset: 6 },
      { epoch, offset: 1 },
      { epoch, offset: 8 },
    ]) {
      expect(await ann.request('rooms.join', { since }, room)).toMatchObject({ recovered: false, publications: [], offset: 7 })
    }
    const edge = await ann.request('rooms.join', { since: { epoch, offset: 2 } }, room)
    expect([edge.recovered, edge.publications.length]).toEqual([true, 5])
  })

  test('shows the last few to whoever asks for them on joining', async () => {
    const ann = await server.connect('U1')
    const room = fresh()
    await ann.request('rooms.join', {}, room)
    for (let n = 1; n <= 7; n++) await ann.request('rooms.send', { n }, room)
    const few = await ann.request('rooms.join', { recent: 3 }, room)
    expect(few.publications.map(({ seq }: Loose) => seq)).toEqual([5, 6, 7])
    expect(few.recovered).toBeUndefined()
    const all = await ann.request('rooms.join', { recent: 100 }, room)
    expect(all.publications.map(({ seq }: Loose) => seq)).toEqual([3, 4, 5, 6, 7])
  })

  test('announces a user once, at the first connection and after the last', async () => {
    const watcher = await server.connect('U1')
    const room = fresh()
    await watcher.request('rooms.join', {}, room)
    const [phone, desk] = await Promise.all([server.connect('U2', 'Bob'), server.connect('U2', 'Bob')])
    await phone.request('rooms.join', {}, room)
    expect((await watcher.next('rooms.joined', ({ data }) => data.user.id === 'U2')).data).toEqual({
      user: { id: 'U2', name: 'Bob' },
      count: 2,
    })
    await desk.request('rooms.join', {}, room)
    await phone.request('rooms.leave', {}, room)
    await watcher.settle()
    expect(watcher.frames.filter(({ type }) => type === 'rooms.left')).toEqual([])
    desk.terminate()
    expect((await watcher.next('rooms.left')).data).toEqual({ user: { id: 'U2', name: 'Bob' }, count: 1 })
    expect(watcher.frames.filter(({ type, data }) => type === 'rooms.joined' && data.user.id === 'U2')).toHaveLength(1)
  })

  test('stops announcing above the limit', async () => {
    const sockets = await Promise.all(['U1', 'U2', 'U3'].map((id) => server.connect(id)))
    const room = fresh()
    for (const socket of sockets) await socket.request('rooms.join', {}, room)
    await sockets[0]?.settle()
    const announced = sockets[0]?.frames.filter(({ type }) => type === 'rooms.joined').map(({ data }) => data.count)
    expect(announced).toEqual([2])
  })

  test('refuses one user too many, but not a second device of one who is in', async () => {
    const room = fresh()
    for (const id of ['U1', 'U2', 'U3']) await (await server.connect(id)).request('rooms.join', {}, room)
    expect(await (await server.connect('U4')).refusal('rooms.join', {}, room)).toBe('ROOMS_FULL')
    const second = await server.connect('U3')
    expect((await second.request('rooms.join', {}, room)).count).toBe(3)
  })

  test('is told about only to those in it, and answers others as if it were not there', async () => {
    const [ann, eve] = await Promise.all([server.connect('U1', 'Ann'), server.connect('U2')])
    const room = fresh()
    await ann.request('rooms.join', {}, room)
    expect(await ann.request('rooms.info', {}, room)).toMatchObject({
      ...room,
      count: 1,
      limit: 3,
      offset: 0,
      members: [{ id: 'U1', name: 'Ann' }],
    })
    for (const type of ['rooms.info', 'rooms.send']) {
      expect(await eve.refusal(type, {}, room)).toBe('ROOMS_NOT_JOINED')
      expect(await eve.refusal(type, {}, { room: 'never-was' })).toBe('ROOMS_NOT_JOINED')
    }
  })

  test('can be left and entered again, and leaving twice is no error', async () => {
    const [ann, bob] = await Promise.all([server.connect('U1'), server.connect('U2')])
    const room = fresh()
    await ann.request('rooms.join', {}, room)
    await bob.request('rooms.join', {}, room)
    await bob.request('rooms.leave', {}, room)
    await bob.request('rooms.leave', {}, room)
    await ann.request('rooms.send', {}, room)
    await bob.settle()
    expect(bob.frames.some(({ type }) => type === 'rooms.sent')).toBe(false)
    expect(await bob.refusal('rooms.send', {}, room)).toBe('ROOMS_NOT_JOINED')
  })
})

describe('rooms.create and rooms.delete', () => {
  test('make a room with limits of its own, once', async () => {
    const ann = await server.connect('U1')
    const room = fresh()
    expect(await ann.request('rooms.create', { limit: 1, history: 2 }, room)).toMatchObject({
      ...room,
      count: 0,
      limit: 1,
      createdBy: 'U1',
    })
    expect(await ann.refusal('rooms.create', {}, room)).toBe('ROOMS_EXISTS')
    await ann.request('rooms.join', {}, room)
    expect(await (await server.connect('U2')).refusal('rooms.join', {}, room)).toBe('ROOMS_FULL')
  })

  test('delete tells everybody, empties the room and begins a new epoch', async () => {
    const [ann, bob] = await Promise.all([server.connect('U1'), server.connect('U2')])
    const room = fresh()
    const { epoch } = await ann.request('rooms.create', {}, room)
    await ann.request('rooms.join', {}, room)
    await bob.request('rooms.join', {}, room)
    await ann.request('rooms.delete', {}, room)
    expect((await bob.next('rooms.deleted')).room).toBe(room.room)
    expect(await bob.refusal('rooms.send', {}, room)).toBe('ROOMS_NOT_JOINED')
    expect((await bob.request('rooms.join', { since: { epoch, offset: 0 } }, room)).recovered).toBe(false)
  })

  test('only the creator or the scope rooms.admin may delete', async () => {
    const [ann, eve, admin] = await Promise.all([server.connect('U1'), server.connect('U2'), server.connect('U3', 'Root', 'rooms.admin')])
    const room = fresh()
    await ann.request('rooms.create', {}, room)
    expect(await eve.refusal('rooms.delete', {}, room)).toBe('CORE_FORBIDDEN')
    expect(await eve.refusal('rooms.delete', {}, { room: 'never-was' })).toBe('CORE_FORBIDDEN')
    expect(await admin.request('rooms.delete', {}, room)).toEqual({})
  })

  test('the server keeps a bounded number of rooms', async () => {
    await using small = await startTestServer([rooms], { env: { PARLEY_ROOMS_MAX_ROOMS: '2' } })
    const ann = await small.connect('U1')
    for (const room of ['a', 'b']) await ann.request('rooms.join', {}, { room })
    expect(await ann.refusal('rooms.join', {}, { room: 'c' })).toBe('ROOMS_TOO_MANY')
  })
})

describe('beyond rooms', () => {
  test('rooms.list pages through the open rooms by name', async () => {
    const ann = await server.connect('U1')
    for (const name of ['list/c', 'list/a', 'list/b']) await ann.request('rooms.join', {}, { room: name })
    const first = await ann.request('rooms.list', { prefix: 'list/', limit: 2 })
    expect(first).toEqual({
      rooms: [
        { room: 'list/a', count: 1 },
        { room: 'list/b', count: 1 },
      ],
      more: true,
    })
    expect(await ann.request('rooms.list', { prefix: 'list/', after: 'list/b' })).toEqual({
      rooms: [{ room: 'list/c', count: 1 }],
      more: false,
    })
  })

  test('rooms.direct reaches every device of a user and says how many', async () => {
    const ann = await server.connect('U1')
    const devices = await Promise.all([server.connect('U901'), server.connect('U901')])
    expect(await ann.request('rooms.direct', { ring: true }, { to: 'U901' })).toEqual({ devices: 2 })
    for (const device of devices)
      expect(await device.next('rooms.directed')).toMatchObject({ from: 'U1', to: 'U901', data: { ring: true } })
    expect(await ann.request('rooms.direct', {}, { to: 'U902' })).toEqual({ devices: 0 })
  })

  test('rooms.broadcast needs its scope, and can leave out its sender', async () => {
    const [caller, other, plain] = await Promise.all([
      server.connect('U1', 'Root', 'rooms.broadcast'),
      server.connect('U2'),
      server.connect('U3'),
    ])
    expect(await plain.refusal('rooms.broadcast', { data: {} })).toBe('CORE_FORBIDDEN')
    await caller.request('rooms.broadcast', { data: { n: 1 }, exceptMe: true })
    expect(await other.next('rooms.broadcasted')).toMatchObject({ from: 'U1', data: { n: 1 } })
    await caller.request('rooms.broadcast', { data: { n: 2 } })
    expect(await caller.next('rooms.broadcasted')).toMatchObject({ data: { n: 2 } })
    expect(caller.frames.filter(({ type }) => type === 'rooms.broadcasted')).toHaveLength(1)
  })

  test('other plugins have the same verbs as a typed service', async () => {
    if (!service) throw new Error('the service was not given')
    const ann = await server.connect('U1')
    const room = fresh()
    await ann.request('rooms.join', {}, room)
    expect(service.send(room.room, 'U999', { by: 'a plugin' })).toBe(1)
    expect(await ann.next('rooms.sent')).toMatchObject({ from: 'U999', seq: 1 })
    expect([service.has(room.room, 'U1'), service.has(room.room, 'U2')]).toEqual([true, false])
    expect(service.members(room.room, 10).map(({ id }) => id)).toEqual(['U1'])
    expect(service.delete(room.room)).toBe(true)
    expect(service.delete(room.room)).toBe(false)
    await ann.next('rooms.deleted')
  })
})

test('the history of a room agrees with a list that keeps everything', () => {
  const options = fc.record({
    history: fc.integer({ min: 0, max: 8 }),
    sends: fc.integer({ min: 0, max: 30 }),
    offset: fc.integer({ min: 0, max: 32 }),
    recent: fc.integer({ min: 0, max: 12 }),
  })
  fc.assert(
    fc.property(options, ({ history, sends, offset, recent }) => {
      const room = new Room({
        name: 'r',
        topic: 't',
        epoch: 'e',
        limit: 1,
        history,
        historyLength: 1_000_000,
        createdBy: undefined,
        createdAtMs: 0,
      })
      const all = Array.from({ length: sends }, (_, n) => room.append('U1', 't', { n }).seq)
      const kept = all.slice(Math.max(0, all.length - history))
      const missed = all.filter((seq) => seq > offset)
      const isKnown = offset <= sends && missed.every((seq) => kept.includes(seq))
      expect(room.since('e', offset)?.map(({ seq }) => seq)).toEqual(isKnown ? missed : undefined)
      expect(room.since('f', offset)).toBeUndefined()
      expect(room.recent(recent).map(({ seq }) => seq)).toEqual(kept.slice(Math.max(0, kept.length - recent)))
    }),
  )
})
