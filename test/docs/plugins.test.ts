// What PLUGINS.md says of the code is so; its first plugin, once walked through (walk.test.ts), answers in the program.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../../plugins/index.ts'
import { core } from '../../src/errors.ts'
import { readBlocks, readTable } from '../support/markdown.ts'
import { describeUnless } from '../support/skip.ts'

const root = join(import.meta.dir, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const document = read('public/docs/PLUGINS.md')
const { blocks } = readBlocks(document)

const noAuth = catalogue.some(({ id }) => id === ('auth' as string))
  ? undefined
  : 'the plugin auth, with which the page’s script signs in, is not here'

describeUnless(noAuth)('the first plugin', () => {
  let house: string
  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'parley-first-'))
    // What is behind a link finds the repository's catalogue, so the program is copied.
    for (const part of ['src', 'plugins', 'public']) cpSync(join(root, part), join(house, part), { recursive: true })
    for (const part of ['node_modules', 'package.json']) symlinkSync(join(root, part), join(house, part))
    cpSync(join(root, 'examples/plugins/guestbook'), join(house, 'plugins/guestbook'), { recursive: true })
  })
  afterAll(() => rmSync(house, { recursive: true }))

  test('switched on in the catalogue, it answers the page’s script', async () => {
    const [line] = blocks.filter(({ attributes }) => 'catalogue' in attributes)
    const index = join(house, 'plugins/index.ts')
    writeFileSync(index, line?.text + readFileSync(index, 'utf8').replace(/\] as const/, ', guestbook] as const'))
    const env = { PATH: process.env.PATH ?? '', PORT: '0', DATABASE_URL: `sqlite:${join(house, 'a.db')}` }
    const server = Bun.spawn([process.execPath, 'src/main.ts'], { cwd: house, env, stdout: 'pipe' })
    try {
      const said = await until(server.stdout, (out) => out.includes('"listening"'))
      await expectAnswers(house, /"address":"([^"]+)"/.exec(said)?.[1] ?? '')
    } finally {
      server.kill()
      await server.exited
    }
  }, 30_000)
})

const expectAnswers = async (house: string, address: string): Promise<void> => {
  const script = blocks.find(({ attributes: { file } }) => file === 'try.mjs')?.text ?? ''
  writeFileSync(join(house, 'try.mjs'), script.replace('http://localhost:8787', address))
  const visitor = Bun.spawn([process.execPath, 'try.mjs'], { cwd: house, stdout: 'pipe' })
  const seen = await until(visitor.stdout, (out) => /"type":"(ack|error)"/.test(out))
  visitor.kill()
  expect(seen).toContain('"type":"guestbook.signed"')
  expect(await (await fetch(`${address}/api/guestbook`)).json()).toMatchObject({ entries: [{ name: 'Ann', text: 'Hello' }] })
  expect(JSON.stringify(await (await fetch(`${address}/docs/openapi.json`)).json())).toContain('/api/guestbook')
}

const until = async (stream: ReadableStream<Uint8Array>, isEnough: (text: string) => boolean): Promise<string> => {
  let text = ''
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk)
    if (isEnough(text)) return text
  }
  throw new Error(`it ended after: ${text}`)
}

describe('the reference', () => {
  test('every other piece of code on the page stands in a tested file', () => {
    const quoted = blocks.filter(({ language }) => language === 'ts').filter(({ attributes: { excerpt } }) => excerpt)
    expect(quoted.length).toBeGreaterThan(5)
    for (const { attributes, text } of quoted) expect(read(attributes.excerpt as string)).toContain(text)
  })

  test('no piece of code on the page is without a file', () => {
    const loose = blocks.filter(({ language, attributes }) => /^(ts|js)$/.test(language) && Object.keys(attributes).length === 0)
    expect(loose).toEqual([])
  })

  test('the plugin from outside is examples/outside-plugin.ts', () => {
    expect(blocks.find(({ attributes }) => attributes.file === 'outside-plugin.ts')?.text).toBe(read('examples/outside-plugin.ts'))
  })

  /** The member names of an interface in a source file. */
  const membersOf = (path: string, name: string): string[] => {
    const body = new RegExp(`\\binterface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(read(path))?.[1] ?? ''
    return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)].map((match) => match[1] as string)
  }
  const documented = (heading: string): string[] =>
    readTable(document, heading)
      .slice(2)
      .map(([name = '']) => name.replace(/`/g, ''))
  const capabilities = [...(/type Capability = (.+)/.exec(read('src/plugin.ts'))?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
    (match) => match[1] as string,
  )
  const behaviour = /export type Behaviour.*?\n\n/s.exec(read('src/plugin.ts'))?.[0] ?? ''
  const parts = [...behaviour.matchAll(/readonly (\w+)\??:/g)].map((match) => match[1] as string)

  const pairs: readonly (readonly [heading: string, inCode: readonly string[]])[] = [
    ['The manifest', membersOf('src/plugin.ts', 'Plugin')],
    ['What `setup` gets', [...membersOf('src/plugin.ts', 'Context'), ...membersOf('src/ambient.ts', 'Ambient')]],
    ['What `setup` returns', [...new Set(parts)]],
    ['Hooks', membersOf('src/plugin.ts', 'Hooks')],
    ['Capabilities', capabilities],
    ['Routes', membersOf('src/route.ts', 'RouteSpec')],
  ]
  for (const [heading, inCode] of pairs) {
    test(`“${heading}” lists what the code has, and nothing else`, () => {
      expect(inCode.length).toBeGreaterThan(3)
      expect(documented(heading).sort()).toEqual([...inCode].sort())
    })
  }

  test('every code that the page names exists', () => {
    const codes = new Set(Object.values(core).map(({ code }) => code))
    const named = [...document.matchAll(/`(CORE_[A-Z_]+)`/g)].map((match) => match[1] as string)
    expect(named.length).toBeGreaterThan(10)
    for (const code of named) expect(codes).toContain(code)
  })
})
