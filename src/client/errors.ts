import type { Kind, WireError } from '../errors.ts'

// The client's own codes. The first three say what became of a request that has no answer.
const own = {
  CLIENT_OFFLINE: ['unavailable', 'There is no connection; nothing was sent.'],
  CLIENT_TIMEOUT: ['unavailable', 'No answer came in time; whether it took effect is unknown.'],
  CLIENT_CLOSED: ['unavailable', 'The connection broke before the answer; whether it took effect is unknown.'],
  CLIENT_TOO_LARGE: ['too_large', 'The frame is larger than the server takes; nothing was sent.'],
  CLIENT_CANCELLED: ['conflict', 'The message was cancelled.'],
  CLIENT_ALREADY_JOINED: ['conflict', 'This client has already joined the room.'],
  CLIENT_LEFT: ['conflict', 'The room has been left.'],
} as const satisfies Record<string, readonly [Kind, string]>

/** The codes that come from the client itself and never from a server. */
export type ClientCode = keyof typeof own

/** Why a request failed: the server's error object, or one of the client's own codes. */
export class ClientError extends Error {
  /** `CHAT_…`, `ROOMS_…`, `CORE_…` of the server, or a `CLIENT_…` code. */
  readonly code: string
  readonly kind: Kind
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean
  /** When, ms from now, if the server said so. */
  readonly retryAfterMs: number | undefined
  /** JSON Pointer to the field at fault, if the server named one. */
  readonly path: string | undefined
  /** The error object it was made from. */
  readonly wire: WireError

  constructor(error: WireError) {
    super(error.message)
    this.name = 'ClientError'
    this.code = error.code
    this.kind = error.kind
    this.retry = error.retry
    this.retryAfterMs = error.retryAfterMs
    this.path = error.path
    this.wire = error
  }
}

/** One of the client's own errors. */
export const clientError = (code: ClientCode): ClientError => {
  const [kind, message] = own[code]
  return new ClientError({ code, kind, message, retry: kind === 'unavailable' })
}

/** Whether the line ended under a request, so that only the next one can help. */
export const isLineLoss = (error: unknown): boolean =>
  error instanceof ClientError && (error.code === 'CLIENT_CLOSED' || error.code === 'CLIENT_OFFLINE')
