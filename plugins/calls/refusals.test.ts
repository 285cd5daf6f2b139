// What calls refuse and how often they may be made, who may know of one, and what helps two devices find each other.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { definePlugin, Relations } from '#core'
import { Caller, sdp } from '../../test/support/caller.ts'
import { testClock } from '../../test/support/clock.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { directory } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose } from '../../test/support/socket.ts'
import { quietLog } from '../../test/support/stores.ts'
import { calls } from './index.ts'

/** Nobody may call whoever's id ends with 66. */
const relations = definePlugin({
  id: 'relations',
  provides: { relations: Relations },
  setup: () => ({ services: { relations: { mayReach: (_, __, to) => !to.endsWith('66') } } }),
})

const secret = 'what only coturn and the server know'
const env = {
  PARLEY_CALLS_STUN: 'stun:stun.example.com',
  PARLEY_CALLS_TURN: 'turn:turn.example.com:3478?transport=udp,turn:turn.example.com:3478?transport=tcp',
  PARLEY_CALLS_TURN_SECRET: secret,
  PARLEY_CALLS_TURN_SECONDS: '600',
}
const pair = { local: 'host', remote: 'srflx', protocol: 'udp', state: 'failed' }

let count = 20_000
const fresh = (): string => `U${++count}0`

