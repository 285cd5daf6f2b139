// Text from the environment as the value that a setting's schema wants.

interface Inspectable {
  readonly type: string
  readonly wrapped?: Inspectable
  readonly pipe?: readonly Inspectable[]
  readonly item?: Inspectable
}

/**
 * `text` as the kind of value that the schema takes. What does not look like it stays text, so that the
 * schema's own message says what is wanted.
 */
export const coerce = (schema: unknown, text: string): unknown => {
  const { type, wrapped, pipe, item } = schema as Inspectable
  if (wrapped) return coerce(wrapped, text)
  if (pipe?.[0] && pipe[0] !== schema && pipe[0].type !== type) return coerce(pipe[0], text)
  if (type === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
  if (type === 'boolean') return booleans.get(text.trim().toLowerCase()) ?? text
  if (type === 'array')
    return text
      .split(',')
      .map((part) => coerce(item ?? { type: 'string' }, part.trim()))
      .filter((part) => part !== '')
  if (type === 'object' || type === 'strict_object' || type === 'record') return parseJson(text)
  return text
}

const booleans = new Map([
  ['true', true],
  ['on', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['off', false],
  ['no', false],
  ['0', false],
])

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
