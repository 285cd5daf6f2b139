// Random changes, answers, failures and restarts against a log that forgets nothing: whoever keeps asking knows everything.
import { expect, test } from 'bun:test'
import { and, eq, inArray } from 'drizzle-orm'
import fc from 'fast-check'
import type { Db, Describe, Kit, Migration, Store } from '#core'
import { forEachStore, type Open } from '../../test/support/stores.ts'
import { Answers, type Cursor } from './answer.ts'
import { ChangeLog } from './log.ts'
import { migrations } from './migrations/index.ts'
import { tables } from './tables.ts'

const users = ['U1', 'U2'] as const
const keys = ['a', 'b'] as const
const devices = 4

/** The log to compare with: every change that was committed, whole and in order, with nothing clever about it. */
const naive = (k: Kit) =>
  k.table('test_changes', { id: k.text('id').primaryKey(), user: k.text('user').notNull(), key: k.text('key').notNull() })
type Naive = ReturnType<typeof naive>

const sql = 'create table test_changes ("id" text primary key not null, "user" text not null, "key" text not null)'
const naiveMigrations: readonly Migration[] = [{ name: '0001_init', sqlite: sql, postgres: sql }]

type Step =
  | ({ readonly kind: 'change'; readonly users: readonly string[]; readonly key: string; readonly fails: boolean } & Way)
  | ({ readonly kind: 'ask'; readonly device: number; readonly limit: number } & Way)
  | ({ readonly kind: 'begin'; readonly device: number } & Way)

/** Where a step happens, and how many turns of the event loop it lets others have on its way. */
interface Way {
  readonly node: number
  readonly turns: number
}
const way = { node: fc.nat(1), turns: fc.nat(3) }
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      users: fc.subarray([...users], { minLength: 1 }),
      key: fc.constantFrom(...keys),
      fails: fc.boolean(),
      ...way,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('ask' as const), device: fc.nat(devices - 1), limit: fc.integer({ min: 1, max: 4 }), ...way }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const), device: fc.nat(devices - 1), ...way }) },
)
/** What runs together, and what happens after it. */
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  after: fc.constantFrom('nothing' as const, 'nothing' as const, 'restart' as const, 'compare' as const),
})
const history = fc.record({ remember: fc.constantFrom(0, 1, 2, 3, 4, 1_000), rounds: fc.array(round, { minLength: 1, maxLength: 8 }) })
type Round = typeof round extends fc.Arbitrary<infer R> ? R : never

interface Node {
  readonly store: Store
  readonly log: ChangeLog
  readonly answers: Answers
}

interface Device {
  readonly user: string
  cursor: Cursor | undefined
  readonly knows: Map<string, number>
}

const pass = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const describeBy =
  (store: Store, changes: Naive): Describe =>
  async (user, asked) => {
    const rows = await store.read
      .select()
      .from(changes)
      .where(and(eq(changes.user, user), inArray(changes.key, [...asked])))
    return new Map(
      counts(rows)
        .entries()
        .map(([key, count]) => [key, { count }]),
    )
  }

/** How often each thing has changed. */
const counts = (rows: readonly Naive['$inferSelect'][]): Map<string, number> => {
  const found = new Map<string, number>()
  for (const { key } of rows) found.set(key, (found.get(key) ?? 0) + 1)
  return found
}

const nodeOn = (open: Open, store: Store, remember: number): Node => {
  const log = new ChangeLog({ store, tables: tables(open.kit), remember })
  const answers = new Answers({ log, epoch: 'e', pageLength: 1_000 })
  answers.describe('thing', describeBy(store, naive(open.kit)))
  return { store, log, answers }
}

