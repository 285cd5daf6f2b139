// A server with a clock that stands still, and its plugin `auth` as short calls.
import type { Plugin } from '../../src/plugin.ts'
import { type TestClock, testClock } from './clock.ts'
import type { NewDatabase } from './databases.ts'
import { type Answer, call } from './http.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'
import { secrets } from './tokens.ts'

/** A server, its clock, and the routes below /api/auth. */
export interface TestApi extends TestServer {
  readonly clock: TestClock
  /** `http://127.0.0.1:<port>/api/auth` */
  readonly api: string
  /** POST with a body, or with a token and none. */
  post(path: string, body?: unknown, token?: string): Promise<Answer>
  get(path: string, token?: string): Promise<Answer>
  /** DELETE with a token. */
  remove(path: string, token: string): Promise<Answer>
  /** The tokens of a new guest. */
  guest(name?: string): Promise<Answer['body']>
}

/** Start it with `identity` as the plugin that signs people in. */
export const startApi = async (identity: Plugin, newDatabase: NewDatabase, options: TestServerOptions = {}): Promise<TestApi> => {
  const databaseUrl = await newDatabase()
  const clock = testClock()
  const env = { PARLEY_AUTH_SECRET: secrets.own, ...options.env }
  const given = { ambient: clock.ambient, identity, ...options, env }
  const server = await startTestServer([], databaseUrl === undefined ? given : { ...given, databaseUrl })
  const api = `${server.url}/api/auth`
  const post = (path: string, body: unknown = {}, token?: string): Promise<Answer> =>
    call(api + path, { method: 'POST', ...(token === undefined ? { body } : { token }) })
  return {
    ...server,
    clock,
    api,
    post,
    get: (path, token) => call(api + path, token === undefined ? {} : { token }),
    remove: (path, token) => call(api + path, { method: 'DELETE', token }),
    guest: async (name = 'Ann') => (await post('/guest', { name })).body,
    [Symbol.asyncDispose]: server.stop,
  }
}
