// ERRORS.md and the program's catalogues, held to each other: a code, a row, a test.
import { beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { coreErrors, type ErrorInfo } from '#core'
import { catalogue } from '../plugins/index.ts'

const root = join(import.meta.dir, '..')

interface Row {
  readonly code: string
  readonly kind: string
  readonly meaning: string
  readonly remedy: string
}

const rowsOf = (section: string): Row[] =>
  [...section.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(([, code = '', kind = '', meaning = '', remedy = '']) => ({
    code,
    kind,
    meaning,
    remedy,
  }))

/** The rows below each heading of ERRORS.md. */
const readSections = async (): Promise<ReadonlyMap<string, readonly Row[]>> => {
  const text = await Bun.file(join(root, 'public/docs/ERRORS.md')).text()
  const parts = text.split(/^## /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')).replace(/^Plugin `(.*)`$/, '$1'), rowsOf(part)]))
}

const catalogues: readonly (readonly [string, readonly string[], Readonly<Record<string, ErrorInfo>>])[] = [
  ['core', ['Core', 'Start'], coreErrors],
  ...catalogue.map((plugin): [string, string[], Readonly<Record<string, ErrorInfo>>] => [plugin.id, [plugin.id], plugin.errors ?? {}]),
]
const codes = new Set(catalogues.flatMap(([, , errors]) => Object.values(errors).map(({ code }) => code)))

let sections: ReadonlyMap<string, readonly Row[]>
let tests: string
beforeAll(async () => {
  sections = await readSections()
  const files = await Array.fromAsync(new Bun.Glob('{src,plugins,test,public}/**/*.test.{ts,tsx}').scan({ cwd: root }))
  tests = (await Promise.all(files.map((file) => Bun.file(join(root, file)).text()))).join('\n')
})

describe.each(catalogues)('the errors of %s', (id, headings, errors) => {
  const rows = (): Row[] => headings.flatMap((heading) => sections.get(heading) ?? [])

  test('each have one row in ERRORS.md, with their kind, what they mean and what to do', () => {
    const expected = Object.values(errors).map(({ code, kind }) => `${code} ${kind}`)
    expect(
      rows()
        .map(({ code, kind }) => `${code} ${kind}`)
        .sort(),
    ).toEqual(expected.sort())
    for (const { meaning, remedy } of rows()) expect([meaning.length > 8, remedy.length > 8]).toEqual([true, true])
  })

  test('each are provoked by a test', () => {
    const untested = Object.values(errors).filter(({ code }) => !new RegExp(`\\b${code}\\b`).test(tests))
    expect(untested.map(({ code }) => code)).toEqual([])
  })

  test('have codes that begin with the plugin’s name', () => {
    const prefix = `${id.toUpperCase().replaceAll('-', '_')}_`
    for (const [name, { code }] of Object.entries(errors)) expect(code).toBe(prefix + name)
  })
})

test('ERRORS.md has no section of a plugin that is in the catalogue under no such name', () => {
  const plugins = [...sections.keys()].filter((heading) => heading !== 'Core' && heading !== 'Start')
  // A plugin whose folder was deleted may leave its section behind.
  const strays = plugins.filter((heading) => existsSync(join(root, 'plugins', heading)) && !catalogue.some(({ id }) => id === heading))
  expect(strays).toEqual([])
})

test.each(['PROTOCOL.md', 'DEPLOY.md', 'PLUGINS.md', 'CLIENT.md', 'README.md'])('%s names no code that does not exist', async (name) => {
  const text = await Bun.file(join(root, 'public/docs', name)).text()
  const prefixes = ['CORE', ...catalogue.map(({ id }) => id.toUpperCase().replaceAll('-', '_'))].join('|')
  const named = [...text.matchAll(new RegExp(`\\b(?:${prefixes})_[A-Z][A-Z_]*[A-Z]\\b`, 'g'))].map(([code]) => code)
  // Settings begin with PARLEY_, so what is left are codes; a plugin that is not here may be spoken of all the same.
  expect(named.filter((code) => !codes.has(code) && !text.includes(`PARLEY_${code}`))).toEqual([])
})
