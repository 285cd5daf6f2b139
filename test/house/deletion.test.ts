// A plugin is a folder and a line. Whoever does not want one deletes both, and nothing else notices.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { rules } from '../support/architecture/rules.ts'
import { parse, readRepository, type Source } from '../support/architecture/source.ts'
import { closureOf } from './closure.ts'

const root = join(import.meta.dir, '../..')
const left = new Set(['node_modules', '.git', 'dist', 'data', '.cache'])
const plugins = readdirSync(join(root, 'plugins'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

const catalogue = 'plugins/index.ts'

/** The catalogue, given as text, without the lines of one plugin. */
const withoutLine = (text: string, plugin: string): string => {
  const lines = text.split('\n')
  const imported = lines.find((line) => line.includes(`'./${plugin}/`)) ?? ''
  const name = /import \{ (\w+) \}/.exec(imported)?.[1]
  if (!name) throw new Error(`the catalogue has no line for ${plugin}`)
  const kept = lines.filter((line) => line !== imported).join('\n')
  return kept.replace(new RegExp(`\\b${name}\\b,? ?`), '').replace(', ]', ']')
}

const run = (folder: string, command: string, args: readonly string[]): { status: number | null; output: string } => {
  // Whether a plugin is there does not depend on the database.
  const env = { ...process.env, PARLEY_TEST_POSTGRES: 'none' }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', timeout: 120_000, env })
  return { status, output: `${stdout}${stderr}`.slice(-4_000) }
}

// What the compiler knows of the whole tree stays true without a plugin, but for whatever stood on it.
const known = 'known.tsbuildinfo'
const compile = (folder: string) =>
  run(folder, join(folder, 'node_modules/.bin/tsc'), ['-p', '.', '--incremental', '--tsBuildInfoFile', known])

/** Through these a test sees all plugins there are. */
const whole = new Set([catalogue, 'test/support/program.ts'])

/** The tests of the plugins that are there, and of the one in the documents. */
const testsOf = (folder: string): readonly string[] =>
  ['plugins/*/**/*.test.ts', 'examples/plugins/*/*.test.ts']
    .flatMap((files) => [...new Bun.Glob(files).scanSync({ cwd: folder })])
    .map((file) => join(folder, file))
    .sort()

// What PLUGINS.md makes is among those tests.
const documents = [...new Bun.Glob('test/docs/*.test.ts').scanSync({ cwd: root })].filter((file) => !file.endsWith('/walk.test.ts'))

describe('a copy of the house', () => {
  const copy = mkdtempSync(join(tmpdir(), 'parley-house-'))
  const text = readFileSync(join(root, catalogue), 'utf8')
  let sources: readonly Source[]
  beforeAll(async () => {
    cpSync(root, copy, { recursive: true, filter: (path) => path === root || !left.has(basename(path)) })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    sources = await readRepository()
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  test('compiles', () => {
    expect(compile(copy)).toEqual({ status: 0, output: '' })
  }, 120_000)

  describe.each(plugins)('without the plugin %s', (plugin) => {
    const away = `${copy}-${plugin}`
    beforeAll(() => {
      renameSync(join(copy, 'plugins', plugin), away)
      writeFileSync(join(copy, catalogue), withoutLine(text, plugin))
    })
    afterAll(() => {
      renameSync(away, join(copy, 'plugins', plugin))
      writeFileSync(join(copy, catalogue), text)
    })

    test('still compiles', () => {
      expect(compile(copy)).toEqual({ status: 0, output: '' })
    }, 120_000)

    test('still stands', async () => {
      const changed = await parse({ [catalogue]: readFileSync(join(copy, catalogue), 'utf8') })
      const kept = sources.filter(({ path }) => path !== catalogue && !path.startsWith(`plugins/${plugin}/`))
      expect(kept.length).toBeLessThan(sources.length - 1)
      expect(rules.flatMap(([, rule, { isOfOneFile }]) => (isOfOneFile ? [] : rule([...kept, ...changed])))).toEqual([])
    })

    test('has no test of a plugin that stands on what is gone', () => {
      expect(testsOf(copy).some((file) => file.includes('guestbook'))).toBe(true)
      const missing = testsOf(copy).flatMap((file) => [...closureOf(copy, file)].filter((path) => !existsSync(path)))
      expect(missing).toEqual([])
    })

    // A test that reads neither the catalogue nor the whole tree has read the same bytes as in the ordinary run.
    test('has documents that agree with the code, and so do the tests that look at every plugin', () => {
      const affected = testsOf(copy).filter((file) => [...closureOf(copy, file)].some((path) => whole.has(relative(copy, path))))
      const files = [...affected.map((file) => relative(copy, file)), ...documents, 'test/errors.test.ts'].map((file) => `./${file}`)
      expect(run(copy, process.execPath, ['test', '--parallel=2', '--timeout=15000', ...files])).toMatchObject({ status: 0 })
    }, 180_000)
  })
})
