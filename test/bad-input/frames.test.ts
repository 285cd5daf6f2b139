// bad-input A, after the upgrade: frames that no well-behaved client sends. A25 (ping flood) stands in test/protocol/limits.
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { closing, type FrameShape, frame, RawWebSocket } from '../support/raw-socket.ts'
import { startScene } from './scene.ts'

const scene = await startScene()
const { url } = scene
afterEach(() => scene.expectUnharmed())
afterAll(() => scene.stop())

const ping = JSON.stringify({ id: 'q', type: 'core.ping' })
const part = (opcode: number, payload: string | Uint8Array): Buffer => frame(opcode, payload, { fin: false })
const shaped = (opcode: number, shape: FrameShape, payload = ping): Buffer => frame(opcode, payload, shape)

describe('a frame that RFC 6455 forbids closes its connection and no other', () => {
  test.each<[string, readonly Buffer[], number]>([
    ['an unmasked text', [shaped(1, { masked: false })], 1002],
    ['an unmasked ping', [shaped(9, { masked: false }, '')], 1002],
    ['A31: RSV1 on a text', [shaped(1, { reserved: 4 })], 1002],
    ['RSV2', [shaped(1, { reserved: 2 })], 1002],
    ['RSV3', [shaped(1, { reserved: 1 })], 1002],
    ['A31: RSV1 on a continuation', [part(1, '{"id":'), shaped(0, { reserved: 4 }, '"q"}')], 1002],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, readonly Buffer[], number] => [
      `the reserved opcode ${opcode}`,
      [frame(opcode, 'x')],
      1002,
    ]),
    ['a continuation of nothing', [frame(0, ping)], 1002],
    ['a text in the middle of another', [part(1, '{"id":'), frame(1, ping)], 1002],
    ['a binary in the middle of a text', [part(1, '{"id":'), frame(2, ping)], 1002],
    ['a ping in parts', [part(9, 'x')], 1002],
    ['a close in parts', [part(8, closing(1000))], 1002],
    ['a ping of 126 bytes', [frame(9, 'x'.repeat(126))], 1002],
    ['A27: a close of one byte', [frame(8, 'x')], 1002],
    ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((code): [string, readonly Buffer[], number] => [
      `A27: the close code ${code}`,
      [frame(8, closing(code))],
      1002,
    ]),
    ['A27: a close with a reason in bad UTF-8', [frame(8, closing(1000, new Uint8Array([0xc3, 0x28])))], 1007],
    ['A19: a text in bad UTF-8', [frame(1, new Uint8Array([0x22, 0xc3, 0x28, 0x22]))], 1007],
    ['A19: bad UTF-8 over two fragments', [part(1, new Uint8Array([0x22, 0xe2, 0x82])), frame(0, new Uint8Array([0x22]))], 1007],
    ['A19: an encoded surrogate', [frame(1, new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))], 1007],
    ['A19: an overlong slash', [frame(1, new Uint8Array([0x22, 0xc0, 0xaf, 0x22]))], 1007],
    ['A19: a code point above U+10FFFF', [frame(1, new Uint8Array([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]))], 1007],
    ['A20: a 64-bit length with the top bit set', [shaped(1, { announced: 0x8000000000000001n })], 1009],
    ['a length of 2^62', [shaped(1, { announced: 1n << 62n })], 1009],
    ['a length of 65,537 bytes', [shaped(1, { announced: 65_537n })], 1009],
    ['fragments of 65,537 bytes together', [part(1, 'x'.repeat(40_000)), frame(0, 'x'.repeat(25_537))], 1009],
  ])('%s', async (_, frames, code) => {
    const ws = await RawWebSocket.open(url)
    ws.send(...frames)
    const closed = await ws.closed()
    // RFC 6455, 7.4.1 leaves open which of the two tells of a length that cannot be.
    expect(code === 1009 ? [1009, 1002, 1006] : [code]).toContain(closed.code)
    expect(closed.reason).not.toMatch(/\.ts|node_modules|error at/i)
  })
})

