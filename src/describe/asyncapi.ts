// AsyncAPI 3.0: every frame of the socket. The document is the server's: what a client sends, the server receives.
import { addressPattern, roomPattern } from '../codec.ts'
import { core, type ErrorInfo } from '../errors.ts'
import { coreMessages } from '../gate.ts'
import { rateText } from '../limit.ts'
import type { Events, MessageSpec, Messages, Schema } from '../message.ts'
import type { Plugin } from '../plugin.ts'
import { coreEventSummaries, coreEvents } from './core.ts'
import { errorSchema, jsonSchema } from './schema.ts'

const json = (schema: Schema): object => jsonSchema(schema, 'draft-07')

const text = { type: 'string' } as const
const requestId = { type: 'string', minLength: 1, maxLength: 64, description: 'Chosen by the client; the answer repeats it.' }
const room = { type: 'string', pattern: roomPattern.source, description: 'The room it is about.' }
const to = { type: 'string', pattern: addressPattern.source, description: 'The user (U…) or group (G…) it is for.' }
const time = { type: 'string', format: 'date-time', description: 'RFC 3339, UTC, milliseconds. Order comes from `seq` alone.' }
const eventFields = {
  room: { ...text, description: 'The room it is about.' },
  from: { ...text, description: 'The user who caused it.' },
  to: { ...text, description: 'Whom it is for.' },
  seq: { type: 'integer', minimum: 0, description: 'Position in the log or room it belongs to.' },
  time,
}

const frame = (type: string, fields: object, required: readonly string[]): object => ({
  type: 'object',
  properties: { type: { const: type }, ...fields },
  required: ['type', ...required],
})

const error: object = {
  name: 'error',
  summary: 'The answer to a request that was refused, or, without `id`, to a frame that could not be read.',
  payload: frame('error', { id: requestId, error: { $ref: '#/components/schemas/Error' } }, ['error']),
}

// What a deployment has set is its own business; a client keeps to `retryAfterMs`.
const limitText = ({ limit, cost = 1 }: MessageSpec): string =>
  limit ? ` ${rateText(limit)} per ${limit.by} by default${cost === 1 ? '' : `, of which it takes ${cost}`}.` : ''

const describeRequest = (type: string, spec: MessageSpec): object => ({
  name: type,
  ...(spec.summary !== undefined && { summary: spec.summary }),
  description: `${spec.from === 'anyone' ? 'Also before signing in.' : 'After signing in.'}${limitText(spec)}`,
  payload: {
    ...frame(
      type,
      { id: requestId, ...(spec.address && { [spec.address]: spec.address === 'room' ? room : to }), data: json(spec.input) },
      ['id', ...(spec.address ? [spec.address] : [])],
    ),
    additionalProperties: false,
  },
})

const describeAck = (type: string, spec: MessageSpec): object => ({
  name: `${type}.ack`,
  summary: `The answer to ${type}.`,
  payload: frame('ack', { id: requestId, data: json(spec.reply) }, ['id', 'data']),
})

const describeEvent = (type: string, schema: Schema, summary: string | undefined): object => ({
  name: type,
  ...(summary !== undefined && { summary }),
  payload: frame(type, { ...eventFields, data: json(schema) }, ['data']),
})

const onSocket = (name: string): object => ({ $ref: `#/channels/socket/messages/${name}` })

/** Gathers messages and operations, plugin by plugin. */
class Frames {
  readonly messages: Record<string, object> = { error }
  readonly operations: Record<string, object> = {}

  addRequests(id: string, specs: Messages): void {
    for (const [verb, spec] of Object.entries(specs)) {
      const type = `${id}.${verb}`
      this.messages[type] = describeRequest(type, spec)
      this.messages[`${type}.ack`] = describeAck(type, spec)
      const channel = { $ref: '#/channels/socket' }
      const reply = { channel, messages: [onSocket(`${type}.ack`), onSocket('error')] }
      this.operations[type] = { action: 'receive', channel, messages: [onSocket(type)], tags: [{ name: id }], reply }
    }
  }

  addEvents(id: string, events: Events, summaries: Readonly<Record<string, string>> = {}): void {
    for (const [name, schema] of Object.entries(events)) {
      const type = `${id}.${name}`
      this.messages[type] = describeEvent(type, schema, summaries[name])
      this.operations[type] = { action: 'send', channel: { $ref: '#/channels/socket' }, messages: [onSocket(type)], tags: [{ name: id }] }
    }
  }
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'Header `Authorization` of the handshake. For programs.' },
  subprotocol: {
    type: 'httpApiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description: 'Offer `parley.v1, auth.<token>`. For browsers.',
  },
  ticket: { type: 'httpApiKey', in: 'query', name: 'ticket', description: 'A single-use ticket from POST /api/auth/ticket.' },
}

const handshake = {
  ws: {
    method: 'GET',
    headers: {
      type: 'object',
      properties: { 'Sec-WebSocket-Protocol': { type: 'string', pattern: 'parley\\.v1' } },
      required: ['Sec-WebSocket-Protocol'],
    },
    query: { type: 'object', properties: { ticket: text } },
    bindingVersion: '0.1.0',
  },
}

const errorsOf = (plugins: readonly Plugin[]): object[] =>
  [core, ...plugins.map(({ errors }) => errors ?? {})]
    .flatMap((table) => Object.values(table as Readonly<Record<string, ErrorInfo>>))
    .map(({ code, kind, text: message }) => ({ code, kind, message }))

/** The document for one set of plugins. */
export const asyncApi = (plugins: readonly Plugin[], version: string): object => {
  const frames = new Frames()
  frames.addRequests('core', coreMessages)
  frames.addEvents('core', coreEvents, coreEventSummaries)
  for (const plugin of plugins) {
    frames.addRequests(plugin.id, (plugin.messages ?? {}) as Messages)
    frames.addEvents(plugin.id, (plugin.events ?? {}) as Events)
  }
  const { messages, operations } = frames
  const onChannel = Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley',
      version,
      description: 'Frames of the protocol parley.v1. The specification is PROTOCOL.md.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      here: {
        host: '{host}',
        protocol: 'ws',
        variables: { host: { default: 'localhost:8787', description: 'Where this document came from.' } },
        security: Object.keys(securitySchemes).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
      },
    },
    channels: { socket: { address: '/ws', title: 'The socket', messages: onChannel, bindings: handshake } },
    operations,
    components: { messages, schemas: { Error: errorSchema }, securitySchemes },
    'x-errors': errorsOf(plugins),
  }
}
