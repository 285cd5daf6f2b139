// JSON over HTTP, as short as a test wants it.
import type { Frame } from './socket.ts'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** As loose as the wire allows; `undefined` for an empty body. */
  readonly body: Frame['data']
  /** The error code, if it is an error. */
  readonly code: string | undefined
}

/** How a call differs from a plain GET. */
export interface CallOptions {
  readonly method?: string
  /** Sent as JSON; its presence makes the method POST. */
  readonly body?: unknown
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string
  readonly headers?: Record<string, string>
}

/** One call. */
export const call = async (url: string, { method, body, token, headers = {} }: CallOptions = {}): Promise<Answer> => {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? undefined : JSON.parse(text)
  return { status: response.status, headers: response.headers, body: parsed, code: parsed?.error?.code }
}