const suite = (newDatabase: NewDatabase): void => {
  const clock = testClock()
  const log = quietLog()
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer([calls, relations, directory], { databaseUrl: await newDatabase(), ambient: clock.ambient, env, log })
  })
  afterAll(() => server.stop())

  const device = async (user = fresh(), ...scope: string[]): Promise<Caller> => new Caller(user, await server.connect(user, '', ...scope))
  const rung = async (): Promise<{ ann: Caller; bob: Caller; id: string }> => {
    const [ann, bob] = [await device(), await device()]
    return { ann, bob, id: (await ann.invite(bob.user)).call.id }
  }
  const invited = (caller: Caller, to: string, clientId: string): Promise<string> =>
    caller.socket.refusal('calls.invite', { clientId, device: caller.id, kind: 'audio' }, { to })

  describe('an invitation', () => {
    test('is refused for oneself, nobody, somebody who does not want it, and a group where there are none', async () => {
      const ann = await device()
      expect(await invited(ann, ann.user, 'a')).toBe('CALLS_SELF')
      expect(await invited(ann, 'U1', 'b')).toBe('CALLS_NO_SUCH_USER')
      expect(await invited(ann, 'U266', 'c')).toBe('CALLS_REFUSED')
      expect(await invited(ann, 'G9', 'd')).toBe('CALLS_NO_SUCH_GROUP')
      expect((await ann.socket.request('calls.list')).calls).toEqual([])
    })

    test('that is sent again is the same call, and rings nobody twice; for somebody else it is refused', async () => {
      const [ann, bob] = [await device(), await device()]
      const first = await ann.invite(bob.user, { clientId: 'same' })
      expect(await ann.invite(bob.user, { clientId: 'same' })).toMatchObject({ call: { id: first.call.id }, party: 1 })
      expect((await bob.heard('calls.invited')).length).toBe(1)
      expect(await invited(ann, fresh(), 'same')).toBe('CALLS_IDEMPOTENCY_CONFLICT')
    })

    test('to somebody who is rung from three sides is busy', async () => {
      const bob = await device()
      for (let turn = 0; turn < 3; turn++) await (await device()).invite(bob.user)
      expect((await (await device()).invite(bob.user)).call).toMatchObject({ state: 'ended', outcome: 'busy' })
    })

    test.each([
      ['another kind', { kind: 'smell' }],
      ['a device without a name', { device: '' }],
      ['two minutes and a second of ringing', { ringSeconds: 121 }],
      ['a mode that is not there yet', { mode: 'sfu' }],
      ['a field nobody knows', { priority: 1 }],
    ])('with %s is refused by its form', async (_, data) => {
      const ann = await device()
      const whole = { clientId: 'x', device: ann.id, kind: 'audio', ...data }
      expect(await ann.socket.refusal('calls.invite', whole, { to: fresh() })).toBe('CORE_BAD_FIELD')
    })
  })

  describe('a change', () => {
    test('that is sent again is answered again; its number is good for nothing else', async () => {
      const { bob, id } = await rung()
      await bob.do('accept', id, { n: 1 })
      expect((await bob.do('accept', id, { n: 1 })).call.state).toBe('active')
      expect(await bob.refusal('hangup', id, { n: 1 })).toBe('CALLS_STALE')
      await bob.do('hangup', id, { n: 2 })
      expect((await bob.do('hangup', id, { n: 2 })).call.state).toBe('ended')
    })

    test('after the end is refused: an answer, another hang-up', async () => {
      const { ann, bob, id } = await rung()
      await ann.do('cancel', id)
      expect(await bob.refusal('accept', id)).toBe('CALLS_ENDED')
      expect(await ann.refusal('hangup', id)).toBe('CALLS_ENDED')
      expect(await ann.signalRefusal(id, 2, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_CALL')
    })

    test('in another one’s call is refused as if there were none, and changes nothing of it', async () => {
      const { ann, bob, id } = await rung()
      const eve = await device()
      for (const verb of ['ring', 'accept', 'decline', 'cancel', 'hangup', 'resume']) {
        expect(await eve.refusal(verb, id)).toBe('CALLS_NO_SUCH_CALL')
        expect(await eve.refusal(verb, 'C123')).toBe('CALLS_NO_SUCH_CALL')
      }
      expect(await eve.socket.refusal('calls.get', { call: id })).toBe('CALLS_NO_SUCH_CALL')
      expect(await bob.refusal('hangup', id)).toBe('CALLS_NOT_IN_CALL')
      await bob.do('accept', id)
      expect(await ann.refusal('cancel', id)).toBe('CALLS_STATE')
    })

    test('of what one sends is told to the others in the call', async () => {
      const { ann, bob, id } = await rung()
      await bob.do('accept', id)
      await bob.do('media', id, { media: { audio: false, video: false, screen: true } })
      expect((await ann.told('changed', 'media')).people[1].party.media).toEqual({ audio: false, video: false, screen: true })
    })
  })

  describe('help to find each other', () => {
    test('comes with the invitation and the answer, and again when asked: credentials that coturn takes', async () => {
      const { ann, bob, id } = await rung()
      const accepted = await bob.do('accept', id)
      const untilS = (Math.floor(clock.ambient.now() / 300_000) + 2) * 300
      const username = `${untilS}:${bob.user}`
      const credential = createHmac('sha1', secret).update(username).digest('base64')
      const expected = {
        until: new Date(untilS * 1_000).toISOString(),
        servers: [{ urls: ['stun:stun.example.com'] }, { urls: env.PARLEY_CALLS_TURN.split(','), username, credential }],
      }
      expect(accepted.ice).toEqual(expected)
      expect(await bob.socket.request('calls.ice')).toEqual(expected)
      expect((await ann.socket.request('calls.ice')).servers[1].username).toBe(`${untilS}:${ann.user}`)
    })
  })

  test('credentials are the same for a while, however often they come: nobody can gather many', async () => {
    const { ann, id } = await rung()
    const username = (await ann.socket.request('calls.ice')).servers[1].username
    expect((await ann.do('resume', id)).ice.servers[1].username).toBe(username)
    clock.advance(300_000)
    const later = (await ann.socket.request('calls.ice')).servers[1].username
    expect(Number(later.split(':')[0]) - Number(username.split(':')[0])).toBe(300)
  })

  describe('a report', () => {
    const report = { verdict: 'no_relay', pairs: [pair] }
    test('of why a call failed can be read by both people, once per device, and by nobody else', async () => {
      const { ann, bob, id } = await rung()
      const tell = ({ socket, id: name }: Caller, data: object): Promise<Loose> =>
        socket.request('calls.report', { call: id, device: name, ...data })
      await tell(ann, { verdict: 'unknown', pairs: [] })
      await tell(ann, report)
      for (const each of [ann, bob]) {
        const { reports } = await each.socket.request('calls.get', { call: id })
        expect(reports).toMatchObject([{ user: ann.user, verdict: 'no_relay', pairs: [pair] }])
      }
      const eve = await device()
      const whole = { call: id, device: eve.id, ...report }
      expect(await eve.socket.refusal('calls.report', whole)).toBe('CALLS_NO_SUCH_CALL')
      expect(log.lines).toContain('warn a call did not work')
    })

    test('is one of 64 at most that a call shows, the newest, however many names somebody makes up', async () => {
      const { ann, bob, id } = await rung()
      for (let turn = 0; turn < 66; turn++) {
        clock.advance(1)
        const verdict = turn < 65 ? 'unknown' : 'no_route'
        await ann.socket.request('calls.report', { call: id, device: `made-up-${turn}`, verdict, pairs: [] })
      }
      const { reports } = await bob.socket.request('calls.get', { call: id })
      expect([reports.length, reports.at(-1).verdict]).toEqual([64, 'no_route'])
    })

    test('is shown to the operator, and to nobody without the scope', async () => {
      const { ann, id } = await rung()
      await ann.socket.request('calls.report', { call: id, device: ann.id, ...report })
      const get = (token: string, query = ''): Promise<Response> =>
        fetch(`${server.url}/api/calls/reports${query}`, { headers: { authorization: `Bearer ${token}` } })
      const answer = await get('test.U1..calls-admin', '?limit=1')
      expect([answer.status, await answer.json()]).toMatchObject([200, { reports: [{ call: id, user: ann.user, verdict: 'no_relay' }] }])
      expect((await get(`test.${ann.user}`)).status).toBe(403)
      expect((await get('test.U1..calls-admin', '?limit=0')).status).toBe(400)
    })
  })

  test('the list of one’s calls is told in parts, newest first', async () => {
    const ann = await device()
    const ids: string[] = []
    for (let turn = 0; turn < 5; turn++) {
      const { call } = await ann.invite(fresh())
      await ann.do('cancel', call.id)
      ids.unshift(call.id)
      if (turn % 2 === 0) clock.advance(1)
    }
    const first = await ann.socket.request('calls.list', { limit: 3 })
    const rest = await ann.socket.request('calls.list', { limit: 3, before: ids[2] })
    expect([first.more, rest.more, ...first.calls, ...rest.calls].map((item) => item.id ?? item)).toEqual([true, false, ...ids])
    expect((await ann.socket.request('calls.list', { before: 'C1' })).calls).toEqual([])
  })
}

forEachDatabase('calls', suite)

test('how often somebody may ring, ask for credentials and pass signals has its limits', async () => {
  await using server = await startTestServer([calls], { env: { PARLEY_LIMITS: 'on' }, ambient: testClock().ambient })
  const refusals = async (user: string, times: number, ask: (caller: Caller, turn: number) => Promise<unknown>): Promise<Loose[]> => {
    const caller = new Caller(user, await server.connect(user))
    const answers = await Promise.allSettled(Array.from({ length: times }, (_, turn) => ask(caller, turn)))
    return answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'done'))
  }
  const limited = (done: number) => [...Array(done).fill('done'), 'CORE_RATE_LIMITED']
  expect(await refusals('U31', 11, ({ socket }) => socket.request('calls.ice'))).toEqual(limited(10))
  const rings = await refusals('U32', 11, (caller, turn) => caller.invite(`U${400 + turn}`))
  expect([rings[0], ...rings.slice(1, 10), rings[10]]).toEqual(['done', ...Array(9).fill('CALLS_IN_CALL'), 'CORE_RATE_LIMITED'])

  const [ann, bob] = [new Caller('U33', await server.connect('U33')), new Caller('U34', await server.connect('U34'))]
  const { call } = await ann.invite('U34')
  await bob.do('accept', call.id)
  const signals = Array.from({ length: 21 }, () => ann.signal(call.id, 2, { signal: 'offer', sdp }))
  const answers = await Promise.allSettled(signals)
  expect(answers.map(({ status }) => status)).toEqual([...Array(20).fill('fulfilled'), 'rejected'])
  expect((await bob.heard('calls.signalled')).length).toBe(20)
})

test('TURN servers without a secret, and addresses of another kind, are refused at the start', async () => {
  const start = (settings: Record<string, string>): Promise<unknown> => startTestServer([calls], { env: settings })
  await expect(start({ PARLEY_CALLS_TURN: env.PARLEY_CALLS_TURN })).rejects.toThrow('PARLEY_CALLS_TURN_SECRET')
  await expect(start({ PARLEY_CALLS_TURN: 'http://turn.example.com' })).rejects.toThrow('PARLEY_CALLS_TURN')
  await expect(start({ PARLEY_CALLS_RING_SECONDS: '300' })).rejects.toThrow('PARLEY_CALLS_RING_SECONDS')
})
