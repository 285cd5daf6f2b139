import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { coreErrors, definePlugin, Inbox, message } from '#core'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { sqliteFiles } from '../../test/support/stores.ts'
import { inbox } from './index.ts'

/** A plugin whose things are texts in memory: `note` and `mark` are two kinds of them. */
const keeper = (id: 'notes' | 'marks', kind: string) => {
  const values = new Map<string, string>()
  return definePlugin({
    id,
    uses: { inbox: Inbox },
    messages: {
      put: message({
        input: v.strictObject({
          users: v.array(v.string()),
          key: v.string(),
          value: v.optional(v.nullable(v.string()), 'x'),
          kind: v.optional(v.string(), kind),
          fails: v.optional(v.boolean(), false),
        }),
        reply: v.object({}),
      }),
    },
    setup: ({ store, use }) => {
      use.inbox.describe(kind, async (user, keys) => {
        const here = keys.flatMap((key) => [[key, values.get(`${user} ${key}`)] as const])
        return new Map(here.flatMap(([key, value]) => (value === undefined ? [] : [[key, { value }]])))
      })
      return {
        handlers: {
          put: ({ users, key, value, fails, kind: as }) =>
            store.write(async (tx) => {
              await use.inbox.touch(tx, users, as, key)
              if (fails) throw coreErrors.FORBIDDEN()
              store.afterCommit(() => {
                for (const user of users) value === null ? values.delete(`${user} ${key}`) : values.set(`${user} ${key}`, value)
              })
              return {}
            }),
        },
      }
    },
  })
}

let count = 0
/** A user that no other test uses. */
const fresh = (): string => `U${1_000 + ++count}`

const shown = (answer: Loose): unknown[] => answer.entries.map(({ key, data }: Loose) => [key, data?.value ?? null])

