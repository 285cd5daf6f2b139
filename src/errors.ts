import type { BaseIssue } from 'valibot'

/**
 * The closed set of reasons a request can fail, each with one HTTP status and one retry rule.
 *
 * `retry` says whether the same request may succeed later without being changed. Everything a
 * client needs in order to decide what to do next hangs off the kind; the code is for people
 * and for special cases.
 */
export const kinds = {
  invalid: { http: 400, retry: false },
  unauthenticated: { http: 401, retry: false },
  forbidden: { http: 403, retry: false },
  not_found: { http: 404, retry: false },
  conflict: { http: 409, retry: false },
  too_large: { http: 413, retry: false },
  rate_limited: { http: 429, retry: true },
  internal: { http: 500, retry: true },
  unavailable: { http: 503, retry: true },
} as const

/** One of the nine reasons a request can fail; see `kinds`. */
export type Kind = keyof typeof kinds

/** What a peer may be told about where its input was wrong, and when to come back. */
export interface Detail {
  /** JSON Pointer (RFC 6901) to the field at fault, e.g. `/data/text`. */
  readonly path?: string
  /** Milliseconds to wait before a retry has a chance. */
  readonly retryAfterMs?: number
}

/** A failure that the peer is told about, by code. Anything else thrown becomes `CORE_INTERNAL`. */
export class AppError extends Error {
  readonly code: string
  readonly kind: Kind
  readonly detail: Detail

  constructor(
    code: string,
    kind: Kind,
    message: string,
    { detail = {}, cause }: { readonly detail?: Detail; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'AppError'
    this.code = code
    this.kind = kind
    this.detail = detail
  }

  /** The same failure, with the place or the waiting time that is known only further out. */
  with(detail: Detail): AppError {
    return new AppError(this.code, this.kind, this.message, { detail: { ...this.detail, ...detail }, cause: this.cause })
  }
}

/** The error object of an `error` frame and of an HTTP error body. */
export interface WireError {
  readonly code: string
  readonly kind: Kind
  readonly message: string
  readonly retry: boolean
  readonly retryAfterMs?: number
  readonly path?: string
}

/** What the peer sees of a failure: never a cause, a stack, SQL or a file path. */
export const toWire = (error: AppError): WireError => ({
  code: error.code,
  kind: error.kind,
  message: error.message,
  retry: kinds[error.kind].retry,
  ...error.detail,
})

type Slots<S extends string> = S extends `${string}{${infer K}}${infer Rest}` ? K | Slots<Rest> : never
type Args<S extends string> = [Slots<S>] extends [never]
  ? [cause?: unknown]
  : [values: Readonly<Record<Slots<S>, string | number>>, cause?: unknown]

/** Rows of an error catalogue: name → kind and text; `{slot}` in the text becomes an argument. */
export type ErrorTable = Readonly<Record<string, readonly [Kind, string]>>
/** What can be known of an error without throwing it. */
export interface ErrorInfo {
  readonly code: string
  readonly kind: Kind
  readonly text: string
}
/** A catalogue: one function per row, which makes (and does not throw) the error. */
export type Errors<T extends ErrorTable> = {
  readonly [K in keyof T]: ((...args: Args<T[K][1]>) => AppError) & ErrorInfo
}

/**
 * Declare a plugin's errors as data: code `PREFIX_NAME`, kind, and text with typed slots.
 *
 * `defineErrors('CHAT', { TEXT_TOO_LONG: ['too_large', 'The text has {size} characters; the limit is {limit}.'] })`
 * gives `errors.TEXT_TOO_LONG({ size, limit })`. A code is for ever: texts may change, codes may not.
 */
export const defineErrors = <const T extends ErrorTable>(prefix: string, table: T): Errors<T> => {
  const rows = Object.entries(table).map(([name, [kind, text]]) => {
    const code = `${prefix}_${name}`
    const make = (...args: readonly unknown[]): AppError => {
      const slots = text.includes('{') ? (args[0] as Readonly<Record<string, unknown>>) : undefined
      const cause = slots ? args[1] : args[0]
      const message = slots ? text.replace(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot])) : text
      return new AppError(code, kind, message, { cause })
    }
    return [name, Object.assign(make, { code, kind, text })] as const
  })
  return Object.fromEntries(rows) as unknown as Errors<T>
}

