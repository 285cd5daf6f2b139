import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decode, type Envelope, encodeAck, encodeError, encodeEvent, FrameError, shapeLimits } from '../../src/codec.ts'
import { core } from '../../src/errors.ts'
import { quickest } from '../support/quickest.ts'

/** What `decode` makes of a text: an envelope, or the code it is refused with. Anything else that is thrown fails the test. */
const outcome = (text: string): Envelope | string => {
  try {
    return decode(text)
  } catch (failure) {
    if (failure instanceof FrameError) return failure.error.code
    throw failure
  }
}
const codeOf = (text: string): string | undefined => {
  const found = outcome(text)
  return typeof found === 'string' ? found : undefined
}

const name = fc.stringMatching(/^[A-Za-z0-9_\-.:/@]{1,128}$/)
const address = fc.stringMatching(/^[UG]\d{1,19}$/)
const smallObject = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__' && key !== 'constructor'),
  fc
    .jsonValue({ maxDepth: 3 })
    .filter((value) => !JSON.stringify(value).includes('__proto__') && !JSON.stringify(value).includes('constructor')),
  { maxKeys: 6 },
)
const frame = fc.record(
  {
    id: fc.string({ minLength: 1, maxLength: 64 }),
    type: fc.string({ minLength: 1, maxLength: 20 }),
    room: name,
    to: address,
    data: smallObject,
  },
  { requiredKeys: ['id', 'type'] },
)

