// The core's own part of the documents: the events it sends by itself, and the routes that no plugin adds.
import * as v from 'valibot'
import { shapeLimits } from '../codec.ts'
import { anyObject, type Events } from '../message.ts'
import type { RouteSpec } from '../route.ts'

const server = v.object({ name: v.string(), version: v.string() })
const limit = v.pipe(v.number(), v.integer())
const shape = Object.fromEntries(Object.keys(shapeLimits).map((name) => [name, limit]))

/** What the core sends of itself, by name after `core.`. */
export const coreEvents = {
  welcome: v.object({
    connection: v.string(),
    user: v.object({ id: v.string(), name: v.optional(v.string()) }),
    session: v.string(),
    expiresAt: v.optional(v.string()),
    heartbeatMs: limit,
    limits: v.object({ frameBytes: limit, pending: limit, subscriptions: limit, ...shape }),
    plugins: v.array(v.string()),
    server,
    protocol: v.literal(1),
  }),
  // What happened since the last one, by plugin.
  heartbeat: v.record(v.string(), anyObject),
  token_expiring: v.object({ expiresAt: v.string() }),
} satisfies Events

/** One line each, as `MessageSpec.summary`. */
export const coreEventSummaries: Readonly<Record<keyof typeof coreEvents, string>> = {
  welcome: 'The first frame after signing in: who you are here, and what holds.',
  heartbeat: 'The line is alive. Sent at least every `heartbeatMs` of the welcome.',
  token_expiring: 'The token ends soon: send `core.auth` with a newer one.',
}

const ready = v.object({ status: v.literal('ready') })
const notReady = v.object({ status: v.literal('not ready'), reason: v.string() })

/** A route outside `/api/<plugin>`, and what it answers with another status than its own. */
export interface CoreRoute extends RouteSpec {
  readonly otherwise?: { readonly status: number; readonly description: string; readonly reply: RouteSpec['reply'] }
}

/** The routes that are always there; paths are whole. */
export const coreRoutes: readonly CoreRoute[] = [
  { method: 'get', path: '/healthz', limit: 'none', summary: 'Whether the process lives.', reply: v.object({ status: v.literal('ok') }) },
  {
    method: 'get',
    path: '/readyz',
    limit: 'none',
    summary: 'Whether it may take traffic.',
    reply: ready,
    otherwise: { status: 503, description: 'It may not, now; `reason` says why.', reply: notReady },
  },
  {
    method: 'get',
    path: '/api/core',
    limit: 'none',
    summary: 'Version, protocol, and which plugins are on.',
    reply: v.object({ server, protocol: v.literal(1), plugins: v.array(v.string()) }),
  },
]
