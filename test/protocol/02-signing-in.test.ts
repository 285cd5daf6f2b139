import { afterAll, describe, expect, test } from 'bun:test'
import { handshake, RawWebSocket, rawRequest } from '../support/raw-socket.ts'
import { describeUnless, testUnless } from '../support/skip.ts'
import { TestSocket } from '../support/socket.ts'
import { fresh, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const { url } = target

/** The error frame without an id that tells a page why it is turned away, and the close code after it. */
const turnedAway = async (socket: TestSocket): Promise<{ code: string; closed: number }> => {
  const { error } = await socket.next('error', ({ id }) => id === undefined)
  return { code: error?.code ?? '', closed: (await socket.closed).code }
}

/** A token of which one byte is wrong. */
const spoilt = (token: string): string => token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.slice(-1)

describeUnless(target.lacks('auth'))('PROTOCOL 2: the four ways to present a token', () => {
  test('the header Authorization', async () => {
    const { accessToken, user } = await target.guest('Ann')
    const socket = await TestSocket.open(url, ['parley.v1'], { authorization: `Bearer ${accessToken}` })
    expect((await socket.next('core.welcome')).data.user).toEqual({ id: user.id, name: 'Ann' })
  })

  test('the subprotocol auth.<token>, of which only parley.v1 is selected', async () => {
    const { accessToken, user } = await target.guest('Ann')
    const answer = await rawRequest(url, handshake(url, { 'Sec-WebSocket-Protocol': `auth.${accessToken}, parley.v1` }))
    expect(answer.headers['sec-websocket-protocol']).toBe('parley.v1')
    const socket = await TestSocket.open(url, ['parley.v1', `auth.${accessToken}`])
    expect((await socket.next('core.welcome')).data.user.id).toBe(user.id)
  })

  test('a first frame core.auth, with the welcome before its ack', async () => {
    const { accessToken, user } = await target.guest('Ann')
    const socket = await TestSocket.open(url)
    const ack = await socket.request('core.auth', { token: accessToken })
    expect(ack).toEqual({
      user: { id: user.id, name: 'Ann' },
      session: expect.stringMatching(/^S\d{1,19}$/),
      expiresAt: expect.any(String),
    })
    expect(socket.frames.map(({ type }) => type)).toEqual(['core.welcome', 'ack'])
  })

  test('a ticket in the query, once', async () => {
    const { accessToken, user } = await target.guest('Ann')
    const { status, body } = await target.api('POST', '/api/auth/ticket', { token: accessToken })
    expect([status, body.expiresIn]).toEqual([201, 30])
    const first = await TestSocket.open(`${url}/ws?ticket=${body.ticket}`)
    expect((await first.next('core.welcome')).data.user.id).toBe(user.id)
    const second = await TestSocket.open(`${url}/ws?ticket=${body.ticket}`)
    expect(await turnedAway(second)).toEqual({ code: 'CORE_BAD_TOKEN', closed: 4501 })
  })

  test('a ticket is for the origin that it was made from', async () => {
    const { accessToken } = await target.guest('Ann')
    const headers = { origin: new URL(url).origin }
    const { body } = await target.api('POST', '/api/auth/ticket', { token: accessToken, headers })
    const elsewhere = await TestSocket.open(`${url}/ws?ticket=${body.ticket}`)
    expect((await turnedAway(elsewhere)).closed).toBe(4501)
  })

  test('a long-lived token in the query is refused', async () => {
    const { accessToken } = await target.guest('Ann')
    const socket = await TestSocket.open(`${url}/ws?ticket=${accessToken}`)
    expect(await turnedAway(socket)).toEqual({ code: 'CORE_BAD_TOKEN', closed: 4501 })
  })

  test('a query parameter given twice is refused before the upgrade', async () => {
    const answer = await rawRequest(url, handshake(url, {}, '/ws?ticket=a&ticket=b'))
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([400, 'CORE_BAD_FIELD'])
  })

  test('of several tokens presented, the header decides', async () => {
    const [ann, bob] = [await target.guest('Ann'), await target.guest('Bob')]
    const headers = { authorization: `Bearer ${ann.accessToken}` }
    const socket = await TestSocket.open(url, ['parley.v1', `auth.${bob.accessToken}`], headers)
    expect((await socket.next('core.welcome')).data.user.id).toBe(ann.user.id)
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 2: several credentials', () => {
  test('the subprotocol counts before the query, and a bad one is not made good by another', async () => {
    const [ann, bob] = [await target.guest('Ann'), await target.guest('Bob')]
    const { body } = await target.api('POST', '/api/auth/ticket', { token: bob.accessToken })
    const socket = await TestSocket.open(`${url}/ws?ticket=${body.ticket}`, ['parley.v1', `auth.${ann.accessToken}`])
    expect((await socket.next('core.welcome')).data.user.id).toBe(ann.user.id)
    const bad = await TestSocket.open(`${url}/ws?ticket=${body.ticket}`, ['parley.v1', 'auth.nonsense'])
    expect(await turnedAway(bad)).toEqual({ code: 'CORE_BAD_TOKEN', closed: 4501 })
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 2: bad credentials', () => {
  test('in the header are told by HTTP', async () => {
    const { accessToken } = await target.guest()
    const answer = await rawRequest(url, handshake(url, { Authorization: `Bearer ${spoilt(accessToken)}` }))
    expect([answer.status, JSON.parse(answer.body).error.kind]).toEqual([401, 'unauthenticated'])
  })

  test('in the subprotocol are told after the upgrade, by an error without id and close 4501', async () => {
    const { accessToken } = await target.guest()
    for (const token of [spoilt(accessToken), 'x', '', 'a.b.c', 'x'.repeat(5_000)]) {
      const socket = await TestSocket.open(url, ['parley.v1', `auth.${token}`])
      expect(await turnedAway(socket)).toEqual({ code: 'CORE_BAD_TOKEN', closed: 4501 })
    }
  })

  test('in a first frame are told with its id, then close 4501', async () => {
    const socket = await TestSocket.open(url)
    expect(await socket.refusal('core.auth', { token: 'nonsense' })).toBe('CORE_BAD_TOKEN')
    expect((await socket.closed).code).toBe(4501)
  })

  test('of a revoked session close with 4509, by subprotocol, by first frame and by ticket', async () => {
    const { accessToken } = await target.guest()
    const { body } = await target.api('POST', '/api/auth/ticket', { token: accessToken })
    expect((await target.api('POST', '/api/auth/logout', { token: accessToken })).status).toBe(204)
    const byProtocol = await TestSocket.open(url, ['parley.v1', `auth.${accessToken}`])
    expect(await turnedAway(byProtocol)).toEqual({ code: 'CORE_SESSION_REVOKED', closed: 4509 })
    const byTicket = await TestSocket.open(`${url}/ws?ticket=${body.ticket}`)
    expect(await turnedAway(byTicket)).toEqual({ code: 'CORE_SESSION_REVOKED', closed: 4509 })
    const byFrame = await TestSocket.open(url)
    expect(await byFrame.refusal('core.auth', { token: accessToken })).toBe('CORE_SESSION_REVOKED')
    expect((await byFrame.closed).code).toBe(4509)
  })

  test('of a revoked session in the header answer 401 CORE_SESSION_REVOKED', async () => {
    const { accessToken } = await target.guest()
    await target.api('POST', '/api/auth/logout', { token: accessToken })
    const answer = await rawRequest(url, handshake(url, { Authorization: `Bearer ${accessToken}` }))
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, 'CORE_SESSION_REVOKED'])
  })

  test('in a core.auth of the wrong shape cost a CORE_BAD_FIELD and not the connection', async () => {
    const socket = await TestSocket.open(url)
    for (const data of [{}, { token: 5 }, { token: ['a'] }, { token: 'x'.repeat(8_193) }, { token: 'x', user: 'U1' }]) {
      expect(await socket.refusal('core.auth', data)).toBe('CORE_BAD_FIELD')
    }
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })
})

describe('PROTOCOL 2: before signing in', () => {
  test('core.ping is answered', async () => {
    const socket = await TestSocket.open(url)
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })

  testUnless(target.lacks('rooms'))('every other message answers CORE_AUTH_REQUIRED, and nothing is done', async () => {
    const room = fresh('unsigned')
    const socket = await TestSocket.open(url)
    for (const [type, address] of [
      ['rooms.join', { room }],
      ['rooms.send', { room }],
      ['rooms.list', {}],
      ['rooms.direct', { to: 'U1' }],
    ] as const) {
      expect(await socket.refusal(type, {}, address)).toBe('CORE_AUTH_REQUIRED')
    }
    const { socket: ann } = await target.connect()
    expect((await ann.request('rooms.list', { prefix: room })).rooms).toEqual([])
  })

  testUnless(target.lacks('rooms'))('frames sent behind the handshake wait for the welcome and are handled in order', async () => {
    const { accessToken } = await target.guest()
    const socket = await TestSocket.open(url)
    const room = fresh('early')
    socket.send({ id: 'a', type: 'core.auth', data: { token: accessToken } })
    socket.send({ id: 'b', type: 'rooms.join', room })
    socket.send({ id: 'c', type: 'rooms.send', room, data: { n: 1 } })
    expect((await socket.next('ack', ({ id }) => id === 'c')).data.seq).toBe(1)
    expect(socket.frames[0]?.type).toBe('core.welcome')
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 2: the welcome', () => {
  test('is the first frame and tells connection, user, session, heartbeat, limits, plugins, server and protocol', async () => {
    const { accessToken, user } = await target.guest('Ann')
    const socket = await TestSocket.open(url, ['parley.v1', `auth.${accessToken}`])
    const welcome = await socket.next('core.welcome')
    expect(socket.frames[0]).toBe(welcome)
    expect(welcome.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(welcome.data).toMatchObject({
      connection: expect.stringMatching(/./),
      user: { id: user.id, name: 'Ann' },
      session: expect.stringMatching(/^S\d{1,19}$/),
      expiresAt: expect.stringMatching(/Z$/),
      heartbeatMs: expect.any(Number),
      limits: { frameBytes: 65_536, pending: 256, subscriptions: 128, depth: 32, keys: 256, items: 1_000, textLength: 32_768 },
      plugins: [...target.plugins],
      server: { name: expect.any(String), version: expect.any(String) },
      protocol: 1,
    })
  })

  test('tells when the token ends', async () => {
    const { accessToken, expiresIn } = await target.guest()
    const before = Date.now()
    const socket = await TestSocket.open(url, ['parley.v1', `auth.${accessToken}`])
    const endsMs = Date.parse((await socket.next('core.welcome')).data.expiresAt)
    expect(Math.abs(endsMs - before - expiresIn * 1_000)).toBeLessThan(5_000)
  })

  test('gives every connection an id of its own', async () => {
    const { accessToken } = await target.guest()
    const open = async (): Promise<string> => {
      const socket = await TestSocket.open(url, ['parley.v1', `auth.${accessToken}`])
      return (await socket.next('core.welcome')).data.connection
    }
    expect(new Set(await Promise.all([open(), open(), open()])).size).toBe(3)
  })
})

describeUnless(target.lacks('auth'))('PROTOCOL 2: core.auth on a connection that is signed in', () => {
  test('renews the token of the same user, without a second welcome', async () => {
    const { socket, tokens } = await target.connect('Ann')
    const { body } = await target.api('POST', '/api/auth/refresh', { body: { refreshToken: tokens.refreshToken } })
    const ack = await socket.request('core.auth', { token: body.accessToken })
    expect(ack.user.id).toBe(tokens.user.id)
    expect(socket.frames.filter(({ type }) => type === 'core.welcome')).toHaveLength(1)
  })

  test('refuses the token of another user with CORE_FORBIDDEN and leaves the connection as it was', async () => {
    const { socket, id, tokens } = await target.connect('Ann')
    const { accessToken } = await target.guest('Bob')
    expect(await socket.refusal('core.auth', { token: accessToken })).toBe('CORE_FORBIDDEN')
    expect((await socket.request('core.auth', { token: tokens.accessToken })).user.id).toBe(id)
  })

  test('refuses a bad token and leaves the connection as it was', async () => {
    const { socket } = await target.connect('Ann')
    expect(await socket.refusal('core.auth', { token: 'nonsense' })).toBe('CORE_BAD_TOKEN')
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })
})

describeUnless(target.lacksHost)('PROTOCOL 2: the end of a token', () => {
  const nowS = (): number => Math.floor(Date.now() / 1_000)

  test('is announced by core.token_expiring 60 seconds before', async () => {
    const exp = nowS() + 45
    const socket = await target.open(target.hostToken({ sub: fresh('host'), exp }))
    const warning = await socket.next('core.token_expiring')
    expect(warning.data).toEqual({ expiresAt: new Date(exp * 1_000).toISOString() })
    expect(warning.time).toMatch(/Z$/)
  })

  test('closes the connection with 4501 thirty seconds later if no newer token has come', async () => {
    const socket = await target.open(target.hostToken({ sub: fresh('host'), exp: nowS() - 27 }))
    expect((await socket.closed).code).toBe(4501)
    expect(socket.frames.at(-1)).toMatchObject({ type: 'error', error: { code: 'CORE_TOKEN_EXPIRED' } })
    expect(socket.frames.at(-1)).not.toHaveProperty('id')
  })

  test('does not close a connection that was given a newer token', async () => {
    const sub = fresh('host')
    const [renewing, other] = await Promise.all([0, 1].map(() => target.open(target.hostToken({ sub, exp: nowS() - 27 }))))
    const { expiresAt } = await (renewing as TestSocket).request('core.auth', { token: target.hostToken({ sub }) })
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now())
    expect((await (other as TestSocket).closed).code).toBe(4501)
    expect(await renewing?.request('core.ping')).toHaveProperty('time')
  })

  test('that has passed already is CORE_TOKEN_EXPIRED: 401 in the header, 4501 after the upgrade', async () => {
    const token = target.hostToken({ sub: fresh('host'), exp: nowS() - 60 })
    const answer = await rawRequest(url, handshake(url, { Authorization: `Bearer ${token}` }))
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, 'CORE_TOKEN_EXPIRED'])
    expect(await turnedAway(await TestSocket.open(url, ['parley.v1', `auth.${token}`]))).toEqual({
      code: 'CORE_TOKEN_EXPIRED',
      closed: 4501,
    })
  })

  test('signs a user in who is new, under one id for ever', async () => {
    const sub = fresh('host')
    const ids = [0, 1].map(async () => {
      const ws = await RawWebSocket.open(url, { Authorization: `Bearer ${target.hostToken({ sub, name: 'Hanna' })}` })
      return (await ws.next('core.welcome')).data.user
    })
    const [first, second] = await Promise.all(ids)
    expect(first).toEqual({ id: expect.stringMatching(/^U\d{1,19}$/), name: 'Hanna' })
    expect(second).toEqual(first)
  })
})
