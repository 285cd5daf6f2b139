// bad-input B. What each frame is answered with is PROTOCOL 3 and 4, and tested there; here it is tried to do harm.
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { quickest } from '../support/quickest.ts'
import type { TestSocket } from '../support/socket.ts'
import { startScene } from './scene.ts'

const scene = await startScene()
afterEach(() => scene.expectUnharmed())
afterAll(() => scene.stop())

/** The code that `text` is answered with. */
const codeFor = async (socket: TestSocket, text: string): Promise<string | undefined> => {
  socket.raw(text)
  const { error } = await socket.next('error')
  return error?.code
}

const message = (data: string, more = ''): string => `{"id":"q","type":"rooms.send","room":"b"${more},"data":${data}}`
const repeat = (text: string, total: number): string => text.repeat(Math.floor(total / text.length))
const manyKeys = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"${i.toString(36)}":0`).join(',')}}`
/** Texts that share one hash in simple hash functions: a table keyed by them degenerates. */
const equalHashes = Array.from({ length: 1 << 10 }, (_, i) => i.toString(2).padStart(10, '0').replaceAll('0', 'Aa').replaceAll('1', 'BB'))

describe('a frame is refused in a moment, and its connection goes on', () => {
  test.each([
    ['B1: not JSON', 'hello', 'CORE_BAD_JSON'],
    ['B1: cut short', '{"id":"q","type":"core.p', 'CORE_BAD_JSON'],
    ['B1: a comma too many', '{"id":"q","type":"core.ping",}', 'CORE_BAD_JSON'],
    ['B1: a byte-order mark', '\ufeff{"id":"q","type":"core.ping"}', 'CORE_BAD_JSON'],
    ['B1: 64 KiB of opening brackets', repeat('[', 65_536), 'CORE_BAD_JSON'],
    ['B1: 64 KiB of opening braces', repeat('{"a":', 65_536), 'CORE_BAD_JSON'],
    ['B2: a list', '[]', 'CORE_BAD_ENVELOPE'],
    ['B2: a text', '"x"', 'CORE_BAD_ENVELOPE'],
    ['B2: a number', '0', 'CORE_BAD_ENVELOPE'],
    ['B2: null', 'null', 'CORE_BAD_ENVELOPE'],
    ['B2: true', 'true', 'CORE_BAD_ENVELOPE'],
    ['B2: an id that is null', '{"id":null,"type":"core.ping"}', 'CORE_BAD_ENVELOPE'],
    ['B2: 32,768 lists inside each other', `${repeat('[', 32_768)}${repeat(']', 32_768)}`, 'CORE_BAD_ENVELOPE'],
    ['B3: an unknown type', '{"id":"q","type":"chat.fly"}', 'CORE_UNKNOWN_TYPE'],
    ['B4: the type __proto__', '{"id":"q","type":"__proto__"}', 'CORE_UNKNOWN_TYPE'],
    ['B4: the type hasOwnProperty', '{"id":"q","type":"hasOwnProperty"}', 'CORE_UNKNOWN_TYPE'],
    ['B5: a prototype', message('{"__proto__":{"admin":true}}'), 'CORE_BAD_FIELD'],
    ['B5: a prototype deep inside', message('{"a":[[{"b":{"__proto__":null}}]]}'), 'CORE_BAD_FIELD'],
    ['B5: a constructor’s prototype', message('{"constructor":{"prototype":{"admin":true}}}'), 'CORE_BAD_FIELD'],
    ['B7: 8,000 keys', message(manyKeys(8_000)), 'CORE_TOO_COMPLEX'],
    ['B7: 30,000 items', message(`{"a":[${repeat('0,', 60_000)}0]}`), 'CORE_TOO_COMPLEX'],
    ['B7: 1,024 keys of one hash', message(`{${equalHashes.map((key) => `"${key}":0`).join(',')}}`), 'CORE_TOO_COMPLEX'],
    ['B8: two addressees', '{"id":"q","type":"rooms.direct","to":"U1","to":"U2"}', 'CORE_BAD_ENVELOPE'],
    [
      'B8: two addressees, one of them spelled with escapes',
      '{"id":"q","type":"rooms.direct","to":"U1","\\u0074o":"U2"}',
      'CORE_BAD_ENVELOPE',
    ],
    ['B9: a number beyond IEEE 754', message('{"n":1e400}'), 'CORE_BAD_FIELD'],
    ['B9: NaN', message('{"n":NaN}'), 'CORE_BAD_JSON'],
    ['B9: a text where a number belongs', '{"id":"q","type":"rooms.list","data":{"limit":"5"}}', 'CORE_BAD_FIELD'],
    ['B9: a position that was rounded', '{"id":"q","type":"chat.history","to":"U1","data":{"after":9007199254740993}}', 'CORE_BAD_FIELD'],
    ['B9: half a position', '{"id":"q","type":"chat.history","to":"U1","data":{"after":0.5}}', 'CORE_BAD_FIELD'],
    ['B15: a batch', `[${repeat('{"id":"q","type":"core.ping"},', 60_000)}0]`, 'CORE_BAD_ENVELOPE'],
    ['B15: 64 KiB of line feeds', repeat('\n', 65_536), 'CORE_BAD_JSON'],
    ['B15: lines of JSON', repeat('{"id":"q","type":"core.ping"}\n', 65_000), 'CORE_BAD_JSON'],
    ['B16: a sender of one’s choice', message('{}', ',"from":"U1"'), 'CORE_BAD_ENVELOPE'],
    ['B16: a position of one’s choice', '{"id":"q","type":"chat.send","to":"U1","seq":1,"data":{}}', 'CORE_BAD_ENVELOPE'],
    [
      'B16: a role in the data',
      '{"id":"q","type":"chat.send","to":"U1","data":{"text":"x","clientId":"k","role":"admin"}}',
      'CORE_BAD_FIELD',
    ],
    [
      'B17: a query where a text belongs',
      '{"id":"q","type":"chat.send","to":"U1","data":{"text":{"$gt":""},"clientId":"k"}}',
      'CORE_BAD_FIELD',
    ],
    ['B17: a list where an addressee belongs', '{"id":"q","type":"rooms.direct","to":["U1"],"data":{}}', 'CORE_BAD_FIELD'],
    ['B18: a wildcard as room', '{"id":"q","type":"rooms.join","room":"#"}', 'CORE_BAD_FIELD'],
    ['B18: a room of 5,000 characters', `{"id":"q","type":"rooms.join","room":"${repeat('r', 5_000)}"}`, 'CORE_BAD_FIELD'],
    ['escapes without end', message(`{"a":"${repeat('\\u0041', 60_000)}`), 'CORE_BAD_JSON'],
    [
      'a long text that could hold a doubled field',
      `{"id":"q","type":"rooms.send","room":"b","data":{"a":"${repeat('\\u0041\\"', 60_000)}"},"x":1}`,
      'CORE_BAD_ENVELOPE',
    ],
    ['spaces between every two signs', `{${repeat(' ', 60_000)}"id":"q","type":"no.such","data":{"type":"x"}}`, 'CORE_UNKNOWN_TYPE'],
  ])('%s', async (_, text, code) => {
    const socket = await scene.connect()
    expect(await quickest(300, async () => expect(await codeFor(socket, text)).toBe(code))).toBeLessThan(300)
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })

  test('B7: 70,000 keys in 0.75 MB end the connection with 1009', async () => {
    const socket = await scene.connect()
    socket.raw(message(manyKeys(70_000)))
    expect((await socket.closed).code).toBe(1009)
  })
})

