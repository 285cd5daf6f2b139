// What every store promises, on every database.
import { describe, expect, test } from 'bun:test'
import { AppError } from '../../src/errors.ts'
import { type Db, type Store, StoreError } from '../../src/store/store.ts'
import { forEachStore, type Open, onNodeSqlite, quietLog } from '../support/stores.ts'
import { appender, codeOf, draft, failureOf, migrations, type Row, start, tables } from './store-start.ts'

/** A promise that is settled from outside. */
const gate = () => Promise.withResolvers<void>()

const promises = (open: Open): void => {
  describe('a unit of work', () => {
    test('is readable once its promise has resolved', async () => {
      const { store, append, all } = await start(open)
      const [row] = await store.write((tx) => append(tx, draft('a')))
      expect(row).toEqual({ conversation: 1, seq: 1, client: 'a', body: 'body of a' })
      expect(await all()).toEqual([row as Row])
    })

    test('is there after the database is opened again', async () => {
      const { store, url, append, t } = await start(open)
      await store.write((tx) => append(tx, draft('a')))
      await store.close()
      const again = await open({ url })
      expect(await again.store.read.$count(t.messages)).toBe(1)
    })

    test('leaves nothing behind when it throws after an await', async () => {
      const { store, append, all } = await start(open)
      const error = await failureOf(
        store.write(async (tx) => {
          await append(tx, draft('a'))
          await tx.update(tables(open.kit).messages).set({ body: 'changed' })
          throw new RangeError('no')
        }),
      )
      expect(error).toEqual(new RangeError('no'))
      expect(await all()).toEqual([])
    })

    test('disturbs no other when it fails, before or after it wrote', async () => {
      const { store, append, all } = await start(open)
      const units = Array.from({ length: 30 }, (_, i) =>
        store.write(
          async (tx) => {
            if (i % 3 === 0) throw new Error(`before ${i}`)
            const rows = await append(tx, draft(`c${i}`))
            if (i % 3 === 1) throw new Error(`after ${i}`)
            return rows[0]?.seq
          },
          { serial: 'test/1' },
        ),
      )
      const outcomes = await Promise.allSettled(units)
      expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as Error).message))).toEqual(
        Array.from({ length: 30 }, (_, i) => [`before ${i}`, `after ${i}`, (i + 1) / 3][i % 3] as string | number),
      )
      expect((await all()).map((row) => [row.seq, row.client])).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1, `c${3 * i + 2}`]))
    })

    test('sees what it wrote itself, while others see only what is committed', async () => {
      const { store, append, t } = await start(open)
      const counts = await store.write(async (tx) => {
        await append(tx, draft('a'))
        return [await tx.$count(t.messages), await store.read.$count(t.messages)]
      })
      expect(counts).toEqual([1, 0])
      expect(await store.read.$count(t.messages)).toBe(1)
    })

    test('may be an ordinary function, and may return a query', async () => {
      const { store, append, t } = await start(open)
      await store.write((tx) => append(tx, draft('a')))
      const rows = await store.write((tx) => tx.update(t.messages).set({ body: 'new' }).returning())
      expect(rows.map((row) => row.body)).toEqual(['new'])
    })

    test('that broke a rule of a table is refused with the reason, not the driver’s code', async () => {
      const { store, t } = await start(open)
      const row = { conversation: 1, seq: 1, client: 'a', body: '' }
      await store.write((tx) => tx.insert(t.messages).values(row))
      const twice = await failureOf(store.write((tx) => tx.insert(t.messages).values({ ...row, client: 'b' })))
      expect(twice).toBeInstanceOf(StoreError)
      expect((twice as StoreError).failure).toBe('unique')
      const missing = await failureOf(
        store.write((tx) => tx.insert(t.messages).values({ ...row, seq: 2, client: null as unknown as string })),
      )
      expect((missing as StoreError).failure).toBe('not_null')
    })

    test('in which a query was refused is undone, even if it caught the refusal', async () => {
      const { store, append, t, all } = await start(open)
      const row = { conversation: 1, seq: 1, client: 'a', body: '' }
      const error = await failureOf(
        store.write(async (tx) => {
          await append(tx, draft('a'))
          await tx
            .insert(t.messages)
            .values(row)
            .catch(() => {})
          return 'done'
        }),
      )
      expect((error as StoreError).failure).toBe('unique')
      expect(await all()).toEqual([])
    })

    test('may say the refusal in its own words', async () => {
      const { store, t } = await start(open)
      const insert = (tx: Db) => tx.insert(t.messages).values({ conversation: 1, seq: 1, client: 'a', body: '' })
      await store.write(insert)
      const error = await failureOf(
        store.write(async (tx) => {
          try {
            await insert(tx)
          } catch (refused) {
            throw refused instanceof StoreError && refused.failure === 'unique' ? new AppError('TEST_TAKEN', 'conflict', 'taken') : refused
          }
        }),
      )
      expect((error as AppError).code).toBe('TEST_TAKEN')
    })

    test('that awaits something else for too long is given up and undone, and the store goes on', async () => {
      const { store } = await open({ unitTimeoutMs: 200 })
      await store.migrate('test', migrations)
      const t = tables(open.kit)
      const append = appender(store, t)
      const late = gate()
      let wroteLate: Promise<unknown> | undefined
      const hung = store.write(async (tx) => {
        await append(tx, draft('hung'))
        await late.promise
        wroteLate = failureOf(Promise.resolve().then(() => append(tx, draft('late'))))
      })
      const other = store.write((tx) => append(tx, draft('other', 2)))
      expect(await codeOf(hung)).toBe('CORE_STORAGE_BUSY')
      await other
      const during = store.write(async (tx) => {
        await append(tx, draft('during', 3))
        late.resolve()
        await Promise.resolve()
        await tx.$count(t.messages)
      })
      await during
      expect(String(await wroteLate)).toContain('has ended')
      expect((await store.read.select().from(t.messages)).map((row) => row.client).sort()).toEqual(['during', 'other'])
    })
  })

  describe('a nested write', () => {
    test('joins the unit around it: one commit for both', async () => {
      const { store, append, all } = await start(open)
      const seen = await store.write(async (tx) => {
        await append(tx, draft('outer'))
        const inner = await store.write((joined) => append(joined, draft('inner')))
        return [inner[0]?.seq, (await all()).length]
      })
      expect(seen).toEqual([2, 0])
      expect((await all()).map((row) => row.client)).toEqual(['outer', 'inner'])
    })

    test('that fails fails the whole, even if the outer one caught it', async () => {
      const { store, append, all } = await start(open)
      const error = await failureOf(
        store.write(async (tx) => {
          await append(tx, draft('outer'))
          await store
            .write(() => {
              throw new RangeError('inner')
            })
            .catch(() => {})
          await append(tx, draft('after'))
          return 'done'
        }),
      )
      expect(error).toEqual(new RangeError('inner'))
      expect(await all()).toEqual([])
    })
  })

  describe('an effect', () => {
    test('runs once, after the commit and before the answer, in call order', async () => {
      const { store, append } = await start(open)
      const seen: string[] = []
      await store.write(async (tx) => {
        expect(store.afterCommit(() => seen.push('first'))).toBe(true)
        await append(tx, draft('a'))
        await store.write(() => void store.afterCommit(() => seen.push('nested')))
        store.afterCommit(() => seen.push('last'))
        seen.push('unit')
      })
      seen.push('answer')
      // A unit may run more than once, so only the end counts.
      expect(seen.slice(-4)).toEqual(['first', 'nested', 'last', 'answer'])
    })

    test('finds the row that it speaks of', async () => {
      const { store, append, t } = await start(open)
      const found = Promise.withResolvers<number>()
      await store.write(async (tx) => {
        await append(tx, draft('a'))
        store.afterCommit(() => void store.read.$count(t.messages).then(found.resolve, found.reject))
      })
      expect(await found.promise).toBe(1)
    })

    test('never runs after a rollback', async () => {
      const { store, append } = await start(open)
      const seen: string[] = []
      const units = ['a', 'b', 'c'].map((client) =>
        store.write(async (tx) => {
          await append(tx, draft(client))
          store.afterCommit(() => seen.push(client))
          if (client === 'b') throw new Error('no')
        }),
      )
      await Promise.allSettled(units)
      expect(seen.sort()).toEqual(['a', 'c'])
    })

    test('that throws is logged and harms nobody', async () => {
      const log = quietLog()
      const { store } = await open({ log })
      const seen: string[] = []
      await store.write(() => {
        store.afterCommit(() => {
          throw new Error('no')
        })
        store.afterCommit(() => seen.push('next'))
      })
      expect(seen).toEqual(['next'])
      expect(log.lines).toContain('error an effect after a commit failed')
    })

    test('outside a unit is refused with false', async () => {
      const { store } = await open()
      const seen: string[] = []
      expect(store.afterCommit(() => seen.push('never'))).toBe(false)
      await store.write(() => void store.afterCommit(() => seen.push(String(store.afterCommit(() => {})))))
      expect(seen).toEqual(['false'])
    })
  })

  describe('order', () => {
    test('units with one key run in call order', async () => {
      const { store, append, all } = await start(open)
      const units = Array.from({ length: 200 }, (_, i) => store.write((tx) => append(tx, draft(`c${i}`)), { serial: 'test/1' }))
      await Promise.all(units)
      expect((await all()).map((row) => row.client)).toEqual(Array.from({ length: 200 }, (_, i) => `c${i}`))
    })

    test('numbers taken as max + 1 are dense and unique, also from two processes’ worth of stores', async () => {
      const { store, url, append, all, t } = await start(open)
      // SQLite admits one store to a file, so there the second half comes through the same one.
      const second = open.dialect === 'postgres' ? (await open({ url })).store : store
      const appendSecond = appender(second, t)
      const units = Array.from({ length: 100 }, (_, i) => {
        const serial = { serial: `test/${i % 5}` }
        if (i % 2 === 0) return store.write((tx) => append(tx, draft(`c${i}`, i % 5)), serial)
        return second.write((tx) => appendSecond(tx, draft(`c${i}`, i % 5)), serial)
      })
      const rows = (await Promise.all(units)).flat()
      expect(rows).toHaveLength(100)
      const expected = Array.from({ length: 5 }, (_, c) => Array.from({ length: 20 }, (_, i) => [c, i + 1])).flat()
      expect((await all()).map((row) => [row.conversation, row.seq])).toEqual(expected)
    })

    test('a client id that is known inserts nothing and costs no number', async () => {
      const { store, append } = await start(open)
      const send = (client: string) => store.write((tx) => append(tx, draft(client)), { serial: 'test/1' })
      const rows = await Promise.all(['a', 'a', 'b'].map(send))
      expect(rows.map((found) => found[0]?.seq)).toEqual([1, undefined, 2])
    })
  })

  describe('a lock', () => {
    test('lets units that change the same thing go on one after another, on every node', async () => {
      const { store, url, append, t } = await start(open)
      const second = open.dialect === 'postgres' ? (await open({ url })).store : store
      await store.write((tx) => append(tx, { ...draft('count'), body: '0' }))
      const count = (from: Store) =>
        from.write(async (tx) => {
          await from.lock(tx, 'test/count')
          const [row] = await tx.select().from(t.messages)
          await tx.update(t.messages).set({ body: String(Number(row?.body) + 1) })
        })
      await Promise.all(Array.from({ length: 40 }, (_, i) => count(i % 2 === 0 ? store : second)))
      expect((await store.read.select().from(t.messages))[0]?.body).toBe('40')
    })

    test('of several keys is taken without a circle, whatever order they are named in', async () => {
      const { store } = await start(open)
      let runs = 0
      const unit = (...keys: string[]) =>
        store.write(async (tx) => {
          runs++
          await store.lock(tx, ...keys)
        })
      await Promise.all(
        Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? unit('test/a', 'test/b', 'test/c') : unit('test/c', 'test/b', 'test/a'))),
      )
      // Whoever lost against another one would have run again.
      expect(runs).toBe(60)
    })

    test('of no keys is no lock, and one that is held may be asked for again', async () => {
      const { store } = await start(open)
      const value = await store.write(async (tx) => {
        await store.lock(tx)
        await store.lock(tx, 'test/a')
        await store.lock(tx, 'test/a', 'test/a')
        return 'done'
      })
      expect(value).toBe('done')
    })
  })

  describe('closing', () => {
    test('finishes the units that were accepted and refuses new ones', async () => {
      const { store, url, append, t } = await start(open)
      const accepted = Array.from({ length: 20 }, (_, i) =>
        store.write(async (tx) => {
          await append(tx, draft(`c${i}`, i))
          return store.write(() => 'joined')
        }),
      )
      const closed = store.close()
      expect(await codeOf(store.write(() => 'late'))).toBe('CORE_SHUTTING_DOWN')
      expect(await Promise.all(accepted)).toEqual(Array(20).fill('joined'))
      await closed
      await store.close()
      expect(await store.ping(1000)).toBe(false)
      const again: Store = (await open({ url })).store
      expect(await again.read.$count(t.messages)).toBe(20)
    })

    test('an open store answers a ping', async () => {
      const { store } = await open()
      expect(await store.ping(1000)).toBe(true)
    })
  })
}

forEachStore('a store', promises)
onNodeSqlite('a store', promises)
