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
import { type Block, readBlocks } from '../support/markdown.ts'

const root = join(import.meta.dir, '../..')
const { blocks } = readBlocks(readFileSync(join(root, 'public/docs/PLUGINS.md'), 'utf8'))

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
})
