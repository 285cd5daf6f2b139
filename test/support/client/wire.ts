import type { WireError } from '../../../src/errors.ts'

/** A request as it came, and who sent it. */
export interface WireRequest {
  readonly id: string
  readonly type: string
  readonly room?: string
  readonly to?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What a handler throws so that the client gets an error. */
export class Refusal extends Error {
  readonly wire: WireError

  constructor(code: string, kind: WireError['kind'], extra: Partial<WireError> = {}) {
    super(code)
    this.wire = { code, kind, message: code, retry: ['rate_limited', 'internal', 'unavailable'].includes(kind), ...extra }
  }
}

const fields = new Set(['id', 'type', 'room', 'to', 'data'])

/** Decode a client's frame as strictly as PROTOCOL.md, section 3, asks. Throws a `Refusal`. */
export const decode = (text: string): WireRequest => {
  const frame = JSON.parse(text) as Record<string, unknown>
  const isLegal =
    Object.keys(frame).every((key) => fields.has(key)) &&
    typeof frame.id === 'string' &&
    typeof frame.type === 'string' &&
    frame.id.length <= 64
  if (!isLegal) throw new Refusal('CORE_BAD_ENVELOPE', 'invalid')
  return { ...frame, data: frame.data ?? {} } as unknown as WireRequest
}

/** Refuse unknown fields in `data`, as strict schemas do. */
export const only = (data: Readonly<Record<string, unknown>>, ...names: readonly string[]): void => {
  for (const name of Object.keys(data)) if (!names.includes(name)) throw new Refusal('CORE_BAD_FIELD', 'invalid', { path: `/data/${name}` })
}
