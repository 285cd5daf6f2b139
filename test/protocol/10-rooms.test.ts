import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Frame, TestSocket } from '../support/socket.ts'
import { fresh, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('rooms')

const two = async () => {
  const [ann, bob] = await Promise.all([target.connect('Ann'), target.connect('Bob')])
  return { ann, bob, address: { room: fresh('room') } }
}
const ofType = ({ frames }: TestSocket, type: string): Frame[] => frames.filter((frame) => frame.type === type)

describeUnless(lacks)('PROTOCOL 10: joining and sending', () => {
  test('rooms.join opens a room that does not exist and tells its state', async () => {
    const { ann, address } = await two()
    expect(await ann.socket.request('rooms.join', {}, address)).toEqual({
      epoch: expect.stringMatching(/./),
      offset: 0,
      publications: [],
      members: [{ id: ann.id, name: 'Ann' }],
      count: 1,
    })
  })

  test('rooms.sent goes to everybody in the room, the sender too, with data as sent', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    await bob.socket.request('rooms.join', {}, address)
    const data = { text: 'hi', list: [1, null, true, { a: '' }], constructor: 'Lotus', prototype: 1, toString: 'x', 'ü ': '\u2028' }
    const ack = await ann.socket.request('rooms.send', data, address)
    expect(ack).toEqual({ seq: 1, time: expect.stringMatching(/Z$/) })
    for (const { socket } of [ann, bob]) {
      expect(await socket.next('rooms.sent')).toEqual({ type: 'rooms.sent', ...address, from: ann.id, seq: 1, time: ack.time, data })
    }
  })

  test('seq is 1, 2, 3… and every member sees the same order', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    await bob.socket.request('rooms.join', {}, address)
    const acks = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? ann : bob).socket.request('rooms.send', { i }, address)))
    expect(acks.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    await Promise.all([ann.socket.settle(), bob.socket.settle()])
    const seen = ofType(ann.socket, 'rooms.sent').map(({ seq, data }) => [seq, data.i])
    expect(seen.map(([seq]) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    expect(ofType(bob.socket, 'rooms.sent').map(({ seq, data }) => [seq, data.i])).toEqual(seen)
  })

  test('joining twice is no error and does not double anything', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    await bob.socket.request('rooms.join', {}, address)
    expect(await bob.socket.request('rooms.join', {}, address)).toMatchObject({ count: 2 })
    await ann.socket.request('rooms.send', {}, address)
    await bob.socket.settle()
    expect(ofType(bob.socket, 'rooms.sent')).toHaveLength(1)
    expect(ofType(ann.socket, 'rooms.joined')).toHaveLength(1)
  })

  test('rooms.joined and rooms.left tell the others of a user’s first connection and last', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    const second = await target.open(bob.tokens.accessToken)
    await bob.socket.request('rooms.join', {}, address)
    await second.request('rooms.join', {}, address)
    const joined = await ann.socket.next('rooms.joined')
    expect(joined).toEqual({
      type: 'rooms.joined',
      ...address,
      time: expect.any(String),
      data: { user: { id: bob.id, name: 'Bob' }, count: 2 },
    })
    await bob.socket.request('rooms.leave', {}, address)
    await ann.socket.settle()
    expect(ofType(ann.socket, 'rooms.left')).toEqual([])
    second.terminate()
    expect((await ann.socket.next('rooms.left')).data).toEqual({ user: { id: bob.id, name: 'Bob' }, count: 1 })
    expect([ofType(ann.socket, 'rooms.joined').length, ofType(bob.socket, 'rooms.joined').length]).toEqual([1, 0])
  })

  test('rooms.leave ends what one receives, and is no error when one is not in', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    expect(await bob.socket.request('rooms.leave', {}, address)).toEqual({})
    await bob.socket.request('rooms.join', {}, address)
    expect(await bob.socket.request('rooms.leave', {}, address)).toEqual({})
    await ann.socket.request('rooms.send', {}, address)
    await bob.socket.settle()
    expect(ofType(bob.socket, 'rooms.sent')).toEqual([])
  })

  test('rooms.send and rooms.info answer ROOMS_NOT_JOINED to who is not in, whether or not the room exists', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    for (const room of [address, { room: fresh('never') }]) {
      expect(await bob.socket.refusal('rooms.send', {}, room)).toBe('ROOMS_NOT_JOINED')
      expect(await bob.socket.refusal('rooms.info', {}, room)).toBe('ROOMS_NOT_JOINED')
    }
  })

  test.each([[{ data: [1] }], [{ data: 'x' }]])('data that is no object is refused: %j', async ({ data }) => {
    const { ann, address } = await two()
    await ann.socket.request('rooms.join', {}, address)
    expect(await ann.socket.refusal('rooms.send', data, address)).toBe('CORE_BAD_FIELD')
  })

  test('the 129th room of one connection is CORE_TOO_MANY_SUBSCRIPTIONS, and one is not in it', async () => {
    const { ann, bob } = await two()
    const room = (i: number) => ({ room: `${prefix}-${i}` })
    const prefix = fresh('many')
    for (let i = 1; i <= 128; i++) await ann.socket.request('rooms.join', {}, room(i))
    await bob.socket.request('rooms.join', {}, room(129))
    expect(await ann.socket.refusal('rooms.join', {}, room(129))).toBe('CORE_TOO_MANY_SUBSCRIPTIONS')
    expect(await bob.socket.request('rooms.info', {}, room(129))).toMatchObject({ count: 1, members: [{ id: bob.id, name: 'Bob' }] })
    expect(ofType(bob.socket, 'rooms.joined')).toEqual([])
    await ann.socket.request('rooms.leave', {}, room(1))
    expect((await ann.socket.request('rooms.join', {}, room(129))).count).toBe(2)
  })
})

