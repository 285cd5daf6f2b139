// What a store promises about the tables of plugins, on every database.
import { expect, test } from 'bun:test'
import { sql } from 'drizzle-orm'
import type { Migration } from '../../src/store/migrate.ts'
import type { Store } from '../../src/store/store.ts'
import { forEachStore, type Open, onNodeSqlite, quietLog } from '../support/stores.ts'
import { codeOf, failureOf } from './store-start.ts'

/** The same text for both databases. */
const step = (name: string, ...statements: string[]): Migration => {
  const text = statements.join('\n--> statement-breakpoint\n')
  return { name, sqlite: text, postgres: text }
}

const first = step('0001_init', 'create table demo_a (n bigint)', 'insert into demo_a values (1)')
const second = step('0002_more', 'insert into demo_a select n + 1 from demo_a')
const third = step('0003_most', 'insert into demo_a select n + 2 from demo_a')

const numbers = async (store: Store, open: Open): Promise<number[]> => {
  const demo = open.kit.table('demo_a', { n: open.kit.int('n') })
  const rows = await store.read.select({ n: demo.n }).from(demo).orderBy(demo.n)
  return rows.map((row) => row.n as number)
}

const ledger = async (store: Store, open: Open): Promise<string[]> => {
  const { kit } = open
  const rows = kit.table('parley_migrations', { plugin: kit.text('plugin'), name: kit.text('name') })
  const found = await store.read.select().from(rows).orderBy(rows.plugin, rows.name)
  return found.map((row) => `${row.plugin} ${row.name}`)
}

const promises = (open: Open): void => {
  test('applies what is missing, in the order of the names', async () => {
    const { store } = await open()
    await store.migrate('demo', [second, third, first])
    expect(await numbers(store, open)).toEqual([1, 2, 3, 4])
    expect(await ledger(store, open)).toEqual(['demo 0001_init', 'demo 0002_more', 'demo 0003_most'])
  })

  test('applies each migration once, also after the program has started again', async () => {
    const { store, url } = await open()
    await store.migrate('demo', [first])
    await store.close()
    const again = (await open({ url })).store
    await again.migrate('demo', [first, second])
    await again.migrate('demo', [first, second])
    expect(await numbers(again, open)).toEqual([1, 2])
  })

  test('says which one it is at if the tables are in use, and nothing of new ones', async () => {
    const log = quietLog()
    const { store } = await open({ log })
    await store.migrate('demo', [first, second])
    await store.migrate('demo', [first, second])
    expect(log.lines).toEqual([])
    await store.migrate('demo', [first, second, third])
    expect(log.lines).toEqual(['info the database is being brought up to date'])
  })

  test('reaches a plugin that is switched on later, though others are further on', async () => {
    const { store } = await open()
    await store.migrate('other', [step('0009_other', 'create table other_a (n bigint)')])
    await store.migrate('demo', [first])
    expect(await ledger(store, open)).toEqual(['demo 0001_init', 'other 0009_other'])
  })

  test('refuses a migration that is not what was applied, and touches nothing', async () => {
    const { store } = await open()
    await store.migrate('demo', [first])
    const changed = step('0001_init', 'create table demo_a (n bigint)')
    expect(await codeOf(store.migrate('demo', [changed, second]))).toBe('CORE_MIGRATION_CHANGED')
    expect(await numbers(store, open)).toEqual([1])
  })

  test('refuses one that was slipped in before those that were applied', async () => {
    const { store } = await open()
    await store.migrate('demo', [first, third])
    expect(await codeOf(store.migrate('demo', [first, second, third]))).toBe('CORE_MIGRATION_CHANGED')
    expect(await numbers(store, open)).toEqual([1, 3])
  })

  test('does not mind different line ends', async () => {
    const { store } = await open()
    await store.migrate('demo', [first])
    const windows = (text: string): string => text.replaceAll('\n', '\r\n')
    await store.migrate('demo', [{ ...first, sqlite: windows(first.sqlite), postgres: windows(first.postgres) }])
    expect(await numbers(store, open)).toEqual([1])
  })

  test('refuses a database that is newer than the program, and touches nothing', async () => {
    const { store } = await open()
    await store.migrate('demo', [first, third])
    const error = await failureOf(store.migrate('demo', [first, second]))
    expect(error).toMatchObject({ code: 'CORE_DATABASE_NEWER' })
    expect(String(error)).toContain('demo 0003_most')
    expect(await numbers(store, open)).toEqual([1, 3])
  })

  test('undoes the whole of a migration that fails, and may be tried again', async () => {
    const { store } = await open()
    const broken = step('0002_more', 'insert into demo_a values (2)', 'insert into demo_nowhere values (3)')
    const error = await failureOf(store.migrate('demo', [first, broken, third]))
    expect(error).toMatchObject({ code: 'CORE_MIGRATION_FAILED' })
    expect(String(error)).toContain('demo_nowhere')
    expect(await numbers(store, open)).toEqual([1])
    await store.migrate('demo', [first, second])
    expect(await numbers(store, open)).toEqual([1, 2])
  })

  test('done by several at once is done once', async () => {
    const { store, url } = await open()
    const other = open.dialect === 'postgres' ? (await open({ url })).store : store
    await Promise.all([store, other, store, other].map((each) => each.migrate('demo', [first, second])))
    expect(await numbers(store, open)).toEqual([1, 2])
  })

  test('remakes a table without deleting what refers to it', async () => {
    const { store } = await open()
    const init = step(
      '0001_init',
      'create table demo_parents (id bigint primary key)',
      'create table demo_a (n bigint references demo_parents (id) on delete cascade)',
      'insert into demo_parents values (7)',
      'insert into demo_a values (7)',
    )
    const remake = {
      ...step('0002_remake', 'alter table demo_parents add column name text'),
      sqlite: [
        'create table new_parents (id bigint primary key, name text)',
        'insert into new_parents select id, null from demo_parents',
        'drop table demo_parents',
        'alter table new_parents rename to demo_parents',
      ].join('--> statement-breakpoint\n'),
    }
    await store.migrate('demo', [init, remake])
    expect(await numbers(store, open)).toEqual([7])
    const demo = open.kit.table('demo_a', { n: open.kit.int('n') })
    const orphan = await failureOf(store.write((tx) => tx.insert(demo).values({ n: 8 })))
    expect(orphan).toMatchObject({ failure: 'foreign_key' })
  })

  test('waits for the units that are running', async () => {
    const { store } = await open()
    await store.migrate('demo', [first])
    const demo = open.kit.table('demo_a', { n: open.kit.int('n') })
    const unit = store.write((tx) => tx.update(demo).set({ n: sql`${demo.n} + 10` }))
    await Promise.all([unit, store.migrate('demo', [first, second])])
    expect((await numbers(store, open)).length).toBe(2)
  })
}

forEachStore('migrating', promises)
onNodeSqlite('migrating', promises)
