// One HTTP route as data: what it takes, what it gives, and the checks between. openapi.json is made of these.
import type { Hono, Context as HonoContext } from 'hono'
import { type InferInput, type InferOutput, safeParse } from 'valibot'
import type { Identity } from './connection.ts'
import { AppError, badField, core, type ErrorInfo } from './errors.ts'
import type { Limit } from './limit.ts'
import type { Schema } from './message.ts'

/** Bytes of a JSON body. */
export const bodyLimit = 256 * 1024

/** A route's address and shapes. */
export interface RouteSpec<
  B extends Schema | undefined = Schema | undefined,
  Q extends Schema | undefined = Schema | undefined,
  R extends Schema | undefined = Schema | undefined,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below `/api/<plugin id>`; `{name}` is a parameter. */
  readonly path: string
  /** One line for openapi.json. */
  readonly summary: string
  readonly body?: B
  readonly query?: Q
  /** Absent: the answer has no body (204), or is a `Response` of the handler's own. */
  readonly reply?: R
  /** The content type of the handler's own `Response`, e.g. `text/event-stream`; for openapi.json. */
  readonly produces?: string
  /** 200 with a reply and 204 without, unless said otherwise. */
  readonly status?: number
  /** Only with a valid token; the handler gets the identity. */
  readonly signedIn?: boolean
  /**
   * A limit of the plugin's manifest, instead of the one that all requests of a user or, without `signedIn`, of an
   * address share. `none`: the handler counts by itself, or there is nothing to count.
   */
  readonly limit?: Limit | 'none'
  /** Tokens it takes of its limit; 1 unless said otherwise. */
  readonly cost?: number
  /** What the handler itself may refuse with; for openapi.json. Bad fields and missing tokens need no mention. */
  readonly errors?: readonly ErrorInfo[]
}

/** The status of an answer that is no refusal. */
export const statusOfReply = ({ status, reply, produces }: Pick<RouteSpec, 'status' | 'reply' | 'produces'>): number =>
  status ?? (reply || produces !== undefined ? 200 : 204)

/** What a handler gives back: the reply, or nothing, or a `Response` of its own. */
type Answer<R> = R extends Schema ? InferInput<R> : Response | void
type Output<S> = S extends Schema ? InferOutput<S> : undefined

/** What a route's handler works with. */
export interface RouteRequest<B = unknown, Q = unknown> {
  readonly body: B
  readonly query: Q
  /** The parameters of the path. */
  readonly params: Readonly<Record<string, string>>
  /** Canonical address of the peer. */
  readonly ip: string
  /** Who asks; throws `CORE_AUTH_REQUIRED` on a route without `signedIn`. */
  readonly identity: Identity
  readonly request: Request
}

/** What the server puts into every HTTP request's environment. */
export interface HttpEnv {
  readonly ip: string
  /** Who asks; refusals count against the address. */
  readonly identify: (request: Request) => Promise<Identity>
  /** Take from a limit, from the general one if `undefined`; throws `CORE_RATE_LIMITED`. */
  readonly spend: (limit: Limit | undefined, identity: Identity | undefined, cost: number | undefined) => void
}

const registered = new WeakMap<Hono, RouteSpec[]>()

/** The routes that were added to `app` by `route`. */
export const routesOf = (app: Hono): readonly RouteSpec[] => registered.get(app) ?? []

/** Add a route. Throws nothing itself; refusals become error bodies as PROTOCOL.md section 8 says. */
export const route = <
  B extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  R extends Schema | undefined = undefined,
>(
  app: Hono,
  spec: RouteSpec<B, Q, R>,
  handle: (request: RouteRequest<Output<B>, Output<Q>>) => Promise<Answer<R>> | Answer<R>,
): void => {
  const specs = registered.get(app)
  if (specs) specs.push(spec as RouteSpec)
  else registered.set(app, [spec as RouteSpec])
  app.on(spec.method.toUpperCase(), spec.path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
    const { ip, identify, spend } = c.env as HttpEnv
    const identity = spec.signedIn ? await identify(c.req.raw) : undefined
    if (spec.limit !== 'none') spend(spec.limit, identity, spec.cost)
    const query = (spec.query ? check(spec.query, queryOf(c), '') : undefined) as Output<Q>
    const body = (spec.body ? check(spec.body, await readJson(c.req.raw), '') : undefined) as Output<B>
    const reply: unknown = await handle({
      body,
      query,
      params: c.req.param(),
      ip,
      request: c.req.raw,
      get identity() {
        if (!identity) throw core.AUTH_REQUIRED()
        return identity
      },
    })
    const status = statusOfReply(spec)
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    if (reply instanceof Response) return reply
    return spec.reply ? new Response(JSON.stringify(reply), { status, headers }) : new Response(null, { status })
  })
}

const check = (schema: Schema, value: unknown, prefix: string): unknown => {
  const parsed = safeParse(schema, value, { abortEarly: true })
  if (!parsed.success) throw badField(parsed.issues[0], prefix)
  return parsed.output
}

const queryOf = (c: HonoContext): Record<string, string> => {
  const out: Record<string, string> = {}
  for (const [key, values] of Object.entries(c.req.queries())) {
    if (values.length > 1) throw core.BAD_FIELD({ reason: `/${key.slice(0, 64)} is given twice.` }).with({ path: `/${key.slice(0, 64)}` })
    Object.defineProperty(out, key, { value: values[0] ?? '', enumerable: true })
  }
  return out
}

/** A request's JSON body, checked for type and size before it is parsed. */
export const readJson = async (request: Request): Promise<unknown> => {
  const [type, ...parameters] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
  const isUtf8 = parameters.every((parameter) => /^\s*charset\s*=\s*"?utf-8"?\s*$/.test(parameter))
  if (type?.trim() !== 'application/json' || !isUtf8 || request.headers.has('content-encoding')) throw core.UNSUPPORTED_MEDIA_TYPE()
  const text = await readText(request)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw core.BAD_JSON()
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw core.BAD_ENVELOPE({ reason: 'the body is not an object' })
  return value
}

const readText = async (request: Request): Promise<string> => {
  const tooLarge = (): AppError => core.TOO_LARGE({ limit: bodyLimit })
  if (Number(request.headers.get('content-length') ?? 0) > bodyLimit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    // A chunked body says its size only by arriving.
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength
      if (size > bodyLimit) throw tooLarge()
      chunks.push(chunk)
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await new Blob(chunks as BlobPart[]).arrayBuffer())
  } catch (failure) {
    if (failure instanceof AppError) throw failure
    // Bad UTF-8, bad chunks, or a client that went away: its own doing.
    throw core.BAD_JSON(failure)
  }
}
