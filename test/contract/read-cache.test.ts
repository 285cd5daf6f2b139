// A memory of committed data, against the database itself: whatever units do meanwhile, it never tells an old value.
import { expect, test } from 'bun:test'
import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { ReadCache } from '../../src/store/read-cache.ts'
import type { Db } from '../../src/store/store.ts'
import { forEachStore, type Open } from '../support/stores.ts'
import { draft, start } from './store-start.ts'

const clients = ['a', 'b', 'c'] as const

type Step = { readonly kind: 'change'; readonly client: string } | { readonly kind: 'clear' | 'turn' | 'throw' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('change' as const), client: fc.constantFrom(...clients) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('clear' as const, 'turn' as const, 'throw' as const) }) },
)
const rounds = fc.array(fc.array(fc.array(step, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })

const promises = (open: Open): void => {
  const prepare = async (limit = 10) => {
    const { store, append, t } = await start(open)
    for (const client of clients) await store.write((tx) => append(tx, draft(client)))
    const cache = new ReadCache<string>(store, limit)
    const statement = store.statement<{ client: string }, { body: string | null }>('read', (db) =>
      db
        .select({ body: t.messages.body })
        .from(t.messages)
        .where(eq(t.messages.client, sql.placeholder('client'))),
    )
    let reads = 0
    const read = (client: string): string | Promise<string> => {
      const rows = statement(store.read, { client })
      reads++
      const body = ([row]: readonly { body: string | null }[]): string => row?.body ?? ''
      return rows instanceof Promise ? rows.then(body) : body(rows)
    }
    const set = async (tx: Db, client: string, body: string): Promise<void> => {
      await tx.update(t.messages).set({ body }).where(eq(t.messages.client, client))
    }
    return { store, cache, read, set, reads: () => reads }
  }

  test('never tells an old value, whoever reads while units run', async () => {
    const { store, cache, read, set } = await prepare()
    let changes = 0
    const perform = async (tx: Db, steps: readonly Step[]): Promise<void> => {
      for (const each of steps) {
        if (each.kind === 'throw') throw new RangeError('thrown by the unit')
        if (each.kind === 'turn') await Promise.resolve()
        if (each.kind === 'clear') cache.clear()
        if (each.kind !== 'change') continue
        await set(tx, each.client, `change ${++changes}`)
        cache.drop(each.client)
      }
    }
    // Nothing is awaited between the two, so they must agree.
    const compare = async (): Promise<void> => {
      for (const client of clients) {
        const [told, held] = [cache.get(client, () => read(client)), read(client)]
        if (open.dialect === 'sqlite') expect(told).toBe(held)
        else expect([await told, await held]).toEqual([expect.any(String), expect.any(String)])
      }
    }
    const play = async (history: readonly (readonly (readonly Step[])[])[]): Promise<void> => {
      for (const round of history) {
        let isOver = false
        const units = Promise.allSettled(round.map((steps) => store.write((tx) => perform(tx, steps), { serial: 'test' })))
        const ended = units.then(() => {
          isOver = true
        })
        while (!isOver) {
          await compare()
          await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))])
        }
        await compare()
      }
    }
    await fc.assert(fc.asyncProperty(rounds, play), { numRuns: open.dialect === 'sqlite' ? 200 : 10 })
  }, 30_000)

  test('reads what it knows once, where nobody else writes', async () => {
    const { cache, read, reads } = await prepare()
    for (let i = 0; i < 3; i++) expect(await cache.get('a', () => read('a'))).toBe('body of a')
    expect(reads()).toBe(open.dialect === 'sqlite' ? 1 : 3)
  })

  test('still knows it when the unit that would have changed it fails', async () => {
    const { store, cache, read, set } = await prepare()
    await cache.get('a', () => read('a'))
    const failing = store.write(async (tx) => {
      await set(tx, 'a', 'never')
      cache.drop('a')
      throw new RangeError('no')
    })
    expect(await failing.catch((error: unknown) => error)).toBeInstanceOf(RangeError)
    expect(await cache.get('a', () => read('a'))).toBe('body of a')
  })

  test('begins anew when it is full', async () => {
    const { cache, read, reads } = await prepare(2)
    for (const client of [...clients, 'c', 'a']) await cache.get(client, () => read(client))
    expect(reads()).toBe(open.dialect === 'sqlite' ? 4 : 5)
  })
}

forEachStore('a read cache', promises)
