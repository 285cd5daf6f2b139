// What both documents say alike: schemas as JSON Schema, and the error object.
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema'
import { kinds } from '../errors.ts'
import { anyObject, type Schema } from '../message.ts'

/** A schema as the document's dialect writes it. Checks that JSON Schema cannot express are left out. */
export const jsonSchema = (schema: Schema, target: NonNullable<ConversionConfig['target']>): object => {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    errorMode: 'ignore',
    target,
    overrideSchema: ({ valibotSchema }) => (valibotSchema === anyObject ? { type: 'object' } : undefined),
  })
  return rest
}

/** The error object of PROTOCOL.md section 4, for frames and HTTP bodies. */
export const errorSchema = {
  type: 'object',
  description: 'Why a request was refused. ERRORS.md lists every code.',
  properties: {
    code: { type: 'string', pattern: '^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$', description: 'For programs. Never changes its meaning.' },
    kind: { type: 'string', enum: Object.keys(kinds), description: 'Decides what a client should do.' },
    message: { type: 'string', description: 'For people. May change.' },
    retry: { type: 'boolean', description: 'Whether the same request may succeed later.' },
    retryAfterMs: { type: 'number', minimum: 0, description: 'Milliseconds to wait before a retry has a chance.' },
    path: { type: 'string', description: 'JSON Pointer (RFC 6901) to the field at fault.' },
  },
  required: ['code', 'kind', 'message', 'retry'],
} as const