const suite = (newDatabase: NewDatabase): void => {
  let server: TestServer
  beforeAll(async () => {
    const env = { PARLEY_INBOX_PAGE_LENGTH: '1024' }
    server = await startTestServer([inbox, keeper('notes', 'note'), keeper('marks', 'mark')], { env, databaseUrl: await newDatabase() })
  })
  afterAll(() => server.stop())

  const start = async (): Promise<{ user: string; device: TestSocket; put: (key: string, value?: string | null) => Promise<Loose> }> => {
    const user = fresh()
    const device = await server.connect(user)
    return { user, device, put: (key, value) => device.request('notes.put', { users: [user], key, ...(value !== undefined && { value }) }) }
  }
  const sync = async (device: TestSocket, since?: { epoch: string; position: number }, limit?: number): Promise<Loose> =>
    device.request('inbox.sync', { ...(since && { since: { epoch: since.epoch, position: since.position } }), ...(limit && { limit }) })

  test('a device that has no position is given everything, and told to begin anew', async () => {
    const { device, put } = await start()
    expect(await sync(device)).toEqual({ epoch: expect.any(String), position: 0, entries: [], more: false, reset: true })
    await put('a', 'one')
    await put('b', 'two')
    const answer = await sync(device)
    expect(answer).toMatchObject({ position: 2, more: false, reset: true })
    expect(answer.entries).toEqual([
      { kind: 'note', key: 'a', position: 1, data: { value: 'one' } },
      { kind: 'note', key: 'b', position: 2, data: { value: 'two' } },
    ])
  })

  test('a device that comes back is given what has changed meanwhile, each thing once and as it is now', async () => {
    const { device, put } = await start()
    for (const key of ['a', 'b', 'c']) await put(key, 'old')
    const before = await sync(device)
    for (const value of ['newer', 'newest']) await put('a', value)
    await put('d', 'first')
    const answer = await sync(device, before)
    expect(shown(answer)).toEqual([
      ['a', 'newest'],
      ['d', 'first'],
    ])
    expect(answer.reset).toBeUndefined()
    const after = await sync(device, answer)
    expect(after).toEqual({ epoch: answer.epoch, position: answer.position, entries: [], more: false })
  })

  test('a device that learns everything in another way is told where the log ends, and then what changes', async () => {
    const { device, put } = await start()
    await put('a', 'one')
    const { position, ...begin } = await device.request('inbox.sync', { now: true })
    expect(begin).toEqual({ epoch: expect.any(String), entries: [], more: false })
    expect(await sync(device, { ...begin, position })).toEqual({ ...begin, position })
    for (const value of ['two', 'three']) await put('a', value)
    expect(shown(await sync(device, { ...begin, position }))).toEqual([['a', 'three']])
    expect(await device.refusal('inbox.sync', { now: true, since: { epoch: 'e', position: 0 } })).toBe('CORE_BAD_FIELD')
  })

  test('every device of a user has a position of its own', async () => {
    const { device, put } = await start()
    const begin = await sync(device)
    await put('a', 'one')
    const first = await sync(device, begin)
    await put('a', 'two')
    expect(shown(await sync(device, begin))).toEqual([['a', 'two']])
    expect(shown(await sync(device, first))).toEqual([['a', 'two']])
  })

  test('what is gone is told as null', async () => {
    const { device, put } = await start()
    await put('a', 'one')
    const before = await sync(device)
    await put('a', null)
    expect((await sync(device, before)).entries).toEqual([{ kind: 'note', key: 'a', position: expect.any(Number), data: null }])
  })

  test('pages follow each other without a hole, and the last says that it is the last', async () => {
    const { device, put } = await start()
    for (const key of ['a', 'b', 'c', 'd', 'e']) await put(key)
    const first = await sync(device, undefined, 2)
    const second = await sync(device, first, 2)
    const third = await sync(device, second, 2)
    expect([first, second, third].map(shown)).toEqual([
      [
        ['a', 'x'],
        ['b', 'x'],
      ],
      [
        ['c', 'x'],
        ['d', 'x'],
      ],
      [['e', 'x']],
    ])
    expect([first, second, third].map(({ more }) => more)).toEqual([true, true, false])
    expect([first, second, third].map(({ reset }) => reset)).toEqual([true, undefined, undefined])
    expect([first, second, third].map(({ position }) => position)).toEqual([2, 4, 5])
  })

  test('a page ends before it is too long for a slow line, and never without an entry', async () => {
    const { device, put } = await start()
    for (const key of ['a', 'b', 'c']) await put(key, key.repeat(700))
    await put('d', 'd'.repeat(5_000))
    const lengths: number[] = []
    let cursor: Loose
    do {
      cursor = await sync(device, cursor)
      lengths.push(cursor.entries.length)
    } while (cursor.more)
    expect(lengths).toEqual([1, 1, 1, 1])
    expect(cursor.position).toBe(4)
  })

  test('another log’s position, or one that never was, begins anew', async () => {
    const { device, put } = await start()
    await put('a')
    const { epoch, position } = await sync(device)
    for (const since of [
      { epoch: 'another', position },
      { epoch, position: position + 1 },
      { epoch, position: Number.MAX_SAFE_INTEGER },
    ])
      expect(await sync(device, since)).toMatchObject({ epoch, position, more: false, reset: true, entries: [{ key: 'a' }] })
    expect((await sync(device, { epoch, position: 0 })).reset).toBeUndefined()
  })

  test('a change that came to nothing is told to nobody', async () => {
    const { user, device, put } = await start()
    const begin = await sync(device)
    expect(await device.refusal('notes.put', { users: [user], key: 'a', fails: true })).toBe('CORE_FORBIDDEN')
    expect((await sync(device, begin)).entries).toEqual([])
    await put('b')
    expect(shown(await sync(device, begin))).toEqual([['b', 'x']])
  })

  test('a change for many is told to each of them once, and to nobody else', async () => {
    const { device } = await start()
    const users = Array.from({ length: 301 }, fresh)
    const other = await server.connect(fresh())
    await device.request('notes.put', { users: [...users, users[0], users[7]], key: 'all' })
    await device.request('notes.put', { users: [], key: 'none' })
    for (const user of [users[0], users[7], users[128], users[300]]) {
      const theirs = await sync(await server.connect(user as string))
      expect([theirs.position, ...shown(theirs)]).toEqual([1, ['all', 'x']])
    }
    for (const nobody of [device, other]) expect((await sync(nobody)).entries).toEqual([])
  })

  test('things of two kinds may have one key', async () => {
    const { user, device, put } = await start()
    await put('a', 'note')
    await device.request('marks.put', { users: [user], key: 'a', value: 'mark' })
    expect((await sync(device)).entries.map(({ kind, data }: Loose) => [kind, data.value])).toEqual([
      ['note', 'note'],
      ['mark', 'mark'],
    ])
  })

  test('a kind that nobody describes cannot be told of', async () => {
    const { user, device } = await start()
    expect(await device.refusal('notes.put', { users: [user], key: 'a', kind: 'ghost' })).toBe('CORE_INTERNAL')
  })

  test('a wrong question is refused with its place', async () => {
    const { device } = await start()
    const wrong: readonly (readonly [Loose, string])[] = [
      [{ limit: 0 }, '/data/limit'],
      [{ limit: 501 }, '/data/limit'],
      [{ limit: 1.5 }, '/data/limit'],
      [{ since: { epoch: 'e' } }, '/data/since/position'],
      [{ since: { epoch: '', position: 0 } }, '/data/since/epoch'],
      [{ since: { epoch: 'e'.repeat(65), position: 0 } }, '/data/since/epoch'],
      [{ since: { epoch: 'e', position: -1 } }, '/data/since/position'],
      [{ since: { epoch: 'e', position: '5' } }, '/data/since/position'],
      [{ since: { epoch: 'e', position: 0, user: 'U1' } }, '/data/since/user'],
      [{ since: 5 }, '/data/since'],
      [{ user: 'U1' }, '/data/user'],
    ]
    for (const [data, path] of wrong) {
      const { error } = await device.request('inbox.sync', data).catch((refusal: Loose) => refusal)
      expect([error.code, error.path]).toEqual(['CORE_BAD_FIELD', path])
    }
  })

  describe('over a restart', () => {
    const files = sqliteFiles()
    afterAll(() => files.remove())
    const run = async <T>(databaseUrl: string, plugins: ('notes' | 'marks')[], work: (device: TestSocket) => Promise<T>): Promise<T> => {
      const kinds = { notes: 'note', marks: 'mark' } as const
      await using again = await startTestServer([inbox, ...plugins.map((id) => keeper(id, kinds[id]))], { databaseUrl })
      return await work(await again.connect('U1'))
    }

    test('positions and the epoch stay', async () => {
      const url = (await newDatabase()) ?? (await files.make())
      const before = await run(url, ['notes'], async (device) => {
        await device.request('notes.put', { users: ['U1'], key: 'a' })
        return sync(device)
      })
      await run(url, ['notes'], async (device) => {
        expect(await sync(device, before)).toEqual({ epoch: before.epoch, position: 1, entries: [], more: false })
        await device.request('notes.put', { users: ['U1'], key: 'a', value: 'later' })
        expect(shown(await sync(device, before))).toEqual([['a', 'later']])
      })
    })

    test('without a plugin its entries are not shown, and devices begin anew then and when it is back', async () => {
      const url = (await newDatabase()) ?? (await files.make())
      const before = await run(url, ['notes', 'marks'], async (device) => {
        for (const type of ['notes.put', 'marks.put']) await device.request(type, { users: ['U1'], key: 'a' })
        return sync(device)
      })
      const without = await run(url, ['notes'], (device) => sync(device, before))
      expect(without).toMatchObject({ reset: true, position: 2, entries: [{ kind: 'note' }] })
      expect(without.entries).toHaveLength(1)
      const back = await run(url, ['notes', 'marks'], async (device) => [await sync(device, without), await sync(device, before)])
      expect(back[0]).toMatchObject({ reset: true, entries: [{ kind: 'note' }, { kind: 'mark' }] })
      expect(back[1].reset).toBeUndefined()
    })
  })
}

forEachDatabase('the inbox', suite)