describe('decode', () => {
  test('throws nothing but FrameError, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(['string', 'object']).toContain(typeof outcome(text))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('throws nothing but FrameError for a frame in which one character was changed', () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.string({ minLength: 0, maxLength: 2 }), (valid, where, instead) => {
        const text = JSON.stringify(valid)
        const at = where % text.length
        expect(['string', 'object']).toContain(typeof outcome(text.slice(0, at) + instead + text.slice(at + 1)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('gives back what was put in', () => {
    fc.assert(
      fc.property(frame, (valid) => {
        const found = outcome(JSON.stringify(valid))
        expect(found).toEqual({ room: undefined, to: undefined, ...valid, data: JSON.parse(JSON.stringify(valid.data ?? {})) })
      }),
      { numRuns: 500 },
    )
  })

  test('refuses a frame exactly when a field stands in it twice, however it is spelled', () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,90}$/)
    // Any letter of a key may be written as an escape.
    const spelled = (key: string, escapes: readonly boolean[]): string =>
      [...key].map((letter, i) => (escapes[i] ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter)).join('')
    const tricky = fc.oneof(
      fc.constant('{}'),
      smallObject.map((value) => JSON.stringify(value)),
      fc.string().map((text) => JSON.stringify({ text, id: 'x', '"type":': ['"to":', { room: '\\"data\\":' }], '\\': '\\"' })),
    )
    const values: Record<string, fc.Arbitrary<string>> = {
      id: fc.constant('"i"'),
      type: fc.constantFrom('"t"', '"\\"id\\":1"', '"{\\"to\\":["'),
      room: fc.constant('"r"'),
      to: fc.constant('"U1"'),
      data: tricky,
    }
    const member = fc
      .constantFrom('id', 'type', 'room', 'to', 'data')
      .chain((key) =>
        fc.tuple(fc.constant(key), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), values[key] ?? fc.constant('1'), space, space),
      )
    const members = fc.array(member, { minLength: 0, maxLength: 4 })
    fc.assert(
      fc.property(members, fc.boolean(), (some, inFront) => {
        const own = [
          ['id', [], '"i"', '', ''],
          ['type', [], '"t"', '', ''],
        ] as const
        const all = inFront ? [...some, ...own] : [...own, ...some]
        const text = `{${all.map(([key, escapes, value, before, after]) => `${before}"${spelled(key, escapes)}"${after}:${before}${value}${after}`).join(',')}}`
        const isDouble = new Set(all.map(([key]) => key)).size < all.length
        expect(codeOf(text)).toBe(isDouble ? 'CORE_BAD_ENVELOPE' : undefined)
      }),
      { numRuns: 1_000 },
    )
  })

  test('holds data to its limits as a naive count does', () => {
    const count = (value: unknown, depth: number): { depth: number; keys: number; items: number; text: number } => {
      if (typeof value === 'string') return { depth: 0, keys: 0, items: 0, text: value.length }
      if (typeof value !== 'object' || value === null) return { depth: 0, keys: 0, items: 0, text: 0 }
      const inner = Object.values(value).map((one) => count(one, depth + 1))
      const isList = Array.isArray(value)
      return {
        depth: Math.max(depth, ...inner.map((one) => one.depth)),
        keys: (isList ? 0 : Object.keys(value).length) + inner.reduce((sum, one) => sum + one.keys, 0),
        items: Math.max(isList ? value.length : 0, ...inner.map((one) => one.items)),
        text: Math.max(0, ...inner.map((one) => one.text), ...(isList ? [] : Object.keys(value).map((key) => key.length))),
      }
    }
    const nest = (depth: number, inner: unknown): unknown =>
      depth === 0 ? inner : depth % 2 ? { a: nest(depth - 1, inner) } : [nest(depth - 1, inner)]
    const around = (limit: number) => fc.integer({ min: limit - 3, max: limit + 3 })
    const edge = fc.oneof(
      around(shapeLimits.depth).map((depth) => nest(depth, 0)),
      around(shapeLimits.keys).map((keys) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i]))),
      around(shapeLimits.items).map((items) => Array(items).fill(0)),
      around(shapeLimits.textLength).map((length) => 'x'.repeat(length)),
      around(shapeLimits.textLength).map((length) => ({ ['x'.repeat(length)]: 0 })),
      fc.jsonValue({ maxDepth: 4 }),
    )
    fc.assert(
      fc.property(fc.record({ a: edge, b: edge }), (data) => {
        const text = JSON.stringify({ id: 'i', type: 't', data })
        fc.pre(!/__proto__|constructor/.test(text))
        const { depth, keys, items, text: length } = count(JSON.parse(text).data, 1)
        const isOver = depth > shapeLimits.depth || keys > shapeLimits.keys || items > shapeLimits.items || length > shapeLimits.textLength
        expect(codeOf(text)).toBe(isOver ? 'CORE_TOO_COMPLEX' : undefined)
      }),
      { numRuns: 300 },
    )
  })

  test('takes time in proportion to the length of a frame', async () => {
    const long = 65_000
    const texts = [
      `{"id":"i","type":"t","data":{"a":"${'\\\\'.repeat(long / 2)}"}}`,
      `{"id":"i","type":"t","data":{"a":"${'\\"'.repeat(long / 2)}"}}`,
      `{"id":"i","type":"t","data":{"a":"${'\\u0022'.repeat(long / 6)}"}}`,
      `{"id":"i","type":"t","data":{"a":["${'","'.repeat(300)}${'x'.repeat(long - 2_000)}"]}}`,
      `{${' '.repeat(long)}"id":"i","type":"t","type":"u"}`,
      `{"id":"i","type":"t","data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      `{"id":"i","type":"t",${'"x":1,'.repeat(10_000)}"y":1}`,
    ]
    for (const text of texts) expect(await quickest(20, () => outcome(text))).toBeLessThan(20)
  })
})

describe('encode', () => {
  const addressing = fc.record(
    { room: fc.string(), from: fc.string(), to: fc.string(), seq: fc.nat(), time: fc.string() },
    { requiredKeys: [] },
  )

  test('writes one line of JSON that says what was put in, undefined fields left out', () => {
    fc.assert(
      fc.property(fc.string(), fc.object(), addressing, (text, data, fields) => {
        const event = encodeEvent(text, data, fields)
        expect(event).not.toMatch(/[\r\n]/)
        expect(JSON.parse(event)).toEqual(JSON.parse(JSON.stringify({ type: text, ...fields, data })))
        const ack = encodeAck(text, data)
        expect(ack).not.toMatch(/[\r\n]/)
        expect(JSON.parse(ack)).toEqual({ type: 'ack', id: JSON.parse(JSON.stringify(text)), data: JSON.parse(JSON.stringify(data)) })
      }),
      { numRuns: 500 },
    )
  })

  test('writes an error with the id where there is one', () => {
    const error = core.BAD_FIELD({ reason: 'x' }).with({ path: '/data' })
    const wire = { code: 'CORE_BAD_FIELD', kind: 'invalid', message: 'x', retry: false, path: '/data' }
    expect(JSON.parse(encodeError('q', error))).toEqual({ type: 'error', id: 'q', error: wire })
    expect(JSON.parse(encodeError(undefined, error))).toEqual({ type: 'error', error: wire })
  })

  test.each([[undefined], [() => {}], [[1]], ['text'], [5], [null], [{ n: 1n }], [{ toJSON: () => 5 }]])(
    'throws for an ack that would be no object: %p',
    (data) => {
      expect(() => encodeAck('q', data)).toThrow()
    },
  )
})
