// The rules of the code's shape by their names: DESIGN's six and CONVENTIONS' sizes. Each has a few wrong lines and right ones
// beside it, on which it is tried.
import { coreKnowsNoPlugin, pluginsImportCore, pluginsShareServices } from './boundaries.ts'
import { noCircles, oneDirection } from './order.ts'
import { driversInOneFile, runtimesInOneFolder } from './outside.ts'
import { anyWithin, publicNamesAreDocumented } from './plumbing.ts'
import { fewParameters, filesEnd, functionsEnd, mostlyShort, shallow } from './size.ts'
import type { Rule } from './source.ts'
import { everyTestExpects, noSleeps, nothingLeftOutInSilence } from './tests.ts'

/** How many `any` the generic plumbing may hold; no other file holds one. Lower a figure when you can; raise it with a reason. */
const anyBudget = {
  'public/wire.ts': 3,
  'src/message.ts': 13,
  'src/plugin.ts': 20,
  'src/service.ts': 1,
  'src/store/store.ts': 3,
  'test/support/socket.ts': 1,
}

/** What a rule is tried on. */
export interface Example {
  /** It judges each file for itself: without some of the files it can object to nothing new. */
  readonly isOfOneFile?: true
  /** How many objections `wrong` must raise. */
  readonly faults: number
  readonly wrong: Readonly<Record<string, string>>
  /** What it must leave alone. */
  readonly right: Readonly<Record<string, string>>
}

const lines = (count: number, line: string) => `${line}\n`.repeat(count)

