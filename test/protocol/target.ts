// The server that the protocol tests talk to: the one at PARLEY_URL, or one that is started for them. Of Parley's own code
// nothing is imported: what is tested is what a stranger can see.
//
//   PARLEY_URL=https://parley.example.com bun test ./test/protocol
//
// That server must let guests in and must not limit rates (PARLEY_LIMITS=off). With PARLEY_HOST_SECRET, the secret with
// which it checks tokens of a host application, scopes and the end of tokens are tested too.
import { setDefaultTimeout } from 'bun:test'
import { createHmac } from 'node:crypto'
import { type Program, startProgram } from '../support/program.ts'
import type { Loose } from '../support/raw-socket.ts'
import { TestSocket } from '../support/socket.ts'

/** What `POST /api/auth/guest` and its relatives answer. */
export interface Tokens {
  readonly user: { readonly id: string; readonly name: string; readonly guest: boolean }
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresIn: number
}

/** An HTTP answer, its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Loose
}

/** A guest with an open, signed-in socket, its welcome taken. */
export interface Guest {
  readonly id: string
  readonly tokens: Tokens
  readonly socket: TestSocket
}

/** The server under test. */
export class Target {
  readonly url: string
  readonly plugins: readonly string[]
  readonly hostSecret: string | undefined
  /** Present if the server was started for this test. */
  readonly program: Program | undefined

  constructor(url: string, plugins: readonly string[], hostSecret: string | undefined, program: Program | undefined) {
    this.url = url
    this.plugins = plugins
    this.hostSecret = hostSecret
    this.program = program
  }

  /** Why a section about `plugin` is left out, or `undefined`. */
  lacks(plugin: string): string | undefined {
    return this.plugins.includes(plugin) ? undefined : `the plugin ${plugin} is not switched on at ${this.url}`
  }

  /** Why tests with tokens of a host application are left out, or `undefined`. */
  get lacksHost(): string | undefined {
    return this.hostSecret === undefined
      ? 'PARLEY_HOST_SECRET is not set, so tokens of a host application cannot be made'
      : this.lacks('auth')
  }

  async api(
    method: string,
    path: string,
    options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { body, token, headers } = options
    const answer = await fetch(this.url + path, {
      method,
      // A connection that was kept may be closed by the server in the moment in which it is used again.
      keepalive: false,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, headers: answer.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
  }

  /** Sign a guest in over HTTP. */
  async guest(name = 'Ann'): Promise<Tokens> {
    const { status, body } = await this.api('POST', '/api/auth/guest', { body: { name } })
    if (status !== 201) throw new Error(`no guest: ${status} ${JSON.stringify(body)}`)
    return body as Tokens
  }

  /** A socket signed in with `token`. */
  async open(token: string): Promise<TestSocket> {
    const socket = await TestSocket.open(this.url, ['parley.v1', `auth.${token}`])
    await socket.next('core.welcome')
    return socket
  }

  /** A new guest on a socket. */
  async connect(name = 'Ann'): Promise<Guest> {
    const tokens = await this.guest(name)
    return { id: tokens.user.id, tokens, socket: await this.open(tokens.accessToken) }
  }

  /** A token as a host application signs it: HS256, made by hand. `exp` is five minutes from now if it is not among the claims. */
  hostToken(claims: Readonly<Record<string, unknown>>): string {
    const nowS = Math.floor(Date.now() / 1_000)
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iat: nowS, exp: nowS + 300, ...claims })}`
    return `${signed}.${createHmac('sha256', this.hostSecret ?? '')
      .update(signed)
      .digest('base64url')}`
  }

  async stop(): Promise<void> {
    await this.program?.stop()
  }
}

// Everything here waits for an event; on a busy machine, and where the server's own clock is waited for, that takes a while.
setDefaultTimeout(15_000)

const ownSecret = 'a secret that only the tests and their own server know'

/** Find or start the server. Call it once per file, and `stop` at the end. */
export const startTarget = async (env: Readonly<Record<string, string>> = {}): Promise<Target> => {
  const given = process.env.PARLEY_URL?.replace(/\/$/, '')
  const program =
    given === undefined ? await startProgram({ env: { PARLEY_LIMITS: 'off', PARLEY_AUTH_HOST_SECRET: ownSecret, ...env } }) : undefined
  const url = given ?? program?.url ?? ''
  const { plugins } = (await (await fetch(`${url}/api/core`)).json()) as { plugins: string[] }
  return new Target(url, plugins, program ? ownSecret : process.env.PARLEY_HOST_SECRET, program)
}

let count = 0
/** A name that no other test and no earlier run has used. */
export const fresh = (prefix: string): string => `${prefix}-${Date.now().toString(36)}-${process.pid.toString(36)}-${++count}`