describeUnless(lacks)('PROTOCOL 10: coming back', () => {
  const filled = async (count: number) => {
    const { ann, bob, address } = await two()
    const { epoch } = await ann.socket.request('rooms.join', {}, address)
    for (let i = 1; i <= count; i++) await ann.socket.request('rooms.send', { i }, address)
    return { ann, bob, address, epoch: epoch as string }
  }

  test('with since gives exactly what was missed, as whole frames, and live frames begin after them', async () => {
    const { ann, bob, address, epoch } = await filled(5)
    const sending = ann.socket.request('rooms.send', { i: 6 }, address)
    const ack = await bob.socket.request('rooms.join', { since: { epoch, offset: 2 } }, address)
    await sending
    await ann.socket.request('rooms.send', { i: 7 }, address)
    await bob.socket.next('rooms.sent', ({ seq }) => seq === 7)
    expect(ack.recovered).toBe(true)
    expect(ack.publications[0]).toEqual({ type: 'rooms.sent', ...address, from: ann.id, seq: 3, time: expect.any(String), data: { i: 3 } })
    const all = [...ack.publications, ...ofType(bob.socket, 'rooms.sent')].map(({ seq }) => seq)
    expect(all).toEqual([3, 4, 5, 6, 7])
    expect(ack.publications.at(-1).seq).toBe(ack.offset)
  })

  test('with nothing missed is recovered and empty', async () => {
    const { bob, address, epoch } = await filled(3)
    expect(await bob.socket.request('rooms.join', { since: { epoch, offset: 3 } }, address)).toMatchObject({
      recovered: true,
      publications: [],
      offset: 3,
    })
  })

  test('with another epoch, from too far back or with an offset that never was says recovered: false', async () => {
    const { bob, address, epoch } = await filled(103)
    for (const since of [
      { epoch: 'x', offset: 103 },
      { epoch, offset: 0 },
      { epoch, offset: 104 },
    ]) {
      const { socket } = await target.connect()
      expect(await socket.request('rooms.join', { since }, address)).toMatchObject({ recovered: false, publications: [], offset: 103 })
    }
    const { publications } = await bob.socket.request('rooms.join', { since: { epoch, offset: 3 } }, address)
    expect(publications.map(({ seq }: Frame) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 4))
  })

  test('recent gives the last few, and says nothing of recovered', async () => {
    const { bob, address } = await filled(5)
    const ack = await bob.socket.request('rooms.join', { recent: 2 }, address)
    expect(ack.publications.map(({ seq }: Frame) => seq)).toEqual([4, 5])
    expect(ack).not.toHaveProperty('recovered')
    expect((await bob.socket.request('rooms.join', { recent: 0 }, address)).publications).toEqual([])
    expect(await bob.socket.refusal('rooms.join', { recent: 101 }, address)).toBe('CORE_BAD_FIELD')
  })

  test('after the room was deleted the epoch is another', async () => {
    const { address, epoch } = await filled(2)
    const owner = await target.connect('Olga')
    const room = { room: fresh('again') }
    const first = await owner.socket.request('rooms.create', {}, room)
    await owner.socket.request('rooms.delete', {}, room)
    const again = await owner.socket.request('rooms.join', { since: { epoch: first.epoch, offset: 0 } }, room)
    expect(again.epoch).not.toBe(first.epoch)
    expect(again.recovered).toBe(false)
    expect(epoch).not.toBe(again.epoch)
    expect(address.room).toBeString()
  })

  test('large publications are forgotten earlier, so that what was missed fits through a slow line', async () => {
    const { ann, bob, address, epoch } = await filled(0)
    for (let i = 1; i <= 20; i++) await ann.socket.request('rooms.send', { a: 'x'.repeat(30_000), b: 'x'.repeat(30_000) }, address)
    const ack = await bob.socket.request('rooms.join', { recent: 100 }, address)
    expect(ack.publications.length).toBeWithin(2, 10)
    const oldest = ack.publications[0].seq
    expect((await bob.socket.request('rooms.join', { since: { epoch, offset: oldest - 1 } }, address)).recovered).toBe(true)
    expect((await bob.socket.request('rooms.join', { since: { epoch, offset: oldest - 2 } }, address)).recovered).toBe(false)
  })

  test('a burst that is still being handed out is not received twice by who joins in the middle of it', async () => {
    const { ann, bob, address } = await filled(0)
    const text = 'x'.repeat(30_000)
    for (let i = 1; i <= 40; i++) ann.socket.send({ id: `b${i}`, type: 'rooms.send', ...address, data: { i, a: text, b: text } })
    const ack = await bob.socket.request('rooms.join', { recent: 100 }, address)
    await ann.socket.next('ack', ({ id }) => id === 'b40')
    await ann.socket.request('rooms.send', { last: true }, address)
    const last = await bob.socket.next('rooms.sent', ({ data }) => data.last)
    const live = ofType(bob.socket, 'rooms.sent').map(({ seq }) => seq)
    expect(live).toEqual(Array.from({ length: (last.seq ?? 0) - ack.offset }, (_, i) => ack.offset + i + 1))
  })
})