describe('a frame that is unusual and allowed is answered', () => {
  test.each<[string, readonly Buffer[]]>([
    ['a text in three fragments', [part(1, ping.slice(0, 4)), part(0, ping.slice(4, 9)), frame(0, ping.slice(9))]],
    ['a ping between two fragments', [part(1, ping.slice(0, 4)), frame(9, 'in between'), frame(0, ping.slice(4))]],
    ['an empty first fragment', [part(1, ''), frame(0, ping)]],
    ['a ping of 125 bytes before it', [frame(9, 'x'.repeat(125)), frame(1, ping)]],
    ['a pong that nobody asked for', [frame(10, 'hello'), frame(1, ping)]],
    [
      'a character cut in two by a fragment',
      [part(1, new Uint8Array([...Buffer.from('{"id":"q","type":"core.ping","data":{}'), 0x20])), frame(0, '}')],
    ],
    [
      'one byte per fragment',
      [part(1, ping[0] ?? ''), ...[...ping.slice(1, -1)].map((byte) => part(0, byte)), frame(0, ping.at(-1) ?? '')],
    ],
  ])('%s', async (_, frames) => {
    const ws = await RawWebSocket.open(url)
    ws.send(...frames)
    expect(await ws.next('ack')).toMatchObject({ id: 'q' })
    ws.raw.destroy()
  })

  test('a frame that comes byte by byte', async () => {
    const ws = await RawWebSocket.open(url)
    for (const byte of frame(1, ping)) ws.send(Buffer.from([byte]))
    expect(await ws.next('ack')).toMatchObject({ id: 'q' })
    ws.raw.destroy()
  })

  test.each([
    ['A28: a binary frame', frame(2, ping), 'CORE_UNSUPPORTED_DATA'],
    ['A29: an empty text', frame(1, ''), 'CORE_BAD_JSON'],
    ['A29: a single space', frame(1, ' '), 'CORE_BAD_JSON'],
  ])('%s', async (_, bytes, code) => {
    const ws = await RawWebSocket.open(url)
    ws.send(bytes, frame(1, ping))
    expect(await ws.next('error')).toMatchObject({ error: { code } })
    expect(await ws.next('ack')).toMatchObject({ id: 'q' })
    ws.raw.destroy()
  })
})

describe('frames made to be expensive', () => {
  test('A22: 300 sockets that announce 64 KiB and send a byte cost less than 25 MB', async () => {
    const sockets: RawWebSocket[] = []
    const cost = await scene.memoryOf(async () => {
      for (let i = 0; i < 300; i++) {
        const ws = await RawWebSocket.open(url)
        ws.send(shaped(1, { announced: 65_536n }, '{'))
        sockets.push(ws)
      }
      await scene.expectUnharmed()
    })
    expect(cost).toBeLessThan(25_000_000)
    for (const ws of sockets) ws.raw.destroy()
  })

  test('A23: 500,000 empty continuations are no message and cost no memory', async () => {
    const ws = await RawWebSocket.open(url)
    const startedMs = performance.now()
    const cost = await scene.memoryOf(async () => {
      const empty = part(0, '')
      ws.send(part(1, ping.slice(0, -1)), Buffer.concat(Array.from({ length: 500_000 }, () => empty)), frame(0, ping.slice(-1)))
      const answer = await Promise.race([ws.next('ack'), ws.closed()])
      expect(answer).toBeDefined()
    })
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    expect(cost).toBeLessThan(30_000_000)
    ws.raw.destroy()
  })

  test('a thousand connections that end in the middle of a handshake or a frame leave nothing behind', async () => {
    const once = async (i: number): Promise<void> => {
      const ws = await RawWebSocket.open(url)
      if (i % 2) ws.send(frame(1, ping).subarray(0, 7))
      ws.raw.destroy()
    }
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 10 }, (_, j) => once(j)))
    const cost = await scene.memoryOf(async () => {
      for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 10 }, (_, j) => once(j)))
    })
    expect(cost).toBeLessThan(25_000_000)
  })
})
