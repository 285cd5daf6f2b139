import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Frame, TestSocket } from '../support/socket.ts'
import { fresh, type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

/** The answer to a frame sent as it is; `id` is the one it carries. */
const answerTo = (socket: TestSocket, frame: string | object, id: string | undefined): Promise<Frame> => {
  socket.raw(typeof frame === 'string' ? frame : JSON.stringify(frame))
  return id === undefined ? socket.next('error', (error) => error.id === undefined) : socket.next('error', (error) => error.id === id)
}

describeUnless(target.lacks('auth') ?? target.lacks('rooms'))('PROTOCOL 3: the envelope', () => {
  let ann: Guest
  // Strikes would end one connection that is sent so much nonsense: each test has its own.
  beforeAll(async () => {
    ann = await target.connect()
  })

  test('an ack repeats the id, of 1 to 64 characters of any kind', async () => {
    for (const id of ['a', 'x'.repeat(64), 'ü€😀', '" \\ \n', '\u0000', '\ud800']) {
      ann.socket.send({ id, type: 'core.ping' })
      const ack = await ann.socket.next('ack', (frame) => frame.id === id)
      expect(Object.keys(ack).sort()).toEqual(['data', 'id', 'type'])
    }
  })

  test.each([
    ['no id', { type: 'core.ping' }, undefined],
    ['an empty id', { id: '', type: 'core.ping' }, undefined],
    ['an id of 65 characters', { id: 'x'.repeat(65), type: 'core.ping' }, undefined],
    ['a number as id', { id: 7, type: 'core.ping' }, undefined],
    ['null as id', { id: null, type: 'core.ping' }, undefined],
    ['an object as id', { id: { $gt: '' }, type: 'core.ping' }, undefined],
    ['no type', { id: 'q' }, 'q'],
    ['an empty type', { id: 'q', type: '' }, 'q'],
    ['a number as type', { id: 'q', type: 5 }, 'q'],
    ['a list as type', { id: 'q', type: ['core.ping'] }, 'q'],
    ['a field from', { id: 'q', type: 'core.ping', from: 'U1' }, 'q'],
    ['a field seq', { id: 'q', type: 'core.ping', seq: 1 }, 'q'],
    ['a field time', { id: 'q', type: 'core.ping', time: '2026-01-01T00:00:00.000Z' }, 'q'],
    ['a field that nobody knows', { id: 'q', type: 'core.ping', isAdmin: true }, 'q'],
    ['a field __proto__', '{"id":"q","type":"core.ping","__proto__":{"admin":true}}', 'q'],
    ['a field constructor', { id: 'q', type: 'core.ping', constructor: {} }, 'q'],
  ])('%s is CORE_BAD_ENVELOPE', async (_, frame, id) => {
    const { socket } = await target.connect()
    const { error } = await answerTo(socket, frame, id)
    expect(error).toMatchObject({ code: 'CORE_BAD_ENVELOPE', kind: 'invalid', retry: false })
  })

  test.each([
    '{"id":"q","type":"core.ping","id":"r"}',
    '{"id":"q","type":"core.ping","type":"rooms.list"}',
    '{"id":"q","type":"rooms.direct","to":"U1","to":"U2","data":{}}',
    '{"id":"q","type":"rooms.join","room":"a","\\u0072oom":"b"}',
    '{"id":"q","type":"core.ping","data":{},"data" : {"a":1}}',
    `{"id":"q","type":"rooms.direct","to":"U1","to"${' '.repeat(200)}:"U2","data":{}}`,
  ])('a field that stands in it twice is CORE_BAD_ENVELOPE: %s', async (frame) => {
    const { socket } = await target.connect()
    socket.raw(frame)
    expect((await socket.next('error')).error?.code).toBe('CORE_BAD_ENVELOPE')
  })

  test('words in texts are not taken for fields that stand in it twice', async () => {
    const room = fresh('texts')
    await ann.socket.request('rooms.join', {}, { room })
    const data = { id: 'id', type: '"type"', to: ['"to":', 'to', '\\'], room: { room: { data: '"data":' } }, ü: '\u0000\\"' }
    expect((await ann.socket.request('rooms.send', data, { room })).seq).toBe(1)
    expect((await ann.socket.next('rooms.sent')).data).toEqual(data)
  })

  test.each(['', 'x'.repeat(129), 'a b', 'ä', 'a#b', 'a+b', 'a\n', '*', 'a?b'])('%j is not the name of a room', async (room) => {
    const id = fresh('name')
    expect((await answerTo(ann.socket, { id, type: 'rooms.join', room }, id)).error).toMatchObject({
      code: 'CORE_BAD_FIELD',
      path: '/room',
    })
  })

  test.each([[5], [null], [['a']], [{ $gt: '' }], [true]])('%j is not the name of a room either', async (room) => {
    const id = fresh('room')
    expect((await answerTo(ann.socket, { id, type: 'rooms.join', room }, id)).error).toMatchObject({
      code: 'CORE_BAD_FIELD',
      path: '/room',
    })
  })

  test('A–Z a–z 0–9 _ - . : / @ may stand in the name of a room, 128 of them', async () => {
    const room = `${fresh('AZaz09_-.:/@')}${'x'.repeat(128)}`.slice(0, 128)
    expect(await ann.socket.request('rooms.join', {}, { room })).toMatchObject({ offset: 0 })
  })

  test.each([[''], ['U'], ['U12345678901234567890'], ['X1'], ['u1'], ['U1 '], ['U-1'], ['M1'], ['Ann'], [5], [null], [['U1']], [{}]])(
    '%j is no addressee',
    async (to) => {
      const id = fresh('to')
      expect((await answerTo(ann.socket, { id, type: 'rooms.direct', to, data: {} }, id)).error).toMatchObject({
        code: 'CORE_BAD_FIELD',
        path: '/to',
      })
    },
  )

  test('a room or an addressee that the type needs must be there, and one that it has no use for must not', async () => {
    for (const [frame, path] of [
      [{ type: 'rooms.join' }, '/room'],
      [{ type: 'rooms.direct', data: {} }, '/to'],
      [{ type: 'rooms.join', room: 'a', to: 'U1' }, '/to'],
      [{ type: 'rooms.direct', room: 'a', to: 'U1', data: {} }, '/room'],
      [{ type: 'rooms.list', room: 'a' }, '/room'],
      [{ type: 'core.ping', to: 'U1' }, '/to'],
    ] as const) {
      const id = fresh('need')
      expect((await answerTo(ann.socket, { id, ...frame }, id)).error).toMatchObject({ code: 'CORE_BAD_FIELD', path })
    }
  })

  test('data may be left out where it may be empty, and is an object otherwise', async () => {
    ann.socket.send({ id: 'none', type: 'core.ping' })
    expect((await ann.socket.next('ack', ({ id }) => id === 'none')).data).toHaveProperty('time')
    for (const data of [null, [], [1], 'text', 5, true]) {
      const id = fresh('data')
      expect((await answerTo(ann.socket, { id, type: 'core.ping', data }, id)).error).toMatchObject({
        code: 'CORE_BAD_FIELD',
        path: '/data',
      })
    }
  })

  test('unknown fields in data are refused with their place', async () => {
    for (const [type, data, path] of [
      ['core.ping', { admin: true }, '/data/admin'],
      ['rooms.list', { limit: 5, constructor: 1 }, '/data/constructor'],
      ['rooms.list', { 'a/b~c': 1 }, '/data/a~1b~0c'],
    ] as const) {
      const id = fresh('extra')
      expect((await answerTo(ann.socket, { id, type, data }, id)).error).toMatchObject({ code: 'CORE_BAD_FIELD', path })
    }
  })
})

describeUnless(target.lacks('auth') ?? target.lacks('rooms'))('PROTOCOL 3: requests and answers', () => {
  test('every request is answered exactly once, whatever comes in between', async () => {
    const { socket } = await target.connect()
    const room = fresh('once')
    const frames = Array.from({ length: 150 }, (_, i) => {
      const id = `n${i}`
      if (i % 5 === 0) return { id, type: 'core.ping' }
      if (i % 5 === 1) return { id, type: 'rooms.join', room }
      if (i % 5 === 2) return { id, type: 'rooms.nonsense' }
      if (i % 5 === 3) return { id, type: 'rooms.send', room, data: { i } }
      return { id, type: 'rooms.list', data: { limit: 'many' } }
    })
    for (const frame of frames) socket.send(frame)
    await socket.settle()
    const answers = socket.frames.filter(({ id }) => id?.startsWith('n')).map(({ id }) => id)
    expect(answers.sort()).toEqual(frames.map(({ id }) => id).sort())
  })

  test('ids are the client’s: the same one again is answered again', async () => {
    const { socket } = await target.connect()
    for (let i = 0; i < 3; i++) socket.send({ id: 'same', type: 'core.ping' })
    await socket.settle()
    expect(socket.frames.filter(({ id }) => id === 'same')).toHaveLength(3)
  })

  test('requests of one connection to one room take effect in the order in which they were sent', async () => {
    const { socket } = await target.connect()
    const room = fresh('order')
    socket.send({ id: 'join', type: 'rooms.join', room })
    for (let i = 1; i <= 200; i++) socket.send({ id: `s${i}`, type: 'rooms.send', room, data: { i } })
    await socket.next('ack', ({ id }) => id === 's200')
    const sent = socket.frames.filter(({ type }) => type === 'rooms.sent')
    expect(sent.map(({ seq, data }) => [seq, data.i])).toEqual(Array.from({ length: 200 }, (_, i) => [i + 1, i + 1]))
  })

  test('a client-made id never reaches anybody else', async () => {
    const [{ socket: ann }, { socket: bob }] = await Promise.all([target.connect('Ann'), target.connect('Bob')])
    const room = fresh('private')
    await ann.request('rooms.join', {}, { room })
    await bob.request('rooms.join', {}, { room })
    ann.send({ id: 'mine', type: 'rooms.send', room, data: {} })
    expect(await bob.next('rooms.sent')).not.toHaveProperty('id')
  })

  test('events carry RFC 3339 times in UTC with milliseconds', async () => {
    const { socket } = await target.connect()
    const room = fresh('time')
    await socket.request('rooms.join', {}, { room })
    await socket.request('rooms.send', {}, { room })
    expect((await socket.next('rooms.sent')).time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('a connection that ends with requests unanswered does not disturb the others', async () => {
    const [{ socket: ann }, { socket: bob }] = await Promise.all([target.connect('Ann'), target.connect('Bob')])
    for (let i = 0; i < 100; i++) ann.send({ id: `x${i}`, type: 'rooms.list' })
    ann.terminate()
    expect(await bob.request('core.ping')).toHaveProperty('time')
  })
})

describe('PROTOCOL 3: ids', () => {
  test('are a letter and up to 19 digits, as text', async () => {
    const { user } = await target.guest()
    expect(user.id).toMatch(/^U\d{1,19}$/)
  })
})
