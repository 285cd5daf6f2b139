// bad-input L14: plugins from outside that cannot be used. Each is a file, loaded by the real program by its path.
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, runProgram, startProgram } from '../support/program.ts'

setDefaultTimeout(15_000)

const folder = mkdtempSync(join(tmpdir(), 'parley-plugins-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
/** A plugin file with this text; its path. */
const file = (text: string): string => {
  const path = join(folder, `plugin-${++count}.ts`)
  writeFileSync(path, text)
  return path
}
/** A plugin file with this manifest, as text. */
const plugin = (manifest: string, before = ''): string =>
  file(`${before}\nexport default ({ definePlugin, defineService, message, v }) => definePlugin({ setup: () => ({}), ${manifest} })`)

const startWith = (...plugins: readonly string[]): Promise<Ended> => runProgram({ env: { PARLEY_PLUGINS: plugins.join(',') } })

const expectRefusal = ({ code, stdout, stderr }: Ended, errorCode: string): void => {
  expect(stderr).toContain(`(${errorCode})`)
  expect([code, stdout.includes('"listening"')]).toEqual([78, false])
}

// Begun at once, because the program gives them ten seconds.
const hangingLoad = startWith(file('await new Promise(() => {})\nexport default () => ({})'))
const hangingSetup = startWith(plugin("id: 'sleepy', setup: () => new Promise(() => {})"))

describe('a file that holds no plugin is refused by its path', () => {
  test.each([
    ['a file that is not there', './nowhere.ts', 'nowhere.ts'],
    ['a file that cannot be compiled', file('export default ({'), 'plugin-'],
    ['a file that throws', file("throw new Error('no licence')"), 'no licence'],
    ['a file that imports what is not there', file("import 'left-pad-of-nobody'\nexport default () => ({})"), 'left-pad-of-nobody'],
    ['nothing exported', file('export const x = 1'), 'default export'],
    ['something else exported', file("export default { id: 'x' }"), 'default export'],
    ['a factory that throws', file("export default () => { throw new Error('no licence') }"), 'no licence'],
    ['a factory that rejects', file("export default async () => { throw new Error('no licence') }"), 'no licence'],
    ['a factory that gives nothing', file('export default () => undefined'), 'its id'],
    ['a factory that gives a text', file("export default () => 'plugin'"), 'its id'],
  ])('%s', async (_, path, word) => {
    const ended = await startWith(path)
    expectRefusal(ended, 'CORE_BAD_PLUGIN')
    expect(ended.stderr).toContain(word)
  })

  test('a name that is in no catalogue is refused with those that are', async () => {
    const ended = await startWith('rooms', 'roooms')
    expectRefusal(ended, 'CORE_BAD_PLUGIN')
    expect(ended.stderr).toMatch(/roooms.*auth, inbox, contacts, rooms, chat, calls/)
  })

  test('one that takes more than ten seconds to load, or to set up, is given up by name', async () => {
    const [load, setup] = await Promise.all([hangingLoad, hangingSetup])
    for (const ended of [load, setup]) expectRefusal(ended, 'CORE_BAD_PLUGIN')
    expect(load.stderr).toMatch(/plugin-\d+\.ts.*10 s to load/)
    expect(setup.stderr).toMatch(/sleepy.*10 s to set up/)
  }, 30_000)
})

describe('a manifest that cannot be is refused before anything runs', () => {
  const shouting = "setup: () => { console.log('I RAN'); return {} }"

  test.each([
    ['no id', ['setup: () => ({})'], 'CORE_BAD_PLUGIN', 'its id'],
    ['an id in capitals', ["id: 'Mine'"], 'CORE_BAD_PLUGIN', 'Mine'],
    ['the id core', ["id: 'core'"], 'CORE_BAD_PLUGIN', 'core'],
    ['the id ack', ["id: 'ack'"], 'CORE_BAD_PLUGIN', 'ack'],
    ['no setup', ["id: 'lazy', setup: undefined"], 'CORE_BAD_PLUGIN', 'lazy'],
    ['two of one id', [`id: 'twin', ${shouting}`, `id: 'twin', ${shouting}`], 'CORE_DUPLICATE_PLUGIN', 'twin'],
    [
      'a service that nobody provides',
      [`id: 'needy', uses: { x: defineService('nobodys') }, ${shouting}`],
      'CORE_MISSING_SERVICE',
      'needy needs the service nobodys',
    ],
    [
      'a service that two provide',
      [`id: 'one', provides: { x: defineService('x') }, ${shouting}`, `id: 'two', provides: { x: defineService('x') }, ${shouting}`],
      'CORE_DUPLICATE_SERVICE',
      'x is provided by both one and two',
    ],
    [
      'a circle',
      [
        `id: 'hen', uses: { x: defineService('egg') }, provides: { y: defineService('hen') }, ${shouting}`,
        `id: 'egg', uses: { x: defineService('hen') }, provides: { y: defineService('egg') }, ${shouting}`,
      ],
      'CORE_CYCLIC_SERVICES',
      'hen → egg → hen',
    ],
    [
      'an unknown capability',
      [`id: 'proud', capabilities: ['root'], ${shouting}`],
      'CORE_UNKNOWN_CAPABILITY',
      'proud asks for the capability root',
    ],
    [
      'a broker without the capability',
      [`id: 'carrier', provides: { x: defineService('core.broker') }, ${shouting}`],
      'CORE_MISSING_CAPABILITY',
      'carrier',
    ],
  ])('%s', async (_, manifests, code, words) => {
    const ended = await startWith(...manifests.map((manifest) => plugin(manifest)))
    expectRefusal(ended, code)
    expect(ended.stderr).toContain(words)
    expect(ended.stdout).not.toContain('I RAN')
  })

  test('a plugin of one’s own with the id of one in the catalogue', async () => {
    expectRefusal(await startWith('rooms', plugin("id: 'rooms'")), 'CORE_DUPLICATE_PLUGIN')
    expectRefusal(await startWith('rooms', 'rooms'), 'CORE_DUPLICATE_PLUGIN')
  })
})

describe('behaviour that does not keep the manifest’s word is refused', () => {
  test.each([
    [
      'a message without a handler',
      "id: 'mute', messages: { speak: message({ input: v.object({}), reply: v.object({}) }) }",
      'the message speak has no handler',
    ],
    [
      'a handler that is no function',
      "id: 'odd', messages: { speak: message({ input: v.object({}), reply: v.object({}) }) }, setup: () => ({ handlers: { speak: 5 } })",
      'speak',
    ],
    ['a service that is not given', "id: 'miser', provides: { gold: defineService('gold') }", 'gold'],
    [
      'a setup that throws',
      "id: 'angry', setup: () => { throw new TypeError('x is not a function') }",
      'angry cannot be used: it failed to set up: x is not a function',
    ],
    [
      'a setup that rejects',
      "id: 'angry', setup: async () => { throw new Error('no network') }",
      'angry cannot be used: it failed to set up: no network',
    ],
    ['a setup that throws a text', "id: 'angry', setup: () => { throw 'just text' }", 'just text'],
    ['routes that throw', "id: 'lost', setup: () => ({ routes: () => { throw new Error('no map') } })", 'no map'],
    ['tables that throw', "id: 'flat', tables: () => { throw new Error('no wood') }", 'no wood'],
  ])('%s', async (_, manifest, words) => {
    const ended = await startWith(plugin(manifest))
    expectRefusal(ended, 'CORE_BAD_PLUGIN')
    expect(ended.stderr).toContain(words)
  })

  test('a migration that fails is refused by its name and undone', async () => {
    const migration =
      "migrations: [{ name: '0001_init', sqlite: 'create table half (a text)--> statement-breakpoint\\ncreate tabel whole (a text)', postgres: '' }]"
    const ended = await startWith(plugin(`id: 'typo', ${migration}`))
    expectRefusal(ended, 'CORE_MIGRATION_FAILED')
    expect(ended.stderr).toContain('typo 0001_init')
  })

  test('what was set up before is disposed, in reverse', async () => {
    const dispose = (id: string, more = ''): string =>
      plugin(`id: '${id}', setup: () => ({ dispose: () => console.log('disposed ${id}') }), ${more}`)
    const one = dispose(
      'one',
      "provides: { one: defineService('one') }, setup: () => ({ services: { one: 1 }, dispose: () => console.log('disposed one') })",
    )
    const two = dispose('two', "uses: { one: defineService('one') }")
    const ended = await startWith(two, one, plugin("id: 'three', setup: () => { throw new Error('no') }"))
    expectRefusal(ended, 'CORE_BAD_PLUGIN')
    expect(ended.stdout.match(/disposed \w+/g)).toEqual(['disposed two', 'disposed one'])
  })
})

describe('the end', () => {
  test('disposes plugins in reverse, and one that fails or hangs keeps no other from it', async () => {
    const noisy = (id: string, how: string): string =>
      plugin(`id: '${id}', setup: () => ({ dispose: () => { console.log('disposing ${id}'); ${how} } })`)
    const program = await startProgram({
      env: {
        PARLEY_PLUGINS: [
          noisy('first', ''),
          noisy('second', "throw new Error('no')"),
          noisy('third', 'return Promise.reject(5)'),
          noisy('fourth', ''),
        ].join(','),
      },
    })
    expect(await program.stop()).toBe(0)
    expect(program.said().match(/disposing \w+/g)).toEqual(['disposing fourth', 'disposing third', 'disposing second', 'disposing first'])
    expect(program.said()).toContain('a plugin failed to dispose')
  })
})
