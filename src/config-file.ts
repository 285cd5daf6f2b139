// parley.config.json as text: read, and if it is not JSON, told where. Nothing of what stands in it is ever repeated,
// because secrets may stand in it: so the runtime's own message, which quotes, is not used.
import { readFile, stat } from 'node:fs/promises'
import { core } from './errors.ts'

const maxBytes = 1_048_576

/** Read parley.config.json. Absent is `{}`; unreadable, too large or malformed throws `CORE_BAD_CONFIG_FILE` with the reason. */
export const readConfigFile = async (path: string, isRequired = false): Promise<Readonly<Record<string, unknown>>> => {
  const refuse = (reason: string): Error => core.BAD_CONFIG_FILE({ path, reason })
  const found = await stat(path).catch(() => undefined)
  if (!found && isRequired) throw refuse('it does not exist')
  if (!found) return {}
  if (!found.isFile()) throw refuse('it is not a file')
  if (found.size > maxBytes) throw refuse('it is larger than 1 MiB')
  const text = await readFile(path, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    throw refuse(`it cannot be read (${failure.code})`)
  })
  const value = parse(text.replace(/^\uFEFF/, ''), refuse)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('it is not a JSON object')
  return value as Record<string, unknown>
}

const parse = (text: string, refuse: (reason: string) => Error): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    const { at, wanted } = findFault(text)
    const before = text.slice(0, at).split('\n')
    throw refuse(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${wanted} is missing there`)
  }
}

interface Fault {
  readonly at: number
  readonly wanted: string
}

/** Where a text ceases to be JSON, and what would have had to stand there. */
const findFault = (text: string): Fault => {
  const scanner = new Scanner(text)
  try {
    scanner.value()
    scanner.take(/$/y, 'the end')
  } catch (fault) {
    if (!(fault instanceof Error)) return fault as Fault
  }
  return { at: text.length, wanted: 'something' }
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): void {
    if (this.#has('{')) this.#list('}', () => this.#member())
    else if (this.#has('[')) this.#list(']', () => this.value())
    else
      this.take(
        /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y,
        'a value',
      )
  }

  /** Step over what matches here, after white space. */
  take(pattern: RegExp, wanted: string): void {
    this.#skip()
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) throw { at: this.#at, wanted } satisfies Fault
    this.#at = pattern.lastIndex
  }

  #member(): void {
    this.take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y, 'a name in double quotes')
    this.take(/:/y, 'a colon')
    this.value()
  }

  #list(end: string, item: () => void): void {
    if (this.#has(end)) return
    item()
    while (!this.#has(end)) {
      this.take(/,/y, `a comma or ${end}`)
      item()
    }
  }

  #has(sign: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #skip(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'end')) this.#at++
  }
}
