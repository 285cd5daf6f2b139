// Limits through the doors of a server whose clock stands still, so that every count is exact.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { coreErrors, definePlugin, limit, message, route } from '#core'
import type { Plugin } from '../../src/plugin.ts'
import { type TestClock, testClock } from '../support/clock.ts'
import { call } from '../support/http.ts'
import { handshake, rawRequest } from '../support/raw-socket.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Refusal, TestSocket } from '../support/socket.ts'

const nothing = v.strictObject({})
const limits = {
  writes: limit({ by: 'user', count: 5 }),
  looks: limit({ by: 'address', count: 3 }),
  codes: limit({ by: 'key', count: 2 }),
  uploads: limit({ by: 'user', count: 2 }),
}

const shop = definePlugin({
  id: 'shop',
  limits,
  messages: {
    write: message({ input: nothing, reply: nothing, limit: limits.writes }),
    rewrite: message({ input: nothing, reply: nothing, limit: limits.writes, cost: 3 }),
    look: message({ input: nothing, reply: nothing, limit: limits.looks, from: 'anyone' }),
    free: message({ input: nothing, reply: nothing }),
    code: message({ input: v.strictObject({ number: v.string() }), reply: nothing }),
  },
  setup: ({ take }) => ({
    handlers: {
      write: () => ({}),
      rewrite: () => ({}),
      look: () => ({}),
      free: () => ({}),
      code: ({ number }) => {
        const retryAfterMs = take(limits.codes, number)
        if (retryAfterMs > 0) throw coreErrors.RATE_LIMITED().with({ retryAfterMs })
        return {}
      },
    },
    routes: (app) => {
      const reply = nothing
      route(app, { method: 'get', path: '/mine', summary: 'Signed in.', signedIn: true, reply }, () => ({}))
      route(app, { method: 'get', path: '/open', summary: 'For all.', reply }, () => ({}))
      route(app, { method: 'get', path: '/free', summary: 'Not counted.', limit: 'none', reply }, () => ({}))
      route(app, { method: 'post', path: '/files', summary: 'Of its own.', signedIn: true, limit: limits.uploads, reply }, () => ({}))
    },
  }),
})

/** How a request ends: `ok`, or how long to wait. */
const outcome = async (socket: TestSocket, type: string, data: object = {}): Promise<string | number | undefined> => {
  try {
    await socket.request(type, data)
    return 'ok'
  } catch (failure) {
    if (!(failure instanceof Refusal) || failure.code !== 'CORE_RATE_LIMITED') throw failure
    return failure.error.retryAfterMs
  }
}

/** `count` times one after another. */
const outcomes = async (socket: TestSocket, type: string, count: number): Promise<(string | number | undefined)[]> => {
  const all: (string | number | undefined)[] = []
  for (let i = 0; i < count; i++) all.push(await outcome(socket, type))
  return all
}

let clock: TestClock
let server: TestServer

const start = async (rates = 'core.messages=1000/s,core.userMessages=1000/s'): Promise<void> => {
  clock = testClock()
  server = await startTestServer([shop], { ambient: clock.ambient, env: { PARLEY_LIMITS: 'on', PARLEY_RATES: rates } })
}

describe('a message’s own limit', () => {
  beforeAll(() => start())
  afterAll(() => server.stop())

  test('counts all connections of a user together, and each user alone', async () => {
    const [phone, laptop, other] = [await server.connect('U1'), await server.connect('U1'), await server.connect('U2')]
    expect(await outcomes(phone, 'shop.write', 3)).toEqual(['ok', 'ok', 'ok'])
    expect(await outcomes(laptop, 'shop.write', 3)).toEqual(['ok', 'ok', 12_000])
    expect(await outcomes(other, 'shop.write', 1)).toEqual(['ok'])
    expect(await outcome(laptop, 'shop.free')).toBe('ok')
    clock.advance(12_000)
    expect(await outcomes(phone, 'shop.write', 2)).toEqual(['ok', 12_000])
  })

  test('may be shared by several messages, of which some cost more', async () => {
    const socket = await server.connect('U3')
    expect(await outcomes(socket, 'shop.rewrite', 2)).toEqual(['ok', 12_000])
    expect(await outcomes(socket, 'shop.write', 3)).toEqual(['ok', 'ok', 12_000])
  })

  test('counts by address for those who have not signed in too', async () => {
    const [one, two] = [await TestSocket.open(server.url), await TestSocket.open(server.url)]
    expect(await outcomes(one, 'shop.look', 2)).toEqual(['ok', 'ok'])
    expect(await outcomes(two, 'shop.look', 2)).toEqual(['ok', 20_000])
  })

  test('may count by a key that the handler takes from its data', async () => {
    const [one, two] = [await server.connect('U4'), await server.connect('U5')]
    expect(await outcome(one, 'shop.code', { number: '1' })).toBe('ok')
    expect(await outcome(two, 'shop.code', { number: '1' })).toBe('ok')
    expect(await outcome(one, 'shop.code', { number: '1' })).toBe(30_000)
    expect(await outcome(one, 'shop.code', { number: '2' })).toBe('ok')
  })
})

