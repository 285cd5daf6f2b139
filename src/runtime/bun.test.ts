import { afterEach, expect, test } from 'bun:test'
import { bunRuntime } from './bun.ts'
import type { Listener, Socket } from './runtime.ts'

type Act = (socket: Socket<string>, listener: Listener) => void

let listener: Listener | undefined

afterEach(() => listener?.stop())

/** What a client receives that connects to a server which does `act` at the first message, up to the close. */
const receivedAfter = async (act: Act): Promise<string[]> => {
  const started = await bunRuntime.listen<string>({
    host: '127.0.0.1',
    port: 0,
    maxFrameBytes: 65_536,
    maxBodyBytes: 65_536,
    maxBufferBytes: 1_048_576,
    fetch: (_, __, upgrade) => upgrade('data', {}) ?? new Response(null, { status: 400 }),
    open: (socket) => socket.subscribe('room'),
    message: (socket) => act(socket, started),
    close: () => {},
    ping: () => {},
    pong: () => {},
  })
  listener = started
  const ws = new WebSocket(`ws://127.0.0.1:${started.port}`)
  const received: string[] = []
  const { promise, resolve } = Promise.withResolvers<string[]>()
  ws.onopen = () => ws.send('go')
  ws.onmessage = ({ data }) => received.push(String(data))
  ws.onclose = ({ code }) => resolve([...received, String(code)])
  return promise
}

test('frames that are sent soon keep their place among those sent at once and those of topics', async () => {
  const received = await receivedAfter((socket, { publish }) => {
    publish('room', '1')
    socket.sendSoon('2')
    socket.send('3')
    socket.sendSoon('4')
    publish('room', '5')
    socket.sendSoon('6')
    socket.close(4000, 'done')
  })
  expect(received).toEqual(['1', '2', '3', '4', '5', '6', '4000'])
})

test('many frames that are sent soon in one turn arrive, large ones too', async () => {
  const frames = Array.from({ length: 500 }, (_, index) => `${index} ${'x'.repeat(index % 50 === 0 ? 20_000 : 10)}`)
  const received = await receivedAfter((socket) => {
    for (const frame of frames) socket.sendSoon(frame)
    socket.close(4000, 'done')
  })
  expect(received).toEqual([...frames, '4000'])
})

test('nothing is sent soon to another socket', async () => {
  const others: string[] = []
  const received = await receivedAfter((socket, { port }) => {
    const other = new WebSocket(`ws://127.0.0.1:${port}`)
    other.onmessage = ({ data }) => others.push(String(data))
    other.onopen = () => {
      socket.sendSoon('mine')
      other.close()
    }
    other.onclose = () => socket.close(4000, 'done')
  })
  expect(received).toEqual(['mine', '4000'])
  expect(others).toEqual([])
})
