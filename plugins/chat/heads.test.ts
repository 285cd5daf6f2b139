import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Connection } from '#core'
import { definePlugin } from '#core'
import { createClient } from '../../src/client/index.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { type Digest, Heads } from './heads.ts'
import { chat } from './index.ts'

/** What a heartbeat says of chat to whoever it is. */
const connectionOf = (userId: string): Connection => ({ userId }) as Connection

/** Heads whose time a test turns. */
const scene = () => {
  let nowMs = 0
  const setBack: number[] = []
  const heads = new Heads({ monotonic: () => nowMs, epoch: () => 'e', onSetBack: () => void setBack.push(nowMs) })
  return {
    heads,
    setBack,
    pass: (ms: number) => {
      nowMs += ms
    },
    say: (seq: number, ...people: string[]) => heads.changed({ to: people[1] ?? people[0] ?? '', people, isGroup: false }, seq),
    sayIn: (seq: number, to: string) => heads.changed({ to, people: [], isGroup: true }, seq),
    since: (ms: number, user = 'U1'): Digest | undefined => heads.digest(connectionOf(user), nowMs - ms),
  }
}

describe('what moved', () => {
  test('is told to both people of a direct conversation, by whom each of them talks to, with its last position', () => {
    const { say, since } = scene()
    say(1, 'U1', 'U2')
    say(2, 'U2', 'U1')
    say(7, 'U1', 'U1')
    expect(since(0)).toEqual({ epoch: 'e', heads: { U2: 2, U1: 7 } })
    expect(since(0, 'U2')).toEqual({ epoch: 'e', heads: { U1: 2 } })
    expect(since(0, 'U3')).toBeUndefined()
  })

  test('is told of a group to those who follow it, until they no longer do', () => {
    const { heads, sayIn } = scene()
    const [ann, bob] = [connectionOf('U1'), connectionOf('U2')]
    heads.follow(ann, 'G1', true)
    heads.follow(ann, 'G2', true)
    sayIn(3, 'G1')
    expect(heads.digest(ann, 0)).toEqual({ epoch: 'e', heads: { G1: 3 } })
    expect(heads.digest(bob, 0)).toBeUndefined()
    heads.follow(ann, 'G1', false)
    expect(heads.digest(ann, 0)).toBeUndefined()
  })

  test('before the time asked for is not told', () => {
    const { say, pass, since } = scene()
    say(1, 'U1', 'U2')
    pass(25_000)
    expect(since(25_000)).toEqual({ epoch: 'e', heads: { U2: 1 } })
    expect(since(24_999)).toBeUndefined()
  })

  test('is remembered for at least a minute, whatever comes after it, and forgotten later', () => {
    const { say, pass, since } = scene()
    for (let at = 0; at <= 600; at++) {
      say(at, 'U1', 'U2')
      say(1, 'U1', `U${1_000 + at}`)
      pass(1_000)
      const expected = Math.min(at + 1, 60)
      expect(Object.keys(since(60_000)?.heads ?? {}).length).toBeGreaterThanOrEqual(expected + 1)
    }
    expect(Object.keys(since(Number.POSITIVE_INFINITY)?.heads ?? {}).length).toBeLessThan(125)
  })

  test('to a position that was given before says that the log was set back, in whatever direction it is addressed', () => {
    const { say, sayIn, setBack, pass } = scene()
    say(1, 'U1', 'U2')
    say(2, 'U2', 'U1')
    sayIn(2, 'G1')
    sayIn(3, 'G1')
    expect(setBack).toEqual([])
    pass(999)
    say(1, 'U1', 'U2')
    expect(setBack).toEqual([])
    pass(1_000)
    say(1, 'U1', 'U2')
    pass(58_001)
    sayIn(1, 'G1')
    expect(setBack).toEqual([1_999, 60_000])
  })

  test('in more conversations than one heartbeat names is told in part, with a word of the rest', () => {
    const { say, since } = scene()
    for (let at = 0; at < 300; at++) say(1, 'U1', `U${1_000 + at}`)
    const { heads = {}, more } = since(0) ?? {}
    expect(Object.keys(heads)).toHaveLength(200)
    expect(more).toBe(true)
  })
})

forEachDatabase('a lost event', (newDatabase) => {
  const clock = testClock()
  let isLosing = false
  /** Loses what it is told to, as a full buffer or a broken line between nodes does. */
  const loss = definePlugin({
    id: 'loss',
    capabilities: ['all-publications'],
    setup: () => ({ hooks: { beforePublish: (one) => (isLosing && one.type.startsWith('chat.') ? null : one) } }),
  })
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat, loss], { ambient: clock.ambient, ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  test('is noticed with the next heartbeat and healed by the client, in a direct conversation and in a group', async () => {
    const bob = await server.connect('U2')
    const { id: group } = await bob.request('chat.create', { name: 'All', users: ['U1'] })
    const client = createClient({ url: server.url, token: async () => 'test.U1' })
    const heard: string[] = []
    const [some, all] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    client.chat.onEntry(({ from, to, seq }) => {
      heard.push(`${to.startsWith('G') ? to : from} ${seq}`)
      if (heard.length === 2) some.resolve()
      if (heard.length === 5) all.resolve()
    })
    const { promise: online, resolve: isOnline } = Promise.withResolvers<void>()
    client.onState(({ kind }) => kind === 'online' && isOnline())
    client.start()
    await online
    for (const to of ['U1', group]) await bob.request('chat.send', { text: 'heard', clientId: 'a' }, { to })
    await some.promise
    isLosing = true
    await bob.request('chat.send', { text: 'lost', clientId: 'b' }, { to: 'U1' })
    await bob.request('chat.send', { text: 'lost', clientId: 'c' }, { to: 'U1' })
    await bob.request('chat.send', { text: 'lost', clientId: 'd' }, { to: group })
    isLosing = false
    clock.advance(25_000)
    await all.promise
    client.stop()
    expect(heard.toSorted()).toEqual([`${group} 2`, `${group} 3`, 'U2 1', 'U2 2', 'U2 3'].toSorted())
  })

  test('is not told to who was put out of the group meanwhile', async () => {
    const [ann, bob, cat] = await Promise.all(['U11', 'U12', 'U13'].map((user) => server.connect(user)))
    if (!ann || !bob || !cat) throw new Error('somebody is missing')
    const { id: group } = await ann.request('chat.create', { name: 'All', users: ['U12', 'U13'] })
    await ann.request('chat.kick', { users: ['U13'] }, { to: group })
    clock.advance(25_000)
    const [told, untold] = [await bob.next('core.heartbeat'), await cat.next('core.heartbeat')]
    expect(told.data.chat.heads).toEqual({ [group]: 2 })
    expect(untold.data).toEqual({})
  })
})
