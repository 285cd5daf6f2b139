// The part of JSON Schema that Parley's generated documents use. An unknown keyword throws: what is not checked is not valid.
import type { Loose } from './socket.ts'

type Value = unknown
type Keyword = (value: Value, operand: Loose, schema: Readonly<Record<string, Loose>>) => readonly string[]

const isObject = (value: Value): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const typeOf = (value: Value): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

const isType = (value: Value, type: string): boolean => (type === 'integer' ? Number.isInteger(value) : typeOf(value) === type)

const say = (isGood: boolean, complaint: string): readonly string[] => (isGood ? [] : [complaint])

const sizes = (measure: (value: Value) => number | undefined, holds: (size: number, limit: number) => boolean, what: string): Keyword => {
  return (value, limit: number) => {
    const size = measure(value)
    return say(size === undefined || holds(size, limit), `${what} ${limit}`)
  }
}

const lengthOf = (value: Value): number | undefined => (typeof value === 'string' ? [...value].length : undefined)
const countOf = (value: Value): number | undefined => (Array.isArray(value) ? value.length : undefined)
const numberOf = (value: Value): number | undefined => (typeof value === 'number' ? value : undefined)
const atLeast = (size: number, limit: number): boolean => size >= limit
const atMost = (size: number, limit: number): boolean => size <= limit
const annotation: Keyword = () => []

/** Why `value` does not fit `schema`; `$ref`s are looked up in `document`. Empty if it fits. */
export const mismatches = (document: object, schema: object | boolean, value: Value, at = ''): readonly string[] => {
  if (typeof schema === 'boolean') return say(schema, `${at || '/'}: nothing may stand here`)
  const below = (part: object | boolean, inner: Value, key: string | number): readonly string[] =>
    mismatches(document, part, inner, `${at}/${key}`)
  const fits = (part: object): boolean => mismatches(document, part, value, at).length === 0

  const keywords: Readonly<Record<string, Keyword>> = {
    $ref: (_, ref: string) => mismatches(document, lookUp(document, ref) as object, value, at),
    type: (_, types: string | string[]) =>
      say(
        [types].flat().some((type) => isType(value, type)),
        `is no ${types}`,
      ),
    const: (_, wanted) => say(value === wanted, `is not ${wanted}`),
    enum: (_, wanted: unknown[]) => say(wanted.includes(value), `is none of ${wanted.join(', ')}`),
    properties: (_, parts: Record<string, object>) =>
      isObject(value) ? Object.entries(parts).flatMap(([key, part]) => (key in value ? below(part, value[key], key) : [])) : [],
    required: (_, names: string[]) => (isObject(value) ? names.flatMap((name) => say(name in value, `has no ${name}`)) : []),
    additionalProperties: (_, part: object | boolean, { properties = {} }) =>
      isObject(value) ? Object.entries(value).flatMap(([key, inner]) => (key in properties ? [] : below(part, inner, key))) : [],
    items: (_, part: object) => (Array.isArray(value) ? value.flatMap((inner, index) => below(part, inner, index)) : []),
    anyOf: (_, parts: object[]) => say(parts.some(fits), 'fits none of anyOf'),
    oneOf: (_, parts: object[]) => say(parts.filter(fits).length === 1, 'does not fit exactly one of oneOf'),
    pattern: (_, pattern: string) => say(typeof value !== 'string' || new RegExp(pattern, 'u').test(value), `does not match ${pattern}`),
    minLength: sizes(lengthOf, atLeast, 'is shorter than'),
    maxLength: sizes(lengthOf, atMost, 'is longer than'),
    minItems: sizes(countOf, atLeast, 'has fewer items than'),
    maxItems: sizes(countOf, atMost, 'has more items than'),
    minimum: sizes(numberOf, atLeast, 'is below'),
    maximum: sizes(numberOf, atMost, 'is above'),
    description: annotation,
    title: annotation,
    default: annotation,
    format: annotation,
  }
  return Object.entries(schema).flatMap(([keyword, operand]) => {
    const check = keywords[keyword]
    if (!check) throw new Error(`the keyword ${keyword} at ${at || '/'} is not known to this check`)
    return check(value, operand, schema as Record<string, Loose>).map((complaint) =>
      complaint.startsWith('/') ? complaint : `${at || '/'}: ${complaint}`,
    )
  })
}

/** What a local reference such as `#/components/schemas/Error` points to. Throws if there is nothing. */
export const lookUp = (document: object, ref: string): unknown => {
  if (!ref.startsWith('#/')) throw new Error(`${ref} points out of the document`)
  const keys = ref
    .slice(2)
    .split('/')
    .map((key) => decodeURIComponent(key).replace(/~1/g, '/').replace(/~0/g, '~'))
  const found = keys.reduce<unknown>((node, key) => (isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined), document)
  if (found === undefined) throw new Error(`${ref} points to nothing`)
  return found
}

/** Every `$ref` in a document. */
export const refsIn = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' && typeof value === 'string' ? [value] : refsIn(value)))
}
