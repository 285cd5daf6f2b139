import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { Config, masked } from '../../src/config.ts'
import { readConfigFile } from '../../src/config-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Env = Readonly<Record<string, string>>
const read = (env: Env, file: Record<string, unknown> = {}) => new Config({ env, file })
/** What `verify` says of the core's settings alone. */
const complaint = (env: Env, file: Record<string, unknown> = {}): string => {
  const config = read(env, file)
  config.core()
  try {
    config.verify()
    return ''
  } catch (failure) {
    return (failure as Error).message
  }
}

describe('a setting', () => {
  test.each([
    ['PORT', '8080', 'port', 8_080],
    ['PORT', ' 8080 ', 'port', 8_080],
    ['PORT', '0', 'port', 0],
    ['PORT', '', 'port', 8_787],
    ['HOST', '::1', 'host', '::1'],
    ['PARLEY_LIMITS', 'off', 'limits', false],
    ['PARLEY_LIMITS', 'NO', 'limits', false],
    ['PARLEY_LIMITS', '0', 'limits', false],
    ['PARLEY_LIMITS', 'true', 'limits', true],
    ['PARLEY_PLUGINS', 'chat, ./mine.ts,', 'plugins', ['chat', './mine.ts']],
    ['PARLEY_ORIGINS', 'https://a.example,http://b.example:8080', 'origins', ['https://a.example', 'http://b.example:8080']],
    ['PARLEY_TRUSTED_PROXIES', '10.0.0.0/8,::1', 'trustedProxies', ['10.0.0.0/8', '::1']],
    ['PARLEY_NODE', '1023', 'node', 1_023],
  ])('%s=%j is %s %j', (name, text, key, value) => {
    const config = read({ [name]: text })
    const settings = config.core() as unknown as Record<string, unknown>
    config.verify()
    expect(settings[key]).toEqual(value)
  })

  test.each([
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '1e3'],
    ['PORT', '0x50'],
    ['PORT', '8080;rm'],
    ['PORT', 'Infinity'],
    ['PORT', 'NaN'],
    ['PARLEY_LIMITS', 'maybe'],
    ['PARLEY_LOG_LEVEL', 'loud'],
    ['PARLEY_NODE', '1024'],
    ['PARLEY_ORIGINS', '*'],
    ['PARLEY_ORIGINS', 'https://*.example.com'],
    ['PARLEY_ORIGINS', 'example.com'],
    ['PARLEY_ORIGINS', 'https://a.example/path'],
    ['PARLEY_ORIGINS', 'null'],
    ['PARLEY_TRUSTED_PROXIES', 'localhost'],
    ['PARLEY_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['PARLEY_TRUSTED_PROXIES', '10.0.0'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', './data/parley.db'],
  ])('%s=%j is refused by its name', (name, text) => {
    expect(complaint({ [name]: text })).toContain(`${name} is `)
  })

  test('that is wrong does not hide the others that are', () => {
    const said = complaint({ PORT: 'x', PARLEY_LIMITS: 'perhaps', DATABASE_URL: 'nowhere' }, { node: -1, unknown: 1 })
    for (const name of ['PORT', 'PARLEY_LIMITS', 'DATABASE_URL', 'PARLEY_NODE', 'PARLEY_UNKNOWN']) expect(said).toContain(name)
  })

  test('comes from the environment before the file before the default, and tells which', () => {
    const config = read({ PORT: '1' }, { port: 2, host: 'h' })
    const { port, host, node } = config.core()
    expect([port, host, node]).toEqual([1, 'h', 0])
    const origins = Object.fromEntries(config.settings.map(({ name, origin }) => [name, origin]))
    expect(origins).toMatchObject({ PORT: 'environment', HOST: 'file', PARLEY_NODE: 'default' })
  })

  test('in the file may stand for a variable of the environment, which must be set', () => {
    const variable = (name: string): string => `\${${name}}`
    expect(read({ WHERE: 'db' }, { databaseUrl: `sqlite:./${variable('WHERE')}.db` }).core().databaseUrl).toBe('sqlite:./db.db')
    expect(complaint({}, { databaseUrl: `sqlite:./${variable('NOWHERE')}.db` })).toContain(`${variable('NOWHERE')}, which is not set`)
  })
})

describe('a plugin’s setting', () => {
  const schema = v.object({
    maxSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 5),
    apiToken: v.optional(v.pipe(v.string(), v.minLength(8))),
  })

  test('is named PARLEY_<PLUGIN>_<KEY>, or settings.<plugin>.<key> in the file', () => {
    expect(read({ PARLEY_MY_BOT_MAX_SIZE: '7' }).plugin('my-bot', schema)).toEqual({ maxSize: 7 })
    expect(read({}, { settings: { 'my-bot': { maxSize: 8 } } }).plugin('my-bot', schema)).toEqual({ maxSize: 8 })
    expect(read({}).plugin('my-bot', schema)).toEqual({ maxSize: 5 })
  })

  test('that does not exist is refused, and those that do are named', () => {
    const config = read({ PARLEY_BOT_MAX_SIZ: '7' })
    config.plugin('bot', schema)
    expect(() => config.verify()).toThrow('PARLEY_BOT_MAX_SIZ is no setting; known are PARLEY_BOT_MAX_SIZE, PARLEY_BOT_API_TOKEN')
  })

  test('belongs to the plugin with the longest name that fits', () => {
    const config = read({ PARLEY_BOT_ARMY_MAX_SIZE: '7' })
    config.plugin('bot', schema)
    expect(config.plugin('bot-army', schema)).toEqual({ maxSize: 7 })
    expect(() => config.verify()).not.toThrow()
  })

  test.each([[5], ['text'], [null], [[]]])('in a file where settings are %j is refused', (settings) => {
    expect(complaint({}, { settings })).toContain('settings in parley.config.json')
  })

  test('in a file where the plugin’s settings are no object is refused', () => {
    const config = read({}, { settings: { bot: 5 } })
    config.plugin('bot', schema)
    expect(() => config.verify()).toThrow('settings.bot')
  })
})

