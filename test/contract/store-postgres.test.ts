// What the store does when Postgres is slow, frozen, gone or not to be trusted. It has a server of its own here.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { eq, type SQL, sql } from 'drizzle-orm'
import connect from 'postgres'
import type { StoreOptions } from '../../src/store/options.ts'
import { planAnew } from '../../src/store/plan.ts'
import { noPostgresProcess, type PostgresProcess, startPostgres } from '../support/postgres.ts'
import { describeUnless } from '../support/skip.ts'
import { opener, quietLog } from '../support/stores.ts'
import { codeOf, draft, failureOf, start } from './store-start.ts'

describeUnless(noPostgresProcess)('Postgres', () => {
  let server: PostgresProcess
  const open = opener('postgres', { make: () => server.createDatabase(), remove: () => {} })
  const begin = (overrides: Partial<StoreOptions> = {}) => start(Object.assign(() => open(overrides), open))

  beforeAll(async () => {
    server = await startPostgres()
  }, 30_000)
  afterAll(async () => {
    await server?.stop()
  }, 30_000)

  /** Runs one statement beside the store. */
  const beside = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
    const client = connect(url, { max: 1, onnotice: () => {} })
    try {
      return [...(await client.unsafe(text))]
    } finally {
      await client.end()
    }
  }

  /** What `work` resolves to as soon as it does, within five seconds. */
  const soon = async <T>(work: () => Promise<T>): Promise<T> => {
    const from = performance.now()
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (performance.now() - from > 5000) throw error
        // Refused at once while the store lets the server rest, so let others run meanwhile.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  test('that would acknowledge what it may lose is refused', async () => {
    const url = await open.fresh()
    await beside(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
    const error = await failureOf(open({ url }))
    expect(error).toMatchObject({ code: 'CORE_DATABASE_UNUSABLE' })
    expect(String(error)).toContain('synchronous_commit is off')
  })

  test('without that database is refused at once, and the password is not told', async () => {
    const url = (await open.fresh()).replace('parley@', 'parley:s3cret@').replace(/\/\w+$/, '/nowhere')
    const error = await failureOf(open({ url }))
    expect(error).toMatchObject({ code: 'CORE_DATABASE_UNUSABLE' })
    expect(String(error)).toContain('/nowhere')
    expect(String(error)).not.toContain('s3cret')
  })

  test('that does not answer is refused after the time that it is given', async () => {
    const log = quietLog()
    const error = await failureOf(open({ url: 'postgres://parley@127.0.0.1:1/none', connectForMs: 700, log }))
    expect(error).toMatchObject({ code: 'CORE_DATABASE_UNUSABLE' })
    expect(log.lines).toContain('warn the database cannot be reached yet')
  })

  test('with an address that is none is refused', async () => {
    expect(await codeOf(open({ url: 'postgres://nobody@:::/x' }))).toBe('CORE_DATABASE_URL')
    expect(await codeOf(open({ url: 'mysql://nobody@localhost/x' }))).toBe('CORE_DATABASE_URL')
  })

  test('that is still starting is waited for', async () => {
    const url = await open.fresh()
    await server.kill()
    const opening = open({ url })
    await server.restart()
    expect(await (await opening).store.ping(1000)).toBe(true)
  }, 30_000)

  test('gives no lock to those who are no unit of work, and none to a unit that has ended', async () => {
    const { store } = await begin()
    const message = (work: () => unknown) => failureOf(Promise.resolve().then(work)).then(String)
    expect(await message(() => store.lock(store.read, 'test/a'))).toContain('Only a unit of work holds a lock')
    const ended = await store.write((tx) => tx)
    expect(await message(() => store.lock(ended, 'test/a'))).toContain('its transaction is closed')
  })

  test('that finds a deadlock between two units runs the loser again', async () => {
    const { store, append, t } = await begin()
    for (const client of ['a', 'b']) await store.write((tx) => append(tx, draft(client)))
    const both = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() }
    const runs: string[] = []
    const unit = (first: 'a' | 'b', second: 'a' | 'b') =>
      store.write(async (tx) => {
        runs.push(first)
        const touch = (client: string) =>
          tx
            .update(t.messages)
            .set({ body: `by ${first}` })
            .where(eq(t.messages.client, client))
        await touch(first)
        both[first].resolve()
        await both[second].promise
        await touch(second)
      })
    await Promise.all([unit('a', 'b'), unit('b', 'a')])
    expect(runs.length).toBeGreaterThan(2)
  })

  test('keeps the plan of a query, but not of one that asks for a plan of its own each time', async () => {
    const { store, t, append } = await begin()
    await store.write((tx) => append(tx, draft('a')))
    const kept = await store.write(async (tx) => {
      const ask = (mark: SQL) => tx.select().from(t.messages).where(sql`${mark} ${t.messages.client} = ${'a'}`)
      expect([await ask(sql``), await ask(planAnew)].map((rows) => rows.length)).toEqual([1, 1])
      const texts = sql<string>`(select string_agg(statement, '; ') from pg_prepared_statements where statement like ${'%"client" = $1'})`
      return (await tx.select({ texts }).from(t.messages))[0]?.texts
    })
    expect(kept).toMatch(/^select [^;]* where {2}"test_messages"."client" = \$1$/)
  })

  test('is used through ten connections at most, and reads inside units still find one', async () => {
    const { store, url, append, t } = await begin()
    const units = Array.from({ length: 60 }, (_, i) =>
      store.write(async (tx) => {
        await append(tx, draft('a', i))
        return store.read.select({ n: sql<number>`count(*)` }).from(t.messages)
      }),
    )
    await Promise.all(units)
    const name = new URL(url).pathname.slice(1)
    const [row] = await beside(
      url,
      `select count(*)::int as n from pg_stat_activity where datname = '${name}' and application_name = 'parley'`,
    )
    expect(row?.n).toBeLessThanOrEqual(10)
    expect(await store.read.$count(t.messages)).toBe(60)
  })

  test('that is killed fails what was running with nothing stored, refuses what comes, and is used again when it is back', async () => {
    const { store, append, all } = await begin()
    await store.write((tx) => append(tx, draft('before')))
    const wrote = Promise.withResolvers<void>()
    const killed = Promise.withResolvers<void>()
    const running = store.write(async (tx) => {
      await append(tx, draft('running'))
      wrote.resolve()
      await killed.promise
      await append(tx, draft('never'))
    })
    await wrote.promise
    await server.kill()
    killed.resolve()
    expect(await codeOf(running)).toBe('CORE_STORAGE_BUSY')
    const from = performance.now()
    expect(await codeOf(store.write((tx) => append(tx, draft('down'))))).toBe('CORE_STORAGE_BUSY')
    expect(await codeOf(all())).toBe('CORE_STORAGE_BUSY')
    expect(await store.ping(1000)).toBe(false)
    expect(performance.now() - from).toBeLessThan(2000)
    await server.restart()
    const stored = await soon(() => store.write((tx) => append(tx, draft('after'))))
    expect(stored).toMatchObject([{ seq: 2, client: 'after' }])
    expect((await all()).map((row) => row.client)).toEqual(['before', 'after'])
  }, 30_000)

  test('that is frozen is answered for within six seconds, and certainly nothing of that is stored', async () => {
    const { store, append, all } = await begin()
    await store.write((tx) => append(tx, draft('before')))
    const from = performance.now()
    server.pause()
    const writes = Array.from({ length: 30 }, (_, i) => codeOf(store.write((tx) => append(tx, draft(`frozen${i}`)), { serial: 'test' })))
    const read = codeOf(all())
    expect(new Set(await Promise.all(writes))).toEqual(new Set(['CORE_STORAGE_BUSY']))
    expect(await read).toBe('CORE_STORAGE_BUSY')
    expect(performance.now() - from).toBeLessThan(6000)
    server.resume()
    const [row] = await soon(() => store.write((tx) => append(tx, draft('after')), { serial: 'test' }))
    expect(row?.seq).toBe(2)
    expect((await all()).map((found) => found.client)).toEqual(['before', 'after'])
  }, 30_000)

  test('that freezes at the commit is answered for with “unknown”, never with a refusal', async () => {
    const { store, append, all } = await begin({ unitTimeoutMs: 800 })
    const unit = store.write(async (tx) => {
      await append(tx, draft('perhaps'))
      server.pause()
    })
    expect(await codeOf(unit)).toBe('CORE_STORAGE_UNKNOWN')
    server.resume()
    const again = await soon(() => store.write((tx) => append(tx, draft('perhaps'))))
    expect([0, 1]).toContain(again.length)
    expect((await all()).map((row) => row.client)).toEqual(['perhaps'])
  }, 30_000)

  test('that is frozen has a thousand units waiting at most', async () => {
    const { store, append } = await begin({ unitTimeoutMs: 800 })
    server.pause()
    const answers: string[] = []
    const units = Array.from({ length: 1100 }, (_, i) =>
      codeOf(store.write((tx) => append(tx, draft(`c${i}`)))).then((code) => answers.push(`${i < 1000 ? 'accepted' : 'refused'} ${code}`)),
    )
    await Promise.all(units)
    server.resume()
    expect(answers.slice(0, 100)).toEqual(Array(100).fill('refused CORE_STORAGE_BUSY'))
    expect(answers).toHaveLength(1100)
  }, 30_000)
})
