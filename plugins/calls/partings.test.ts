// What ends a call, or somebody's part in one, without anybody hanging up: a block, and the end of their time in the group.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definePlugin, Relations } from '#core'
import { Caller, sdp } from '../../test/support/caller.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { createNotedConversations } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose } from '../../test/support/socket.ts'
import { calls } from './index.ts'

/** Blocks that are made by a call of `block`. */
const createBlocks = () => {
  const blocked = new Set<string>()
  const listeners = new Set<(by: string, other: string) => void>()
  const plugin = definePlugin({
    id: 'blocks',
    provides: { relations: Relations },
    setup: () => {
      listeners.clear()
      return {
        services: {
          relations: {
            mayReach: (_, from, to) => !blocked.has(`${from} ${to}`) && !blocked.has(`${to} ${from}`),
            onBlock: (listener) => void listeners.add(listener),
          },
        },
      }
    },
  })
  const block = (by: string, other: string, isHeard = true): void => {
    blocked.add(`${by} ${other}`)
    if (isHeard) for (const tell of listeners) tell(by, other)
  }
  return { plugin, block }
}

const groups = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`G${at}`, [1, 2, 3, 4].map((n) => `U${(at + 1) * 100 + n}`)]))

const suite = (newDatabase: NewDatabase): void => {
  const clock = testClock()
  const { plugin: conversations, entries, putOut, letIn } = createNotedConversations(groups)
  const { plugin: blocks, block } = createBlocks()
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer([calls, conversations, blocks], { databaseUrl: await newDatabase(), ambient: clock.ambient })
  })
  afterAll(() => server.stop())

  let count = 40_000
  let group = 0
  const device = async (user = `U${++count}`): Promise<Caller> => new Caller(user, await server.connect(user))
  const pair = async (): Promise<[Caller, Caller]> => [await device(), await device()]
  /** The next group, and its people. */
  const four = async (): Promise<{ to: string; people: [Caller, Caller, Caller, Caller] }> => {
    const to = `G${group++}`
    const people = (await Promise.all((groups[to] ?? []).map((user) => device(user)))) as [Caller, Caller, Caller, Caller]
    return { to, people }
  }
  const entryOf = (id: string): Loose => [...entries.values()].find((data) => (data as Loose).call === id)
  const listed = async ({ socket }: Caller): Promise<Loose[]> => (await socket.request('calls.list')).calls

  describe('a block', () => {
    test('ends the call of the two, as if who did it had hung up, on every device and in the entry', async () => {
      for (const who of [0, 1] as const) {
        const two = await pair()
        const [ann, bob] = two
        const { call } = await ann.invite(bob.user)
        await bob.do('accept', call.id)
        clock.advance(3_000)
        block(two[who].user, two[(1 - who) as 0 | 1].user)
        for (const each of two)
          expect(await each.told('ended')).toMatchObject({ outcome: 'completed', reason: 'hangup', durationMs: 3_000 })
        expect(entryOf(call.id)).toMatchObject({ state: 'ended', outcome: 'completed', durationMs: 3_000 })
        expect(await ann.signalRefusal(call.id, 2, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_CALL')
        expect((await bob.socket.request('calls.current')).calls).toEqual([])
      }
    })

    test('by who is rung declines, by who rings takes back', async () => {
      const [ann, bob] = await pair()
      const { call } = await ann.invite(bob.user)
      block(bob.user, ann.user)
      expect(await ann.told('ended')).toMatchObject({ outcome: 'declined', reason: 'declined' })
      expect(entryOf(call.id)).toMatchObject({ outcome: 'declined', history: [{}, { what: 'reject_call', user: bob.user }] })
      const [cyd, dan] = await pair()
      await cyd.invite(dan.user)
      block(cyd.user, dan.user)
      expect(await dan.told('ended')).toMatchObject({ outcome: 'cancelled', reason: 'hangup' })
    })

    test('touches no call with anybody else, and in a group only the ringing', async () => {
      const { to, people } = await four()
      const [ann, bob, cyd, dan] = people
      const { call } = await ann.invite(to)
      await bob.do('accept', call.id)
      block(bob.user, ann.user)
      block(cyd.user, ann.user)
      expect((await ann.told('changed', 'declined')).people[2]).toMatchObject({ user: cyd.user, state: 'declined' })
      block(ann.user, dan.user)
      expect((await ann.told('changed', 'left')).people[3]).toMatchObject({ user: dan.user, state: 'missed' })
      expect((await bob.socket.request('calls.current')).calls[0].people.map(({ state }: Loose) => state)).toEqual([
        'joined',
        'joined',
        'declined',
        'missed',
      ])
    })

    test('in the moment of the call leaves none, whichever was first', async () => {
      for (let round = 0; round < 10; round++) {
        const [ann, bob] = await pair()
        const asking = ann.invite(bob.user).catch(() => undefined)
        if (round % 2 === 0) await ann.socket.settle()
        block(bob.user, ann.user)
        await asking
        const open = async (): Promise<number> => (await bob.socket.request('calls.current')).calls.length
        while ((await open()) > 0) await bob.socket.settle()
        expect(await open()).toBe(0)
      }
    })
  })

  describe('whoever is out of a group', () => {
    test('is out of its call and told so; the others go on, and learn who it was', async () => {
      const { to, people } = await four()
      const [ann, bob, cyd, dan] = people
      const { call } = await ann.invite(to)
      await bob.do('accept', call.id)
      await cyd.do('accept', call.id)
      clock.advance(2_000)
      putOut(to, bob.user, dan.user)
      const farewell = await bob.told('ended')
      expect(farewell).toMatchObject({ id: call.id, state: 'ended', outcome: 'completed', reason: 'left_group', durationMs: 2_000 })
      expect(await dan.told('ended')).toMatchObject({ outcome: 'missed', reason: 'left_group' })
      const left = await ann.told('changed', 'left')
      expect(left.people.map(({ user }: Loose) => user)).toEqual([ann.user, cyd.user])
      expect(await ann.signalRefusal(call.id, 2, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_PARTY')
      expect(await bob.signalRefusal(call.id, 1, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_CALL')
      expect(await bob.refusal('accept', call.id)).toBe('CALLS_NO_SUCH_GROUP')
      expect(await bob.refusal('resume', call.id)).toBe('CALLS_NO_SUCH_CALL')
      for (const each of [bob, dan]) expect((await each.socket.request('calls.current')).calls).toEqual([])
      expect(await listed(bob)).toEqual([])
      expect(entryOf(call.id)).toMatchObject({ state: 'active' })
    })

    test('hears nothing more of it, and is free for other calls', async () => {
      const { to, people } = await four()
      const [ann, bob, cyd] = people
      const { call } = await ann.invite(to)
      await bob.do('accept', call.id)
      await cyd.do('accept', call.id)
      putOut(to, bob.user)
      const { version } = await bob.told('ended')
      await cyd.do('hangup', call.id)
      await ann.do('hangup', call.id)
      const later = (await bob.heard('calls.changed')).filter(({ data }) => data.call.version > version)
      expect([later, await bob.heard('calls.ended')]).toMatchObject([[], [{}]])
      expect((await bob.invite((await device()).user)).call.state).toBe('ringing')
    })

    test('and was the last one in its call, ends it, with the entry saying so; so does the end of the group', async () => {
      for (const all of [false, true]) {
        const { to, people } = await four()
        const [ann, bob, cyd] = people
        const { call } = await ann.invite(to)
        await bob.do('accept', call.id)
        if (!all) await bob.do('hangup', call.id)
        putOut(to, ...(all ? people.map(({ user }) => user) : [ann.user]))
        for (const each of [ann, bob, cyd]) expect(await each.told('ended')).toMatchObject({ outcome: 'completed', reason: 'left_group' })
        expect(entryOf(call.id)).toMatchObject({ state: 'ended', outcome: 'completed', reason: 'left_group' })
        expect((await listed(bob)).map(({ id, state }) => [id, state])).toEqual([[call.id, 'ended']])
      }
    })

    test('before anybody answered, leaves a call that is cancelled, or missed', async () => {
      const [one, two] = [await four(), await four()]
      const [ann, , cyd] = one.people
      await ann.invite(one.to)
      putOut(one.to, ann.user)
      expect(await cyd.told('ended')).toMatchObject({ outcome: 'cancelled', reason: 'left_group' })
      const [dan, ...others] = two.people
      await dan.invite(two.to)
      putOut(two.to, ...others.map(({ user }) => user))
      expect(await dan.told('ended')).toMatchObject({ outcome: 'missed', reason: 'left_group' })
    })

    test('and comes back into the group, may join its call again', async () => {
      const { to, people } = await four()
      const [ann, bob, cyd] = people
      const { call } = await ann.invite(to)
      await bob.do('accept', call.id)
      await cyd.do('accept', call.id)
      putOut(to, bob.user)
      await bob.told('ended')
      letIn(to, bob.user)
      const { party, call: again } = await bob.do('accept', call.id)
      expect([party, again.people.map(({ user }: Loose) => user)]).toEqual([4, [ann.user, cyd.user, people[3].user, bob.user]])
      expect((await bob.socket.request('calls.current')).calls.length).toBe(1)
    })
  })
}

forEachDatabase('calls that may not go on', suite)

const restarts = (newDatabase: NewDatabase): void => {
  test('what happened while nobody could hear of it is found at the start', async () => {
    const clock = testClock()
    const folder = mkdtempSync(join(tmpdir(), 'parley-partings-'))
    const databaseUrl = (await newDatabase()) ?? `sqlite:${join(folder, 'calls.db')}`
    const { plugin: conversations, entries, putOut } = createNotedConversations({ G1: ['U71', 'U72', 'U73'] })
    const { plugin: blocks, block } = createBlocks()
    const start = (): Promise<TestServer> => startTestServer([calls, conversations, blocks], { databaseUrl, ambient: clock.ambient })
    const first = await start()
    const people = await Promise.all(['U71', 'U72', 'U73', 'U74', 'U75'].map(async (user) => new Caller(user, await first.connect(user))))
    const [ann, bob, cyd, dan, eve] = people as [Caller, Caller, Caller, Caller, Caller]
    const { call } = await ann.invite('G1')
    await bob.do('accept', call.id)
    await cyd.do('accept', call.id)
    const { call: other } = await dan.invite(eve.user)
    await eve.do('accept', other.id)
    await first.stop()
    putOut('G1', bob.user)
    block(eve.user, dan.user, false)

    const second = await start()
    const again = async ({ user, id }: Caller): Promise<Caller> => new Caller(user, await second.connect(user), id)
    const [annBack, bobBack, danBack] = [await again(ann), await again(bob), await again(dan)]
    const open = async ({ socket }: Caller): Promise<number> => (await socket.request('calls.current')).calls.length
    while ((await open(bobBack)) + (await open(danBack)) > 0) await danBack.socket.settle()
    expect((await annBack.do('resume', call.id)).call.people.map(({ user }: Loose) => user)).toEqual([ann.user, cyd.user])
    expect((await danBack.socket.request('calls.list')).calls).toMatchObject([{ id: other.id, outcome: 'completed' }])
    expect([...entries.values()].find((data) => (data as Loose).call === other.id)).toMatchObject({ outcome: 'completed' })
    await second.stop()
    rmSync(folder, { recursive: true })
  })
}

forEachDatabase('calls that may not go on', restarts)
