import { afterAll, expect, test } from 'bun:test'
import { closing, frame, RawWebSocket } from '../support/raw-socket.ts'
import { describeUnless } from '../support/skip.ts'
import { startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const cannotStop = target.program ? undefined : 'the server at PARLEY_URL is not ours to stop'

describeUnless(target.lacks('auth'))('PROTOCOL 6: closing by the client', () => {
  test.each([1000, 1001, 3000, 4000, 4999])('the code %d is given back', async (code) => {
    const ws = await RawWebSocket.open(target.url)
    ws.send(frame(8, closing(code, 'bye')))
    expect((await ws.closed()).code).toBe(code)
  })

  test('a close without a code is answered by a close', async () => {
    const ws = await RawWebSocket.open(target.url)
    ws.send(frame(8))
    expect([1000, 1005]).toContain((await ws.closed()).code)
  })

  test('a connection that is gone without a word costs nobody else anything', async () => {
    const { socket } = await target.connect()
    const ws = await RawWebSocket.open(target.url)
    ws.raw.destroy()
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })
})

describeUnless(cannotStop)('PROTOCOL 6: a restart', () => {
  test('closes with 1012 and says in the reason how long to wait, for each connection its own time', async () => {
    const other = await startTarget()
    const sockets = await Promise.all(Array.from({ length: 8 }, async () => (await other.connect()).socket))
    const exited = other.program?.stop()
    const closes = await Promise.all(sockets.map(({ closed }) => closed))
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([1012]))
    const waits = closes.map(({ reason }) => JSON.parse(reason).retryAfterMs as number)
    for (const wait of waits) expect(wait).toBeWithin(0, 30_000)
    expect(new Set(waits).size).toBeGreaterThan(1)
    expect(await exited).toBe(0)
  })
})
