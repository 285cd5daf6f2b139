// Another wire on a path of its own: the same server behind it, in other words.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import * as v from 'valibot'
import { definePlugin, message } from '#core'
import type { RunningServer } from '../src/server.ts'
import { handshake, rawRequest } from './support/raw-socket.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const room = 'shout/room/all'

/** Everybody hears what anybody shouts; on `/shout` as `WORD text`. */
const shout = definePlugin({
  id: 'shout',
  capabilities: ['transport'],
  messages: { say: message({ input: v.strictObject({ text: v.string() }), reply: v.strictObject({}) }) },
  events: { heard: v.strictObject({ text: v.string() }) },
  setup: ({ topic, publish }) => ({
    handlers: {
      say: ({ text }, { userId }) => {
        publish(topic('room', 'all'), 'heard', { text }, { from: userId })
        return {}
      },
    },
    hooks: { onConnect: (connection) => connection.subscribe(room) },
    dialects: [
      {
        path: '/shout',
        translate: (connection, query, { tell, mean }) => ({
          hear: (text) => {
            if (text === 'BREAK') throw new Error('the ear is broken')
            if (text === 'TWICE') for (const id of ['a', 'b']) mean(JSON.stringify({ id, type: 'shout.say', data: { text: 'twice' } }))
            if (text === 'WHO') tell(`YOU ${connection.userId} ${query.get('as')}`)
            if (text.startsWith('RAW ')) return [text.slice(4)]
            return text.startsWith('SAY ') ? [JSON.stringify({ id: '1', type: 'shout.say', data: { text: text.slice(4) } })] : []
          },
          say: (frame) => {
            const { type, from, data, error } = JSON.parse(frame)
            if (type === 'core.welcome') return [`HELLO ${data.user.id}`]
            if (type === 'error') return [`NO ${error.code}`]
            if (type !== 'shout.heard') return []
            if (data.text === 'mute') throw new Error('the mouth is broken')
            return [`${from} ${data.text}`]
          },
        }),
      },
    ],
  }),
})

/** A socket of texts that are no JSON. */
const open = async (url: string, protocols: readonly string[]) => {
  const ws = new WebSocket(url.replace('http', 'ws'), [...protocols])
  const heard: string[] = []
  const waiting = new Set<() => void>()
  ws.onmessage = ({ data }) => {
    heard.push(String(data))
    for (const look of waiting) look()
  }
  const closed = new Promise<number>((resolve) => {
    ws.onclose = ({ code }) => resolve(code)
  })
  const hears = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!heard.includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  await new Promise((resolve, reject) => {
    ws.onopen = resolve
    ws.onerror = reject
  })
  return { ws, heard, hears, closed }
}

let server: TestServer
const enter = (user: string) => open(`${server.url}/shout?as=${user}`, ['parley.v1', `auth.test.${user}`])

beforeAll(async () => {
  server = await startTestServer([shout])
})
afterAll(() => server.stop())

test('peers of two wires hear each other, each in its own words', async () => {
  const old = await enter('U1')
  const other = await server.connect('U2')
  await old.hears('HELLO U1')
  other.send({ id: 'a', type: 'shout.say', data: { text: 'good morning' } })
  await old.hears('U2 good morning')
  old.ws.send('SAY good evening')
  expect(await other.next('shout.heard', ({ from }) => from === 'U1')).toMatchObject({ data: { text: 'good evening' } })
  old.ws.send('WHO')
  await old.hears('YOU U1 U1')
  old.ws.send('TWICE')
  await old.hears('U1 twice')
  expect(old.heard.slice(0, 5)).toEqual(['HELLO U1', 'U2 good morning', 'U1 good evening', 'YOU U1 U1', 'U1 twice'])
})

test('errors and strikes are those of every peer', async () => {
  const old = await enter('U3')
  old.ws.send('RAW {"id":"1","type":"shout.sing"}')
  await old.hears('NO CORE_UNKNOWN_TYPE')
  old.ws.send('RAW {')
  await old.hears('NO CORE_BAD_JSON')
  expect(old.heard).toEqual(['HELLO U3', 'NO CORE_UNKNOWN_TYPE', 'NO CORE_BAD_JSON'])
})

test('nobody comes in without a token that holds', async () => {
  const nobody = await open(`${server.url}/shout`, ['parley.v1', 'auth.wrong'])
  expect(await nobody.closed).toBeGreaterThanOrEqual(4_000)
  const response = await fetch(`${server.url}/shout`)
  expect(response.status).toBe(426)
})

test('the subprotocol need not be offered, and is then not answered', async () => {
  const changes = { 'Sec-WebSocket-Protocol': undefined, Authorization: 'Bearer test.U4' }
  const { status, headers } = await rawRequest(server.url, handshake(server.url, changes, '/shout'))
  expect(status).toBe(101)
  expect(headers['sec-websocket-protocol']).toBeUndefined()
})

test('a translator that fails costs its own peer the connection, and nobody else anything', async () => {
  const [deaf, mute, well] = [await enter('U5'), await enter('U6'), await server.connect('U7')]
  await deaf.hears('HELLO U5')
  deaf.ws.send('BREAK')
  expect(await deaf.closed).toBe(1013)
  well.send({ id: 'a', type: 'shout.say', data: { text: 'mute' } })
  expect(await mute.closed).toBe(1013)
  expect(await well.next('shout.heard')).toMatchObject({ data: { text: 'mute' } })
})

test('a path that is taken, and a plugin without the capability, are refused at the start', async () => {
  const wire = (path: string, capabilities: readonly 'transport'[]) =>
    definePlugin({
      id: 'wire',
      capabilities,
      setup: () => ({ dialects: [{ path, translate: () => ({ hear: () => [], say: () => [] }) }] }),
    })
  const start = (...plugins: ReturnType<typeof wire>[]): Promise<{ server: RunningServer }> => startTestServer(plugins)
  for (const path of ['/ws', '/api/wire', 'wire'])
    await expect(start(wire(path, ['transport']))).rejects.toMatchObject({ code: 'CORE_BAD_PLUGIN' })
  await expect(start(wire('/wire', []))).rejects.toMatchObject({ code: 'CORE_MISSING_CAPABILITY' })
})
