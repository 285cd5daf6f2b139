// The documents against the code and against each other: what stands in one and not in the other is a failure here.
import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { catalogue } from '../../plugins/index.ts'
import { Config, masked } from '../../src/config.ts'
import { rateText } from '../../src/limit.ts'
import { declaredLimits } from '../../src/limits.ts'
import type { Plugin } from '../../src/plugin.ts'
import { readBlocks, readHeadings, readLinks, readTable } from '../support/markdown.ts'

const root = join(import.meta.dir, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const plugins: readonly Plugin[] = catalogue
const manifest = JSON.parse(read('package.json')) as Record<'scripts' | 'dependencies' | 'devDependencies', Record<string, string>> & {
  version: string
}

const top = ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
const served = readdirSync(join(root, 'public/docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `public/docs/${name}`)
const besideCode = ['src', 'plugins', 'test', 'scripts', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`))
  .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
const documents = [...top, ...served, ...besideCode]

/** A plugin may be deleted: what is said about it then is nobody's mistake. */
const isOfMissingPlugin = (path: string): boolean => {
  const [, plugin] = /^plugins\/([a-z][a-z0-9-]*)(\/|$)/.exec(path) ?? []
  return plugin !== undefined && !existsSync(join(root, 'plugins', plugin))
}

describe('links', () => {
  /** Made by the running server. */
  const generated = new Set(['public/docs/asyncapi.json', 'public/docs/openapi.json'])

  test.each(documents)('every link of %s leads somewhere, to its very heading', (document) => {
    for (const link of readLinks(read(document)).filter((target) => !/^(https?|mailto):/.test(target))) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? document : normalize(join(dirname(document), decodeURIComponent(path)))
      if (isOfMissingPlugin(target) || generated.has(target)) continue
      expect(`${link}: ${existsSync(join(root, target)) ? 'is there' : 'leads nowhere'}`).toBe(`${link}: is there`)
      if (anchor !== undefined) expect(readHeadings(read(target)).map((heading) => heading.anchor)).toContain(decodeURIComponent(anchor))
    }
    expect(document).toEndWith('.md')
  })

  test.each(served)('%s links only to what the server serves beside it', (document) => {
    for (const link of readLinks(read(document)).filter((target) => !/^(https?:|#)/.test(target))) {
      expect(relative('public/docs', normalize(join(dirname(document), link)))).not.toStartWith('..')
    }
  })

  test('every document that the server serves is in its index and in both READMEs', () => {
    for (const path of served.filter((name) => !name.endsWith('README.md'))) {
      expect(readLinks(read('public/docs/README.md'))).toContain(relative('public/docs', path))
      for (const readme of ['README.md', 'README.zh-CN.md']) expect(readLinks(read(readme))).toContain(path)
    }
  })

  test.each(documents)('every path that %s names exists', (document) => {
    const named = [...readBlocks(read(document)).prose.matchAll(/`((?:src|plugins|public|test|scripts|examples)\/[\w./-]*)`/g)]
    const missing = named
      .map((match) => match[1] as string)
      // The tutorial's plugin is made by its reader.
      .filter((path) => !path.startsWith('plugins/guestbook') && !isOfMissingPlugin(path))
      .filter((path) => !existsSync(join(root, path)))
    expect(missing).toEqual([])
  })
})

describe('settings', () => {
  const config = new Config({ env: {}, file: {} })
  config.core()
  for (const { id, config: schema } of plugins) if (schema) config.plugin(id, schema)
  const inCode = new Map(config.settings.map((setting) => [setting.name, masked(setting)]))

  const sections = readHeadings(read('public/docs/DEPLOY.md'))
    .map(({ text }) => text)
    .filter((text) => text === 'Core' || text.startsWith('Plugin '))
  const isHere = (section: string): boolean => section === 'Core' || plugins.some(({ id }) => section === `Plugin ${id}`)
  const rowsOf = (document: string, section: string): string[][] =>
    readTable(read(document), section)
      .slice(2)
      .map((row) => row.map((cell) => cell.replace(/^`(.*)`$/, '$1')))
  const rows = sections.filter(isHere).flatMap((section) => rowsOf('public/docs/DEPLOY.md', section))

  test('every setting stands in DEPLOY.md with its default, and nothing else does', () => {
    expect(inCode.size).toBeGreaterThan(8)
    expect(Object.fromEntries(rows.map(([name = '', , value = '']) => [name, value]))).toEqual(Object.fromEntries(inCode))
  })

  test('every setting stands under its plugin, with the name that it has in the settings file', () => {
    for (const section of sections.filter(isHere)) {
      const prefix = section === 'Core' ? '' : `PARLEY_${section.slice('Plugin '.length).replace(/-/g, '_').toUpperCase()}_`
      for (const [name = '', key = ''] of rowsOf('public/docs/DEPLOY.md', section)) {
        expect(name).toStartWith(prefix)
        const fromKey = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
        if (key !== '') expect([`${prefix}${fromKey}`, `PARLEY_${fromKey}`]).toContain(name)
      }
    }
  })

  test.each([
    ['README.md', 'Settings'],
    ['README.zh-CN.md', '设置'],
  ])('the settings in %s are those of the code', (document, section) => {
    const named = rowsOf(document, section).filter(([name = '']) => inCode.has(name))
    expect(named.length).toBeGreaterThanOrEqual(6)
    for (const [name = '', value] of named) expect(`${name} ${value}`).toBe(`${name} ${inCode.get(name)}`)
  })

  test('the settings file in DEPLOY.md is a good one', () => {
    const [sample] = readBlocks(read('public/docs/DEPLOY.md')).blocks.filter(({ language }) => language === 'json')
    const used = new Config({ env: { DB_PASSWORD: 'x' }, file: JSON.parse(sample?.text ?? '') })
    used.core()
    for (const { id, config: schema } of plugins) if (schema) used.plugin(id, schema)
    expect(() => used.verify()).not.toThrow()
    expect(used.core().databaseUrl).toBe('postgres://parley:x@db.internal/parley')
  })
})

test('every rate limit stands in DEPLOY.md with what it counts by and its default, and nothing else does', () => {
  const inCode = [...declaredLimits(plugins)].map(([name, limit]) => [name, limit.by, rateText(limit)].join(' '))
  const ids = ['core', ...plugins.map(({ id }) => id)]
  const rows = readTable(read('public/docs/DEPLOY.md'), 'Limits').slice(2)
  const here = rows.filter(([name = '']) => ids.some((id) => name.startsWith(`\`${id}.`)))
  expect(here.map((row) => row.slice(0, 3).join(' ').replace(/`/g, '')).sort()).toEqual(inCode.sort())
})

describe('packages and commands', () => {
  test('every dependency has its line in CONTRIBUTING.md, and nothing else has', () => {
    const named = readTable(read('CONTRIBUTING.md'), 'Dependencies').slice(2)
    const inUse = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]
    expect(named.map(([name = '']) => name.replace(/`/g, '')).sort()).toEqual(inUse.sort())
    for (const [name, why = ''] of named) expect(`${name} ${why.length > 8 ? 'has a reason' : 'has none'}`).toBe(`${name} has a reason`)
  })

  test.each(documents)('every command that %s names exists', (document) => {
    const text = read(document)
    const scripts = [...text.matchAll(/\b(?:npm|bun) run ([a-z][\w:-]*)/g)].map((match) => match[1] as string)
    const short = [...text.matchAll(/(?:^|`)(?:npm|bun) (start|test)\b/gm)].map((match) => match[1] as string)
    for (const name of [...scripts, ...short]) expect(Object.keys(manifest.scripts)).toContain(name)
  })

  test('CHANGELOG.md begins with this version', () => {
    const [first] = readHeadings(read('CHANGELOG.md')).filter(({ level }) => level === 2)
    expect(first?.text).toStartWith(manifest.version)
  })
})

describe('both READMEs', () => {
  const [english, chinese] = [read('README.md'), read('README.zh-CN.md')]

  test('they have the same headings in the same order', () => {
    expect(readHeadings(chinese).map(({ level }) => level)).toEqual(readHeadings(english).map(({ level }) => level))
  })

  test('they have the same code', () => {
    const codeOf = (text: string) => readBlocks(text).blocks.map(({ language, attributes, text: code }) => ({ language, attributes, code }))
    expect(codeOf(chinese)).toEqual(codeOf(english))
    expect(codeOf(english).length).toBeGreaterThan(4)
  })

  test('they have the same tables, row by row', () => {
    const shapes = (text: string): number[] => text.split('\n').map((line) => (line.startsWith('|') ? line.split('|').length : 0))
    const runs = (text: string): string => shapes(text).join(' ').replace(/(0 )+/g, '0 ')
    expect(runs(chinese)).toBe(runs(english))
  })

  test('they link to the same places', () => {
    const targets = (text: string): string[] => readLinks(text).map((link) => link.replace('page-zh.png', 'page.png'))
    expect(targets(chinese).sort()).toEqual(targets(english).sort())
  })

  test('both have a place for the figures of the benchmark', () => {
    for (const text of [english, chinese]) expect(text).toMatch(/<!-- bench -->\n[\s\S]*<!-- \/bench -->/)
  })
})

describe('examples', () => {
  test.each(documents)('code that %s takes from a file stands in that file', (document) => {
    for (const { attributes, text } of readBlocks(read(document)).blocks) {
      if (attributes.excerpt !== undefined) expect(read(attributes.excerpt)).toContain(text)
    }
    expect(document).toEndWith('.md')
  })
})
