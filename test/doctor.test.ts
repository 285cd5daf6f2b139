import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { Broker, type Capability, definePlugin, limit, type Migration } from '#core'
import { Config } from '../src/config.ts'
import { look } from '../src/doctor/finding.ts'
import { doctor } from '../src/doctor.ts'
import type { Plugin } from '../src/plugin.ts'
import { selectRuntime } from '../src/runtime/select.ts'
import { noPostgres, postgresServer } from './support/postgres.ts'
import { startTestServer } from './support/server.ts'
import { testUnless } from './support/skip.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-doctor-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const first: Migration = { name: '0001_init', sqlite: 'create table notes_a (id text)', postgres: 'create table notes_a (id text)' }
const second: Migration = { name: '0002_more', sqlite: 'create table notes_b (id text)', postgres: 'create table notes_b (id text)' }

const notes = (migrations: readonly Migration[] = [first], checks?: Plugin['checks']) =>
  definePlugin({
    id: 'notes',
    config: v.object({ size: v.optional(v.number(), 3), apiSecret: v.optional(v.pipe(v.string(), v.minLength(8))) }),
    migrations,
    ...(checks && { checks }),
    setup: () => ({}),
  })

interface Visit {
  readonly env?: Record<string, string>
  readonly file?: Record<string, unknown>
  readonly catalogue?: readonly Plugin[]
}

const visit = async ({ env = {}, file = {}, catalogue = [notes()] }: Visit = {}): Promise<{ code: number; report: string }> => {
  const parts: string[] = []
  const config = new Config({ env: { PORT: '0', DATABASE_URL: `sqlite:${join(folder, 'data', 'a.db')}`, ...env }, file })
  const code = await doctor({ config, runtime: selectRuntime(), catalogue, write: (text) => void parts.push(text) })
  return { code, report: parts.join('') }
}

/** The finding about `what`, e.g. `ok    port: …`. */
const about = (what: string, { report }: { report: string }): string =>
  report
    .split('\n')
    .find((line) => line.slice(8).startsWith(`${what}:`))
    ?.trim() ?? ''

const rowOf = (name: string, { report }: { report: string }): string[] =>
  report
    .split('\n')
    .find((line) => line.startsWith(`  ${name} `))
    ?.trim()
    .split(/ {2,}/) ?? []