describeUnless(lacks)('PROTOCOL 10: rooms made on purpose', () => {
  test('rooms.create answers as rooms.info, once', async () => {
    const { ann, bob, address } = await two()
    const info = await ann.socket.request('rooms.create', { limit: 1, history: 2 }, address)
    const expected = {
      ...address,
      epoch: info.epoch,
      offset: 0,
      count: 0,
      limit: 1,
      members: [],
      createdBy: ann.id,
      time: expect.stringMatching(/Z$/),
    }
    expect(info).toEqual(expected)
    expect(await bob.socket.refusal('rooms.create', {}, address)).toBe('ROOMS_EXISTS')
    await ann.socket.request('rooms.join', {}, address)
    expect(await ann.socket.request('rooms.info', {}, address)).toEqual({ ...expected, count: 1, members: [{ id: ann.id, name: 'Ann' }] })
  })

  test('a room refuses more users than its limit with ROOMS_FULL, but not a second device of one who is in', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.create', { limit: 1 }, address)
    await ann.socket.request('rooms.join', {}, address)
    expect(await bob.socket.refusal('rooms.join', {}, address)).toBe('ROOMS_FULL')
    const second = await target.open(ann.tokens.accessToken)
    expect((await second.request('rooms.join', {}, address)).count).toBe(1)
    await ann.socket.request('rooms.send', {}, address)
    await bob.socket.settle()
    expect(ofType(bob.socket, 'rooms.sent')).toEqual([])
  })

  test('a room that remembers two publications recovers two', async () => {
    const { ann, bob, address } = await two()
    const { epoch } = await ann.socket.request('rooms.create', { history: 2 }, address)
    await ann.socket.request('rooms.join', {}, address)
    for (let i = 1; i <= 4; i++) await ann.socket.request('rooms.send', { i }, address)
    expect((await bob.socket.request('rooms.join', { since: { epoch, offset: 2 } }, address)).recovered).toBe(true)
    expect((await bob.socket.request('rooms.join', { since: { epoch, offset: 1 } }, address)).recovered).toBe(false)
  })

  test.each([
    [{ limit: 0 }],
    [{ limit: 100_001 }],
    [{ limit: 1.5 }],
    [{ history: -1 }],
    [{ history: 1_001 }],
    [{ limit: '5' }],
    [{ owner: 'U1' }],
  ])('rooms.create refuses %j', async (data) => {
    const { ann, address } = await two()
    expect(await ann.socket.refusal('rooms.create', data, address)).toBe('CORE_BAD_FIELD')
    expect(await ann.socket.request('rooms.create', {}, address)).toMatchObject(address)
  })

  test('rooms.delete is its creator’s: everybody gets rooms.deleted and is out', async () => {
    const { ann, bob, address } = await two()
    await ann.socket.request('rooms.create', {}, address)
    await bob.socket.request('rooms.join', {}, address)
    expect(await bob.socket.refusal('rooms.delete', {}, address)).toBe('CORE_FORBIDDEN')
    expect(await ann.socket.request('rooms.delete', {}, address)).toEqual({})
    expect(await bob.socket.next('rooms.deleted')).toMatchObject(address)
    expect(await bob.socket.refusal('rooms.send', {}, address)).toBe('ROOMS_NOT_JOINED')
  })

  test('rooms.delete of a room that nobody created, or that is not there, is CORE_FORBIDDEN', async () => {
    const { ann, address } = await two()
    expect(await ann.socket.refusal('rooms.delete', {}, address)).toBe('CORE_FORBIDDEN')
    await ann.socket.request('rooms.join', {}, address)
    expect(await ann.socket.refusal('rooms.delete', {}, address)).toBe('CORE_FORBIDDEN')
  })

  test('rooms.list gives rooms by name, by prefix, page by page', async () => {
    const { ann } = await two()
    const prefix = fresh('list')
    for (const name of ['c', 'a', 'b']) await ann.socket.request('rooms.join', {}, { room: `${prefix}/${name}` })
    const entry = (name: string) => ({ room: `${prefix}/${name}`, count: 1 })
    expect(await ann.socket.request('rooms.list', { prefix })).toEqual({ rooms: [entry('a'), entry('b'), entry('c')], more: false })
    expect(await ann.socket.request('rooms.list', { prefix, limit: 2 })).toEqual({ rooms: [entry('a'), entry('b')], more: true })
    expect(await ann.socket.request('rooms.list', { prefix, after: `${prefix}/b` })).toEqual({ rooms: [entry('c')], more: false })
  })
})

