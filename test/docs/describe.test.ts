// The documents that the server makes of itself: AsyncAPI for frames, OpenAPI for routes; each held to real traffic.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { defineErrors, definePlugin, type ErrorInfo, message, route } from '#core'
import { catalogue } from '../../plugins/index.ts'
import { core, kinds } from '../../src/errors.ts'
import type { Events, Messages } from '../../src/message.ts'
import type { Plugin } from '../../src/plugin.ts'
import { lookUp, mismatches, refsIn } from '../support/json-schema.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import type { Loose } from '../support/socket.ts'

const errors = defineErrors('SAMPLE', { TAKEN: ['conflict', 'Taken.'] })
const item = v.object({ id: v.string(), size: v.pipe(v.number(), v.integer()) })

const sample = definePlugin({
  id: 'sample',
  messages: {
    put: message({
      address: 'room',
      input: v.strictObject({ text: v.pipe(v.string(), v.maxLength(5)), times: v.optional(v.pipe(v.number(), v.integer()), 1) }),
      reply: item,
      summary: 'Put one.',
    }),
  },
  events: { putted: v.object({ item }) },
  errors,
  setup: ({ publish, everyoneTopic }) => ({
    handlers: {
      put: ({ text, times }, { room, userId }) => {
        publish(everyoneTopic, 'putted', { item: { id: text, size: times } }, { room, from: userId, seq: 1 })
        return { id: text, size: times }
      },
    },
    routes: (app) => {
      const query = v.strictObject({ prefix: v.string(), limit: v.optional(v.pipe(v.string(), v.maxLength(3))) })
      route(app, { method: 'get', path: '/items', summary: 'List.', query, reply: v.object({ items: v.array(item) }) }, () => ({
        items: [],
      }))
      const body = v.strictObject({ size: v.number() })
      const spec = {
        method: 'put',
        path: '/items/{id}',
        summary: 'Replace.',
        signedIn: true,
        body,
        reply: item,
        errors: [errors.TAKEN],
      } as const
      route(app, spec, ({ params, body: { size } }) => {
        if (size === 0) throw errors.TAKEN()
        return { id: params.id ?? '', size }
      })
      route(app, { method: 'delete', path: '/items/{id}', summary: 'Remove.', signedIn: true }, () => {})
    },
  }),
})

interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly security: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } }
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly $ref?: string; readonly content?: Loose }>>
}

let server: TestServer
let asyncapi: Loose
let openapi: Loose
const plugins: readonly Plugin[] = [...catalogue, sample]

const fetchDocument = async (name: string): Promise<unknown> => {
  const response = await fetch(`${server.url}/docs/${name}`)
  expect(response.headers.get('content-type')).toStartWith('application/json')
  return response.json()
}

beforeAll(async () => {
  server = await startTestServer(plugins)
  asyncapi = await fetchDocument('asyncapi.json')
  openapi = await fetchDocument('openapi.json')
})
afterAll(() => server.stop())

const typesOf = (kind: 'messages' | 'events'): string[] =>
  plugins.flatMap(({ id, [kind]: parts }) => Object.keys((parts ?? {}) as Messages & Events).map((name) => `${id}.${name}`))

const operations = (): (readonly [path: string, method: string, operation: Operation])[] =>
  Object.entries(openapi.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  )

