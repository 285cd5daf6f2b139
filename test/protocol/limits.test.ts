// PROTOCOL 7, with rates on. The server is always one of the test's own, behind a "proxy" that it trusts: so each test
// comes from an address that no other test uses.
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startProgram } from '../support/program.ts'
import { frame, handshake, type RawAnswer, RawSocket, RawWebSocket, rawRequest } from '../support/raw-socket.ts'
import { type Frame, TestSocket } from '../support/socket.ts'

setDefaultTimeout(15_000)

const program = await startProgram({ env: { PARLEY_TRUSTED_PROXIES: '127.0.0.1', PARLEY_AUTH_ACCOUNTS_PER_MINUTE: '1000000' } })
afterAll(() => program.stop())
const { url } = program

let count = 0
/** Headers of a client at an address of its own. */
const somewhere = (): Record<string, string> => ({ 'X-Forwarded-For': `198.51.100.${++count}` })

const guest = async (from: Record<string, string>): Promise<string> => {
  const headers = { 'content-type': 'application/json', ...from }
  const answer = await fetch(`${url}/api/auth/guest`, { method: 'POST', headers, body: '{"name":"Ann"}' })
  return ((await answer.json()) as { accessToken: string }).accessToken
}

const signedIn = async (from = somewhere(), token?: string): Promise<TestSocket> => {
  const socket = await TestSocket.open(url, ['parley.v1'], { ...from, authorization: `Bearer ${token ?? (await guest(from))}` })
  await socket.next('core.welcome')
  return socket
}

const shake = (from: Record<string, string>, changes: Record<string, string> = {}): Promise<RawAnswer> =>
  rawRequest(url, handshake(url, { ...from, ...changes }))
const errors = ({ frames }: TestSocket): Frame[] => frames.filter(({ type }) => type === 'error')

describe('PROTOCOL 7: messages', () => {
  test('a burst of 40 is answered, what comes on top is CORE_RATE_LIMITED with its id and retryAfterMs', async () => {
    const [socket, neighbour] = await Promise.all([signedIn(), signedIn()])
    for (let i = 1; i <= 60; i++) socket.send({ id: `p${i}`, type: 'core.ping' })
    await socket.next('error', ({ id }) => id === 'p60')
    expect(socket.frames.filter(({ id }) => id?.startsWith('p'))).toHaveLength(60)
    expect(socket.frames.filter(({ type }) => type === 'ack').length).toBeWithin(40, 46)
    for (const { id, error } of errors(socket)) {
      expect(id).toMatch(/^p\d+$/)
      expect(error).toMatchObject({ code: 'CORE_RATE_LIMITED', kind: 'rate_limited', retry: true })
      expect(error?.retryAfterMs).toBeWithin(1, 101)
    }
    for (let i = 0; i < 20; i++) expect(await neighbour.request('core.ping')).toHaveProperty('time')
  })

  test('100 refusals close the connection with 4029, and nobody else’s', async () => {
    const [socket, neighbour] = await Promise.all([signedIn(), signedIn()])
    for (let i = 1; i <= 400; i++) socket.send({ id: `p${i}`, type: 'core.ping' })
    expect((await socket.closed).code).toBe(4029)
    expect(errors(socket).length).toBeWithin(100, 110)
    expect(await neighbour.request('core.ping')).toHaveProperty('time')
  })

  test('B19: joining and leaving as fast as one can is limited like everything else, then closed with 4029', async () => {
    const [socket, neighbour] = await Promise.all([signedIn(), signedIn()])
    for (let i = 1; i <= 400; i++) socket.send({ id: `j${i}`, type: i % 2 ? 'rooms.join' : 'rooms.leave', room: 'revolving' })
    expect((await socket.closed).code).toBe(4029)
    expect(errors(socket)[0]?.error?.code).toBe('CORE_RATE_LIMITED')
    expect(await neighbour.request('rooms.list', { prefix: 'revolving' })).toEqual({
      rooms: [{ room: 'revolving', count: 0 }],
      more: false,
    })
  })

  test('a refused message is not done', async () => {
    const socket = await signedIn()
    await socket.request('rooms.join', {}, { room: 'limits' })
    for (let i = 1; i <= 60; i++) socket.send({ id: `s${i}`, type: 'rooms.send', room: 'limits', data: { i } })
    await socket.next('error', ({ id }) => id === 's60')
    const acked = socket.frames.filter(({ type, id }) => type === 'ack' && id?.startsWith('s')).length
    expect(socket.frames.filter(({ type }) => type === 'rooms.sent')).toHaveLength(acked)
  })

  test('two connections of one user have a rate each', async () => {
    const from = somewhere()
    const token = await guest(from)
    const [one, two] = [await signedIn(from, token), await signedIn(from, token)]
    for (let i = 1; i <= 50; i++) one.send({ id: `p${i}`, type: 'core.ping' })
    await one.next('error', ({ id }) => id === 'p50')
    expect(await two.request('core.ping')).toHaveProperty('time')
    expect(errors(two)).toEqual([])
  })
})