describeUnless(lacks)('PROTOCOL 10: beyond a room', () => {
  test('rooms.direct reaches every device of the addressee and nobody else', async () => {
    const { ann, bob } = await two()
    const second = await target.open(bob.tokens.accessToken)
    expect(await ann.socket.request('rooms.direct', { x: 1 }, { to: bob.id })).toEqual({ devices: 2 })
    for (const socket of [bob.socket, second]) {
      expect(await socket.next('rooms.directed')).toEqual({
        type: 'rooms.directed',
        from: ann.id,
        to: bob.id,
        time: expect.any(String),
        data: { x: 1 },
      })
    }
    await ann.socket.settle()
    expect(ofType(ann.socket, 'rooms.directed')).toEqual([])
  })

  test('rooms.direct to somebody who is not here reaches no device', async () => {
    const { ann } = await two()
    expect(await ann.socket.request('rooms.direct', {}, { to: 'U1' })).toEqual({ devices: 0 })
  })

  test('rooms.broadcast needs the scope rooms.broadcast', async () => {
    const { ann, bob } = await two()
    expect(await ann.socket.refusal('rooms.broadcast', { data: {} })).toBe('CORE_FORBIDDEN')
    await bob.socket.settle()
    expect(ofType(bob.socket, 'rooms.broadcasted')).toEqual([])
  })
})

describeUnless(lacks ?? target.lacksHost)('PROTOCOL 10: scopes', () => {
  const withScope = (scope: string): Promise<TestSocket> => target.open(target.hostToken({ sub: fresh('admin'), scope }))

  test('rooms.broadcast reaches every connection, but the sender’s with exceptMe', async () => {
    const { ann, bob } = await two()
    const admin = await withScope('other rooms.broadcast')
    const all = await admin.request('rooms.broadcast', { data: { n: 1 } })
    expect(all.connections).toBeGreaterThanOrEqual(3)
    for (const socket of [ann.socket, bob.socket, admin]) {
      const { type, from, time, data, ...rest } = await socket.next('rooms.broadcasted')
      expect([type, data, rest]).toEqual(['rooms.broadcasted', { n: 1 }, {}])
      expect([from, time]).toEqual([expect.stringMatching(/^U/), expect.stringMatching(/Z$/)])
    }
    expect((await admin.request('rooms.broadcast', { data: { n: 2 }, exceptMe: true })).connections).toBe(all.connections - 1)
    expect((await bob.socket.next('rooms.broadcasted')).data).toEqual({ n: 2 })
    await admin.settle()
    expect(ofType(admin, 'rooms.broadcasted').map(({ data }) => data.n)).toEqual([1])
    expect(await admin.refusal('rooms.broadcast', { data: [1] })).toBe('CORE_BAD_FIELD')
  })

  test('rooms.admin may delete a room of somebody else', async () => {
    const { ann, address } = await two()
    await ann.socket.request('rooms.create', {}, address)
    await ann.socket.request('rooms.join', {}, address)
    expect(await (await withScope('rooms.broadcast')).refusal('rooms.delete', {}, address)).toBe('CORE_FORBIDDEN')
    expect(await (await withScope('rooms.admin')).request('rooms.delete', {}, address)).toEqual({})
    expect(await ann.socket.next('rooms.deleted')).toMatchObject(address)
  })
})
