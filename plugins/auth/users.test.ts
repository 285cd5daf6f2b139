import { describe, expect, test } from 'bun:test'
import { definePlugin, Users } from '#core'
import { forEachDatabase } from '../../test/support/databases.ts'
import { call } from '../../test/support/http.ts'
import { startTestServer } from '../../test/support/server.ts'
import { auth } from './index.ts'
import { Lru } from './lru.ts'
import { KnownUsers } from './users.ts'

forEachDatabase('the directory of users', (newDatabase) => {
  test('tells other plugins who there is', async () => {
    let users: Users | undefined
    const asker = definePlugin({
      id: 'asker',
      uses: { users: Users },
      setup: ({ use }) => {
        users = use.users
        return {}
      },
    })
    const databaseUrl = await newDatabase()
    await using server = await startTestServer([asker], { identity: auth, ...(databaseUrl !== undefined && { databaseUrl }) })
    const ids: string[] = []
    for (const name of ['Ann', 'Eve']) ids.push((await call(`${server.url}/api/auth/guest`, { body: { name } })).body.user.id)
    const [ann = '', eve = ''] = ids
    expect(await users?.find(ann)).toEqual({ id: ann, name: 'Ann' })
    expect(await users?.find('U1')).toBeUndefined()
    expect(await users?.names([ann, eve, ann, 'U1', '', '__proto__'])).toEqual(
      new Map([
        [ann, 'Ann'],
        [eve, 'Eve'],
      ]),
    )
    expect([await users?.exists(ann), await users?.exists('U1')]).toEqual([true, false])
  })
})

/** Users over a store that counts its queries. */
const counted = () => {
  const names = new Map([['U1', 'Ann']])
  const queries: string[][] = []
  const state = { ms: 1_000_000 }
  const store = {
    names: async (ids: readonly string[]) => {
      queries.push([...ids])
      return new Map([...names].filter(([id]) => ids.includes(id)))
    },
  }
  return { names, queries, state, users: new KnownUsers(store, () => state.ms) }
}

describe('users who were seen lately', () => {
  test('exist without a query and without a promise', async () => {
    const { users, queries } = counted()
    users.learn('U7', 'Zoe')
    expect(users.exists('U7')).toBe(true)
    expect(await users.find('U7')).toEqual({ id: 'U7', name: 'Zoe' })
    expect(queries).toEqual([])
  })

  test('exist for ever, while their names are asked for again after a minute', async () => {
    const { users, names, queries, state } = counted()
    expect(await users.exists('U1')).toBe(true)
    names.set('U1', 'Ann Smith')
    state.ms += 59_999
    expect((await users.find('U1'))?.name).toBe('Ann')
    state.ms += 1
    expect(users.exists('U1')).toBe(true)
    expect((await users.find('U1'))?.name).toBe('Ann Smith')
    expect(queries.length).toBe(2)
  })

  test('are not confused with those who do not exist: that is asked each time', async () => {
    const { users, names } = counted()
    expect(await users.exists('U2')).toBe(false)
    names.set('U2', 'Bob')
    expect(await users.exists('U2')).toBe(true)
  })

  test('are asked for only as far as they are not known', async () => {
    const { users, queries } = counted()
    users.learn('U7', 'Zoe')
    await users.names(['U1', 'U7', 'U1', 'U2'])
    expect(queries).toEqual([['U1', 'U2']])
  })
})

test('an LRU forgets what was unused for longest', () => {
  const lru = new Lru<number>(2)
  lru.set('a', 1)
  lru.set('b', 2)
  expect(lru.get('a')).toBe(1)
  lru.set('c', 3)
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2])
  lru.set('a', 4)
  expect([lru.get('a'), lru.size]).toEqual([4, 2])
})
