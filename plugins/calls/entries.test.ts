// Calls in conversations: the entry that each has there, and the calls of groups.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { definePlugin, Relations } from '#core'
import { Caller } from '../../test/support/caller.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { createNotedConversations } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose } from '../../test/support/socket.ts'
import { calls } from './index.ts'

/** U4 may call nobody. */
const relations = definePlugin({
  id: 'relations',
  provides: { relations: Relations },
  setup: () => ({ services: { relations: { mayReach: (_, from, to) => from !== 'U4' && to !== 'U4' } } }),
})

const many = Array.from({ length: 60 }, (_, index) => `U${700 + index}`)
const groups: Record<string, readonly string[]> = {
  G1: ['U1', 'U2', 'U3', 'U4'],
  G2: ['U1', 'U2'],
  G3: many,
  G4: ['U1', 'U2', 'U5', 'U6', 'U7'],
}

const suite = (newDatabase: NewDatabase): void => {
  const clock = testClock()
  const { plugin, entries, silenced } = createNotedConversations(groups)
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer([calls, plugin, relations], { databaseUrl: await newDatabase(), ambient: clock.ambient })
  })
  afterAll(() => server.stop())

  const device = async (user: string): Promise<Caller> => new Caller(user, await server.connect(user))
  const devices = (...users: string[]): Promise<Caller[]> => Promise.all(users.map(device))
  /** What the only entries about a call say. */
  const said = (id: string): Loose[] => [...entries.values()].filter((data) => (data as Loose).call === id)
  let count = 30_000
  const fresh = (): string => `U${++count}`

  describe('the entry of a call', () => {
    test('is one, and says what has become of it', async () => {
      const [ann, bob] = (await devices(fresh(), fresh())) as [Caller, Caller]
      const { call } = await ann.invite(bob.user, { kind: 'video' })
      expect(said(call.id)).toMatchObject([{ kind: 'video', state: 'ringing', history: [{ what: 'start_call', user: ann.user }] }])
      await bob.do('accept', call.id)
      expect(said(call.id)).toMatchObject([{ state: 'active', history: [{}, { what: 'receive_call', user: bob.user }] }])
      await bob.do('media', call.id, { media: { audio: false, video: false, screen: false } })
      clock.advance(4_000)
      await ann.do('hangup', call.id)
      expect(said(call.id)).toMatchObject([{ state: 'ended', outcome: 'completed', durationMs: 4_000 }])
    })

    test.each([
      ['declined', 'decline', 1, ['start_call', 'reject_call']],
      ['cancelled', 'cancel', 0, ['start_call']],
    ])('of one that was %s says so', async (outcome, verb, who, history) => {
      const pair = (await devices(fresh(), fresh())) as [Caller, Caller]
      const { call } = await pair[0].invite(pair[1].user)
      await (pair[who] as Caller).do(verb, call.id)
      expect(said(call.id).map((data) => [data.outcome, data.history.map(({ what }: Loose) => what)])).toEqual([[outcome, history]])
    })

    test('of one that nobody answered, and of one that was busy, says so', async () => {
      const [ann, bob, cyd] = (await devices(fresh(), fresh(), fresh())) as [Caller, Caller, Caller]
      const { call } = await ann.invite(bob.user)
      const { call: busy } = await cyd.invite(ann.user)
      expect(said(busy.id)).toMatchObject([{ state: 'ended', outcome: 'busy' }])
      clock.advance(30_001)
      await bob.told('ended')
      expect(said(call.id)).toMatchObject([{ state: 'ended', outcome: 'missed', reason: 'timeout' }])
    })

    test('that cannot be changed any more does not keep a call from ending', async () => {
      const [ann, bob] = (await devices(fresh(), fresh())) as [Caller, Caller]
      const { call } = await ann.invite(bob.user)
      silenced.add(ann.user)
      await bob.do('accept', call.id)
      await bob.do('hangup', call.id)
      expect(await ann.told('ended')).toMatchObject({ outcome: 'completed' })
      expect(said(call.id)).toMatchObject([{ state: 'ringing' }])
    })

    test('that may not be made keeps a call from beginning', async () => {
      const [ann, bob] = (await devices(fresh(), fresh())) as [Caller, Caller]
      silenced.add(ann.user)
      expect(await ann.socket.refusal('calls.invite', { clientId: 'm', device: ann.id, kind: 'audio' }, { to: bob.user })).toBe(
        'CHAT_MUTED',
      )
      expect((await bob.heard('calls.invited')).length).toBe(0)
    })
  })

  describe('a call of a group', () => {
    test('rings everybody who may be called, takes who answers, and ends with the last one', async () => {
      const [ann, bob, cyd, dan] = (await devices('U1', 'U2', 'U3', 'U4')) as [Caller, Caller, Caller, Caller]
      const { call } = await ann.invite('G1')
      expect([call.group, call.people.map(({ user }: Loose) => user)]).toEqual(['G1', ['U1', 'U2', 'U3']])
      for (const each of [bob, cyd]) await each.told('invited')
      await bob.do('accept', call.id)
      expect((await cyd.do('accept', call.id)).party).toBe(3)
      await ann.do('hangup', call.id)
      // Whoever could not be rung is in the group all the same.
      expect((await dan.do('accept', call.id)).call.people.map(({ state }: Loose) => state)).toEqual(['left', 'joined', 'joined', 'joined'])
      for (const each of [bob, cyd, dan]) await each.do('hangup', call.id)
      expect(await ann.told('ended')).toMatchObject({ outcome: 'completed' })
      expect(said(call.id)).toMatchObject([{ state: 'ended', outcome: 'completed' }])
      await Promise.all([ann, bob, cyd, dan].map(({ socket }) => socket.close()))
    })

    test('is joined by whoever calls the group meanwhile', async () => {
      const [ann, bob] = (await devices('U1', 'U2')) as [Caller, Caller]
      const [one, other] = await Promise.all([ann.invite('G2'), bob.invite('G2')])
      expect(one.call.id).toBe(other.call.id)
      expect([one.party, other.party].sort()).toEqual([1, 2])
      for (const each of [ann, bob]) await each.do('hangup', one.call.id)
    })

    test('takes four, and nobody who is not in the group', async () => {
      const [ann, bob, eve, fay, gus] = (await devices('U1', 'U2', 'U5', 'U6', 'U7')) as [Caller, Caller, Caller, Caller, Caller]
      const { call } = await ann.invite('G4')
      for (const each of [bob, eve, fay]) await each.do('accept', call.id)
      expect(await gus.refusal('accept', call.id)).toBe('CALLS_FULL')
      const stranger = await device(fresh())
      expect(await stranger.refusal('accept', call.id)).toBe('CALLS_NO_SUCH_GROUP')
      const whole = { clientId: 's', device: stranger.id, kind: 'audio' }
      expect(await stranger.socket.refusal('calls.invite', whole, { to: 'G4' })).toBe('CALLS_NO_SUCH_GROUP')
      for (const each of [ann, bob, eve, fay]) await each.do('hangup', call.id)
    })

    test('in a large group rings nobody, and stands open', async () => {
      const [ann, bob] = (await devices('U700', 'U701')) as [Caller, Caller]
      const { call } = await ann.invite('G3')
      expect([call.state, call.people.length]).toEqual(['active', 1])
      expect((await bob.heard('calls.invited')).length).toBe(0)
      expect((await bob.do('accept', call.id)).call.people.length).toBe(2)
      expect((await bob.socket.request('calls.list')).calls).toMatchObject([{ id: call.id, group: 'G3' }])
    })
  })
}

forEachDatabase('calls in conversations', suite)
