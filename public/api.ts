// The HTTP half of signing in: /api/auth of PROTOCOL.md, section 9.
import * as v from 'valibot'

const user = v.object({ id: v.string(), name: v.string(), guest: v.boolean() })
const tokens = v.object({ user, accessToken: v.string(), refreshToken: v.string(), expiresIn: v.number() })
const doors = v.object({ guest: v.boolean(), register: v.boolean(), login: v.boolean() })
const failure = v.object({
  error: v.object({ code: v.string(), message: v.string(), path: v.optional(v.string()), retryAfterMs: v.optional(v.number()) }),
})

/** Who is signed in. */
export type User = v.InferOutput<typeof user>
/** A fresh pair of tokens; `expiresIn` in seconds, of the access token. */
export type Tokens = v.InferOutput<typeof tokens>
/** The ways in that are switched on. */
export type Doors = v.InferOutput<typeof doors>
/** A way in. */
export type Door = keyof Doors
/** What a form asks for, by way in. */
export type Answers = Readonly<Partial<Record<'name' | 'login' | 'password', string>>>

/** A refusal of the server, or `NETWORK` when it could not be reached or did not make sense. */
export class ApiError extends Error {
  readonly code: string
  /** 0 when there was no answer. */
  readonly status: number
  /** JSON Pointer to the field at fault. */
  readonly path: string | undefined

  constructor(code: string, status: number, message: string, path?: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.path = path
  }
}

const toError = (status: number, body: unknown): ApiError => {
  const parsed = v.safeParse(failure, body)
  if (!parsed.success) return new ApiError('NETWORK', status, 'The server did not answer as expected.')
  const { code, message, path } = parsed.output.error
  return new ApiError(code, status, message, path)
}

const timeoutMs = 15_000

interface Call {
  readonly method: 'GET' | 'PATCH' | 'POST'
  readonly body?: unknown
  readonly token?: string
}

const call = async (path: string, { method, body, token }: Call): Promise<unknown> => {
  const headers: Record<string, string> = {}
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  const init: RequestInit = { method, headers, cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) }
  if (body !== undefined) init.body = JSON.stringify(body)
  const response = await fetch(`/api/auth${path}`, init).catch((cause: unknown) => {
    throw new ApiError('NETWORK', 0, String(cause))
  })
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  if (!response.ok) throw toError(response.status, answer)
  return answer
}

const expect = <T extends v.GenericSchema>(schema: T, answer: unknown): v.InferOutput<T> => {
  const parsed = v.safeParse(schema, answer)
  if (!parsed.success) throw new ApiError('NETWORK', 200, 'The server did not answer as expected.')
  return parsed.output
}

/** Which ways in are open. All are closed where the plugin is switched off. */
export const fetchDoors = async (): Promise<Doors> => {
  try {
    return expect(doors, await call('', { method: 'GET' }))
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { guest: false, register: false, login: false }
    throw error
  }
}

/** Come in by one of the doors. Rejects with `ApiError`. */
export const enter = async (door: Door, answers: Answers): Promise<Tokens> =>
  expect(tokens, await call(`/${door}`, { method: 'POST', body: answers }))

/** Exchange a refresh token, which then is used up, for a new pair. Rejects with `ApiError`; 401 means that the session has ended. */
export const refreshTokens = async (refreshToken: string): Promise<Tokens> =>
  expect(tokens, await call('/refresh', { method: 'POST', body: { refreshToken } }))

/** End the session on the server. */
export const logout = async (token: string): Promise<void> => {
  await call('/logout', { method: 'POST', token })
}

/** Take another name; resolves with what one is called then. Rejects with `ApiError`. */
export const renameUser = async (name: string, token: string): Promise<User> =>
  expect(user, await call('/me', { method: 'PATCH', body: { name }, token }))
