// PLUGINS.md is walked through as a stranger would: each step's files are written, compiled and tested where it says.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { catalogue } from '../../plugins/index.ts'
import { core } from '../../src/errors.ts'
import { type Block, readBlocks, readTable } from '../support/markdown.ts'
import { testUnless } from '../support/skip.ts'

const root = join(import.meta.dir, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const document = read('public/docs/PLUGINS.md')
const { blocks } = readBlocks(document)

const steps = [...new Set(blocks.map(({ heading }) => heading))].filter((heading) => /^\d\. /.test(heading))
const ofStep = (step: string): readonly Block[] => blocks.filter(({ heading }) => heading === step)

const linked = ['src', 'test', 'scripts', 'node_modules', 'package.json']
let house: string
beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'parley-walk-'))
  for (const part of linked) symlinkSync(join(root, part), join(house, part))
  cpSync(join(root, 'plugins'), join(house, 'plugins'), { recursive: true })
  const config = { extends: join(root, 'tsconfig.json'), include: ['plugins/guestbook', 'src/text-modules.d.ts'] }
  writeFileSync(
    join(house, 'tsconfig.json'),
    JSON.stringify({ ...config, compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] } }),
  )
})
afterAll(() => {
  // The links first, so that nothing can follow them.
  for (const part of linked.filter((part) => lstatSync(join(house, part)).isSymbolicLink())) unlinkSync(join(house, part))
  rmSync(house, { recursive: true })
})

const write = ({ attributes: { file, append }, text }: Block): void => {
  const path = join(house, file ?? append ?? '')
  mkdirSync(dirname(path), { recursive: true })
  if (append) appendFileSync(path, text)
  else if (file) writeFileSync(path, text)
}

const run = (...args: readonly string[]): { ok: boolean; out: string } => {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, ...args], { cwd: house })
  return { ok: exitCode === 0, out: `${stdout}${stderr}` }
}

/** What the compiler says about the tutorial's own files. */
const complaints = (): string =>
  run(join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--pretty', 'false')
    .out.split('\n')
    .filter((line) => line.startsWith('plugins/guestbook'))
    .join('\n')

const plugin = () => join(house, 'plugins/guestbook/index.ts')

describe('the first plugin', () => {
  for (const step of steps) {
    test(`step ${step}: it compiles, and its tests pass`, () => {
      for (const block of ofStep(step)) write(block)
      if (ofStep(step).some(({ text }) => text.includes('npm run generate'))) {
        expect(run('scripts/generate.ts', '--root', house, 'guestbook').out).toContain('guestbook: wrote')
      }
      expect(complaints()).toBe('')
      const tested = run('test', './plugins/guestbook')
      expect(tested.out).toContain(' 0 fail')
      expect(tested.ok).toBe(true)
    }, 60_000)
  }

  test('the compiler says what the page quotes when a handler is missing', () => {
    const quoted = blocks.find(({ language }) => language === 'text')?.text.trim()
    const whole = readFileSync(plugin(), 'utf8')
    writeFileSync(plugin(), whole.replace(/ {4}handlers: \{.*?\n {4}\},\n/s, '    handlers: {},\n'))
    expect(complaints()).toContain(quoted as string)
    writeFileSync(plugin(), whole)
  }, 60_000)

  test('what stands on the page is what stands in examples/plugins/guestbook', () => {
    const folder = join(root, 'examples/plugins/guestbook')
    const walked = join(house, 'plugins/guestbook')
    const files = (at: string) =>
      readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.endsWith('meta'))
    expect(
      files(folder)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      files(walked)
        .map(({ name }) => name)
        .sort(),
    )
    for (const { parentPath, name } of files(folder)) {
      const own = join(parentPath, name)
      // One folder further down.
      const text = readFileSync(own, 'utf8').replaceAll("'../../../test/", "'../../test/")
      expect(text).toBe(readFileSync(own.replace(folder, walked), 'utf8'))
    }
  })

  const whole = testUnless(
    catalogue.some(({ id }) => id === ('auth' as string))
      ? undefined
      : 'the plugin auth, with which the page’s script signs in, is not here',
  )

  whole(
    'switched on in the catalogue, it answers the page’s script',
    async () => {
      const [line] = blocks.filter(({ attributes }) => 'catalogue' in attributes)
      const index = join(house, 'plugins/index.ts')
      const text = readFileSync(index, 'utf8').replace(/\] as const/, ', guestbook] as const')
      writeFileSync(index, line?.text + text)
      // What is behind a link finds the repository's catalogue, so the program is copied.
      unlinkSync(join(house, 'src'))
      cpSync(join(root, 'src'), join(house, 'src'), { recursive: true })
      const env = { PATH: process.env.PATH ?? '', PORT: '0', DATABASE_URL: `sqlite:${join(house, 'a.db')}` }
      const server = Bun.spawn([process.execPath, 'src/main.ts'], { cwd: house, env, stdout: 'pipe' })
      try {
        const said = await until(server.stdout, (out) => out.includes('"listening"'))
        await expectAnswers(/"address":"([^"]+)"/.exec(said)?.[1] ?? '')
      } finally {
        server.kill()
        await server.exited
      }
    },
    30_000,
  )
})

const expectAnswers = async (address: string): Promise<void> => {
  const script = readFileSync(join(house, 'try.mjs'), 'utf8').replace('http://localhost:8787', address)
  writeFileSync(join(house, 'try.mjs'), script)
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
