// The wire format, version 1: text in, envelope out, and back. PROTOCOL.md section 3 is its specification.
import { type AppError, core, toWire } from './errors.ts'
import type { Addressing } from './plugin.ts'

/** A client's frame after the checks that hold for every type. */
export interface Envelope {
  readonly id: string
  readonly type: string
  readonly room: string | undefined
  readonly to: string | undefined
  /** Still unchecked but for its shape; `{}` when the frame has none. */
  readonly data: unknown
}

/** How complicated a frame may be, so that no later step meets a surprise. */
export const shapeLimits = { depth: 32, keys: 256, items: 1_000, textLength: 32_768 } as const

const fields: ReadonlySet<string> = new Set(['id', 'type', 'room', 'to', 'data'])
/** What a room may be called. */
export const roomPattern = /^[A-Za-z0-9_\-.:/@]{1,128}$/
/** Whom a message may be for. */
export const addressPattern = /^[UG]\d{1,19}$/
const idLength = 64

/** An error that answers a frame, with the frame's id where it could be read. */
export class FrameError extends Error {
  readonly error: AppError
  readonly id: string | undefined
  /** Undecodable frames count against the connection; a wrong field does not. */
  readonly isStrike: boolean

  constructor(error: AppError, id: string | undefined, isStrike: boolean) {
    super(error.message)
    this.error = error
    this.id = id
    this.isStrike = isStrike
  }
}

/** Read one frame. Throws `FrameError`; never anything else, whatever the text. */
export const decode = (text: string): Envelope => {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    throw new FrameError(core.BAD_JSON(), undefined, true)
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) throw envelopeError('it is not an object')
  const { id, type, room, to, data } = frame as Record<string, unknown>
  if (typeof id !== 'string' || id.length === 0 || id.length > idLength) throw envelopeError('`id` must be text of 1 to 64 characters')
  if (typeof type !== 'string' || type.length === 0) throw envelopeError('`type` must be text', id)
  checkFields(frame, text, id)
  if (room !== undefined && !(typeof room === 'string' && roomPattern.test(room)))
    throw fieldError('/room', 'is not the name of a room', id)
  if (to !== undefined && !(typeof to === 'string' && addressPattern.test(to))) throw fieldError('/to', 'is not a user or group', id)
  if (data === undefined) return { id, type, room: room as string | undefined, to: to as string | undefined, data: {} }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw fieldError('/data', 'is not an object', id)
  checkShape(data, id)
  return { id, type, room: room as string | undefined, to: to as string | undefined, data }
}

const envelopeError = (reason: string, id?: string): FrameError => new FrameError(core.BAD_ENVELOPE({ reason }), id, true)

const fieldError = (path: string, reason: string, id: string): FrameError =>
  new FrameError(core.BAD_FIELD({ reason: `${path} ${reason}.` }).with({ path }), id, false)

const complexError = (what: string, limit: number, id: string): FrameError =>
  new FrameError(core.TOO_COMPLEX({ what, limit }).with({ path: '/data' }), id, false)

const checkShape = (data: object, id: string): void => {
  let keys = 0
  const walk = (value: unknown, depth: number): void => {
    if (typeof value === 'string') checkText(value, id)
    else if (typeof value === 'number') checkNumber(value, id)
    else if (typeof value === 'object' && value !== null) {
      if (depth > shapeLimits.depth) throw complexError('a deeper nesting', shapeLimits.depth, id)
      if (Array.isArray(value)) {
        if (value.length > shapeLimits.items) throw complexError('a longer list', shapeLimits.items, id)
        for (const item of value) walk(item, depth + 1)
        return
      }
      for (const key in value) {
        if (++keys > shapeLimits.keys) throw complexError('more keys', shapeLimits.keys, id)
        const item = (value as Record<string, unknown>)[key]
        checkKey(key, item, id)
        walk(item, depth + 1)
      }
    }
  }
  walk(data, 1)
}

const checkText = (text: string, id: string): void => {
  if (text.length > shapeLimits.textLength) throw complexError('a longer text', shapeLimits.textLength, id)
}

// JSON.parse makes Infinity of 1e400.
const checkNumber = (value: number, id: string): void => {
  if (!Number.isFinite(value)) throw fieldError('/data', 'holds a number that is out of range', id)
}

// Whoever merges such an object key by key would change a prototype.
const checkKey = (key: string, value: unknown, id: string): void => {
  if (key === '__proto__') throw fieldError('/data', 'holds the key __proto__', id)
  if (key === 'constructor' && hasPrototype(value)) throw fieldError('/data', 'holds the keys constructor and prototype', id)
  checkText(key, id)
}

const hasPrototype = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')

// JSON.parse keeps the last of two equal keys, another reader may keep the first: whoever is asked "to whom?"
// must not be able to give two answers. A field stands in the text twice if it has more members than the object.
const checkFields = (frame: object, text: string, id: string): void => {
  let count = 0
  for (const key in frame) {
    if (!fields.has(key)) throw envelopeError(`the field ${JSON.stringify(key.slice(0, 64))} is not a client's`, id)
    count++
  }
  if (countMembers(text) !== count) throw envelopeError('a field stands in it twice', id)
}

const sign = { quote: 0x22, colon: 0x3a, backslash: 0x5c, openList: 0x5b, closeList: 0x5d, open: 0x7b, close: 0x7d } as const

/** The members of the outermost object in `text`, which is valid JSON: its colons that are in no string and no inner value. */
const countMembers = (text: string): number => {
  let members = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === sign.quote) at = endOfString(text, at)
    else if (code === sign.open || code === sign.openList) depth++
    else if (code === sign.close || code === sign.closeList) depth--
    else if (code === sign.colon && depth === 1) members++
  }
  return members
}

const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

const isEscaped = (text: string, at: number): boolean => {
  let before = at - 1
  while (text.charCodeAt(before) === sign.backslash) before--
  return (at - before) % 2 === 0
}

/** The answer to a request that was done. Throws for `data` that is no JSON object. */
export const encodeAck = (id: string, data: unknown): string => {
  const text = JSON.stringify(data) as string | undefined
  if (text?.[0] !== '{') throw new TypeError('a handler must return an object')
  return `{"type":"ack","id":${JSON.stringify(id)},"data":${text}}`
}

/** The answer to a request that was not, or to a frame whose id could not be read. */
export const encodeError = (id: string | undefined, error: AppError): string =>
  JSON.stringify(id === undefined ? { type: 'error', error: toWire(error) } : { type: 'error', id, error: toWire(error) })

const rateLimited = toWire(core.RATE_LIMITED())

/** The answer to a request that came too fast, made without an error's cost. */
export const encodeRateLimited = (id: string, retryAfterMs: number): string =>
  JSON.stringify({ type: 'error', id, error: { ...rateLimited, retryAfterMs } })

/** An event. `undefined` fields are left out. */
export const encodeEvent = (type: string, data: unknown, { room, from, to, seq, time }: Addressing): string =>
  JSON.stringify({ type, room, from, to, seq, time, data })
