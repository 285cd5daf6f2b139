// The slow rules. All of them are begun together, at the start, and each test waits for the event it is about.
import { afterAll, describe, expect, test } from 'bun:test'
import { frame, RawWebSocket } from '../support/raw-socket.ts'
import { describeUnless } from '../support/skip.ts'
import { TestSocket } from '../support/socket.ts'
import { startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const limitMs = 60_000

/** How long something took and what came of it. */
const timed = async <T>(work: Promise<T>): Promise<{ value: T; tookMs: number }> => {
  const startedMs = performance.now()
  return { value: await work, tookMs: performance.now() - startedMs }
}

const signedIn = async (): Promise<RawWebSocket> => {
  const { accessToken } = await target.guest()
  const ws = await RawWebSocket.open(target.url, { Authorization: `Bearer ${accessToken}` })
  await ws.next('core.welcome')
  return ws
}

const nobody = timed(RawWebSocket.open(target.url).then(async (ws) => ({ ws, ...(await ws.closed()) })))

/** Sends a message every second and never signs in. */
const busyNobody = timed(
  TestSocket.open(target.url).then(async (socket) => {
    const timer = setInterval(() => socket.send({ id: 'p', type: 'core.ping' }), 1_000)
    const { code } = await socket.closed
    clearInterval(timer)
    return code
  }),
)

/** Sends a fragment every two seconds, and never the end of the message. */
const endless = timed(
  RawWebSocket.open(target.url).then(async (ws) => {
    ws.send(frame(1, '{', { fin: false }))
    const timer = setInterval(() => ws.send(frame(0, ' ', { fin: false })), 2_000)
    const { code } = await ws.closed()
    clearInterval(timer)
    return code
  }),
)

const lacksAuth = target.lacks('auth')
/** Answers no ping and says nothing. */
const silent = lacksAuth === undefined ? timed(signedIn().then(async (ws) => ({ ws, ...(await ws.closed()) }))) : undefined
/** Answers no ping but sends fragments all the time, and never the end of the message. */
const endlessUser =
  lacksAuth === undefined
    ? timed(
        signedIn().then(async (ws) => {
          ws.send(frame(1, '{', { fin: false }))
          const timer = setInterval(() => ws.send(frame(0, ' ', { fin: false })), 2_000)
          await ws.closed()
          clearInterval(timer)
        }),
      )
    : undefined
/** Answers pings as it should. */
const living = lacksAuth === undefined ? signedIn() : undefined
/** Is sent two messages by somebody else, and waits for its heartbeat. */
const told =
  target.lacks('chat') === undefined && lacksAuth === undefined
    ? Promise.all([target.connect('Ann'), target.guest('Bob')]).then(async ([ann, bob]) => {
        const ws = await RawWebSocket.open(target.url, { Authorization: `Bearer ${bob.accessToken}` })
        await ws.next('core.welcome')
        for (const clientId of ['a', 'b']) await ann.socket.request('chat.send', { text: 'Hello', clientId }, { to: bob.user.id })
        return { ann: ann.id, beat: await ws.next('core.heartbeat') }
      })
    : undefined
const livingHeard = living?.then(async (ws) => {
  const ping = await timed(ws.frame(9))
  ws.send(frame(10, ping.value.payload))
  await ws.next('core.heartbeat')
  return ping.tookMs
})

describe('PROTOCOL 2: the deadline', () => {
  test(
    'a connection that has presented nothing after 10 seconds is closed with 4008',
    async () => {
      const { value, tookMs } = await nobody
      expect(value.code).toBe(4008)
      expect(tookMs).toBeGreaterThan(9_900)
      expect(tookMs).toBeLessThan(14_000)
      const texts = value.ws.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => JSON.parse(payload.toString()))
      expect(texts).toEqual([{ type: 'error', error: expect.objectContaining({ code: 'CORE_AUTH_REQUIRED' }) }])
    },
    limitMs,
  )

  test(
    'messages that anyone may send do not put it off, and neither does a message that never ends',
    async () => {
      for (const one of [await busyNobody, await endless]) {
        expect(one.value).toBe(4008)
        expect(one.tookMs).toBeLessThan(14_000)
      }
    },
    limitMs,
  )
})

describe('PROTOCOL 5: core.ping', () => {
  test('is answered at once with the time', async () => {
    const socket = await TestSocket.open(target.url)
    const { time } = await socket.request('core.ping')
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000)
  })

  test('a WebSocket ping is answered by a pong with the same payload', async () => {
    const ws = await RawWebSocket.open(target.url)
    ws.send(frame(9, 'are you there?'))
    expect((await ws.frame(10)).payload.toString()).toBe('are you there?')
  })
})

describeUnless(lacksAuth)('PROTOCOL 5: heartbeats', () => {
  test(
    'a ping and the event core.heartbeat come at least every heartbeatMs',
    async () => {
      expect(await livingHeard).toBeLessThan(25_500)
    },
    limitMs,
  )

  test(
    'a peer that does not answer a ping within 10 seconds is cut off, also when it sends fragments without end',
    async () => {
      const { value, tookMs } = (await silent) ?? { value: undefined, tookMs: 0 }
      expect(tookMs).toBeGreaterThan(30_000)
      expect(tookMs).toBeLessThan(37_000)
      expect(value?.ws.frames.map(({ opcode }) => opcode)).toContain(9)
      expect((await endlessUser)?.tookMs).toBeLessThan(37_000)
    },
    limitMs,
  )

  test(
    'a peer that answers stays',
    async () => {
      await silent
      const ws = await living
      ws?.message({ id: 'still', type: 'core.ping' })
      expect(await ws?.next('ack')).toMatchObject({ id: 'still' })
    },
    limitMs,
  )
})

describeUnless(target.lacks('chat') ?? lacksAuth)('PROTOCOL 5: what moved', () => {
  test(
    'a heartbeat says where the conversations stand that moved since the one before',
    async () => {
      const { ann = '', beat } = (await told) ?? {}
      expect(beat?.data.chat.heads).toEqual({ [ann]: 2 })
    },
    limitMs,
  )
})