let made = 0
/** One unit: the change itself and the note of it, in either order; some fail after both. */
const change = (
  { store, log }: Node,
  changes: Naive,
  { users: those, key, fails, turns }: Extract<Step, { kind: 'change' }>,
): Promise<void> =>
  store.write(async (tx: Db) => {
    const mine = ++made
    const write = () => tx.insert(changes).values(those.map((user) => ({ id: `${mine}/${user}`, user, key })))
    if (mine % 2 === 0) await write()
    await log.touch(tx, those, 'thing', key)
    if (mine % 2 === 1) await write()
    await pass(turns)
    if (fails) throw new RangeError('thrown by the unit')
  })

/** One page; false when there are more. */
const ask = async ({ answers }: Node, device: Device, limit: number): Promise<boolean> => {
  const { entries, more, reset, ...cursor } = await answers.answer(device.user, device.cursor, limit)
  if (reset) device.knows.clear()
  for (const { key, data } of entries) device.knows.set(key, (data as { count: number }).count)
  device.cursor = cursor
  return !more
}

/** Take the end of the log, and learn everything of before in another way. */
const begin = async ({ answers, store }: Node, changes: Naive, device: Device): Promise<void> => {
  const { epoch, position } = await answers.now(device.user)
  device.cursor = { epoch, position }
  const known = counts(await store.read.select().from(changes).where(eq(changes.user, device.user)))
  device.knows.clear()
  for (const [key, count] of known) device.knows.set(key, count)
}

const compare = async (nodes: readonly Node[], changes: Naive, all: readonly Device[]): Promise<void> => {
  for (const [i, device] of all.entries()) {
    const from = nodes[i % nodes.length] as Node
    for (let pages = 0; !(await ask(from, device, 2)); pages++) expect(pages).toBeLessThan(keys.length)
    const truth = counts(await from.store.read.select().from(changes).where(eq(changes.user, device.user)))
    expect(device.knows).toEqual(truth)
  }
}

const promises = (open: Open): void => {
  const prepare = async () => {
    const { store, url } = await open()
    await store.migrate('inbox', migrations)
    await store.migrate('test', naiveMigrations)
    // SQLite admits one store to a file.
    const stores = open.dialect === 'postgres' ? [store, (await open({ url })).store] : [store]
    return { stores, changes: naive(open.kit), t: tables(open.kit) }
  }

  test('a device that keeps asking knows of every change, whatever fails, restarts and runs together', async () => {
    const { stores, changes, t } = await prepare()
    const [store] = stores as [Store]

    const play = async (nodes: readonly Node[], steps: Round['steps'], all: readonly Device[]): Promise<void> => {
      const asked = new Set<number>()
      const work = steps.map((each): Promise<unknown> => {
        const at = nodes[each.node % nodes.length] as Node
        if (each.kind === 'change') return change(at, changes, each)
        // A device has one question at a time.
        if (asked.has(each.device)) return Promise.resolve()
        asked.add(each.device)
        const device = all[each.device] as Device
        return pass(each.turns).then(async () => {
          if (each.kind === 'ask') await ask(at, device, each.limit)
          else await begin(at, changes, device)
        })
      })
      const ends = await Promise.allSettled(work)
      for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(RangeError)
    }

    const run = async ({ remember, rounds }: { remember: number; rounds: readonly Round[] }): Promise<void> => {
      await store.write(async (tx) => {
        for (const table of [changes, t.entries, t.heads]) await tx.delete(table)
      })
      const start = (): Node[] => stores.map((each) => nodeOn(open, each, remember))
      let nodes = start()
      const all = Array.from({ length: devices }, (_, i): Device => ({ user: users[i % 2] as string, cursor: undefined, knows: new Map() }))
      for (const { steps, after } of rounds) {
        await play(nodes, steps, all)
        if (after === 'restart') nodes = start()
        if (after === 'compare') await compare(nodes, changes, all)
      }
      await compare(nodes, changes, all)
    }
    await fc.assert(fc.asyncProperty(history, run), { numRuns: open.dialect === 'sqlite' ? 150 : 30 })
  }, 60_000)
}

forEachStore('the inbox', promises)