describe('PROTOCOL 7: pings', () => {
  test('20 are answered, a flood closes the connection with 4029, also of somebody who reads nothing', async () => {
    const [polite, flood, deaf] = await Promise.all([0, 1, 2].map(() => RawWebSocket.open(url, somewhere())))
    for (let i = 0; i < 20; i++) polite?.send(frame(9, 'p'))
    polite?.message({ id: 'still', type: 'core.ping' })
    expect(await polite?.next('ack')).toMatchObject({ id: 'still' })
    expect(polite?.frames.filter(({ opcode }) => opcode === 10)).toHaveLength(20)
    flood?.send(...Array.from({ length: 1_000 }, () => frame(9, 'x'.repeat(100))))
    expect((await flood?.closed())?.code).toBe(4029)
    const before = program.residentBytes()
    deaf?.raw.pause()
    for (let i = 0; i < 20; i++) deaf?.send(...Array.from({ length: 1_000 }, () => frame(9, 'x'.repeat(100))))
    const neighbour = await signedIn()
    expect(await neighbour.request('core.ping')).toHaveProperty('time')
    expect(program.residentBytes() - before).toBeLessThan(30_000_000)
    deaf?.raw.destroy()
  })
})

describe('PROTOCOL 7: connections', () => {
  test('the 11th of an address that has not signed in is 429 with Retry-After, until one of them ends', async () => {
    const from = somewhere()
    const open = await Promise.all(Array.from({ length: 10 }, () => RawWebSocket.open(url, from)))
    const eleventh = await shake(from)
    expect([eleventh.status, JSON.parse(eleventh.body).error.code]).toEqual([429, 'CORE_TOO_MANY_CONNECTIONS'])
    expect(Number(eleventh.headers['retry-after'])).toBeGreaterThan(0)
    expect((await shake(somewhere())).status).toBe(101)
    open[0]?.send(frame(8, ''))
    await open[0]?.closed()
    expect((await shake(from)).status).toBe(101)
  })

  test('those that sign in make room for others', async () => {
    const from = somewhere()
    const token = await guest(from)
    const open = await Promise.all(Array.from({ length: 10 }, () => TestSocket.open(url, ['parley.v1'], from)))
    expect((await shake(from)).status).toBe(429)
    for (const socket of open) await socket.request('core.auth', { token })
    expect((await shake(from)).status).toBe(101)
  })

  test('the 21st of a user is told CORE_TOO_MANY_CONNECTIONS and closed with 4029; the other 20 stay', async () => {
    const token = await guest(somewhere())
    const twenty = await Promise.all(Array.from({ length: 20 }, () => signedIn(somewhere(), token)))
    const one = await TestSocket.open(url, ['parley.v1', `auth.${token}`], somewhere())
    const { id, error } = await one.next('error')
    expect([id, error?.code]).toEqual([undefined, 'CORE_TOO_MANY_CONNECTIONS'])
    expect((await one.closed).code).toBe(4029)
    for (const socket of twenty) expect(await socket.request('core.ping')).toHaveProperty('time')
    await twenty[0]?.close()
    const again = await signedIn(somewhere(), token)
    expect(await again.request('core.ping')).toHaveProperty('time')
  })

  test('an IPv6 subscriber counts as one, whatever the last 64 bits of the address', async () => {
    const at = (host: number): Record<string, string> => ({ 'X-Forwarded-For': `2001:db8:7:7::${host.toString(16)}` })
    for (let i = 1; i <= 10; i++) await RawWebSocket.open(url, at(i))
    expect((await shake(at(99))).status).toBe(429)
    expect((await shake({ 'X-Forwarded-For': '2001:db8:7:8::1' })).status).toBe(101)
  })

  test('X-Forwarded-For counts only behind a trusted proxy, and only its last entry that is none', async () => {
    const from = somewhere()
    const spoofed = (i: number): Record<string, string> => ({ 'X-Forwarded-For': `203.0.113.${i}, ${from['X-Forwarded-For']}, 127.0.0.1` })
    for (let i = 1; i <= 10; i++) await RawWebSocket.open(url, spoofed(i))
    expect((await shake(spoofed(99))).status).toBe(429)
    const direct = (i: number) => RawWebSocket.open(url, { 'X-Forwarded-For': `203.0.113.${i}` }, '127.0.0.9')
    const opened = await Promise.all(Array.from({ length: 10 }, (_, i) => direct(i)))
    expect(opened).toHaveLength(10)
    const raw = await RawSocket.connect(url, '127.0.0.9')
    raw.write(handshake(url, { 'X-Forwarded-For': '203.0.113.77' }))
    expect((await raw.answer()).status).toBe(429)
  })
})

