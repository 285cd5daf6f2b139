// OpenAPI 3.1: every route that was added by `route`, and the core's own.
import type { Hono } from 'hono'
import { core, type ErrorInfo } from '../errors.ts'
import { statusOf } from '../http.ts'
import type { Schema } from '../message.ts'
import { type RouteSpec, routesOf, statusOfReply } from '../route.ts'
import { type CoreRoute, coreRoutes } from './core.ts'
import { errorSchema, jsonSchema } from './schema.ts'

const json = (schema: Schema): object => jsonSchema(schema, 'draft-2020-12')
const content = (schema: object): object => ({ content: { 'application/json': { schema } } })

const pathParameters = ({ path }: RouteSpec): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

// A query is an object of scalars: one parameter per property.
const queryParameters = ({ query }: RouteSpec): object[] => {
  if (!query) return []
  const { properties = {}, required = [] } = json(query) as { properties?: Record<string, object>; required?: readonly string[] }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}

/** What the checks before the handler refuse with, and what the route itself says. */
const refusalsOf = (spec: RouteSpec): readonly ErrorInfo[] => [
  ...(spec.body ? [core.BAD_JSON, core.BAD_ENVELOPE, core.BAD_FIELD, core.TOO_LARGE, core.UNSUPPORTED_MEDIA_TYPE] : []),
  ...(spec.query && !spec.body ? [core.BAD_FIELD] : []),
  ...(spec.signedIn ? [core.AUTH_REQUIRED, core.BAD_TOKEN, core.TOKEN_EXPIRED, core.SESSION_REVOKED] : []),
  ...(spec.errors ?? []),
  ...(spec.limit === 'none' ? [] : [core.RATE_LIMITED]),
]

const refusals = (spec: RouteSpec): Record<string, object> => {
  const codes = new Map<number, string[]>()
  for (const error of refusalsOf(spec)) codes.set(statusOf(error), [...(codes.get(statusOf(error)) ?? []), error.code])
  const body = content({ $ref: '#/components/schemas/ErrorBody' })
  const known = [...codes].map(([status, names]) => [status, { description: names.map((name) => `\`${name}\``).join(', '), ...body }])
  return Object.fromEntries([...known, ['default', { $ref: '#/components/responses/Refused' }]])
}

const replyOf = ({ reply, produces }: RouteSpec): object => {
  if (reply) return content(json(reply))
  return produces === undefined ? {} : { content: { [produces]: {} } }
}

const operation = (tag: string, spec: CoreRoute, whole: string): object => {
  const parameters = [...pathParameters(spec), ...queryParameters(spec)]
  const { otherwise } = spec
  return {
    operationId: [spec.method, ...whole.split(/[^A-Za-z0-9]+/).filter((part) => part !== '' && part !== 'api')].join('_'),
    tags: [tag],
    summary: spec.summary,
    security: spec.signedIn ? [{ bearer: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body && { requestBody: { required: true, ...content(json(spec.body)) } }),
    responses: {
      [statusOfReply(spec)]: { description: 'Done.', ...replyOf(spec) },
      ...(otherwise?.reply && { [otherwise.status]: { description: otherwise.description, ...content(json(otherwise.reply)) } }),
      ...refusals(spec),
    },
  }
}

const refused = {
  description: 'Refused. The kind of the error has the status that PROTOCOL.md section 4 gives it.',
  headers: {
    'X-Request-Id': { description: 'Names this answer in a report.', schema: { type: 'string' } },
    'Retry-After': { description: 'Seconds to wait; with 429 and 503.', schema: { type: 'integer' } },
  },
  ...content({ $ref: '#/components/schemas/ErrorBody' }),
}

/** The document for the routes of one server. */
export const openApi = (apps: ReadonlyMap<string, Hono>, version: string): object => {
  const paths: Record<string, Record<string, object>> = {}
  const add = (tag: string, spec: CoreRoute, path: string): void => {
    paths[path] = { ...paths[path], [spec.method]: operation(tag, spec, path) }
  }
  for (const spec of coreRoutes) add('core', spec, spec.path)
  for (const [id, app] of apps) {
    for (const spec of routesOf(app)) add(id, spec, `/api/${id}${spec.path === '/' ? '' : spec.path}`)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version,
      description: 'HTTP routes. The specification is PROTOCOL.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: ['core', ...apps.keys()].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        Error: errorSchema,
        ErrorBody: { type: 'object', properties: { error: { $ref: '#/components/schemas/Error' } }, required: ['error'] },
      },
      responses: { Refused: refused },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An access token, or a token of the host application.' } },
    },
  }
}