describe('settings', () => {
  test('every setting is shown with its value and where it comes from', async () => {
    const seen = await visit({ env: { PARLEY_LOG_LEVEL: 'warn' }, file: { host: 'localhost', settings: { notes: { size: 4 } } } })
    expect(rowOf('PARLEY_LOG_LEVEL', seen)).toEqual(['PARLEY_LOG_LEVEL', 'warn', 'environment'])
    expect(rowOf('HOST', seen)).toEqual(['HOST', 'localhost', 'file'])
    expect(rowOf('PARLEY_NOTES_SIZE', seen)).toEqual(['PARLEY_NOTES_SIZE', '4', 'file'])
    expect(rowOf('PARLEY_NODE', seen)).toEqual(['PARLEY_NODE', '0', 'default'])
    expect(rowOf('PARLEY_NOTES_API_SECRET', seen)).toEqual(['PARLEY_NOTES_API_SECRET', '(not set)', 'default'])
    expect(seen.code).toBe(0)
    expect(seen.report).toEndWith('All is well.\n')
  })

  test('no secret and no password of an address is shown, be it good or bad', async () => {
    const good = await visit({ env: { PARLEY_NOTES_API_SECRET: 'hush-hush-hush' } })
    expect(rowOf('PARLEY_NOTES_API_SECRET', good)).toEqual(['PARLEY_NOTES_API_SECRET', '********', 'environment'])
    const bad = await visit({ env: { PARLEY_NOTES_API_SECRET: 'hushed', DATABASE_URL: 'mysql://me:hushed@db/x' } })
    expect(rowOf('DATABASE_URL', bad)[1]).toBe('mysql://me:********@db/x')
    expect(good.report + bad.report).not.toContain('hush')
  })

  test('all bad settings are marked and named at once, and what depends on them is not tried', async () => {
    let wasAsked = false
    const plugin = notes([first], () => {
      wasAsked = true
      return []
    })
    const seen = await visit({ env: { PORT: 'http', PARLEY_NOTES_SIZE: 'big', PARLEY_NOTES_COLOUR: 'red' }, catalogue: [plugin] })
    expect(seen.code).toBe(1)
    expect(rowOf('PORT', seen)).toEqual(['PORT', 'http', 'environment', '← Invalid type: Expected number'])
    expect(about('settings', seen)).toMatch(/^FAIL.*PORT is "http".*PARLEY_NOTES_SIZE is "big".*PARLEY_NOTES_COLOUR is no setting/)
    expect(about('port', seen)).toBe('FAIL  port: not tried, because HOST or PORT is bad')
    expect(wasAsked).toBe(false)
  })

  test('a trusted proxy that is no address and no range is bad', async () => {
    for (const proxy of ['proxy.local', '10.0.0.0/33', '10.0.0.0/', '::1/129']) {
      const seen = await visit({ env: { PARLEY_TRUSTED_PROXIES: `127.0.0.1,${proxy}` } })
      expect(about('settings', seen)).toContain('PARLEY_TRUSTED_PROXIES')
      expect(seen.code).toBe(1)
    }
    expect((await visit({ env: { PARLEY_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,::1,fd00::/8' } })).code).toBe(0)
  })

  test('a name that nothing reads is noted', async () => {
    const seen = await visit({ env: { PARLEY_PORT: '80', PARLEY_OTHER_X: '1' }, file: { settings: { ntoes: {} } }, catalogue: [notes()] })
    for (const name of ['PARLEY_PORT', 'PARLEY_OTHER_X', 'settings.ntoes']) expect(about(name, seen)).toStartWith('note')
    expect(seen.code).toBe(0)
  })

  test('the settings of a plugin that is switched off are nobody’s mistake', async () => {
    const other = definePlugin({ id: 'other', setup: () => ({}) })
    const seen = await visit({ env: { PARLEY_NOTES_SIZE: '4', PARLEY_PLUGINS: 'other' }, catalogue: [notes(), other] })
    expect(seen.report).not.toContain('note')
  })

  test('every limit is shown with what would hold, and a rate of one that does not exist is bad', async () => {
    const limited = definePlugin({ id: 'notes', limits: { writes: limit({ by: 'user', count: 5 }) }, setup: () => ({}) })
    const seen = await visit({ env: { PARLEY_RATES: 'notes.writes=9/h:20' }, catalogue: [limited] })
    expect(rowOf('notes.writes', seen)).toEqual(['notes.writes', 'per user', '9/h:20', 'PARLEY_RATES'])
    expect(rowOf('core.messages', seen)).toEqual(['core.messages', 'per connection', '10/s:40', 'default'])
    const bad = await visit({ env: { PARLEY_RATES: 'notes.writs=9/h' }, catalogue: [limited] })
    expect(about('settings', bad)).toContain('PARLEY_RATES names notes.writs')
    expect(bad.code).toBe(1)
    expect((await visit({ env: { PARLEY_LIMITS: 'off' }, catalogue: [limited] })).report).not.toContain('per user')
  })

  test('settings that are fine by themselves and dangerous together are noted', async () => {
    const env = { HOST: '0.0.0.0', PARLEY_LIMITS: 'off', PARLEY_TRUSTED_PROXIES: '10.0.0.0/8,0.0.0.0/0' }
    const seen = await visit({ env })
    for (const name of ['NODE_ENV', 'PARLEY_LIMITS', 'PARLEY_TRUSTED_PROXIES']) expect(about(name, seen)).toStartWith('note')
    const production = await visit({ env: { HOST: '0.0.0.0', NODE_ENV: 'production', PARLEY_TRUSTED_PROXIES: '10.0.0.0/8' } })
    expect(production.report).not.toContain('note ')
  })
})

describe('plugins', () => {
  test('a plugin that carries publications between servers says so in its manifest', async () => {
    const broker = (capabilities: readonly Capability[]) =>
      definePlugin({
        id: 'silent',
        capabilities,
        provides: { broker: Broker },
        setup: () => ({ services: { broker: { publish: () => {}, start: () => {} } } }),
      })
    expect(about('plugins', await visit({ catalogue: [broker([])] }))).toMatch(/^FAIL.*capability broker.*CORE_MISSING_CAPABILITY/)
    expect((await visit({ catalogue: [broker(['broker'])] })).code).toBe(0)
  })

  test('a plugin that does not exist fails, by its name', async () => {
    const seen = await visit({ env: { PARLEY_PLUGINS: 'notse' } })
    expect(seen.code).toBe(1)
    expect(about('plugins', seen)).toMatch(/^FAIL.*notse.*CORE_BAD_PLUGIN/)
  })

  test('a plugin’s own checks are made with its settings', async () => {
    const checks: Plugin['checks'] = ({ size }, { production }) => [
      { what: 'size', run: () => `${size} of them, ${production ? 'for real' : 'for now'}` },
      { what: 'shelf', run: async () => ({ note: 'nearly full' }) },
      {
        what: 'lamp',
        run: () => {
          throw new Error('it is dark')
        },
      },
    ]
    const seen = await visit({ env: { PARLEY_NOTES_SIZE: '7', NODE_ENV: 'production' }, catalogue: [notes([first], checks)] })
    expect(about('notes size', seen)).toBe('ok    notes size: 7 of them, for real')
    expect(about('notes shelf', seen)).toBe('note  notes shelf: nearly full')
    expect(about('notes lamp', seen)).toBe('FAIL  notes lamp: it is dark')
    expect(seen.code).toBe(1)
  })

  test('a check that hangs is cut off', async () => {
    const finding = await look({ what: 'x', run: () => new Promise(() => {}) }, 1)
    expect(finding).toEqual({ level: 'FAIL', what: 'x', text: 'nothing was heard for 0.001 s' })
  })
})

describe('an SQLite database', () => {
  test('one that is not there is not made', async () => {
    const seen = await visit()
    expect(about('database', seen)).toMatch(/^ok.*is not there yet; the first start makes it in .*free\)$/)
    expect(readdirSync(folder)).toEqual([])
  })

  test('a place where nothing can be made fails', async () => {
    const seen = await visit({ env: { DATABASE_URL: 'sqlite:/proc/parley/a.db' } })
    expect(about('database', seen)).toMatch(/^FAIL.*nothing can be made in \/proc/)
    expect(seen.code).toBe(1)
  })

  const made = async (migrations: readonly Migration[]): Promise<string> => {
    const databaseUrl = `sqlite:${join(folder, 'b.db')}`
    const server = await startTestServer([notes(migrations)], { databaseUrl })
    await server.stop()
    return databaseUrl
  }

  test('one that this program made is up to date', async () => {
    const seen = await visit({ env: { DATABASE_URL: await made([first]) } })
    expect(about('database', seen)).toMatch(/^ok.*sqlite answers, tables up to date, .* free$/)
  })

  test('what the next start will do to the tables is told, and not done', async () => {
    const env = { DATABASE_URL: await made([first]) }
    for (const _ of ['once', 'twice']) {
      const seen = await visit({ env, catalogue: [notes([first, second])] })
      expect(about('database', seen)).toContain('the next start applies notes 0002_more')
    }
  })

  test('one of a newer program fails', async () => {
    const seen = await visit({ env: { DATABASE_URL: await made([first, second]) } })
    expect(about('database', seen)).toMatch(/^FAIL.*CORE_DATABASE_NEWER/)
  })

  const asRoot = testUnless(process.getuid?.() === 0 ? undefined : 'only root can give a file to another user')

  asRoot('one of another user is left alone, because files beside it would be ours', async () => {
    const databaseUrl = await made([first])
    const file = databaseUrl.slice('sqlite:'.length)
    rmSync(`${file}.lock`)
    chownSync(file, 65_534, 65_534)
    const seen = await visit({ env: { DATABASE_URL: databaseUrl } })
    expect(about('database', seen)).toMatch(/^note.*belongs to user 65534, and this is user 0/)
    expect(existsSync(`${file}.lock`)).toBe(false)
  })
})

describe('Postgres', () => {
  beforeAll(async () => {
    if (noPostgres === undefined) await postgresServer()
  }, 60_000)

  test('one that does not answer fails, without its password', async () => {
    const seen = await visit({ env: { DATABASE_URL: 'postgres://me:hushed@127.0.0.1:1/x' } })
    expect(about('database', seen)).toMatch(/^FAIL.*CORE_DATABASE_UNUSABLE/)
    expect(seen.report).not.toContain('hushed')
  })

  const onPostgres = testUnless(noPostgres)

  onPostgres('one that answers is well, and is told apart from one that is filled', async () => {
    const env = { DATABASE_URL: await (await postgresServer()).createDatabase() }
    expect(about('database', await visit({ env }))).toBe('ok    database: postgres answers, empty')
    const server = await startTestServer([notes()], { databaseUrl: env.DATABASE_URL })
    await server.stop()
    expect(about('database', await visit({ env }))).toBe('ok    database: postgres answers, tables up to date')
  })

  onPostgres('a user who may not make tables fails', async () => {
    const url = new URL(await (await postgresServer()).createDatabase())
    const { default: connect } = await import('postgres')
    const sql = connect(url.href, { max: 1, onnotice: () => {} })
    const name = `reader_${process.pid}`
    await sql.unsafe(`create role ${name} login password 'x'; revoke create on schema public from public`)
    await sql.end()
    url.username = name
    const seen = await visit({ env: { DATABASE_URL: url.href } })
    expect(about('database', seen)).toMatch(new RegExp(`^FAIL.*the user ${name} may not make tables`))
  })
})

describe('the port', () => {
  test('a free one is well', async () => {
    expect(about('port', await visit())).toBe('ok    port: 127.0.0.1: any free port')
  })

  test('the running server is no failure, and may have its database open', async () => {
    const databaseUrl = `sqlite:${join(folder, 'c.db')}`
    await using server = await startTestServer([notes()], { databaseUrl })
    const seen = await visit({ env: { PORT: String(server.server.port), DATABASE_URL: databaseUrl } })
    expect(about('port', seen)).toMatch(/^ok.*Parley \S+ is running on 127.0.0.1:\d+$/)
    expect(about('database', seen)).toBe('ok    database: the running server has it open')
    expect(seen.code).toBe(0)
  })

  test('a server on another port that has the database open is a failure', async () => {
    const databaseUrl = `sqlite:${join(folder, 'd.db')}`
    await using _server = await startTestServer([notes()], { databaseUrl })
    expect(about('database', await visit({ env: { DATABASE_URL: databaseUrl } }))).toMatch(/^FAIL.*CORE_DATABASE_IN_USE/)
  })

  test('a port that another program has fails', async () => {
    using other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json({ server: { name: 'other' } }) })
    const seen = await visit({ env: { PORT: String(other.port) } })
    expect(about('port', seen)).toBe(`FAIL  port: 127.0.0.1:${other.port} is in use by another program; set PORT to another`)
  })

  test('an address that is not this machine’s fails, in words', async () => {
    expect(about('port', await visit({ env: { HOST: '192.0.2.1', PORT: '8787' } }))).toBe(
      'FAIL  port: 192.0.2.1:8787: this machine does not have the address',
    )
  })
})

describe('the command', () => {
  const run = async (env: Record<string, string>): Promise<{ code: number; out: string }> => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, '../src/main.ts'), 'doctor'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', PORT: '0', ...env },
      stdout: 'pipe',
    })
    return { out: await new Response(child.stdout).text(), code: await child.exited }
  }

  test('it exits with 0 when all is well and with 1 when something has to be mended', async () => {
    const [good, bad] = await Promise.all([run({}), run({ HOST: '192.0.2.1' })])
    expect(good.out).toEndWith('All is well.\n')
    expect(good.code).toBe(0)
    expect(bad.out).toEndWith('Mend what is marked FAIL, then run this again.\n')
    expect(bad.code).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })
})
