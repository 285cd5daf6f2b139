// Where settings come from: the environment, then parley.config.json, then defaults. Every one is known with its origin.
import { isIP } from 'node:net'
import * as v from 'valibot'
import { coerce } from './coerce.ts'
import { core } from './errors.ts'
import { readRate } from './limit.ts'
import type { Schema } from './message.ts'

/** One setting as `parley doctor` shows it. */
export interface Setting {
  /** `PORT`, `PARLEY_CHAT_MAX_TEXT`. */
  readonly name: string
  readonly value: unknown
  readonly origin: 'environment' | 'file' | 'default'
  readonly isSecret: boolean
  /** What is wrong with it; absent when nothing is. `value` is what was given then. */
  readonly problem?: string
}

/** Raw settings: text from the environment, JSON from the file. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The parsed file, or `{}`. */
  readonly file: Readonly<Record<string, unknown>>
}

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
const origin = v.pipe(
  v.string(),
  v.check((text) => !text.includes('*') && URL.canParse(text) && new URL(text).origin === text, 'an origin like https://app.example.com'),
)
const isRange = (text: string): boolean => {
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return most > 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
}
const range = v.pipe(v.string(), v.check(isRange, 'an address, or a range like 10.0.0.0/8'))
const rate = v.pipe(
  v.string(),
  v.check((text) => readRate(text) !== undefined, 'a rate like core.messages=10/s:40 or chat.sends=120/m'),
)
const whole = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))
const databaseUrl = v.pipe(v.string(), v.regex(/^(sqlite:|postgres(ql)?:\/\/)/, 'sqlite:<path> or postgres://…'))

const coreSchema = v.strictObject({
  port: v.optional(port, 8787),
  host: v.optional(v.string(), '127.0.0.1'),
  databaseUrl: v.optional(databaseUrl, 'sqlite:./data/parley.db'),
  plugins: v.optional(v.array(v.string()), []),
  limits: v.optional(v.boolean(), true),
  rates: v.optional(v.array(rate), []),
  maxConnections: v.optional(whole(0), 0),
  connectionsPerUser: v.optional(whole(1), 20),
  connectionsPerAddress: v.optional(whole(1), 100),
  anonymousPerAddress: v.optional(whole(1), 10),
  origins: v.optional(v.array(origin), []),
  trustedProxies: v.optional(v.array(range), []),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  node: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_023)), 0),
})

/** The core's own settings. */
export interface CoreSettings extends v.InferOutput<typeof coreSchema> {
  readonly production: boolean
}

const unprefixed: ReadonlySet<string> = new Set(['port', 'host', 'databaseUrl'])
const toEnvName = (key: string): string =>
  key
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replace(/-/g, '_')
    .toUpperCase()

/** Reads settings and remembers what was wrong and where each came from. */
export class Config {
  /** Every setting read so far; empty until `core` and `plugin` were asked. */
  readonly settings: Setting[] = []
  readonly #problems: string[] = []
  /** Names of settings by their plugin's prefix. */
  readonly #known = new Map<string, readonly string[]>()
  readonly #plugins = new Map<string, unknown>()
  #core: CoreSettings | undefined
  readonly #env: Sources['env']
  readonly #file: Readonly<Record<string, unknown>>

  constructor({ env, file }: Sources) {
    this.#env = env
    this.#file = this.#substitute(file) as Record<string, unknown>
  }

  /** The core's settings. Problems are collected, see `verify`: what is bad is missing here. */
  core(): CoreSettings {
    this.#core ??= this.#readCore()
    return this.#core
  }