/** Every rule with its name and what it is tried on. */
export const rules: readonly (readonly [string, Rule, Example])[] = [
  [
    'only src/main.ts imports plugins; others at most the catalogue',
    coreKnowsNoPlugin,
    {
      faults: 2,
      wrong: {
        'src/kernel.ts': "import type { chat } from '../plugins/chat/index.ts'",
        'test/protocol/a.test.ts': "import { chat } from '../../plugins/chat/index.ts'",
      },
      right: {
        'src/main.ts': "import { catalogue } from '../plugins/index.ts'",
        'public/a.ts': "import type { catalogue } from '../plugins/index.ts'",
      },
    },
  ],
  [
    'a plugin imports the core only through #core',
    pluginsImportCore,
    {
      faults: 3,
      wrong: {
        'plugins/chat/index.ts': "import { definePlugin } from '../../src/plugin.ts'",
        'plugins/chat/store.ts': "export const x = () => import('../../src/store/store.ts')",
        'plugins/chat/types.ts': "export type X = import('../../src/hub.ts').Hub",
      },
      right: {
        'plugins/chat/a.ts': "import { definePlugin } from '#core'",
        'plugins/chat/chat.test.ts': "import { x } from '../../test/support/stores.ts'",
      },
    },
  ],
  [
    "a plugin imports of another only its service.ts, and only with the token in the manifest's uses",
    pluginsShareServices,
    {
      faults: 2,
      wrong: {
        'plugins/chat/index.ts':
          "import { Rooms } from '../rooms/service.ts'\nexport const chat = definePlugin({ id: 'chat', uses: { rooms: maybe(Rooms) } })",
        'plugins/chat/a.ts': "import { tables } from '../rooms/tables.ts'",
        'plugins/chat/b.ts': "import { Presence } from '../presence/service.ts'",
        'plugins/rooms/service.ts': "export const Rooms = defineService<Rooms>('rooms')",
        'plugins/presence/service.ts': "export const Presence = defineService<Presence>('presence')",
      },
      right: {
        'plugins/chat/index.ts':
          "import { Rooms } from '../rooms/service.ts'\nexport const chat = definePlugin({ id: 'chat', uses: { rooms: maybe(Rooms) } })",
        'plugins/rooms/service.ts': "export const Rooms = defineService<Rooms>('rooms')",
        'plugins/index.ts': "import { chat } from './chat/index.ts'",
      },
    },
  ],
  [
    'no circle of imports in the core',
    noCircles,
    {
      faults: 1,
      wrong: {
        'src/a.ts': "import type { B } from './b.ts'",
        'src/b.ts': "import { c } from './c/c.ts'",
        'src/c/c.ts': "export * from '../a.ts'",
      },
      right: {
        'src/a.ts': "import { b } from './b.ts'\nimport { c } from './c.ts'",
        'src/b.ts': "import { c } from './c.ts'",
        'src/c.ts': '',
      },
    },
  ],
  [
    'the core imports in one direction: main → server → kernel → dispatch → hub → broker; connection → errors, message, service',
    oneDirection,
    {
      faults: 2,
      wrong: {
        'src/hub.ts': "import { x } from './x.ts'",
        'src/x.ts': "import type { Dispatch } from './dispatch.ts'",
        'src/errors.ts': "import type { C } from './connection.ts'",
      },
      right: {
        'src/kernel.ts': "import './dispatch.ts'",
        'src/dispatch.ts': "import './hub.ts'\nimport './connection.ts'",
        'src/connection.ts': "import './errors.ts'",
      },
    },
  ],
  [
    'runtimes are named in src/runtime only, and in one marked adapter of a plugin',
    runtimesInOneFolder,
    {
      isOfOneFile: true,
      faults: 6,
      wrong: {
        'src/a.ts': 'export const v = Bun.version',
        'src/b.ts': 'export const v = globalThis.Deno',
        'src/c.ts': "import { Database } from 'bun:sqlite'",
        'src/d.ts': "export const load = () => import('bun')",
        'plugins/x/one.ts': '// Runtime adapter\nexport const a = [Bun.version, Deno.version]',
        'plugins/x/two.ts': '// Runtime adapter\nexport const a = [Bun.version, Deno.version]',
        'plugins/y/half.ts': '// Runtime adapter\nexport const a = Bun.version',
      },
      right: {
        'src/runtime/bun.ts': 'export const v = Bun.version',
        'src/e.ts': "// Bun says so\nexport const text = 'runs on Bun'",
        'test/a.ts': 'Bun.gc(true)',
      },
    },
  ],
  [
    'each driver is imported in one file',
    driversInOneFile,
    {
      faults: 1,
      wrong: { 'src/a.ts': "import postgres from 'postgres'", 'src/b.ts': "import type { Sql } from 'postgres'" },
      right: {
        'src/a.ts': "import pino from 'pino'\nimport { Hono } from 'hono'",
        'src/b.ts': "import { Hono } from 'hono'\nimport { join } from 'node:path'",
        'test/a.ts': "import pino from 'pino'",
      },
    },
  ],
  [
    'a file stops at 400 lines',
    filesEnd,
    { faults: 1, wrong: { 'src/a.ts': lines(401, '// x') }, right: { 'src/a.ts': lines(400, '// x') } },
  ],
  [
    'a function stops at 80 lines',
    functionsEnd,
    {
      isOfOneFile: true,
      faults: 1,
      wrong: { 'src/a.ts': `export const f = () => {\n${lines(79, 'g()')}}` },
      right: {
        'src/a.ts': `export const f = () => {\n${lines(78, 'g()')}}`,
        'test/a.test.ts': `describe('a', () => {\n${lines(90, "test('x', () => expect(g()).toBe(1))")}})`,
      },
    },
  ],
  [
    'a function takes at most four parameters',
    fewParameters,
    {
      isOfOneFile: true,
      faults: 1,
      wrong: { 'src/a.ts': 'export class A { m(a: 1, b: 2, c: 3, d: 4, e: 5) {} }' },
      right: { 'src/a.ts': 'export const f = (a: 1, b: 2, c: 3, d: 4) => {}' },
    },
  ],
  [
    'control flow nests at most three deep',
    shallow,
    {
      isOfOneFile: true,
      faults: 1,
      wrong: { 'src/a.ts': 'export function f() { for (;;) { if (a) { try { if (b) g() } catch {} } } }' },
      right: {
        'src/a.ts':
          'export function f() { for (;;) { if (a) { try { h(() => { if (b) g() }) } catch {} } else if (c) { if (d) g() } else if (e) g() } }',
      },
    },
  ],
  [
    'nine of ten functions are shorter than 45 lines',
    mostlyShort,
    {
      faults: 1,
      wrong: { 'src/a.ts': `export const f = () => {\n${lines(50, 'g()')}}\n${lines(8, 'h(() => 1)')}` },
      right: { 'src/a.ts': `export const f = () => {\n${lines(50, 'g()')}}\n${lines(9, 'h(() => 1)')}` },
    },
  ],
  [
    'any stays in the generic plumbing, and within its budget',
    anyWithin(anyBudget),
    {
      faults: 2,
      wrong: { 'src/hub.ts': 'export const f = (x: any) => x', 'src/service.ts': 'export type A = [any, any]' },
      right: { 'src/service.ts': 'export type A = any // any', 'src/hub.ts': 'export const any = 1' },
    },
  ],
  [
    'every name of #core, of the client and of a service.ts has a docstring',
    publicNamesAreDocumented,
    {
      faults: 3,
      wrong: {
        'src/index.ts': "export { a } from './a.ts'\nexport type {\n  B,\n} from './b.ts'",
        'src/a.ts': 'export const a = 1',
        'src/b.ts': '// not a docstring\nexport interface B {}',
        'plugins/x/service.ts': 'export type Y = 1',
      },
      right: { 'src/index.ts': "export { a } from './a.ts'", 'src/a.ts': '/** One. */\nexport const a = 1\nexport const inner = 2' },
    },
  ],
  [
    'no test sleeps',
    noSleeps,
    {
      isOfOneFile: true,
      faults: 5,
      wrong: {
        'test/a.test.ts': 'await Bun.sleep(1)',
        'test/support/b.ts': 'await new Promise<void>((done) => setTimeout(done, 5))',
        'test/c.test.ts': 'await new Promise((r) => { setTimeout(() => r(1), 5) })',
        'test/d.test.ts': "import { setTimeout as wait } from 'node:timers/promises'",
        'test/e.test.ts': 'setTimeout(gate.resolve, 5)',
      },
      right: {
        'test/a.test.ts': "await new Promise((done, fail) => { socket.onopen = done; setTimeout(() => fail(new Error('late')), 5000) })",
        'test/bench/load.ts': 'await Bun.sleep(1)',
      },
    },
  ],
  [
    'no test is left out without a printed reason',
    nothingLeftOutInSilence,
    {
      isOfOneFile: true,
      faults: 3,
      wrong: {
        'test/a.test.ts': "test.skip('x', () => {})",
        'test/b.test.ts': "describe.only('x', () => {})",
        'test/c.test.ts': "test.if(ready)('x', () => {})",
      },
      right: { 'test/a.test.ts': "if (!ready) console.warn('no postgres here')\ntest.skipIf(!ready)('x', () => {})" },
    },
  ],
  [
    'every test expects something',
    everyTestExpects,
    {
      isOfOneFile: true,
      faults: 1,
      wrong: { 'test/a.test.ts': "test('x', () => { run() })" },
      right: { 'test/a.test.ts': "test('x', () => { expect(run()).toBe(1) })\ntest('y', () => expectDense(log))" },
    },
  ],
]