describe('PROTOCOL 7: handshakes', () => {
  test('a burst of 20 of one address is looked at, the next is 429 CORE_RATE_LIMITED with Retry-After', async () => {
    const from = somewhere()
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) statuses.push((await shake(from, { Authorization: 'Bearer nonsense' })).status)
    expect(new Set(statuses)).toEqual(new Set([401]))
    const answers: RawAnswer[] = []
    for (let i = 0; i < 5; i++) answers.push(await shake(from, { Authorization: 'Bearer nonsense' }))
    const last = answers.find(({ status }) => status === 429)
    expect(JSON.parse(last?.body ?? '').error).toMatchObject({ code: 'CORE_RATE_LIMITED', retry: true, retryAfterMs: expect.any(Number) })
    expect(Number(last?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect((await shake(somewhere())).status).toBe(101)
  })
})

describe('PROTOCOL 7: a slow reader', () => {
  test('is cut off, and the others in the room miss nothing', async () => {
    const loud = await startProgram({ env: { PARLEY_LIMITS: 'off' } })
    const guestOf = async (): Promise<string> => {
      const answer = await fetch(`${loud.url}/api/auth/guest`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"Ann"}',
      })
      return ((await answer.json()) as { accessToken: string }).accessToken
    }
    const [ann, bob] = await Promise.all([0, 1].map(async () => TestSocket.open(loud.url, ['parley.v1', `auth.${await guestOf()}`])))
    const slow = await RawWebSocket.open(loud.url, { Authorization: `Bearer ${await guestOf()}` })
    await slow.next('core.welcome')
    slow.message({ id: 'j', type: 'rooms.join', room: 'wide' })
    await slow.next('ack')
    slow.raw.pause()
    await Promise.all([ann, bob].map((socket) => socket?.request('rooms.join', {}, { room: 'wide' })))
    const text = 'x'.repeat(30_000)
    for (let i = 1; i <= 300; i++) await ann?.request('rooms.send', { i, a: text, b: text }, { room: 'wide' })
    await bob?.next('rooms.left')
    await bob?.next('rooms.sent', ({ seq }) => seq === 300)
    expect(bob?.frames.filter(({ type }) => type === 'rooms.sent').map(({ seq }) => seq)).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    )
    expect(loud.residentBytes()).toBeLessThan(200_000_000)
    slow.raw.destroy()
    await loud.stop()
  }, 20_000)
})
