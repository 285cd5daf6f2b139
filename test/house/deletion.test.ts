// A plugin is a folder and a line. Whoever does not want one deletes both, and nothing else notices.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { closureOf } from './closure.ts'

const root = join(import.meta.dir, '../..')
const left = new Set(['node_modules', '.git', 'dist', 'data', '.cache'])
const plugins = readdirSync(join(root, 'plugins'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** A copy of the tree without one plugin. */
const without = (plugin: string): string => {
  const copy = mkdtempSync(join(tmpdir(), `parley-without-${plugin}-`))
  cpSync(root, copy, { recursive: true, filter: (path) => path === root || !left.has(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  rmSync(join(copy, 'plugins', plugin), { recursive: true })
  const catalogue = join(copy, 'plugins/index.ts')
  const lines = readFileSync(catalogue, 'utf8').split('\n')
  const imported = lines.find((line) => line.includes(`'./${plugin}/`)) ?? ''
  const name = /import \{ (\w+) \}/.exec(imported)?.[1]
  if (!name) throw new Error(`the catalogue has no line for ${plugin}`)
  const kept = lines.filter((line) => line !== imported).join('\n')
  writeFileSync(catalogue, kept.replace(new RegExp(`\\b${name}\\b,? ?`), '').replace(', ]', ']'))
  return copy
}

const run = (folder: string, command: string, args: readonly string[]): { status: number | null; output: string } => {
  // Whether a plugin is there does not depend on the database.
  const env = { ...process.env, PARLEY_TEST_POSTGRES: 'none' }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', timeout: 120_000, env })
  return { status, output: `${stdout}${stderr}`.slice(-4_000) }
}

/** Through these a test sees all plugins there are. */
const whole = new Set(['plugins/index.ts', 'test/support/program.ts'])

/** The tests of the plugins that are there. */
const testsOf = (folder: string): readonly string[] =>
  [...new Bun.Glob('plugins/*/**/*.test.ts').scanSync({ cwd: folder })].map((file) => join(folder, file)).sort()

describe.each(plugins)('without the plugin %s', (plugin) => {
  let folder: string
  beforeAll(() => {
    folder = without(plugin)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('everything still compiles', () => {
    expect(run(folder, join(folder, 'node_modules/.bin/tsc'), ['-p', '.'])).toEqual({ status: 0, output: '' })
  }, 120_000)

  test('the house still stands', () => {
    expect(run(folder, process.execPath, ['test', '-t', 'the repository', 'test/architecture.test.ts'])).toMatchObject({ status: 0 })
  }, 120_000)

  test('the tests of the other plugins stand on nothing that is gone', () => {
    const missing = testsOf(folder).flatMap((file) => [...closureOf(folder, file)].filter((path) => !existsSync(path)))
    expect(missing).toEqual([])
  })

  // A test that reads neither the catalogue nor the whole tree has read the same bytes as in the ordinary run.
  test('the documents still agree with the code, and so do the tests that look at every plugin', () => {
    const affected = testsOf(folder).filter((file) => [...closureOf(folder, file)].some((path) => whole.has(relative(folder, path))))
    const files = affected.map((file) => `./${relative(folder, file)}`)
    expect(
      run(folder, process.execPath, ['test', '--parallel=2', '--timeout=15000', ...files, './test/docs/', './test/errors.test.ts']),
    ).toMatchObject({ status: 0 })
  }, 180_000)
})
