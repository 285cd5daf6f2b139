// PROTOCOL.md section 14: calls.
import { afterAll, expect, test } from 'bun:test'
import { Caller, candidate, sdp } from '../support/caller.ts'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

const device = ({ id, socket }: Guest): Caller => new Caller(id, socket)
const guest = async (): Promise<{ guest: Guest; caller: Caller }> => {
  const found = await target.connect()
  return { guest: found, caller: device(found) }
}
/** Another device of somebody; `id` if it is one that comes back. */
const another = async ({ id: user, tokens }: Guest, id?: string): Promise<Caller> =>
  new Caller(user, await target.open(tokens.accessToken), id)

describeUnless(target.lacks('auth') ?? target.lacks('calls'))('PROTOCOL 14: a call', () => {
  test('goes from the invitation through the signals to the end as section 14 shows it', async () => {
    const [{ caller: ann }, { caller: bob }] = [await guest(), await guest()]
    const { call, party, ice } = await ann.invite(bob.user, { kind: 'video' })
    expect(call).toMatchObject({ kind: 'video', mode: 'mesh', caller: ann.user, state: 'ringing', version: 1 })
    expect(call.id).toMatch(/^C\d+$/)
    expect([party, Array.isArray(ice.servers)]).toEqual([1, true])
    expect(await bob.socket.next('calls.invited')).toMatchObject({ from: ann.user, data: { call: { id: call.id } } })
    await bob.do('ring', call.id)
    expect((await ann.told('changed', 'rang')).people[1]).toEqual({ user: bob.user, state: 'invited', ringing: 1 })
    expect((await bob.do('accept', call.id)).party).toBe(2)
    expect((await ann.told('changed', 'accepted')).state).toBe('active')
    await ann.signal(call.id, 2, { signal: 'offer', sdp })
    expect(await bob.socket.next('calls.signalled')).toMatchObject({
      from: ann.user,
      data: { call: call.id, party: 1, signal: 'offer', sdp },
    })
    await bob.signal(call.id, 1, { signal: 'answer', sdp })
    await bob.signal(call.id, 1, { signal: 'candidates', candidates: [candidate] })
    expect((await ann.heard('calls.signalled')).map(({ data }: Loose) => data.signal)).toEqual(['answer', 'candidates'])
    await bob.do('hangup', call.id)
    expect(await ann.told('ended')).toMatchObject({ outcome: 'completed', reason: 'hangup' })
    expect((await ann.socket.request('calls.list')).calls[0].history.map(({ what }: Loose) => what)).toEqual(['start_call', 'receive_call'])
  })

  test('rings on three devices, is answered on one, and the others know at once', async () => {
    const [{ caller: ann }, { guest: bob, caller: phone }] = [await guest(), await guest()]
    const others = [await another(bob), await another(bob)]
    const { call } = await ann.invite(phone.user)
    await phone.do('accept', call.id)
    for (const other of others) {
      expect((await other.told('changed', 'accepted')).people[1].party.id).toBe(2)
      expect(await other.refusal('accept', call.id)).toBe('CALLS_ANSWERED_ELSEWHERE')
    }
  })

  test('of two who call each other at once is one call', async () => {
    const [{ caller: ann }, { caller: bob }] = [await guest(), await guest()]
    const [one, other] = await Promise.all([ann.invite(bob.user), bob.invite(ann.user)])
    expect(one.call.id).toBe(other.call.id)
    expect((await bob.socket.request('calls.current')).calls).toMatchObject([{ state: 'active' }])
  })

  test('goes on for a device that comes back, which gets what waited for it', async () => {
    const [{ caller: ann }, { guest: bob, caller: phone }] = [await guest(), await guest()]
    const { call } = await ann.invite(phone.user)
    await phone.do('accept', call.id)
    phone.socket.terminate()
    await ann.told('changed', 'dropped')
    expect(await ann.signal(call.id, 2, { signal: 'offer', sdp })).toEqual({ waiting: true })
    const back = await another(bob, phone.id)
    expect((await back.socket.request('calls.current')).calls).toMatchObject([{ id: call.id }])
    expect((await back.do('resume', call.id)).party).toBe(2)
    expect((await back.socket.next('calls.signalled')).data).toMatchObject({ party: 1, signal: 'offer' })
  })

  test('is nobody else’s, and takes no answer after its end', async () => {
    const [{ caller: ann }, { caller: bob }, { caller: eve }] = [await guest(), await guest(), await guest()]
    const { call } = await ann.invite(bob.user)
    expect(await eve.refusal('accept', call.id)).toBe('CALLS_NO_SUCH_CALL')
    expect(await eve.signalRefusal(call.id, 1, { signal: 'offer', sdp })).toBe('CALLS_NO_SUCH_CALL')
    await ann.do('cancel', call.id)
    expect(await bob.refusal('accept', call.id)).toBe('CALLS_ENDED')
  })
})

