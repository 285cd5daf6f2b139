// What goes into a column comes out of it, and queries answer alike, on every database.
import { describe, expect, test } from 'bun:test'
import { eq, sql } from 'drizzle-orm'
import { forEachStore, type Open, onNodeSqlite } from '../support/stores.ts'
import { type Draft, draft, failureOf, type Row, start } from './store-start.ts'

const promises = (open: Open): void => {
  describe('columns', () => {
    const values = {
      id: 'U287712345678901248',
      text: 'Grüße 👩‍👩‍👧‍👦 \u{1F600} 漢字 \u0001 \' " \\ %',
      int: Number.MAX_SAFE_INTEGER,
      bool: true,
      time: new Date('2026-11-20T19:00:00.123Z'),
      json: { list: [1, 'two', null, { deep: '123' }], text: '"quoted"', no: false },
      bytes: new Uint8Array([0, 255, 92, 39, 10]),
    }
    const rows = [
      values,
      { id: 'U1', text: '', int: -Number.MAX_SAFE_INTEGER, bool: false, time: new Date(0), json: '123', bytes: new Uint8Array() },
      { id: 'U2', text: null, int: null, bool: null, time: null, json: null, bytes: null },
    ]

    test('give back exactly what was put in, of the same type', async () => {
      const { store, t } = await start(open)
      for (const row of rows) {
        const inserted = await store.write((tx) => tx.insert(t.columns).values(row).returning())
        expect(inserted).toStrictEqual([row])
        expect(await store.read.select().from(t.columns).where(eq(t.columns.id, row.id))).toStrictEqual([row])
      }
    })

    test('do so through prepared statements too', async () => {
      const { store, t } = await start(open)
      const names = Object.keys(values) as (keyof typeof values)[]
      const slots = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as unknown as typeof values
      type Columns = typeof t.columns.$inferSelect
      const insert = store.statement<Columns, Columns>('test.columns', (db) => db.insert(t.columns).values(slots).returning())
      const find = store.statement<{ id: string }, Columns>('test.find', (db) =>
        db
          .select()
          .from(t.columns)
          .where(eq(t.columns.id, sql.placeholder('id'))),
      )
      for (const row of rows as Columns[]) {
        expect(await store.write((tx) => insert(tx, row))).toStrictEqual([row])
        expect(await find(store.read, { id: row.id })).toStrictEqual([row])
      }
    })

    test('counts, sums and comparisons answer with numbers', async () => {
      const { store, append, t } = await start(open)
      await store.write((tx) => append(tx, draft('a')))
      const [row] = await store.read
        .select({
          count: sql<number>`count(*)`,
          sum: sql<number>`sum(${t.messages.seq})`,
          next: sql<number>`max(${t.messages.seq}) + ${1}`,
        })
        .from(t.messages)
      expect(row).toEqual({ count: 1, sum: 1, next: 2 })
    })
  })

  describe('a statement', () => {
    test('sees the transaction through its handle and committed data through read', async () => {
      const { store, append, t } = await start(open)
      const count = store.statement<Record<string, never>, { n: number }>('test.count', (db) =>
        db.select({ n: sql<number>`count(*)` }).from(t.messages),
      )
      const seen = await store.write(async (tx) => {
        await append(tx, draft('a'))
        return [await count(tx, {}), await count(store.read, {})]
      })
      expect(seen).toEqual([[{ n: 1 }], [{ n: 0 }]])
    })

    test('without a value for a placeholder is refused before it runs', async () => {
      const { store, append, all } = await start(open)
      const error = await failureOf(store.write((tx) => append(tx, { conversation: 1, client: 'a' } as Draft)))
      expect(String(error)).toContain('body')
      expect(await all()).toEqual([])
    })

    test('joins tables and leaves out what has no partner', async () => {
      const { store, append, t } = await start(open)
      await store.write((tx) => append(tx, draft('U1')))
      const joined = store.statement<Record<string, never>, { message: Row; column: unknown }>('test.join', (db) =>
        db.select({ message: t.messages, column: t.columns }).from(t.messages).leftJoin(t.columns, eq(t.messages.client, t.columns.id)),
      )
      expect((await joined(store.read, {})).map((row) => row.column)).toEqual([null])
    })
  })
}

forEachStore('a store', promises)
onNodeSqlite('a store', promises)
