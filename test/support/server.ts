// A whole server in the test's own process, on a free port, with a database of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ambient } from '../../src/ambient.ts'
import { Config } from '../../src/config.ts'
import { createLog, type Log } from '../../src/log.ts'
import type { Plugin } from '../../src/plugin.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { selectRuntime } from '../../src/runtime/select.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { testIdentity } from './identity.ts'
import { TestSocket } from './socket.ts'

/** How a test's server differs from the default one. */
export interface TestServerOptions {
  /** As environment variables: `{ PARLEY_CHAT_MAX_TEXT: '10' }`. Rates are off unless `PARLEY_LIMITS` says otherwise. */
  readonly env?: Readonly<Record<string, string>>
  /** Another database than an SQLite file of its own; the caller disposes of it. */
  readonly databaseUrl?: string | undefined
  readonly ambient?: Ambient
  /** The database was put back to an earlier state. */
  readonly restored?: boolean
  /** Parts of the runtime that are other ones. */
  readonly runtime?: Partial<Runtime>
  /** Instead of saying nothing. */
  readonly log?: Log
  /** Instead of the plugin that signs in everybody with a `test.…` token. */
  readonly identity?: Plugin
}

/** A server for tests. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly server: RunningServer
  /** A signed-in socket: `connect('U1')`, `connect('U1', 'Ann', 'rooms.admin')`. Its welcome has been taken. */
  connect(userId: string, name?: string, ...scope: readonly string[]): Promise<TestSocket>
  /** Ends the server and removes its database. */
  stop(): Promise<void>
}

// The function of the program, but hundreds of tests need not pay what an attacker has to.
const cheapPasswords: Partial<Runtime> = {
  hashPassword: (password) => Bun.password.hash(password, { algorithm: 'argon2id', memoryCost: 64, timeCost: 1 }),
}

/** Start a server with `plugins` and a way to sign in. */
export const startTestServer = async (plugins: readonly Plugin[], options: TestServerOptions = {}): Promise<TestServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-test-'))
  const env = {
    PORT: '0',
    PARLEY_LIMITS: 'off',
    PARLEY_LOG_LEVEL: 'silent',
    DATABASE_URL: options.databaseUrl ?? `sqlite:${join(folder, 'test.db')}`,
    ...options.env,
  }
  const server = await startServer({
    runtime: { ...selectRuntime(), ...cheapPasswords, ...options.runtime },
    config: new Config({ env, file: {} }),
    plugins: [options.identity ?? testIdentity, ...plugins],
    assets: { get: async () => undefined },
    log: options.log ?? createLog('silent'),
    ...(options.ambient && { ambient: options.ambient }),
    restored: options.restored,
    onFatal: (failure) => {
      throw failure
    },
  })
  const url = `http://127.0.0.1:${server.port}`
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    url,
    server,
    connect: async (userId, name = '', ...scope) => {
      const token = ['test', userId, name, scope.map((part) => part.replace('.', '-')).join('+')].join('.').replace(/\.+$/, '')
      const socket = await TestSocket.open(url, ['parley.v1', `auth.${token}`])
      await socket.next('core.welcome')
      return socket
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