describe('secrets', () => {
  const secret = 'hunter2secret'

  test('never show in what is said about bad settings', () => {
    const said = complaint({ DATABASE_URL: `mysql://root:${secret}@db/x`, PORT: 'x' })
    expect(said).toContain('DATABASE_URL')
    expect(said).not.toContain(secret)
    const config = read({ PARLEY_BOT_API_TOKEN: secret.slice(0, 7) })
    config.plugin('bot', v.object({ apiToken: v.pipe(v.string(), v.minLength(8)) }))
    expect(() => config.verify()).toThrow(/PARLEY_BOT_API_TOKEN is \(hidden\)/)
  })

  test.each([
    `postgres://ann:${secret}@db/x`,
    `postgres://ann:${secret}@${secret}@db/x`,
    `postgres://:${secret}@db/x`,
    `postgres://db/x?user=ann&password=${secret}`,
    `postgres://ann:p%40${secret}@db:5432/x?sslmode=require`,
  ])('never show in an address: %s', (value) => {
    expect(masked({ value, isSecret: false })).not.toContain(secret)
    expect(masked({ value: [value, value], isSecret: false })).not.toContain(secret)
  })

  test('never show under a name that says what they are', () => {
    expect(masked({ value: secret, isSecret: true })).toBe('********')
    const config = read({ PARLEY_BOT_API_TOKEN: secret })
    config.plugin('bot', v.object({ apiToken: v.string() }))
    expect(config.settings.map(masked)).not.toContain(secret)
  })
})

describe('parley.config.json', () => {
  let count = 0
  const file = (text: string): string => {
    const path = join(folder, `config-${++count}.json`)
    writeFileSync(path, text)
    return path
  }
  const reasonFor = (text: string): Promise<string> =>
    readConfigFile(file(text)).then(
      () => '',
      ({ message }: Error) => message,
    )

  test('may be absent, but not if somebody names it', async () => {
    const path = join(folder, 'nowhere.json')
    expect(await readConfigFile(path)).toEqual({})
    expect(readConfigFile(path, true)).rejects.toMatchObject({ code: 'CORE_BAD_CONFIG_FILE' })
    expect(await readConfigFile(path, true).catch(({ message }: Error) => message)).toContain(path)
  })

  test('may begin with a byte-order mark and be indented with tabs', async () => {
    expect(await readConfigFile(file('\ufeff{\r\n\t"port": 5\r\n}\n'))).toEqual({ port: 5 })
  })

  test.each([
    ['{\n  "port": 5,\n}', 'line 3, column 1: a name in double quotes is missing there'],
    ['{\n  "secret": hunter2secret\n}', 'line 2, column 13: a value is missing there'],
    ['{ "secret": "hunter2secret" "more": 1 }', 'line 1, column 29: a comma or } is missing there'],
    ["{ 'port': 1 }", 'line 1, column 3: a name in double quotes is missing there'],
    ['{ "port" 1 }', 'line 1, column 10: a colon is missing there'],
    ['{ "a": [1 2] }', 'line 1, column 11: a comma or ] is missing there'],
    ['{ "a": "one\ntwo" }', 'line 1, column 8: a value is missing there'],
    ['{ "a": 1 } hunter2secret', 'line 1, column 12: the end is missing there'],
    ['{ "a": 1', 'line 1, column 9: a comma or } is missing there'],
    ['', 'line 1, column 1: a value is missing there'],
    ['// hello\n{}', 'line 1, column 1: a value is missing there'],
  ])('that is not JSON is refused with the place and without its content: %j', async (text, reason) => {
    const said = await reasonFor(text)
    expect(said).toContain(reason)
    expect(said).not.toContain('hunter2secret')
  })

  test.each(['[]', '5', '"text"', 'null'])('that holds %s is no settings file', async (text) => {
    expect(await reasonFor(text)).toContain('it is not a JSON object')
  })

  test('of more than 1 MiB, a folder, and one that may not be read are refused', async () => {
    expect(await reasonFor(`{"a":"${'x'.repeat(1_048_576)}"}`)).toContain('larger than 1 MiB')
    expect(await readConfigFile(folder).catch(({ message }: Error) => message)).toContain('it is not a file')
    const path = file('{}')
    chmodSync(path, 0)
    // Root reads everything.
    const outcome = await readConfigFile(path).catch(({ message }: Error) => message)
    expect(process.getuid?.() === 0 ? {} : 'EACCES').toEqual(process.getuid?.() === 0 ? outcome : expect.stringContaining('EACCES'))
  })
})
