// Everything that is not a WebSocket: routes of plugins, health, documents, the page; one place for errors and headers.
import { Hono } from 'hono'
import type { Asset, Assets } from './assets.ts'
import { type AppError, core, type Kind, kinds, toWire } from './errors.ts'
import { HandshakeError, partsOf } from './handshake.ts'
import type { HttpEnv } from './route.ts'
import { Tally } from './tally.ts'

/** What the HTTP side is made of. */
export interface HttpOptions {
  readonly assets: Assets
  readonly production: boolean
  /** Origins other than the server's own whose pages may use the API. */
  readonly origins: readonly string[]
  /** Why the server may not take traffic now, or `undefined` when it may. */
  readonly notReady: () => Promise<string | undefined>
  /** `GET /api/core`. */
  readonly about: () => object
  /** Generated documents by path, e.g. `/docs/openapi.json`. */
  readonly documents: () => ReadonlyMap<string, object>
  /** Log a failure under a reference and give the error that may be shown. */
  readonly conceal: (failure: unknown, fields: object) => AppError
  /** A new id for a request that is answered with an error. */
  readonly requestId: () => string
}

const statuses: Readonly<Record<string, number>> = {
  CORE_METHOD_NOT_ALLOWED: 405,
  CORE_UNSUPPORTED_MEDIA_TYPE: 415,
  CORE_UPGRADE_REQUIRED: 426,
}

/** The HTTP status of an error: its own where it has one, else its kind's. */
export const statusOf = ({ code, kind }: { readonly code: string; readonly kind: Kind }): number => statuses[code] ?? kinds[kind].http

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const csp = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types parley',
].join('; ')

const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
}

/** The HTTP side of the server. */
export class Http {
  readonly #app = new Hono()
  readonly #options: HttpOptions
  readonly #pending = new Tally()

  constructor(options: HttpOptions) {
    this.#options = options
    const app = this.#app
    app.get('/healthz', (c) => c.json({ status: 'ok' }))
    app.get('/readyz', async (c) => {
      const reason = await options.notReady()
      return reason === undefined ? c.json({ status: 'ready' }) : c.json({ status: 'not ready', reason }, 503, { 'retry-after': '1' })
    })
    app.get('/api/core', (c) => c.json(options.about()))
    app.notFound((c) => this.#elsewhere(c.req.raw, c.req.path))
    app.onError((failure, c) => this.refuse(failure, c.req.path))
  }

  /** An app whose routes answer below `/api/<id>`. */
  mount(id: string, app: Hono): void {
    app.onError((failure, c) => this.refuse(failure, c.req.path))
    this.#app.route(`/api/${id}`, app)
  }

  /** Answer one request; never rejects. */
  async fetch(request: Request, env: HttpEnv): Promise<Response> {
    const origin = request.headers.get('origin')
    const isGuest = origin !== null && this.#options.origins.includes(origin)
    const response = isGuest && request.method === 'OPTIONS' ? new Response(null, { status: 204 }) : await this.#answer(request, env)
    for (const [name, value] of Object.entries(commonHeaders)) response.headers.set(name, value)
    if (this.#options.production) response.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
    if (isGuest) for (const [name, value] of Object.entries(corsFor(origin))) response.headers.set(name, value)
    return response
  }

  /** Wait until the requests that were accepted are answered, but not longer than `timeoutMs`. */
  drain(timeoutMs: number): Promise<void> {
    return this.#pending.over(timeoutMs)
  }

  async #answer(request: Request, env: HttpEnv): Promise<Response> {
    this.#pending.begin()
    try {
      return await this.#app.fetch(request, env)
    } catch (failure) {
      // Hono hands on what is thrown and is no Error.
      return this.refuse(failure, partsOf(request.url).path)
    } finally {
      this.#pending.end()
    }
  }

  /** A failure as an HTTP answer. */
  refuse(failure: unknown, path: string): Response {
    const known = failure instanceof HandshakeError ? failure.error : failure
    const error = this.#options.conceal(known, { path })
    const status = failure instanceof HandshakeError ? failure.status : statusOf(error)
    const headers = new Headers({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-request-id': this.#options.requestId(),
    })
    if (failure instanceof HandshakeError) for (const [name, value] of Object.entries(failure.headers)) headers.set(name, value)
    const waitMs = error.detail.retryAfterMs ?? (error.kind === 'rate_limited' || error.kind === 'unavailable' ? 1_000 : undefined)
    if (waitMs !== undefined) headers.set('retry-after', String(Math.ceil(waitMs / 1_000)))
    return new Response(JSON.stringify({ error: toWire(error) }), { status, headers })
  }

  // No route has this method and path: a document, a file of the page, a route with another method, or nothing.
  async #elsewhere(request: Request, path: string): Promise<Response> {
    const allowed: string[] = methods.filter((method) => this.#app.router.match(method === 'HEAD' ? 'GET' : method, path)[0].length > 0)
    const document = this.#options.documents().get(path)
    const asset = document || allowed.length > 0 ? undefined : await this.#options.assets.get(path === '/docs/' ? '/docs/README.md' : path)
    if ((document || asset) && (request.method === 'GET' || request.method === 'HEAD')) {
      return document ? Response.json(document) : serve(asset as Asset, request)
    }
    if (document || asset) allowed.push('GET', 'HEAD')
    if (allowed.length === 0) return this.refuse(core.NOT_FOUND(), path)
    const response = this.refuse(core.METHOD_NOT_ALLOWED({ method: request.method.slice(0, 16) }), path)
    response.headers.set('allow', allowed.join(', '))
    return response
  }
}

const serve = (asset: Asset, request: Request): Response => {
  const headers = new Headers({
    'content-type': asset.type,
    etag: asset.etag,
    'cache-control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  if (asset.type.startsWith('text/html')) headers.set('content-security-policy', csp)
  if (request.headers.get('if-none-match') === asset.etag) return new Response(null, { status: 304, headers })
  return new Response(request.method === 'HEAD' ? null : asset.body, { headers })
}

const corsFor = (origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-methods': methods.join(', '),
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '600',
  vary: 'origin',
  'cross-origin-resource-policy': 'cross-origin',
})
