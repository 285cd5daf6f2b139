// A handler that fails costs its sender an `internal` error and nobody else anything: through the real program.
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { handshake, rawRequest } from '../support/raw-socket.ts'
import type { TestSocket } from '../support/socket.ts'
import { startScene } from './scene.ts'

const plugins = ['auth', 'rooms', 'chat', join(import.meta.dir, 'trouble-plugin.ts')].join(',')
const start = () => startScene({ env: { PARLEY_PLUGINS: plugins } })
const scene = await start()
afterAll(() => scene.stop())

const secret = 'the cause, which nobody may see'
/** The failure is in the log under the reference that the sender got, and the sender got nothing else of it. */
const expectLogged = async (message: string, all: string): Promise<void> => {
  const [, reference = ''] = /logged as (E\d+)/.exec(message) ?? []
  expect(reference).toMatch(/^E\d+$/)
  const said = await scene.program.heard(reference)
  const line = said.split('\n').find((one) => one.includes(reference))
  expect(line).toContain('"level":"error"')
  expect(all).not.toContain(secret)
}

describe('a handler that', () => {
  let bystander: TestSocket
  afterEach(async () => {
    expect(scene.program.isAlive()).toBe(true)
    bystander ??= await scene.connect()
    await bystander.settle()
    expect(bystander.frames.filter(({ type }) => type === 'error')).toEqual([])
    expect((await fetch(`${scene.url}/readyz`)).status).toBe(200)
  })

  test.each([
    ['throws', 'trouble.throw'],
    ['throws a text', 'trouble.text'],
    ['rejects', 'trouble.reject'],
    ['throws from a timer before it has answered', 'trouble.waiting'],
    ['answers with a circle', 'trouble.cyclic'],
    ['answers with a bigint', 'trouble.bigint'],
    ['answers with a function', 'trouble.function'],
    ['answers with a list', 'trouble.list'],
  ])('%s costs its sender an internal error with a reference', async (_, type) => {
    const socket = await scene.connect()
    socket.send({ id: 'q', type })
    const answer = await socket.next('error')
    expect(answer).toMatchObject({ id: 'q', error: { code: 'CORE_INTERNAL', kind: 'internal', retry: true } })
    await expectLogged(answer.error?.message ?? '', JSON.stringify(socket.frames))
    expect(await socket.request('core.ping')).toHaveProperty('time')
    expect(socket.frames.filter(({ id }) => id === 'q')).toHaveLength(1)
  })

  test.each([
    ['throws from a timer after it has answered', 'trouble.later'],
    ['throws from a timer of a timer', 'trouble.laterStill'],
  ])('%s has answered, and its sender is told without an id', async (_, type) => {
    const socket = await scene.connect()
    expect(await socket.request(type)).toEqual({ ok: true })
    const answer = await socket.next('error')
    expect(answer).toMatchObject({ error: { code: 'CORE_INTERNAL' } })
    expect(answer.id).toBeUndefined()
    await expectLogged(answer.error?.message ?? '', JSON.stringify(socket.frames))
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })

  test('forgets a promise that rejects has answered, and it is logged', async () => {
    const socket = await scene.connect()
    expect(await socket.request('trouble.forgotten')).toEqual({ ok: true })
    expect(await scene.program.heard('nobody caught')).toContain(secret)
    expect(JSON.stringify(socket.frames)).not.toContain(secret)
  })

  test('answers with nothing has answered with an empty object', async () => {
    const socket = await scene.connect()
    expect(await socket.request('trouble.nothing')).toEqual({})
  })

  test('answers with ten megabytes is heard', async () => {
    const socket = await scene.connect()
    expect((await socket.request('trouble.huge')).text).toHaveLength(10_000_000)
  })

  test('publishes what JSON cannot say, after a commit, has stored all the same', async () => {
    const socket = await scene.connect()
    expect(await socket.request('trouble.publish')).toEqual({ stored: true })
  })

  test('fails a hundred times at once fails a hundred times', async () => {
    const socket = await scene.connect()
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => socket.refusal(['trouble.throw', 'trouble.reject', 'trouble.waiting'][i % 3] ?? '')),
    )
    expect(new Set(codes)).toEqual(new Set(['CORE_INTERNAL']))
    expect(await socket.request('core.ping')).toHaveProperty('time')
  })

  test('is disconnected before it fails harms nobody', async () => {
    const socket = await scene.connect()
    socket.send({ id: 'q', type: 'trouble.waiting' })
    socket.send({ id: 'r', type: 'trouble.later' })
    socket.terminate()
    expect(await (await scene.connect()).request('core.ping')).toHaveProperty('time')
  })
})

