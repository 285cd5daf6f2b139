// Tables and committed SQL agree, and the script that keeps them so works.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Migration } from '../src/store/migrate.ts'
import { forEachStore } from '../test/support/stores.ts'

const repository = join(import.meta.dir, '..')

const generate = async (...args: string[]): Promise<{ code: number; said: string }> => {
  const run = Bun.spawn([process.execPath, join(import.meta.dir, 'generate.ts'), ...args], {
    stdout: 'pipe',
    stderr: 'pipe',
    stdin: 'ignore',
  })
  const [out, err, code] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text(), run.exited])
  return { code, said: out + err }
}

const plugins = readdirSync(join(repository, 'plugins')).filter((id) => existsSync(join(repository, 'plugins', id, 'migrations/index.ts')))

describe('the committed migrations', () => {
  test('are what the tables ask for', async () => {
    expect(await generate('--check')).toEqual({ code: 0, said: '' })
  })
})

forEachStore('every plugin’s migrations', (open) => {
  test('apply to an empty database', async () => {
    const { store } = await open()
    const applied: string[] = []
    for (const id of plugins) {
      const { migrations } = (await import(join(repository, 'plugins', id, 'migrations/index.ts'))) as { migrations: readonly Migration[] }
      await store.migrate(id, migrations)
      applied.push(id)
    }
    expect(applied).toEqual(plugins)
  })
})

describe('npm run generate', () => {
  let root: string
  const migrations = (): string => join(root, 'plugins/demo/migrations')
  const read = (file: string): string => readFileSync(join(migrations(), file), 'utf8')
  const writeTables = (columns: string): void =>
    writeFileSync(
      join(root, 'plugins/demo/tables.ts'),
      `export const tables = (k: any) => ({ things: k.table('demo_things', { id: k.id().primaryKey(), ${columns} }) })`,
    )

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'parley-generate-'))
    mkdirSync(join(root, 'plugins/demo'), { recursive: true })
    writeTables(`name: k.text('name')`)
  })
  afterEach(() => rmSync(root, { recursive: true }))

  test('writes the first migration of a plugin for both databases, and the list of them', async () => {
    expect((await generate('--root', root)).code).toBe(0)
    expect(read('0001_init.sqlite.sql')).toContain('CREATE TABLE `demo_things`')
    expect(read('0001_init.postgres.sql')).toContain('CREATE TABLE "demo_things"')
    expect(read('index.ts')).toContain(`name: '0001_init'`)
  })

  test('writes only what is different afterwards, under the name that it is given', async () => {
    await generate('--root', root)
    writeTables(`name: k.text('name'), size: k.int('size')`)
    await generate('--root', root, 'demo', '--name', 'sizes')
    expect(read('0002_sizes.sqlite.sql').trim()).toBe('ALTER TABLE `demo_things` ADD `size` integer;')
    expect(read('0002_sizes.postgres.sql').trim()).toBe('ALTER TABLE "demo_things" ADD COLUMN "size" bigint;')
  })

  test('keeps and lists what was written by hand, also for one database only', async () => {
    await generate('--root', root)
    writeFileSync(join(migrations(), '0002_by_hand.postgres.sql'), 'create index demo_by_hand on demo_things (name)')
    await generate('--root', root)
    expect(read('index.ts')).toContain(`sqlite: '',\n    postgres: postgres0002,`)
  })

  test('changes nothing when there is nothing to do', async () => {
    await generate('--root', root)
    const before = readdirSync(migrations())
    expect((await generate('--root', root)).said).toBe('demo: nothing to do\n')
    expect(readdirSync(migrations())).toEqual(before)
  })

  test('only complains, and fails, with --check', async () => {
    await generate('--root', root)
    writeTables(`name: k.text('name'), size: k.int('size')`)
    const before = readdirSync(migrations())
    const { code, said } = await generate('--root', root, '--check')
    expect(code).toBe(1)
    expect(said).toContain('demo: tables.ts has changes that no sqlite migration makes')
    expect(readdirSync(migrations())).toEqual(before)
  })

  test('refuses a plugin that has no tables', async () => {
    const { code, said } = await generate('--root', root, 'nobody')
    expect(code).not.toBe(0)
    expect(said).toContain('No tables.ts in plugins/nobody')
  })
})
