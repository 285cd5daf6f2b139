// The WebSocket upgrade: who may open one, and what it carries.
import { type AppError, core } from './errors.ts'

/** Parts of a handshake that was accepted so far. */
export interface Handshake {
  readonly origin: string | undefined
  /** From the Authorization header: a refusal can be told in HTTP. */
  readonly bearer: string | undefined
  /** From the subprotocol list or the query: a refusal must be told in a frame. */
  readonly presented: { readonly token?: string; readonly ticket?: string } | undefined
  /** Whether the subprotocol was offered: only then may the answer name it. */
  readonly isOurs: boolean
}

/** The subprotocol this server speaks. */
export const subprotocol = 'parley.v1'

// 16 bytes in base64. Two of them arrive joined by a comma.
const keyPattern = /^[A-Za-z0-9+/]{22}==$/
const bearerPattern = /^Bearer(?: +(.*))?$/i

/** The path and the query string of an absolute address. A whole `URL` costs more, and every connect comes through here. */
export const partsOf = (address: string): { readonly path: string; readonly query: string } => {
  const start = address.indexOf('/', address.indexOf('//') + 2)
  const end = address.indexOf('?', start)
  return end === -1 ? { path: address.slice(start), query: '' } : { path: address.slice(start, end), query: address.slice(end + 1) }
}

/** What a path expects of those who knock. */
export interface Manners {
  /** Origins other than the server's own whose pages may come in. */
  readonly origins: readonly string[]
  /** Whether they must offer the subprotocol. Clients of another wire need not know it. */
  readonly isStrict: boolean
}

/** Read and check an upgrade request; `query` is its query string. Throws `HandshakeError`. */
export const readHandshake = (request: Request, query: string, { origins, isStrict }: Manners): Handshake => {
  const { headers } = request
  if (request.method !== 'GET' || headers.get('upgrade')?.toLowerCase() !== 'websocket' || headers.get('sec-websocket-version') !== '13') {
    throw new HandshakeError(426, core.UPGRADE_REQUIRED(), { 'sec-websocket-version': '13' })
  }
  if (!keyPattern.test(headers.get('sec-websocket-key') ?? '')) throw new HandshakeError(400, core.UPGRADE_REQUIRED())
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
  const isOurs = offered.includes(subprotocol)
  if (isStrict && !isOurs) throw new HandshakeError(400, core.UPGRADE_REQUIRED())
  const origin = headers.get('origin') ?? undefined
  if (origin !== undefined && !isAllowed(origin, headers.get('host') ?? '', origins))
    throw new HandshakeError(403, core.ORIGIN_NOT_ALLOWED())
  return { origin, bearer: bearerOf(headers), presented: presentedIn(offered, query), isOurs }
}

/** What follows `Bearer` in the Authorization header, whatever it is; `undefined` without one or with another scheme. */
export const bearerOf = (headers: Headers): string | undefined => {
  const given = headers.get('authorization')
  const found = given === null ? null : bearerPattern.exec(given)
  return found ? (found[1] ?? '') : undefined
}

const presentedIn = (offered: readonly string[], query: string): Handshake['presented'] => {
  const token = offered.find((name) => name.startsWith('auth.'))?.slice('auth.'.length)
  if (token !== undefined) return { token }
  if (query === '') return undefined
  const [ticket, second] = new URLSearchParams(query).getAll('ticket')
  if (second !== undefined) throw new HandshakeError(400, core.BAD_FIELD({ reason: '/ticket is given twice.' }).with({ path: '/ticket' }))
  return ticket === undefined ? undefined : { ticket }
}

// Exact comparison of scheme, host and port: no suffixes, no wildcards. `null` is nobody's origin.
const isAllowed = (origin: string, host: string, allowed: readonly string[]): boolean => {
  if (!URL.canParse(origin)) return false
  const { origin: normal, host: originHost } = new URL(origin)
  return normal !== 'null' && (originHost === host.toLowerCase() || allowed.includes(normal))
}

/** A refusal that is told in HTTP, with a status that may be more exact than its kind's. */
export class HandshakeError extends Error {
  readonly status: number
  readonly error: AppError
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, error: AppError, headers: Readonly<Record<string, string>> = {}) {
    super(error.message)
    this.status = status
    this.error = error
    this.headers = headers
  }
}