/** The core's own errors. A plugin may throw those that fit instead of inventing its own. */
export const core = defineErrors('CORE', {
  BAD_JSON: ['invalid', 'The frame is not valid JSON.'],
  BAD_ENVELOPE: ['invalid', 'The frame is not a message: {reason}.'],
  BAD_FIELD: ['invalid', '{reason}'],
  TOO_COMPLEX: ['invalid', 'The message has {what}; the limit is {limit}.'],
  UNSUPPORTED_DATA: ['invalid', 'Binary frames are not part of this protocol; send text.'],
  UNKNOWN_TYPE: ['not_found', 'No message type {type} is switched on here.'],
  NOT_FOUND: ['not_found', 'There is nothing at this address.'],
  AUTH_REQUIRED: ['unauthenticated', 'Sign in first: present a token.'],
  BAD_TOKEN: ['unauthenticated', 'The token is not valid here.'],
  TOKEN_EXPIRED: ['unauthenticated', 'The token has expired.'],
  SESSION_REVOKED: ['unauthenticated', 'This session has been ended.'],
  FORBIDDEN: ['forbidden', 'You may not do this.'],
  ORIGIN_NOT_ALLOWED: ['forbidden', 'Pages from this origin may not connect.'],
  METHOD_NOT_ALLOWED: ['invalid', 'This address does not answer {method}.'],
  UNSUPPORTED_MEDIA_TYPE: ['invalid', 'Send application/json in UTF-8, without a content encoding.'],
  UPGRADE_REQUIRED: ['invalid', 'This address speaks WebSocket, version 13, subprotocol parley.v1.'],
  TOO_LARGE: ['too_large', 'The body is larger than {limit} bytes.'],
  RATE_LIMITED: ['rate_limited', 'Too many requests; wait a moment.'],
  TOO_MANY_CONNECTIONS: ['rate_limited', 'Too many connections; close one first.'],
  TOO_MANY_SUBSCRIPTIONS: ['rate_limited', 'A connection may follow {limit} topics.'],
  TOO_MANY_PENDING: ['unavailable', '{limit} requests of this connection are still unanswered.'],
  SERVER_FULL: ['unavailable', 'The server has as many connections as it can; come back in a moment.'],
  INTERNAL: ['internal', 'Something went wrong on the server; it is logged as {reference}.'],
  SHUTTING_DOWN: ['unavailable', 'The server is restarting; come back in a moment.'],
  BAD_SETTING: ['invalid', 'Settings to mend: {list}.'],
  BAD_CONFIG_FILE: ['invalid', 'The settings file {path} cannot be used: {reason}.'],
  BAD_PLUGIN: ['invalid', 'The plugin {plugin} cannot be used: {reason}.'],
  DUPLICATE_PLUGIN: ['invalid', 'Two plugins have the id {plugin}.'],
  DUPLICATE_SERVICE: ['invalid', 'The service {service} is provided by both {first} and {second}.'],
  MISSING_SERVICE: ['invalid', 'The plugin {plugin} needs the service {service}, which no plugin that is on provides.'],
  CYCLIC_SERVICES: ['invalid', 'These plugins need each other: {plugins}.'],
  UNKNOWN_CAPABILITY: ['invalid', 'The plugin {plugin} asks for the capability {capability}, which does not exist.'],
  MISSING_CAPABILITY: ['forbidden', 'The plugin {plugin} uses {use} without the capability {capability} in its manifest.'],
  CANNOT_LISTEN: ['unavailable', 'Cannot listen on {host}:{port}: {reason}.'],
  STORAGE_FULL: ['unavailable', 'The server has no space left to store this.'],
  STORAGE_BUSY: ['unavailable', 'The database did not answer in time.'],
  STORAGE_UNKNOWN: ['unavailable', 'The database did not confirm; whether this was stored is not known. Send it again with the same id.'],
  DATABASE_URL: ['invalid', 'DATABASE_URL must be sqlite:<path> or postgres://<user>@<host>/<database>: {reason}.'],
  DATABASE_IN_USE: [
    'unavailable',
    'The database {path} is in use by process {pid}. Stop that one first, or give this one a database of its own.',
  ],
  DATABASE_UNUSABLE: ['unavailable', 'The database {name} cannot be used: {reason}.'],
  DATABASE_NEWER: [
    'unavailable',
    'The database was written by a newer program: {plugin} {name} is not known here. Run that program, or restore a backup.',
  ],
  MIGRATION_CHANGED: [
    'unavailable',
    'The migration {plugin} {name} is not the one that was applied to this database. Put its text back and add a new one.',
  ],
  MIGRATION_FAILED: ['unavailable', 'The migration {plugin} {name} failed and was undone: {reason}.'],
})

/** The first issue that a schema reported, as `CORE_BAD_FIELD` with its place below `prefix`. */
export const badField = (issue: BaseIssue<unknown>, prefix = ''): AppError => {
  const keys = (issue.path ?? []).map((item) => String(item.key).slice(0, 64))
  const path = prefix + keys.map((key) => `/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('') || '/'
  return core.BAD_FIELD({ reason: `${path}: ${issue.message.slice(0, 200)}` }).with({ path })
}