describe('everything that one user sends', () => {
  test('has a limit over all connections: 160 at once, 40 a second', async () => {
    await start('core.messages=1000/s')
    const sockets = await Promise.all(Array.from({ length: 5 }, () => server.connect('U1')))
    const counts = await Promise.all(sockets.map((socket) => outcomes(socket, 'shop.free', 40)))
    expect(counts.flat().filter((answer) => answer === 'ok')).toHaveLength(160)
    clock.advance(1_000)
    const more = await Promise.all(sockets.map((socket) => outcomes(socket, 'shop.free', 10)))
    expect(more.flat().filter((answer) => answer === 'ok')).toHaveLength(40)
    expect(await outcome(await server.connect('U2'), 'shop.free')).toBe('ok')
    await server.stop()
  })

  test('signing in is counted by address: 100 at once, 5 a second', async () => {
    await start('core.messages=1000/s,core.userMessages=1000/s,core.addressHandshakes=1000/s')
    const socket = await server.connect('U1')
    const renew = () => outcome(socket, 'core.auth', { token: 'test.U1' })
    const answers = []
    for (let i = 0; i < 101; i++) answers.push(await renew())
    expect(answers).toEqual([...Array<string>(100).fill('ok'), 200])
    await server.stop()
  })
})

describe('connections of everybody', () => {
  test('of one user and of one address are as many as are set', async () => {
    const env = {
      PARLEY_LIMITS: 'on',
      PARLEY_CONNECTIONS_PER_USER: '1',
      PARLEY_CONNECTIONS_PER_ADDRESS: '2',
      PARLEY_ANONYMOUS_PER_ADDRESS: '1',
    }
    await using few = await startTestServer([], { env })
    await few.connect('U1')
    const second = await TestSocket.open(few.url, ['parley.v1', 'auth.test.U1'])
    expect((await second.closed).code).toBe(4029)
    await few.connect('U2')
    const { status, body } = await rawRequest(few.url, handshake(few.url))
    expect([status, JSON.parse(body).error.code]).toEqual([429, 'CORE_TOO_MANY_CONNECTIONS'])
  })

  test('are as many as are set, also without limits; the next one is 503 with Retry-After until somebody goes', async () => {
    await using full = await startTestServer([], { env: { PARLEY_MAX_CONNECTIONS: '2' } })
    const [one] = [await full.connect('U1'), await full.connect('U2')]
    const knock = () => rawRequest(full.url, handshake(full.url, { Authorization: 'Bearer test.U3' }))
    const { status, headers, body } = await knock()
    expect([status, headers['retry-after'], JSON.parse(body).error.code]).toEqual([503, '5', 'CORE_SERVER_FULL'])
    expect((await call(`${full.url}/healthz`)).status).toBe(200)
    await one?.close()
    expect((await knock()).status).toBe(101)
  })
})

