// What the log costs, and that it keeps its order between nodes.
import { expect, test } from 'bun:test'
import type { Store } from '#core'
import { countingDriver } from '../../test/support/sqlite-counter.ts'
import { forEachStore, type Open } from '../../test/support/stores.ts'
import { Answers } from './answer.ts'
import { ChangeLog } from './log.ts'
import { migrations } from './migrations/index.ts'
import { tables } from './tables.ts'

const on = (open: Open, store: Store) => {
  const log = new ChangeLog({ store, tables: tables(open.kit), remember: 10_000 })
  const answers = new Answers({ log, epoch: 'e', pageLength: 65_536 })
  answers.describe('thing', async (_, keys) => new Map(keys.map((key) => [key, { key }])))
  const touch = (key: string, users: readonly string[] = ['U1']) => store.write((tx) => log.touch(tx, users, 'thing', key))
  return { store, log, answers, touch }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const suite = (open: Open): void => {
  const start = async () => {
    const driver = countingDriver()
    const { store, url } = await open({ runtime: driver })
    await store.migrate('inbox', migrations)
    return { ...on(open, store), url, driver }
  }

  test('a device with 1,000 things, 20 of them changed, is answered with one query, and one for each kind', async () => {
    const { store, log, answers, touch, driver } = await start()
    // In several units, because one may take five seconds only.
    for (let from = 0; from < 1_000; from += 100)
      await store.write(async (tx) => {
        for (let i = from; i < from + 100; i++) await log.touch(tx, ['U1'], 'thing', `key-${i}`)
      })
    let cursor: { epoch: string; position: number } | undefined
    for (let page = 0; page < 5; page++) cursor = await answers.answer('U1', cursor, 200)
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 20; i++) await touch(`key-${i * 50}`)
      const before = driver.run.length
      const fromMs = performance.now()
      const answer = await answers.answer('U1', cursor, 200)
      times.push(performance.now() - fromMs)
      // Postgres has no counting driver; the code that asks is the same.
      expect(driver.run.length - before).toBe(open.dialect === 'sqlite' ? 1 : 0)
      expect([answer.entries.length, answer.more]).toEqual([20, false])
      cursor = answer
    }
    console.info(
      `inbox.sync, 1,000 things, 20 changed, on ${open.dialect}: ${median(times).toFixed(2)} ms, one query and one for each kind`,
    )
  }, 30_000)

  test('changes are seen in the order of their positions, whichever node makes them', async () => {
    const { store, touch, answers, url } = await start()
    // SQLite admits one store to a file; there all of it happens on one node.
    const second = open.dialect === 'postgres' ? on(open, (await open({ url })).store) : { answers, touch }
    const held = Promise.withResolvers<void>()
    const isTouched = Promise.withResolvers<void>()
    const log = new ChangeLog({ store, tables: tables(open.kit), remember: 10_000 })
    const slow = store.write(async (tx) => {
      await log.touch(tx, ['U1', 'U2'], 'thing', 'slow')
      isTouched.resolve()
      await held.promise
    })
    await isTouched.promise
    const quick = second.touch('quick', ['U2', 'U1'])
    // On Postgres this is answered before the other two; on SQLite it waits its turn.
    const between = second.answers.answer('U1', undefined, 10)
    if (open.dialect === 'postgres') expect((await between).entries).toEqual([])
    held.resolve()
    await Promise.all([slow, quick])
    const { entries } = await second.answers.answer('U1', open.dialect === 'postgres' ? await between : undefined, 10)
    expect(entries.map(({ key, position }) => [key, position])).toEqual([
      ['slow', 1],
      ['quick', 2],
    ])
  })

  test('an answer given while a change is on its way does not pass over it', async () => {
    const { store, log } = await start()
    let value = 'old'
    const answers = new Answers({ log, epoch: 'e', pageLength: 65_536 })
    answers.describe('thing', async (_, keys) => new Map(keys.map((key) => [key, { value }])))
    await store.write((tx) => log.touch(tx, ['U1'], 'thing', 'a'))
    const held = Promise.withResolvers<void>()
    const isTouched = Promise.withResolvers<void>()
    const changing = store.write(async (tx) => {
      await log.touch(tx, ['U1'], 'thing', 'a')
      isTouched.resolve()
      await held.promise
      store.afterCommit(() => {
        value = 'new'
      })
    })
    await isTouched.promise
    const answering = answers.answer('U1', undefined, 10)
    // Time enough for an answer that does not wait, on either database.
    for (let turn = 0; turn < 20; turn++) await store.read.select().from(tables(open.kit).heads)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    held.resolve()
    const first = await answering
    await changing
    const second = await answers.answer('U1', first, 10)
    expect([...first.entries, ...second.entries].at(-1)).toMatchObject({ key: 'a', data: { value: 'new' } })
  })

  test('a change is told although another node has told of the one before', async () => {
    const { touch, answers, url } = await start()
    const other = open.dialect === 'postgres' ? on(open, (await open({ url })).store).answers : answers
    await touch('a')
    const told = await other.answer('U1', undefined, 10)
    await touch('a')
    expect((await other.answer('U1', told, 10)).entries).toMatchObject([{ key: 'a' }])
  })

  test('a change of which no device can have been told takes no position, whichever node makes it', async () => {
    const { store, touch, answers, url } = await start()
    const second = open.dialect === 'postgres' ? on(open, (await open({ url })).store) : { answers, touch }
    const { heads } = tables(open.kit)
    const positions = async (): Promise<number[]> =>
      (await store.read.select().from(heads)).toSorted((a, b) => (a.user < b.user ? -1 : 1)).map(({ position }) => position)
    for (const each of [touch, second.touch, touch]) await each('a', ['U1', 'U2'])
    expect(await positions()).toEqual([1, 1])
    await second.answers.answer('U1', undefined, 10)
    for (const each of [touch, second.touch]) await each('a', ['U1', 'U2'])
    expect(await positions()).toEqual([2, 1])
    await answers.now('U2')
    for (const each of [second.touch, touch]) await each('a', ['U1', 'U2'])
    expect(await positions()).toEqual([2, 2])
  })

  test('many nodes and many people at once take each position once and never wait in a circle', async () => {
    const { touch, url, answers } = await start()
    const second = open.dialect === 'postgres' ? on(open, (await open({ url })).store).touch : touch
    const users = Array.from({ length: 20 }, (_, i) => `U${i}`)
    const work = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? touch(`key-${i}`, users) : second(`key-${i}`, users.toReversed())))
    await Promise.all(work)
    for (const user of users) {
      const { entries } = await answers.answer(user, undefined, 100)
      expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    }
  })

  // Elsewhere another node may have told of it; see the test above.
  if (open.dialect === 'sqlite')
    test('a change of which nobody has been told yet is no write', async () => {
      const { touch, answers, driver } = await start()
      const writes = async (key: string): Promise<number> => {
        const before = driver.run.length
        await touch(key)
        return driver.run.length - before
      }
      expect([await writes('a'), await writes('a'), await writes('a')]).toEqual([2, 0, 0])
      await answers.answer('U1', undefined, 10)
      expect([await writes('a'), await writes('a'), await writes('b')]).toEqual([2, 0, 2])
      await answers.answer('U2', undefined, 10)
      expect(await writes('b')).toBe(0)
    })
}

forEachStore('the log', suite)
