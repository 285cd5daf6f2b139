// A memory of what units read, against the database itself: whatever fails, nests and runs together, it never tells an old value.
import { expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import type { Db } from '../../src/store/store.ts'
import { UnitCache } from '../../src/store/unit-cache.ts'
import { forEachStore, type Open } from '../support/stores.ts'
import { draft, start, type Tables } from './store-start.ts'

const clients = ['a', 'b', 'c'] as const

type Step = { readonly kind: 'read' | 'change'; readonly client: string } | { readonly kind: 'turn' | 'throw' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'change' as const), client: fc.constantFrom(...clients) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('turn' as const, 'throw' as const) }) },
)
const rounds = fc.array(fc.array(fc.array(step, { maxLength: 5 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })

const bodyOf = async (tx: Db, { messages }: Tables, client: string): Promise<string | null | undefined> =>
  (await tx.select().from(messages).where(eq(messages.client, client)))[0]?.body

/** Reads through the cache and says so when it tells something else than the database. */
const reader = (t: Tables, cache: UnitCache<string>) => async (tx: Db, client: string) => {
  const known = cache.get(client)
  const body = (await bodyOf(tx, t, client)) ?? ''
  if (known === undefined) cache.fill(client, body)
  else expect(known).toBe(body)
  return { wasKnown: known !== undefined }
}

const promises = (open: Open): void => {
  const prepare = async (limit = 10) => {
    const { store, append, t } = await start(open)
    for (const client of clients) await store.write((tx) => append(tx, draft(client)))
    const cache = new UnitCache<string>(store, limit)
    return { store, t, cache, read: reader(t, cache) }
  }

  test('never tells an old value', async () => {
    const { store, t, cache, read } = await prepare()
    let changes = 0
    const perform = async (tx: Db, steps: readonly Step[]): Promise<void> => {
      for (const each of steps) {
        if (each.kind === 'throw') throw new RangeError('thrown by the unit')
        if (each.kind === 'turn') await Promise.resolve()
        if (each.kind === 'read') await read(tx, each.client)
        if (each.kind !== 'change') continue
        await tx
          .update(t.messages)
          .set({ body: `change ${++changes}` })
          .where(eq(t.messages.client, each.client))
        cache.drop(each.client)
      }
    }
    const play = async (history: readonly (readonly (readonly Step[])[])[]): Promise<void> => {
      for (const round of history) {
        const ends = await Promise.allSettled(round.map((steps) => store.write((tx) => perform(tx, steps), { serial: 'test' })))
        for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(RangeError)
      }
    }
    await fc.assert(fc.asyncProperty(rounds, play), { numRuns: open.dialect === 'sqlite' ? 200 : 20 })
  }, 30_000)

  test('knows again what a unit read and committed, where nobody else writes', async () => {
    const { store, read } = await prepare()
    await store.write((tx) => read(tx, 'a'))
    expect(await store.write((tx) => read(tx, 'a'))).toMatchObject({ wasKnown: open.dialect === 'sqlite' })
  })

  test('knows nothing of what a unit read that failed', async () => {
    const { store, read, cache } = await prepare()
    const failing = store.write(async (tx) => {
      await read(tx, 'a')
      throw new RangeError('no')
    })
    expect(await failing.catch((error: unknown) => error)).toBeInstanceOf(RangeError)
    expect(cache.get('a')).toBeUndefined()
  })

  test('begins anew when it is full', async () => {
    const { store, read, cache } = await prepare(2)
    for (const client of clients) await store.write((tx) => read(tx, client))
    expect(clients.map((client) => cache.get(client) !== undefined)).toEqual([false, false, open.dialect === 'sqlite'])
  })

  test('is full by what it holds, where values are of different sizes', async () => {
    const { store, t } = await prepare()
    const weights = { a: 3, b: 3, c: 2 } as const
    const cache = new UnitCache<keyof typeof weights>(store, 5, (value) => weights[value])
    const known = () => clients.filter((client) => cache.get(client) !== undefined)
    const seen: string[][] = []
    for (const client of ['a', 'b', 'c', 'b'] as const) {
      await store.write(async (tx) => {
        await bodyOf(tx, t, client)
        cache.fill(client, client)
      })
      seen.push(known())
    }
    await store.write(() => cache.drop('b'))
    expect([...seen, known()]).toEqual(open.dialect === 'sqlite' ? [['a'], ['b'], ['b', 'c'], ['b', 'c'], ['c']] : [[], [], [], [], []])
  })
}

forEachStore('a unit cache', promises)