describe('asyncapi.json', () => {
  test('it has the structure of AsyncAPI 3.0', () => {
    expect(asyncapi.asyncapi).toBe('3.0.0')
    expect([asyncapi.info.title, typeof asyncapi.info.version]).toEqual(['Parley', 'string'])
    expect([typeof asyncapi.servers.here.host, asyncapi.servers.here.protocol]).toEqual(['string', 'ws'])
    expect(asyncapi.channels.socket.address).toBe('/ws')
    for (const [name, found] of Object.entries<Loose>(asyncapi.components.messages)) {
      expect(name).toMatch(/^[A-Za-z0-9._-]+$/)
      expect(found).toMatchObject({ name, payload: { type: 'object' } })
      expect(found.payload.required).toContain('type')
      expect(asyncapi.channels.socket.messages[name]).toEqual({ $ref: `#/components/messages/${name}` })
    }
    for (const operation of Object.values<Loose>(asyncapi.operations)) {
      expect(['send', 'receive']).toContain(operation.action)
      expect(operation.channel).toEqual({ $ref: '#/channels/socket' })
      for (const { $ref } of [...operation.messages, ...(operation.reply?.messages ?? [])])
        expect($ref).toStartWith('#/channels/socket/messages/')
    }
  })

  test('every reference points to something', () => {
    const refs = refsIn(asyncapi)
    expect(refs.length).toBeGreaterThan(20)
    for (const ref of refs) expect(lookUp(asyncapi, ref)).toBeDefined()
  })

  test('every message of the core and of each plugin is a received operation with an ack and an error', () => {
    for (const type of ['core.auth', 'core.ping', ...typesOf('messages')]) {
      const reply = [`${type}.ack`, 'error'].map((name) => ({ $ref: `#/channels/socket/messages/${name}` }))
      expect(asyncapi.operations[type]).toMatchObject({ action: 'receive', reply: { messages: reply } })
    }
  })

  test('every event of the core and of each plugin is a sent operation', () => {
    for (const type of ['core.welcome', 'core.heartbeat', 'core.token_expiring', ...typesOf('events')]) {
      expect(asyncapi.operations[type]).toMatchObject({ action: 'send' })
    }
  })

  test('it holds nothing else', () => {
    const own = ['core.auth', 'core.ping', 'core.welcome', 'core.heartbeat', 'core.token_expiring']
    expect(Object.keys(asyncapi.operations).sort()).toEqual([...own, ...typesOf('messages'), ...typesOf('events')].sort())
  })

  test('every error code is listed with its kind', () => {
    const listed = new Map<string, string>(asyncapi['x-errors'].map(({ code, kind }: ErrorInfo) => [code, kind]))
    const tables = [core, ...plugins.map((plugin) => plugin.errors ?? {})]
    const all = tables.flatMap((table) => Object.values(table as Record<string, ErrorInfo>))
    expect(listed).toEqual(new Map(all.map(({ code, kind }) => [code, kind])))
  })

  const payload = (name: string): object => asyncapi.components.messages[name].payload

  test('what a server really sends fits it', async () => {
    const socket = await server.connect('U1', 'Ann')
    await socket.request('sample.put', { text: 'a' }, { room: 'lobby' })
    await socket.refusal('sample.put', { text: 'too long' }, { room: 'lobby' })
    await socket.settle()
    const [welcome] = socket.frames
    const putted = await socket.next('sample.putted')
    const [put, refused, ping] = socket.frames.filter(({ id }) => id !== undefined)
    expect(mismatches(asyncapi, payload('core.welcome'), welcome)).toEqual([])
    expect(mismatches(asyncapi, payload('sample.putted'), putted)).toEqual([])
    expect(mismatches(asyncapi, payload('sample.put.ack'), put)).toEqual([])
    expect(mismatches(asyncapi, payload('error'), refused)).toEqual([])
    expect(mismatches(asyncapi, payload('core.ping.ack'), ping)).toEqual([])
    await socket.close()
  })

  test('what a server refuses does not fit it', () => {
    const good = { id: '1', type: 'sample.put', room: 'lobby', data: { text: 'a' } }
    const faults = (frame: object) => mismatches(asyncapi, payload('sample.put'), frame)
    expect(faults(good)).toEqual([])
    expect(faults({ ...good, room: undefined })).not.toEqual([])
    expect(faults({ id: '1', type: 'sample.put', data: { text: 'a' } })).toEqual(['/: has no room'])
    expect(faults({ ...good, room: 'a room' })).not.toEqual([])
    expect(faults({ ...good, seq: 1 })).toEqual(['/seq: nothing may stand here'])
    expect(faults({ ...good, data: { text: 'longer' } })).toEqual(['/data/text: is longer than 5'])
    expect(faults({ ...good, data: { text: 'a', more: 1 } })).toEqual(['/data/more: nothing may stand here'])
    expect(faults({ ...good, id: '' })).toEqual(['/id: is shorter than 1'])
  })
})

