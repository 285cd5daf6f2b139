// What a call goes through on the way: signals, lost connections, restarts.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Caller, candidate, sdp } from '../../test/support/caller.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { calls } from './index.ts'

let count = 5_000
const fresh = (): string => `U${++count}0`

const suite = (newDatabase: NewDatabase): void => {
  const clock = testClock()
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer([calls], { databaseUrl: await newDatabase(), ambient: clock.ambient })
  })
  afterAll(() => server.stop())

  const device = async (user = fresh(), id?: string): Promise<Caller> => new Caller(user, await server.connect(user), id)
  /** Two who talk. */
  const talk = async (): Promise<{ ann: Caller; bob: Caller; id: string }> => {
    const [ann, bob] = [await device(), await device()]
    const { call } = await ann.invite(bob.user)
    await bob.do('accept', call.id)
    return { ann, bob, id: call.id }
  }

  describe('a signal', () => {
    test('reaches the other party, and neither its sender nor another device', async () => {
      const { ann, bob, id } = await talk()
      const laptop = await device(bob.user)
      expect(await ann.signal(id, 2, { signal: 'offer', sdp })).toEqual({})
      const { from, data } = await bob.socket.next('calls.signalled')
      expect([from, data]).toEqual([ann.user, { call: id, party: 1, signal: 'offer', sdp }])
      await bob.signal(id, 1, { signal: 'answer', sdp })
      await ann.signal(id, 2, { signal: 'candidates', candidates: [candidate] })
      await ann.signal(id, 2, { signal: 'end-of-candidates' })
      await bob.signal(id, 1, { signal: 'renegotiate', restart: true })
      expect((await ann.heard('calls.signalled')).map(({ data: { signal } }) => signal)).toEqual(['answer', 'renegotiate'])
      expect((await bob.heard('calls.signalled')).map(({ data: { signal } }) => signal)).toEqual([
        'offer',
        'candidates',
        'end-of-candidates',
      ])
      expect(await laptop.heard('calls.signalled')).toEqual([])
    })

    test('of a stranger, or of a device that is not the one in the call, reaches nobody', async () => {
      const { bob, id } = await talk()
      const [eve, laptop] = [await device(), await device(bob.user)]
      expect(await eve.signalRefusal(id, 1, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_CALL')
      expect(await eve.signalRefusal('C1', 1, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_CALL')
      expect(await laptop.signalRefusal(id, 1, { signal: 'offer', sdp })).toBe('CALLS_NOT_IN_CALL')
      expect(await bob.signalRefusal(id, 2, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_PARTY')
      expect(await bob.signalRefusal(id, 7, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_PARTY')
    })

    test('that fits no offer is refused: candidates before it, a second answer', async () => {
      const { ann, bob, id } = await talk()
      expect(await ann.signalRefusal(id, 2, { signal: 'candidates', candidates: [candidate] })).toBe('CALLS_NO_OFFER')
      expect(await ann.signalRefusal(id, 2, { signal: 'end-of-candidates' })).toBe('CALLS_NO_OFFER')
      expect(await bob.signalRefusal(id, 1, { signal: 'answer', sdp })).toBe('CALLS_NO_OFFER')
      await ann.signal(id, 2, { signal: 'offer', sdp })
      await bob.signal(id, 1, { signal: 'answer', sdp })
      expect(await bob.signalRefusal(id, 1, { signal: 'answer', sdp })).toBe('CALLS_NO_OFFER')
    })

    test('may cross another one: whoever answers has given up their own offer', async () => {
      const { ann, bob, id } = await talk()
      await Promise.all([ann.signal(id, 2, { signal: 'offer', sdp }), bob.signal(id, 1, { signal: 'offer', sdp })])
      await bob.signal(id, 1, { signal: 'answer', sdp })
      expect(await ann.signalRefusal(id, 2, { signal: 'answer', sdp })).toBe('CALLS_NO_OFFER')
    })

    test.each([
      ['no session description', { signal: 'offer', sdp: 'hello' }],
      ['one without a medium', { signal: 'offer', sdp: 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' }],
      ['no candidate', { signal: 'candidates', candidates: [{ candidate: 'candidate:x' }] }],
      ['a candidate with a line break', { signal: 'candidates', candidates: [{ candidate: `${candidate.candidate}\r\na=x` }] }],
      ['51 candidates at once', { signal: 'candidates', candidates: Array(51).fill(candidate) }],
      ['another kind', { signal: 'hack' }],
    ])('with %s is refused by its form', async (_, data) => {
      const { ann, id } = await talk()
      expect(await ann.signalRefusal(id, 2, data)).toBe('CORE_BAD_FIELD')
    })

    test('of 33,000 characters is refused, and of more candidates than one negotiation has', async () => {
      const { ann, bob, id } = await talk()
      expect(await ann.signalRefusal(id, 2, { signal: 'offer', sdp: sdp + 'a=x\r\n'.repeat(6_600) })).toBe('CORE_TOO_COMPLEX')
      await ann.signal(id, 2, { signal: 'offer', sdp })
      for (let turn = 0; turn < 2; turn++) await ann.signal(id, 2, { signal: 'candidates', candidates: Array(50).fill(candidate) })
      expect(await ann.signalRefusal(id, 2, { signal: 'candidates', candidates: [candidate] })).toBe('CALLS_TOO_MANY_CANDIDATES')
      await ann.signal(id, 2, { signal: 'offer', sdp })
      await ann.signal(id, 2, { signal: 'candidates', candidates: [candidate] })
      expect((await bob.heard('calls.signalled')).length).toBe(5)
    })
  })

  describe('a device whose connection breaks', () => {
    test('comes back within its grace, finds its call, and gets what was said meanwhile in order', async () => {
      const { ann, bob, id } = await talk()
      await ann.signal(id, 2, { signal: 'offer', sdp })
      bob.socket.terminate()
      await ann.told('changed', 'dropped')
      expect(await ann.signal(id, 2, { signal: 'candidates', candidates: [candidate] })).toEqual({ waiting: true })
      expect(await ann.signal(id, 2, { signal: 'end-of-candidates' })).toEqual({ waiting: true })
      const back = await device(bob.user, bob.id)
      expect((await back.socket.request('calls.current')).calls).toMatchObject([{ id, people: [{}, { party: { away: true } }] }])
      expect(await back.do('resume', id)).toMatchObject({ party: 2, call: { state: 'active' } })
      expect((await ann.told('changed', 'resumed')).people[1].party.away).toBe(false)
      expect((await back.heard('calls.signalled')).map(({ data }) => data.signal)).toEqual(['candidates', 'end-of-candidates'])
      expect(await ann.signal(id, 2, { signal: 'renegotiate' })).toEqual({})
    })

    test('and sends again what it had no answer to, an invitation or an acceptance, is back by that', async () => {
      const [ann, bob] = [await device(), await device()]
      const { call } = await ann.invite(bob.user, { clientId: 'once' })
      ann.socket.terminate()
      await bob.told('changed', 'dropped')
      const annBack = await device(ann.user, ann.id)
      expect((await annBack.invite(bob.user, { clientId: 'once' })).call.people[0].party.away).toBe(false)
      await bob.told('changed', 'resumed')
      await bob.do('accept', call.id, { n: 1 })
      bob.socket.terminate()
      await annBack.told('changed', 'dropped')
      const bobBack = await device(bob.user, bob.id)
      expect((await bobBack.do('accept', call.id, { n: 1 })).call.people[1].party.away).toBe(false)
      await annBack.told('changed', 'resumed')
      clock.advance(20_001)
      await bobBack.do('hangup', call.id, { n: 2 })
      expect(await annBack.told('ended')).toMatchObject({ outcome: 'completed', reason: 'hangup' })
    })

    test('is not answered in its absence when there is no room for it, and can be when it is back', async () => {
      const { ann, bob, id } = await talk()
      await ann.signal(id, 2, { signal: 'offer', sdp })
      ann.socket.terminate()
      await bob.told('changed', 'dropped')
      for (let turn = 0; turn < 128; turn++) expect(await bob.signal(id, 1, { signal: 'renegotiate' })).toEqual({ waiting: true })
      expect(await bob.signalRefusal(id, 1, { signal: 'answer', sdp })).toBe('CORE_RATE_LIMITED')
      const back = await device(ann.user, ann.id)
      await back.do('resume', id)
      expect(await bob.signal(id, 1, { signal: 'answer', sdp })).toEqual({})
      expect((await back.heard('calls.signalled')).length).toBe(129)
    })

    test('takes its place over from a connection that nobody knows to be dead yet', async () => {
      const { ann, bob, id } = await talk()
      const back = await device(bob.user, bob.id)
      await back.do('resume', id)
      expect(await bob.signalRefusal(id, 1, { signal: 'offer', sdp })).toBe('CALLS_NOT_IN_CALL')
      await bob.socket.close()
      await ann.signal(id, 2, { signal: 'offer', sdp })
      expect((await back.heard('calls.signalled')).length).toBe(1)
      expect((await ann.heard('calls.changed')).filter(({ data }) => data.what === 'dropped')).toEqual([])
    })

    test('has left when it stays away, and the call is over', async () => {
      const { ann, bob, id } = await talk()
      bob.socket.terminate()
      await ann.told('changed', 'dropped')
      clock.advance(20_001)
      expect(await ann.told('ended')).toMatchObject({ id, outcome: 'failed', reason: 'connection_lost' })
      const back = await device(bob.user, bob.id)
      expect(await back.refusal('resume', id)).toBe('CALLS_ENDED')
    })

    test('is nobody’s but its user’s to come back with', async () => {
      const { bob, id } = await talk()
      const eve = await device(undefined, bob.id)
      expect(await eve.refusal('resume', id)).toBe('CALLS_NO_SUCH_CALL')
      const laptop = await device(bob.user)
      expect(await laptop.refusal('resume', id)).toBe('CALLS_ANSWERED_ELSEWHERE')
    })

    test('no longer counts among those that ring', async () => {
      const [ann, bob] = [await device(), await device()]
      const { call } = await ann.invite(bob.user)
      await bob.do('ring', call.id)
      expect((await ann.told('changed', 'rang')).people[1].ringing).toBe(1)
      bob.socket.terminate()
      expect((await ann.told('changed', 'rang')).people[1].ringing).toBe(0)
    })
  })
}

forEachDatabase('calls', suite)

const restarts = (newDatabase: NewDatabase): void => {
  test('finds the calls that were under way, and ends those that nobody comes back to', async () => {
    const clock = testClock()
    const folder = mkdtempSync(join(tmpdir(), 'parley-calls-'))
    const databaseUrl = (await newDatabase()) ?? `sqlite:${join(folder, 'calls.db')}`
    const start = (): Promise<TestServer> => startTestServer([calls], { databaseUrl, ambient: clock.ambient })
    const first = await start()
    const people = await Promise.all(['U71', 'U72', 'U73', 'U74'].map(async (user) => new Caller(user, await first.connect(user))))
    const [ann, bob, cyd, dan] = people as [Caller, Caller, Caller, Caller]
    const { call } = await ann.invite(bob.user)
    await bob.do('accept', call.id)
    const { call: lost } = await cyd.invite(dan.user)
    await first.stop()

    const second = await start()
    const again = async ({ user, id }: Caller): Promise<Caller> => new Caller(user, await second.connect(user), id)
    const [annBack, bobBack, danBack] = [await again(ann), await again(bob), await again(dan)]
    expect((await annBack.socket.request('calls.current')).calls).toMatchObject([{ id: call.id, state: 'active' }])
    expect(await annBack.do('resume', call.id)).toMatchObject({ party: 1 })
    expect(await bobBack.do('resume', call.id)).toMatchObject({ party: 2 })
    await annBack.signal(call.id, 2, { signal: 'candidates', candidates: [candidate] })
    expect((await bobBack.heard('calls.signalled')).length).toBe(1)
    clock.advance(20_001)
    expect(await danBack.told('ended')).toMatchObject({ id: lost.id, outcome: 'missed', reason: 'server_restart' })
    expect((await annBack.socket.request('calls.current')).calls.length).toBe(1)
    await second.stop()
    rmSync(folder, { recursive: true })
  })
}

forEachDatabase('a restart', restarts)
