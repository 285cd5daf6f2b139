// Random messages against a list that is looked through: what the index finds, page by page, is the same.
import { expect, test } from 'bun:test'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { forEachStore } from '../../../test/support/stores.ts'
import { migrations } from '../migrations/index.ts'
import { tables } from '../tables.ts'
import { WordIndex } from './word-index.ts'

const searched = ['_u1', '_g1', '_g2'] as const
const letters = ['a', 'b', 'c'] as const
const stands = fc.record({
  // Two of them are not searched.
  place: fc.constantFrom(...searched, '_g3', '_u2'),
  words: fc.subarray([...letters], { minLength: 1 }),
})
const question = fc.record({
  places: fc.subarray([...searched], { minLength: 1 }),
  wanted: fc.uniqueArray(fc.constantFrom(...letters), { minLength: 1, maxLength: 2 }),
  before: fc.option(fc.nat(60), { nil: undefined }),
  limit: fc.integer({ min: 1, max: 8 }),
})
const scene = fc.record({
  stored: fc.array(stands, { minLength: 5, maxLength: 50 }),
  removed: fc.array(fc.nat(49), { maxLength: 4 }),
  walkLength: fc.integer({ min: 1, max: 20 }),
  questions: fc.array(question, { minLength: 5, maxLength: 10 }),
})

forEachStore('the index of words', (open) => {
  test('finds the newest that have everything, wherever it stops walking', async () => {
    const { store } = await open()
    await store.migrate('chat', migrations)
    const t = tables(open.kit)
    // What the pages held, and how many held less than was asked for: neither alone would show anything.
    let hits = 0
    let ends = 0
    let first = 1n << 60n
    const run = async ({ stored, removed, walkLength, questions }: typeof scene extends fc.Arbitrary<infer S> ? S : never) => {
      const index = new WordIndex(store, t, walkLength)
      // Numbers as they are in ids, above what a JavaScript number can be; each run after the one before.
      first += 1_000n
      const numberOf = (at: number): string => String(first + BigInt(at))
      const docs = stored.map(({ place, words }, at) => ({ n: numberOf(at), conversation: 1, seq: at + 1, places: [place, '_u9'], words }))
      await store.write((tx) => index.put(tx, docs))
      await store.write((tx) => index.remove(tx, removed.map(numberOf)))
      const left = docs.filter((_, at) => !removed.includes(at)).reverse()
      for (const { places, wanted, before, limit } of questions) {
        const below = before === undefined ? undefined : numberOf(before)
        const page = await index.find(
          places,
          wanted.map((word) => [word]),
          { before: below, limit },
        )
        const expected = left
          .filter(({ n }) => below === undefined || BigInt(n) < BigInt(below))
          .filter((doc) => places.some((place) => doc.places.includes(place)) && wanted.every((word) => doc.words.includes(word)))
          .slice(0, limit)
        expect(page).toEqual(expected.map(({ n, conversation, seq }) => ({ n, conversation, seq })))
        hits += page.length
        ends += Number(page.length < limit)
      }
      await store.write((tx) =>
        index.remove(
          tx,
          docs.map(({ n }) => n),
        ),
      )
    }
    await fc.assert(fc.asyncProperty(scene, run), { numRuns: store.dialect === 'sqlite' ? 40 : 25 })
    expect(hits).toBeGreaterThan(0)
    expect(ends).toBeGreaterThan(0)
    if (store.dialect === 'postgres') expect(await store.read.select().from(t.index.places)).toEqual([])
    await store.close()
  }, 60_000)

  test('takes a number once, and goes on with the rest', async () => {
    const { store } = await open()
    await store.migrate('chat', migrations)
    const index = new WordIndex(store, tables(open.kit))
    // Two servers that were given the same PARLEY_NODE may make the same id.
    const doc = (n: string, conversation: number) => ({ n, conversation, seq: 1, places: ['_u1'], words: ['a'] })
    await store.write((tx) => index.put(tx, [doc('7', 1)]))
    await store.write((tx) => index.put(tx, [doc('7', 2), doc('8', 2), doc('8', 3)]))
    const found = await index.find(['_u1'], [['a']], { before: undefined, limit: 5 })
    expect(found.map(({ n, conversation }) => [n, conversation])).toEqual([
      ['8', 2],
      ['7', 1],
    ])
    await store.close()
  })

  test('finds what was indexed by a version without places', async () => {
    const { store } = await open()
    const t = tables(open.kit)
    await store.migrate(
      'chat',
      migrations.filter(({ name }) => name < '0010'),
    )
    const words = store.dialect === 'postgres' ? sql`${'_fu1 _u1 _u2 a'}::tsvector` : sql`${'_fu1 _u1 _u2 a'}`
    await store.write(async (tx) => {
      await tx.insert(t.docs).values({ n: 7, conversation: 1, seq: 1 })
      await tx.insert(t.index.words).values({ n: 7, words })
    })
    await store.migrate('chat', migrations)
    const page = { before: undefined, limit: 1 }
    expect(await new WordIndex(store, t).find(['_u2'], [['a']], page)).toEqual([{ n: '7', conversation: 1, seq: 1 }])
    await store.close()
  })
})