describe('openapi.json', () => {
  test('it has the structure of OpenAPI 3.1', () => {
    expect(openapi.openapi).toBe('3.1.0')
    expect([openapi.info.title, typeof openapi.info.version]).toEqual(['Parley', 'string'])
    const ids = new Set(operations().map(([, , { operationId }]) => operationId))
    expect(ids.size).toBe(operations().length)
    for (const [path, method, operation] of operations()) {
      expect(path).toStartWith('/')
      expect(['get', 'post', 'put', 'patch', 'delete']).toContain(method)
      expect([typeof operation.operationId, operation.summary.at(-1)]).toEqual(['string', '.'])
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^([1-5]\d\d|default)$/)
        expect(typeof (response.$ref ?? response.description)).toBe('string')
      }
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect((operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named as string[])
    }
  })

  test('every reference points to something', () => {
    const refs = refsIn(openapi)
    expect(refs.length).toBeGreaterThan(5)
    for (const ref of refs) expect(lookUp(openapi, ref)).toBeDefined()
  })

  test('it has the core’s routes and every plugin’s, and the server has every route that it names', async () => {
    for (const path of ['/healthz', '/readyz', '/api/core', '/api/sample/items/{id}']) expect(Object.keys(openapi.paths)).toContain(path)
    for (const [path, method] of operations()) {
      const response = await fetch(server.url + path.replace(/\{\w+\}/g, 'x'), { method: method.toUpperCase() })
      expect(`${method} ${path} ${[404, 405].includes(response.status) ? 'is not there' : 'answers'}`).toBe(`${method} ${path} answers`)
      const named = Object.keys(openapi.paths[path])
      const unnamed = ['PATCH', 'PUT'].find((verb) => !named.includes(verb.toLowerCase())) ?? 'DELETE'
      const other = await fetch(server.url + path.replace(/\{\w+\}/g, 'x'), { method: unnamed })
      const allowed = other.headers.get('allow')?.toLowerCase().split(', ') ?? []
      expect(allowed.filter((verb) => verb !== 'head').sort()).toEqual(named.sort())
    }
  })

  test('a signed-in route says so, and says what it refuses with', () => {
    const { put } = openapi.paths['/api/sample/items/{id}'] as { put: Operation }
    expect(put.security).toEqual([{ bearer: [] }])
    expect(put.responses['401']?.description).toContain('CORE_TOKEN_EXPIRED')
    expect(put.responses['400']?.description).toContain('CORE_BAD_FIELD')
    expect(put.responses['409']?.description).toBe('`SAMPLE_TAKEN`')
    expect(put.responses['415']?.description).toContain('CORE_UNSUPPORTED_MEDIA_TYPE')
    expect((openapi.paths['/api/sample/items'] as { get: Operation }).get.security).toEqual([])
  })

  test('query parameters are listed, the needed ones as required', () => {
    const { get } = openapi.paths['/api/sample/items'] as { get: Operation }
    expect(get.parameters?.map(({ name, required }) => [name, required])).toEqual([
      ['prefix', true],
      ['limit', false],
    ])
  })

  test('what a server really answers fits it', async () => {
    const { put } = openapi.paths['/api/sample/items/{id}'] as { put: Operation }
    const request = (size: unknown) =>
      fetch(`${server.url}/api/sample/items/7`, {
        method: 'PUT',
        headers: { authorization: 'Bearer test.U1', 'content-type': 'application/json' },
        body: JSON.stringify({ size }),
      })
    for (const [size, status] of [
      [3, 200],
      [0, 409],
      ['x', 400],
    ] as const) {
      const response = await request(size)
      expect(response.status).toBe(status)
      expect(mismatches(openapi, put.responses[status]?.content['application/json'].schema, await response.json())).toEqual([])
    }
    for (const path of ['/healthz', '/readyz', '/api/core']) {
      const { schema } = openapi.paths[path].get.responses['200'].content['application/json']
      expect(mismatches(openapi, schema, await (await fetch(server.url + path)).json())).toEqual([])
    }
  })

  test('an error body has the kinds that there are', () => {
    expect(openapi.components.schemas.Error.properties.kind.enum).toEqual(Object.keys(kinds))
    const body = { error: { code: 'CORE_NOT_FOUND', kind: 'gone', message: '', retry: false } }
    expect(mismatches(openapi, { $ref: '#/components/schemas/ErrorBody' }, body)).toHaveLength(1)
  })
})