  /** One plugin's settings, by its schema. Problems are collected as with `core`. Asked again, it answers the same. */
  plugin(id: string, schema: Schema): unknown {
    if (!this.#plugins.has(id)) this.#plugins.set(id, this.#readPlugin(id, schema))
    return this.#plugins.get(id)
  }

  /** What looks like a setting and is none that was read, nor one of a plugin that could be on (`ids`). */
  strangers(ids: readonly string[]): string[] {
    const known = new Set(this.settings.map(({ name }) => name))
    const prefixes = ids.map(prefixOf)
    const isStrange = (name: string): boolean =>
      name.startsWith('PARLEY_') && !known.has(name) && !prefixes.some((prefix) => name.startsWith(prefix))
    const inFile = Object.keys(this.#pluginsInFile()).filter((id) => !ids.includes(id))
    return [...Object.keys(this.#env).filter(isStrange), ...inFile.map((id) => `settings.${id}`)]
  }

  /** Whether a setting is one of the plugin's. */
  belongsTo({ name }: Setting, id: string): boolean {
    return name.startsWith(prefixOf(id))
  }

  /** Add what is wrong with settings that only somebody else can check. */
  complain(problems: readonly string[]): void {
    this.#problems.push(...problems)
  }

  /** Throws `CORE_BAD_SETTING` naming every bad setting at once. */
  verify(): void {
    const problems = [...this.#problems, ...this.#unknown()]
    if (problems.length > 0) throw core.BAD_SETTING({ list: problems.join('; ') })
  }

  #readCore(): CoreSettings {
    const { settings: plugins, ...file } = this.#file
    const nameOf = (key: string): string => (unprefixed.has(key) ? toEnvName(key) : `PARLEY_${toEnvName(key)}`)
    const node = this.#env.NODE_ENV || undefined
    this.settings.push({ name: 'NODE_ENV', value: node, origin: node === undefined ? 'default' : 'environment', isSecret: false })
    if (plugins !== undefined && !isObject(plugins))
      this.#problems.push('settings in parley.config.json is no object with one entry per plugin')
    const values = this.#read(coreSchema, file, nameOf) as v.InferOutput<typeof coreSchema>
    return { ...values, production: node === 'production' }
  }

  #pluginsInFile(): Readonly<Record<string, unknown>> {
    const all = this.#file.settings
    return isObject(all) ? all : {}
  }

  #readPlugin(id: string, schema: Schema): unknown {
    const prefix = prefixOf(id)
    this.#known.set(
      prefix,
      Object.keys(entriesOf(schema)).map((key) => prefix + toEnvName(key)),
    )
    const file = this.#pluginsInFile()[id] ?? {}
    if (!isObject(file)) this.#problems.push(`settings.${id} in parley.config.json is no object`)
    return this.#read(schema, isObject(file) ? file : {}, (key) => prefix + toEnvName(key))
  }

  #read(schema: Schema, file: Record<string, unknown>, nameOf: (key: string) => string): unknown {
    const entries = entriesOf(schema)
    const raw: Record<string, unknown> = { ...file }
    for (const [key, entry] of Object.entries(entries)) {
      const text = this.#env[nameOf(key)]
      if (text !== undefined && text !== '') raw[key] = coerce(entry, text)
    }
    const parsed = v.safeParse(schema, raw)
    const problems = new Map((parsed.issues ?? []).map((issue) => [keyOf(issue), this.#complain(issue, nameOf)]))
    const values = (parsed.success ? parsed.output : goodOnes(entries, raw)) as Record<string, unknown>
    for (const key of Object.keys(entries)) {
      const problem = problems.get(key)
      const setting = { name: nameOf(key), origin: this.#originOf(nameOf(key), key in file), isSecret: isSecret(key) }
      this.settings.push(problem === undefined ? { ...setting, value: values[key] } : { ...setting, value: raw[key], problem })
    }
    return values
  }

  #originOf(name: string, isInFile: boolean): Setting['origin'] {
    if ((this.#env[name] ?? '') !== '') return 'environment'
    return isInFile ? 'file' : 'default'
  }

  #complain(issue: v.BaseIssue<unknown>, nameOf: (key: string) => string): string {
    const key = keyOf(issue)
    const problem = issue.message.replace(/ but received .*$/, '')
    const given = isSecret(key) ? '(hidden)' : withoutPasswords(JSON.stringify(issue.input ?? null)).slice(0, 80)
    this.#problems.push(`${nameOf(key)} is ${given}: ${problem}`)
    return problem
  }

  // Asked when all plugins are known: PARLEY_CHAT_BOT_NAME is not chat's if there is a plugin chat-bot.
  #unknown(): string[] {
    const prefixes = [...this.#known.keys()].sort((a, b) => b.length - a.length)
    return Object.keys(this.#env).flatMap((name) => {
      const known = this.#known.get(prefixes.find((prefix) => name.startsWith(prefix)) ?? '')
      return !known || known.includes(name) ? [] : [`${name} is no setting; known are ${known.join(', ') || 'none'}`]
    })
  }

  // `${NAME}` in the file stands for a variable of the environment; an unset one is an error, never itself.
  #substitute(value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
        const found = this.#env[name]
        if (found === undefined) this.#problems.push(`parley.config.json names \${${name}}, which is not set`)
        return found ?? ''
      })
    }
    if (Array.isArray(value)) return value.map((item) => this.#substitute(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#substitute(item)]))
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const prefixOf = (id: string): string => `PARLEY_${toEnvName(id)}_`
const keyOf = (issue: v.BaseIssue<unknown>): string => String(issue.path?.[0]?.key ?? '')
const isSecret = (key: string): boolean => /secret|password|token|apikey/i.test(key)

const goodOnes = (entries: Readonly<Record<string, Schema>>, raw: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entries).flatMap(([key, entry]) => {
      const parsed = v.safeParse(entry, raw[key])
      return parsed.success ? [[key, parsed.output]] : []
    }),
  )

const entriesOf = (schema: Schema): Readonly<Record<string, Schema>> =>
  (schema as unknown as { entries?: Record<string, Schema> }).entries ?? {}

/** A setting's value as it may be shown: secrets and passwords in addresses are hidden. */
export const masked = ({ value, isSecret }: Pick<Setting, 'value' | 'isSecret'>): string => {
  if (value === undefined) return '(not set)'
  if (isSecret) return '********'
  if (Array.isArray(value)) return value.length === 0 ? '(empty)' : withoutPasswords(value.join(','))
  return withoutPasswords(typeof value === 'string' ? value : JSON.stringify(value))
}

// A password may itself hold an @, and may stand in the query.
const withoutPasswords = (text: string): string =>
  text.replace(/(\w+:\/\/[^:/@\s"',]*:)[^\s"',]*@/g, '$1********@').replace(/([?&]\w*password=)[^&\s"',]*/gi, '$1********')
