import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { definePlugin, Relations } from '#core'
import { Caller } from '../../test/support/caller.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { directory } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { calls } from './index.ts'

/** Nobody may call whoever's id ends with 66. */
const relations = definePlugin({
  id: 'relations',
  provides: { relations: Relations },
  setup: () => ({ services: { relations: { mayReach: (_, __, to) => !to.endsWith('66') } } }),
})

let count = 1_000
const fresh = (): string => `U${++count}0`

const suite = (newDatabase: NewDatabase): void => {
  const clock = testClock()
  let server: TestServer
  let databaseUrl: string | undefined
  beforeAll(async () => {
    databaseUrl = await newDatabase()
    server = await startTestServer([calls, relations, directory], { databaseUrl, ambient: clock.ambient })
  })
  afterAll(() => server.stop())

  const device = async (user = fresh(), id?: string): Promise<Caller> => new Caller(user, await server.connect(user), id)
  const pair = async (): Promise<[Caller, Caller]> => [await device(), await device()]
  /** Two who talk. */
  const talk = async (): Promise<{ ann: Caller; bob: Caller; id: string }> => {
    const [ann, bob] = await pair()
    const { call } = await ann.invite(bob.user)
    await bob.do('accept', call.id)
    return { ann, bob, id: call.id }
  }

  describe('a call', () => {
    test('rings on every device of the other one, and tells its caller on how many', async () => {
      const [ann, bob] = await pair()
      const laptop = await device(bob.user)
      const { call, party } = await ann.invite(bob.user, { kind: 'video' })
      expect([call.state, call.kind, call.mode, party]).toEqual(['ringing', 'video', 'mesh', 1])
      for (const each of [bob, laptop]) {
        expect(await each.told('invited')).toMatchObject({ id: call.id, caller: ann.user, state: 'ringing' })
        await each.do('ring', call.id)
      }
      await ann.told('changed', 'rang')
      expect((await ann.told('changed', 'rang')).people[1]).toEqual({ user: bob.user, state: 'invited', ringing: 2 })
    })

    test('is answered by one device; the others are told at once, and answer no more', async () => {
      const [ann, bob] = await pair()
      const others = [await device(bob.user), await device(bob.user)]
      const { call } = await ann.invite(bob.user)
      const accepted = await bob.do('accept', call.id)
      expect(accepted.call).toMatchObject({ state: 'active', people: [{ party: { id: 1 } }, { party: { id: 2 } }] })
      expect(accepted.party).toBe(2)
      for (const each of [ann, ...others]) expect((await each.told('changed', 'accepted')).people[1].party.id).toBe(2)
      for (const other of others) expect(await other.refusal('accept', call.id)).toBe('CALLS_ANSWERED_ELSEWHERE')
    })

    test('that many devices answer in the same moment is answered by exactly one', async () => {
      const [ann, bob] = await pair()
      const all = [bob, await device(bob.user), await device(bob.user), await device(bob.user)]
      const { call } = await ann.invite(bob.user)
      const answers = await Promise.allSettled(all.map((each) => each.do('accept', call.id)))
      expect(answers.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    })

    test('ends for both when one hangs up, and is in both lists as what it was', async () => {
      const { ann, bob, id } = await talk()
      clock.advance(5_000)
      await bob.do('hangup', id)
      expect(await ann.told('ended')).toMatchObject({ id, outcome: 'completed', reason: 'hangup', durationMs: 5_000 })
      for (const each of [ann, bob]) {
        expect((await each.socket.request('calls.list')).calls).toMatchObject([{ id, outcome: 'completed' }])
        expect((await each.socket.request('calls.current')).calls).toEqual([])
      }
    })

    test('that nobody answers is missed after thirty seconds, or as many as its caller said', async () => {
      const [ann, bob] = await pair()
      const [cyd, dan] = await pair()
      await ann.invite(bob.user)
      await cyd.invite(dan.user, { ringSeconds: 60 })
      clock.advance(31_000)
      expect(await bob.told('ended')).toMatchObject({ outcome: 'missed', reason: 'timeout' })
      expect((await dan.socket.request('calls.current')).calls).toMatchObject([{ state: 'ringing' }])
      clock.advance(30_000)
      expect(await dan.told('ended')).toMatchObject({ outcome: 'missed' })
    })

    test('declined, and cancelled, is over for both', async () => {
      const [ann, bob] = await pair()
      const { call } = await ann.invite(bob.user)
      await bob.do('decline', call.id)
      expect(await ann.told('ended')).toMatchObject({ outcome: 'declined' })
      const { call: second } = await ann.invite(bob.user)
      await ann.do('cancel', second.id)
      expect(await bob.told('ended', undefined)).toMatchObject({ outcome: 'declined' })
      expect(await bob.told('ended')).toMatchObject({ id: second.id, outcome: 'cancelled' })
    })

    test('to somebody who talks is busy at once, and they find it in their list', async () => {
      const { bob } = await talk()
      const cyd = await device()
      const { call } = await cyd.invite(bob.user)
      expect(call).toMatchObject({ state: 'ended', outcome: 'busy' })
      expect((await bob.socket.request('calls.list')).calls[0]).toMatchObject({ id: call.id, outcome: 'busy' })
      expect((await cyd.socket.request('calls.current')).calls).toEqual([])
    })

    test('of two who call each other is one call, whoever was first', async () => {
      const meet = async (): Promise<void> => {
        const [ann, bob] = await pair()
        const [one, other] = await Promise.all([ann.invite(bob.user), bob.invite(ann.user)])
        expect(one.call.id).toBe(other.call.id)
        expect([one.party, other.party].sort()).toEqual([1, 2])
        expect((await ann.socket.request('calls.current')).calls).toMatchObject([{ state: 'active' }])
        await ann.do('hangup', one.call.id)
        await Promise.all([ann.socket.close(), bob.socket.close()])
      }
      for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 10 }, meet))
    })

    test('is one at a time: who rings cannot ring on, and who talks cannot answer another', async () => {
      const { ann, bob } = await talk()
      const cyd = await device()
      expect(await ann.socket.refusal('calls.invite', { clientId: 'x', device: ann.id, kind: 'audio' }, { to: cyd.user })).toBe(
        'CALLS_IN_CALL',
      )
      expect(await ann.socket.refusal('calls.invite', { clientId: 'y', device: ann.id, kind: 'audio' }, { to: bob.user })).toBe(
        'CALLS_IN_CALL',
      )
      const [dan, eve] = await pair()
      const { call } = await cyd.invite(dan.user)
      await dan.invite(eve.user)
      expect(await dan.refusal('accept', call.id)).toBe('CALLS_IN_CALL')
    })
  })
}

forEachDatabase('calls', suite)