describeUnless(target.lacks('auth') ?? target.lacks('calls') ?? target.lacks('contacts'))('PROTOCOL 14: whoever is blocked', () => {
  test('cannot call, and is told so', async () => {
    const [{ caller: ann }, { caller: bob }] = [await guest(), await guest()]
    await bob.socket.request('contacts.block', {}, { to: ann.user })
    expect(await ann.socket.refusal('calls.invite', { clientId: 'b', device: ann.id, kind: 'audio' }, { to: bob.user })).toBe(
      'CALLS_REFUSED',
    )
    expect((await bob.heard('calls.invited')).length).toBe(0)
  })

  test('is out of a call that is under way, as if the other one had hung up, and no longer rings', async () => {
    const [{ caller: ann }, { caller: bob }] = [await guest(), await guest()]
    const { call } = await ann.invite(bob.user)
    await bob.do('accept', call.id)
    await bob.socket.request('contacts.block', {}, { to: ann.user })
    for (const each of [ann, bob]) expect(await each.told('ended')).toMatchObject({ id: call.id, outcome: 'completed', reason: 'hangup' })
    const { caller: cyd } = await guest()
    await cyd.invite(bob.user)
    await bob.socket.request('contacts.block', {}, { to: cyd.user })
    expect(await cyd.told('ended')).toMatchObject({ outcome: 'declined', reason: 'declined' })
  })
})

describeUnless(target.lacks('auth') ?? target.lacks('calls') ?? target.lacks('chat'))('PROTOCOL 14: in the conversation', () => {
  test('a call has one entry, which says what has become of it', async () => {
    const [{ caller: ann }, { caller: bob }] = [await guest(), await guest()]
    const { call } = await ann.invite(bob.user)
    const { data } = await bob.socket.next('chat.posted')
    expect(data.content).toMatchObject({ kind: 'calls', data: { call: call.id, kind: 'audio', state: 'ringing' } })
    await bob.do('accept', call.id)
    await bob.do('hangup', call.id)
    const { messages } = await bob.socket.request('chat.history', {}, { to: ann.user })
    const contents = messages.flatMap((entry: Loose) => (entry.type === 'chat.posted' ? [entry.data] : []))
    expect(contents.length).toBe(1)
    const last = messages.at(-1).data.content ?? contents[0].content
    expect(last.data).toMatchObject({ call: call.id, state: 'ended', outcome: 'completed' })
  })

  test('a group rings together, and whoever calls it meanwhile is in the same call', async () => {
    const people = [await guest(), await guest(), await guest()] as const
    const [ann, bob, cyd] = people.map(({ caller }) => caller) as [Caller, Caller, Caller]
    const { id: to } = await ann.socket.request('chat.create', { name: 'Three', users: [bob.user, cyd.user] })
    const { call } = await ann.invite(to)
    expect((await bob.told('invited')).group).toBe(to)
    expect((await bob.invite(to)).call.id).toBe(call.id)
    expect((await cyd.do('accept', call.id)).party).toBe(3)
    for (const each of [ann, bob, cyd]) await each.do('hangup', call.id)
    expect(await ann.told('ended')).toMatchObject({ outcome: 'completed', group: to })
  })
  test('whoever leaves a group, or is put out of it, is out of its call; without the group there is none', async () => {
    const people = [await guest(), await guest(), await guest(), await guest()] as const
    const [ann, bob, cyd, dan] = people.map(({ caller }) => caller) as [Caller, Caller, Caller, Caller]
    const { id: to } = await ann.socket.request('chat.create', { name: 'Four', users: [bob.user, cyd.user, dan.user] })
    const { call } = await bob.invite(to)
    for (const each of [ann, cyd, dan]) await each.do('accept', call.id)
    await bob.socket.request('chat.leave', {}, { to })
    expect(await bob.told('ended')).toMatchObject({ state: 'ended', outcome: 'completed', reason: 'left_group' })
    await ann.socket.request('chat.kick', { users: [cyd.user] }, { to })
    expect(await cyd.told('ended')).toMatchObject({ reason: 'left_group' })
    await ann.told('changed', 'left')
    expect((await ann.told('changed', 'left')).people.map(({ user }: Loose) => user)).toEqual([ann.user, dan.user])
    expect((await bob.socket.request('calls.list')).calls).toEqual([])
    await ann.socket.request('chat.dismiss', {}, { to })
    for (const each of [ann, dan]) expect(await each.told('ended')).toMatchObject({ outcome: 'completed', reason: 'left_group' })
    const { messages } = await dan.socket.request('chat.history', {}, { to })
    const entry = messages.find(({ type, data }: Loose) => type === 'chat.posted' && data.content)
    expect(entry.data.content.data).toMatchObject({ call: call.id, state: 'ended', outcome: 'completed', reason: 'left_group' })
  })
})