describe('D17: a route that', () => {
  test.each(['throw', 'reject', 'cyclic'])('fails answers 500 with a reference and without its cause: %s', async (path) => {
    const answer = await fetch(`${scene.url}/api/trouble/${path}`)
    const { error } = (await answer.json()) as { error: { code: string; message: string } }
    expect([answer.status, error.code]).toEqual([500, 'CORE_INTERNAL'])
    expect(answer.headers.get('x-request-id')).toMatch(/^R\d+$/)
    await expectLogged(error.message, JSON.stringify(error))
  })

  test.each([
    ['?a=1', 200],
    ['?a=1&a=2', 400],
    ['?a=1&b=2', 400],
    ['', 400],
    ['?a[]=1', 400],
    ['?a=1&__proto__=2', 400],
  ])('D16: takes one word answers %s with %d', async (query, status) => {
    const answer = await fetch(`${scene.url}/api/trouble/query${query}`)
    expect(answer.status).toBe(status)
    if (status === 200) expect(await answer.json()).toEqual({ a: '1' })
  })
})

describe('stopping', () => {
  test('waits for what was accepted, refuses what is new, says so at /readyz, and lets clients know when to come back', async () => {
    const other = await start()
    const [holder, latecomer] = [await other.connect(), await other.connect()]
    const held = holder.request('trouble.hold')
    await holder.settle()
    const exited = other.program.stop()
    // The server has noticed when it refuses; until then it answers as always.
    for (let isRefusing = false; !isRefusing; ) {
      isRefusing = await latecomer.request('core.ping').then(
        () => false,
        ({ code }: { code: string }) => code === 'CORE_SHUTTING_DOWN',
      )
    }
    const ready = await fetch(`${other.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: 'the server is stopping' }])
    const refused = await rawRequest(other.url, handshake(other.url))
    expect([refused.status, JSON.parse(refused.body).error.code]).toEqual([503, 'CORE_SHUTTING_DOWN'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    await fetch(`${other.url}/api/trouble/release`, { method: 'POST' })
    expect(await held).toEqual({ held: true })
    for (const { code, reason } of await Promise.all([holder.closed, latecomer.closed])) {
      expect([code, typeof JSON.parse(reason).retryAfterMs]).toEqual([1012, 'number'])
    }
    expect(await exited).toBe(0)
  })

  test('answers the HTTP requests that it has begun', async () => {
    const other = await start()
    const answer = fetch(`${other.url}/api/trouble/hold`)
    await other.program.heard('holding')
    const exited = other.program.stop()
    await other.program.heard('stopping')
    await fetch(`${other.url}/api/trouble/release`, { method: 'POST' })
    expect(await (await answer).json()).toEqual({ held: true })
    expect(await exited).toBe(0)
  })

  test('does not wait for ever for a handler that hangs', async () => {
    const other = await start()
    const holder = await other.connect()
    void holder.request('trouble.hold').catch(() => undefined)
    await holder.settle()
    const startedMs = performance.now()
    expect(await other.program.stop()).toBe(0)
    expect(performance.now() - startedMs).toBeLessThan(9_000)
    expect((await holder.closed).code).toBe(1012)
  }, 20_000)

  test('a signal that comes more than a second after the first ends at once', async () => {
    const other = await start()
    const holder = await other.connect()
    void holder.request('trouble.hold').catch(() => undefined)
    await holder.settle()
    const startedMs = performance.now()
    other.program.signal('SIGTERM')
    const impatient = setInterval(() => other.program.signal('SIGTERM'), 100)
    expect(await other.program.exited).toBe(1)
    clearInterval(impatient)
    expect(performance.now() - startedMs).toBeWithin(1_000, 4_000)
  })
})