describe('a refused frame has no effect', () => {
  test('B5: nobody becomes an administrator', async () => {
    const socket = await scene.connect()
    for (const text of [
      message('{"__proto__":{"scope":["rooms.admin","rooms.broadcast"]}}'),
      '{"id":"p","type":"core.ping","__proto__":{"scope":["rooms.broadcast"]}}',
    ]) {
      await codeFor(socket, text)
    }
    expect(await socket.refusal('rooms.broadcast', { data: {} })).toBe('CORE_FORBIDDEN')
    expect(({} as Record<string, unknown>).scope).toBeUndefined()
  })

  test('B8: a doubled field reaches neither of the two', async () => {
    const [ann, bob] = [await scene.connect(), await scene.connect()]
    const idOf = async (socket: TestSocket): Promise<string> => (await socket.request('rooms.join', {}, { room: 'ids' })).members.at(-1).id
    const [annId, bobId] = [await idOf(ann), await idOf(bob)]
    ann.raw(`{"id":"q","type":"rooms.direct","to":"${annId}","to":"${bobId}","data":{}}`)
    await ann.next('error')
    await Promise.all([ann.settle(), bob.settle()])
    expect([...ann.frames, ...bob.frames].filter(({ type }) => type === 'rooms.directed')).toEqual([])
  })
})

/** Anything from noise to nearly right. */
const anyFrame = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json({ maxDepth: 5 }),
  fc
    .record(
      {
        id: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
        type: fc.oneof(
          fc.constantFrom(
            'core.ping',
            'core.auth',
            'rooms.join',
            'rooms.send',
            'rooms.list',
            'rooms.direct',
            'chat.send',
            'chat.history',
            'chat.list',
          ),
          fc.string(),
        ),
        room: fc.oneof(fc.constantFrom('a', 'b'), fc.string()),
        to: fc.oneof(fc.constantFrom('U1', 'G1', 'U99999999999999999999'), fc.string()),
        data: fc.oneof(
          fc.object(),
          fc.jsonValue(),
          fc.record(
            { text: fc.string(), clientId: fc.string(), limit: fc.integer(), after: fc.double(), token: fc.string() },
            { requiredKeys: [] },
          ),
        ),
        from: fc.constant('U1'),
      },
      { requiredKeys: [] },
    )
    .map((frame) => JSON.stringify(frame)),
)

test('whatever is sent, every frame is answered once or the connection is closed as a rule says', async () => {
  let socket = await scene.connect()
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 8 }), async (frames) => {
      if (socket.isClosed) socket = await scene.connect()
      const before = socket.frames.length
      for (const frame of frames) socket.raw(frame)
      socket.send({ id: 'the end', type: 'core.ping' })
      const ended = await Promise.race([socket.next('ack', ({ id }) => id === 'the end'), socket.closed])
      if ('code' in ended) expect([4500, 4501]).toContain(ended.code)
      for (const { type } of socket.frames.slice(before)) expect(type).toMatch(/^(ack|error|(core|rooms|chat)\.\w+)$/)
    }),
    { numRuns: 300 },
  )
}, 30_000)