describe('HTTP requests', () => {
  beforeAll(() => start())
  afterAll(() => server.stop())

  const statuses = async (path: string, count: number, options: Parameters<typeof call>[1] = {}): Promise<number[]> => {
    const answers = []
    for (let i = 0; i < count; i++) answers.push(await call(`${server.url}/api/shop${path}`, options))
    return answers.map(({ status }) => status)
  }
  const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value)

  test('of one user: 60 a minute, then 429 with Retry-After', async () => {
    expect(await statuses('/mine', 60, { token: 'test.U1' })).toEqual(times(60, 200))
    const { status, code, headers, body } = await call(`${server.url}/api/shop/mine`, { token: 'test.U1' })
    expect([status, code, headers.get('retry-after'), body.error.retryAfterMs]).toEqual([429, 'CORE_RATE_LIMITED', '1', 1_000])
    expect(await statuses('/mine', 1, { token: 'test.U2' })).toEqual([200])
    clock.advance(1_000)
    expect(await statuses('/mine', 2, { token: 'test.U1' })).toEqual([200, 429])
  })

  test('of strangers: 20 a minute for an address; those with a bad token count, others do not mind', async () => {
    expect(await statuses('/open', 10)).toEqual(times(10, 200))
    expect(await statuses('/mine', 5, { token: 'nonsense' })).toEqual(times(5, 401))
    expect(await statuses('/mine', 5)).toEqual(times(5, 401))
    expect(await statuses('/open', 2)).toEqual([429, 429])
    expect(await statuses('/mine', 2, { token: 'nonsense' })).toEqual([429, 429])
    expect(await statuses('/mine', 1, { token: 'test.U3' })).toEqual([200])
  })

  test('of a route with a limit of its own take from that alone, of one without any from none', async () => {
    const options = { method: 'POST', token: 'test.U4' }
    expect(await statuses('/files', 3, options)).toEqual([200, 200, 429])
    expect(await statuses('/mine', 60, { token: 'test.U4' })).toEqual(times(60, 200))
    expect(await statuses('/free', 100)).toEqual(times(100, 200))
  })

  test('are told in the documents, and so are the limits of messages', async () => {
    const { paths } = (await call(`${server.url}/docs/openapi.json`)).body
    expect(paths['/api/shop/mine'].get.responses['429'].description).toBe('`CORE_RATE_LIMITED`')
    expect(paths['/api/shop/free'].get.responses).not.toHaveProperty('429')
    const { components } = (await call(`${server.url}/docs/asyncapi.json`)).body
    expect(components.messages['shop.rewrite'].description).toBe('After signing in. 5/m per user by default, of which it takes 3.')
  })

  test('to health, documents and the page are never counted', async () => {
    for (const path of ['/healthz', '/readyz', '/api/core']) {
      for (let i = 0; i < 30; i++) expect((await fetch(server.url + path)).status).toBe(200)
    }
  })
})

describe('what the server refuses at boot', () => {
  const refusal = async (plugin: Plugin, rates = ''): Promise<string> => {
    try {
      const started = await startTestServer([plugin], { env: { PARLEY_RATES: rates } })
      await started.stop()
      return 'started'
    } catch (failure) {
      return (failure as Error).message
    }
  }

  test('a message with a limit that the manifest does not name, or that only a handler can count', async () => {
    const having = (spec: Plugin['messages'], own: Plugin['limits'] = {}): Plugin =>
      definePlugin({ id: 'bad', limits: own, messages: spec, setup: () => ({ handlers: { do: () => ({}) } }) as never }) as Plugin
    const foreign = message({ input: nothing, reply: nothing, limit: limits.writes })
    const keyed = message({ input: nothing, reply: nothing, limit: limits.codes })
    expect(await refusal(having({ do: foreign }))).toContain('the message do has a limit that is not among its limits')
    expect(await refusal(having({ do: keyed }, { codes: limits.codes }))).toContain('counts by a key')
    expect(await refusal(having({ do: foreign }, { writes: limits.writes }))).toBe('started')
  })

  test('rates that are none, and rates of limits that do not exist; those of a plugin that is off are nobody’s mistake', async () => {
    for (const rate of ['shop.writes', 'shop.writes=5', 'shop.writes=0/s', 'shop.writes=5/week', 'writes=5/m', 'shop.writes=5/m:0']) {
      expect(await refusal(shop, rate)).toContain('PARLEY_RATES')
    }
    expect(await refusal(shop, 'shop.writs=5/m,core.nothing=1/s')).toMatch(
      /shop\.writs, which is no limit; known are .*shop\.writes.*core\.nothing/,
    )
    expect(await refusal(shop, 'shop.writes=5/m:9, other.thing=1/s')).toBe('started')
  })
})

test('a production server tells browsers to come by TLS only', async () => {
  await using server = await startTestServer([], { env: { NODE_ENV: 'production' } })
  await using other = await startTestServer([])
  const told = async (url: string) => (await fetch(`${url}/healthz`)).headers.get('strict-transport-security')
  expect([await told(server.url), await told(other.url)]).toEqual(['max-age=31536000; includeSubDomains', null])
})
