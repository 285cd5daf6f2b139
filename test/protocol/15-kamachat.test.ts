// PROTOCOL.md section 15: clients that were written for KamaChat. They open `/wss?client_id=U…` and speak its frames.
import { afterAll, expect, test } from 'bun:test'
import { Caller, candidate, sdp } from '../support/caller.ts'
import { describeUnless } from '../support/skip.ts'
import { type Loose, TestSocket } from '../support/socket.ts'
import { startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())

/** An old client: its own frames, and those that came, by what they are. */
class Old {
  readonly id: string
  readonly token: string
  readonly socket: TestSocket

  constructor(id: string, token: string, socket: TestSocket) {
    this.id = id
    this.token = token
    this.socket = socket
  }

  send(frame: object): void {
    this.socket.send({ session_id: '', send_name: 'x', send_avatar: '', ...frame })
  }

  text(to: string, content: string, sender = this.id): void {
    this.send({ type: 0, send_id: sender, receive_id: to, content })
  }

  signal(to: string, type: string, data: object = {}): void {
    this.send({ type: 2, send_id: this.id, receive_id: to, av_data: JSON.stringify({ messageId: 'PROXY', type, ...data }) })
  }

  /** The next frame that has these fields. */
  next(fields: object): Promise<Loose> {
    return this.socket.take((frame) => Bun.deepMatch(fields, frame), JSON.stringify(fields))
  }

  /** The next call signal of this name, and who it is from. */
  async hears(name: string): Promise<Loose> {
    const frame: Loose = await this.socket.take((one: Loose) => signalOf(one)?.type === name, name)
    return { from: frame.send_id, ...signalOf(frame) }
  }

  /** The names of all call signals that came. */
  get signals(): readonly string[] {
    return this.socket.frames.flatMap((frame) => signalOf(frame)?.type ?? [])
  }
}

const signalOf = ({ av_data }: Loose): Loose => (av_data ? JSON.parse(av_data) : undefined)

const wss = (query = '') => `${target.url.replace('http', 'ws')}/wss${query}`
const open = async (token: string, id: string): Promise<Old> =>
  new Old(id, token, await TestSocket.open(wss(`?client_id=${id}&x=/ws`), ['parley.v1', `auth.${token}`]))
const old = async (name: string): Promise<Old> => {
  const { user, accessToken } = await target.guest(name)
  const client = await open(accessToken, user.id)
  // Whatever else it says comes after this.
  client.text(user.id, 'here')
  await client.next({ content: 'here' })
  return client
}
const modern = async (name = 'New') => {
  const guest = await target.connect(name)
  return { ...guest, caller: new Caller(guest.id, guest.socket) }
}

describeUnless(target.lacks('kamachat') ?? target.lacks('auth') ?? target.lacks('chat'))('PROTOCOL 15: messages', () => {
  test('a text goes to the other one and is echoed to its sender’s devices, with who sent it, as the token says', async () => {
    const [ann, bob] = [await old('Ann'), await old('Bob')]
    const phone = await open(ann.token, ann.id)
    ann.text(bob.id, 'Hello', 'U1')
    for (const one of [ann, bob, phone]) {
      const frame = await one.next({ content: 'Hello' })
      expect(frame).toEqual({
        send_id: ann.id,
        send_name: 'Ann',
        send_avatar: '',
        receive_id: bob.id,
        type: 0,
        content: 'Hello',
        url: '',
        file_type: '',
        file_name: '',
        file_size: '',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      })
    }
  })

  test('old and new clients read each other, and the message is kept', async () => {
    const [ann, bob] = [await old('Ann'), await modern()]
    ann.text(bob.id, 'from the old one')
    expect(await bob.socket.next('chat.posted')).toMatchObject({ from: ann.id, seq: 1, data: { text: 'from the old one' } })
    await bob.socket.request('chat.send', { text: 'from the new one', clientId: 'a' }, { to: ann.id })
    expect(await ann.next({ content: 'from the new one' })).toMatchObject({ send_id: bob.id, send_name: 'New', receive_id: ann.id })
    expect((await bob.socket.request('chat.history', {}, { to: ann.id })).messages).toHaveLength(2)
  })

  test('voice and files are kept and passed on by their address', async () => {
    const [ann, bob, eve] = [await old('Ann'), await old('Bob'), await modern()]
    const file = { type: 2, url: '/static/files/plan.pdf', file_name: 'plan.pdf', file_type: 'application/pdf', file_size: '12KB' }
    ann.send({ ...file, receive_id: bob.id, content: '' })
    expect(await bob.next({ file_name: 'plan.pdf' })).toMatchObject({ ...file, send_id: ann.id, content: '' })
    await ann.next({ file_name: 'plan.pdf' })
    ann.send({ type: 1, receive_id: eve.id, url: 'https://example.org/voice.webm' })
    const { data } = await eve.socket.next('chat.posted')
    expect(data.content).toMatchObject({ kind: 'kamachat-voice', data: { url: 'https://example.org/voice.webm' } })
  })

  test('a group hears its old and its new members', async () => {
    const [ann, bob] = [await old('Ann'), await modern()]
    const { id } = await bob.socket.request('chat.create', { name: 'Mixed', users: [ann.id] })
    await bob.socket.request('chat.send', { text: 'welcome', clientId: 'a' }, { to: id })
    expect(await ann.next({ content: 'welcome' })).toMatchObject({ receive_id: id, send_id: bob.id })
    ann.text(id, 'thank you')
    expect((await bob.socket.next('chat.posted', ({ data }) => data.text === 'thank you')).from).toBe(ann.id)
    await ann.next({ content: 'thank you' })
  })

  test('what is wrong is said in a frame with an error, and nobody is harmed', async () => {
    const [ann, bob] = [await old('Ann'), await old('Bob')]
    const refused = [
      [{ type: 9, receive_id: bob.id }, '/type'],
      [{ type: 0, receive_id: 'Bob', content: 'x' }, '/receive_id'],
      [{ type: 0, receive_id: bob.id, content: { a: 1 } }, '/content'],
      [{ type: 3, receive_id: bob.id, av_data: '{"messageId":' }, undefined],
      [{ type: 3, receive_id: bob.id, av_data: '"offer"' }, '/av_data'],
      [{ type: 3, receive_id: bob.id, av_data: '{"messageId":"PROXY","type":"explode"}' }, '/av_data/type'],
      [{ type: 2, receive_id: bob.id, av_data: '{"messageId":"PROXY","type":"offer","sdp":7}' }, '/av_data/sdp'],
    ] as const
    for (const [frame, path] of refused) {
      ann.send(frame)
      const { error } = await ann.socket.take(({ error }) => error !== undefined, 'an error')
      expect([error?.code, error?.path]).toEqual(['KAMACHAT_BAD_FRAME', path])
    }
    ann.socket.raw('{"type":')
    expect((await ann.next({ error: { code: 'KAMACHAT_BAD_FRAME' } })).error.message).toContain('not JSON')
    ann.send({ type: 2, receive_id: bob.id, url: 'javascript:alert(1)', file_name: 'x' })
    await ann.next({ error: { code: 'CORE_BAD_FIELD' } })
    ann.text('U1', 'nobody')
    await ann.next({ error: { code: 'CHAT_NO_SUCH_USER' } })
    ann.text(bob.id, 'still here')
    await bob.next({ content: 'still here' })
  })

  test('who names another client than the token is sent away; so is who has no token', async () => {
    const { accessToken } = await target.guest('Ann')
    const other = await TestSocket.open(wss('?client_id=U1&x=/ws'), ['parley.v1', `auth.${accessToken}`])
    expect((await other.closed).code).toBe(4503)
    expect(other.frames).toMatchObject([{ error: { code: 'KAMACHAT_NOT_YOURSELF' } }])
    const nobody = await TestSocket.open(wss('?client_id=U1&x=/ws'), ['parley.v1', 'auth.x'])
    expect((await nobody.closed).code).toBe(4501)
  })
})

describeUnless(target.lacks('kamachat') ?? target.lacks('auth') ?? target.lacks('calls'))('PROTOCOL 15: calls', () => {
  test('two old clients ring, connect and hang up, and no signal comes back to its sender', async () => {
    const [ann, bob] = [await old('Ann'), await old('Bob')]
    ann.signal(bob.id, 'start_call')
    expect((await bob.hears('start_call')).from).toBe(ann.id)
    bob.signal(ann.id, 'receive_call')
    expect((await ann.hears('receive_call')).from).toBe(bob.id)
    ann.signal(bob.id, 'offer', { sdp: { type: 'offer', sdp } })
    expect(await bob.hears('offer')).toEqual({ from: ann.id, messageId: 'PROXY', type: 'offer', sdp: { type: 'offer', sdp } })
    bob.signal(ann.id, 'answer', { sdp: { type: 'answer', sdp } })
    expect((await ann.hears('answer')).sdp).toEqual({ type: 'answer', sdp })
    ann.signal(bob.id, 'candidate', { candidate })
    expect((await bob.hears('candidate')).candidate).toEqual(candidate)
    bob.signal(ann.id, 'hangup')
    expect((await ann.hears('hangup')).from).toBe(bob.id)
    await bob.hears('hangup')
    expect(ann.signals).toEqual(['receive_call', 'answer', 'hangup'])
    expect(bob.signals).toEqual(['start_call', 'offer', 'candidate', 'hangup'])
  })

  test('an old client calls a new one', async () => {
    const [ann, bob] = [await old('Ann'), await modern()]
    ann.signal(bob.id, 'start_call')
    const { call } = (await bob.socket.next('calls.invited')).data
    await bob.caller.do('accept', call.id)
    await ann.hears('receive_call')
    ann.signal(bob.id, 'offer', { sdp })
    expect((await bob.socket.next('calls.signalled')).data).toEqual({ call: call.id, party: 1, signal: 'offer', sdp })
    await bob.caller.signal(call.id, 1, { signal: 'answer', sdp })
    await bob.caller.signal(call.id, 1, { signal: 'candidates', candidates: [candidate, candidate] })
    expect((await ann.hears('answer')).sdp).toEqual({ type: 'answer', sdp })
    for (let i = 0; i < 2; i++) expect((await ann.hears('candidate')).candidate).toEqual(candidate)
    ann.signal(bob.id, 'hangup')
    expect((await bob.socket.next('calls.ended')).data.call).toMatchObject({ outcome: 'completed', reason: 'hangup' })
  })

  test('a new client calls an old one, which rings, answers, and is told of the end', async () => {
    const [ann, bob] = [await modern(), await old('Bob')]
    const { call } = await ann.caller.invite(bob.id)
    await bob.hears('start_call')
    expect((await ann.caller.told('changed', 'rang')).people[1].ringing).toBe(1)
    bob.signal(ann.id, 'receive_call')
    const { people } = await ann.caller.told('changed', 'accepted')
    await ann.caller.signal(call.id, people[1].party.id, { signal: 'offer', sdp })
    await bob.hears('offer')
    bob.signal(ann.id, 'answer', { sdp: { type: 'answer', sdp } })
    expect((await ann.socket.next('calls.signalled')).data).toMatchObject({ signal: 'answer', sdp })
    await ann.caller.do('hangup', call.id)
    expect((await bob.hears('hangup')).from).toBe(ann.id)
  })

  test('who refuses, is busy, or takes no calls is told as reject_call, and a call taken back as hangup', async () => {
    const [ann, bob, eve] = [await old('Ann'), await old('Bob'), await modern()]
    ann.signal(bob.id, 'start_call')
    await bob.hears('start_call')
    bob.signal(ann.id, 'reject_call')
    expect((await ann.hears('reject_call')).from).toBe(bob.id)
    ann.signal('U1', 'start_call')
    expect((await ann.hears('reject_call')).from).toBe('U1')
    ann.signal(eve.id, 'start_call')
    await eve.socket.next('calls.invited')
    ann.signal(eve.id, 'hangup')
    expect((await eve.socket.next('calls.ended')).data.call.outcome).toBe('cancelled')
    bob.signal(ann.id, 'candidate', { candidate })
    await bob.next({ error: { code: 'KAMACHAT_NO_CALL' } })
  })

  test('two old clients that call each other at once are in one call, and one of them makes the offer', async () => {
    const [ann, bob] = [await old('Ann'), await old('Bob')]
    ann.signal(bob.id, 'start_call')
    bob.signal(ann.id, 'start_call')
    // The other one waits in vain, and is not waited for.
    const whoever = (one: Old): Promise<Old | undefined> =>
      one.hears('receive_call').then(
        () => one,
        () => undefined,
      )
    const first = (await Promise.race([whoever(ann), whoever(bob)])) as Old
    const second = first === ann ? bob : ann
    first.signal(second.id, 'offer', { sdp })
    await second.hears('offer')
    expect(second.signals).not.toContain('receive_call')
  })

  test('a call that is answered elsewhere stops ringing here', async () => {
    const [ann, bob] = [await modern(), await old('Bob')]
    const phone = new Caller(bob.id, await target.open(bob.token))
    const { call } = await ann.caller.invite(bob.id)
    await bob.hears('start_call')
    await phone.do('accept', call.id)
    expect((await bob.hears('hangup')).from).toBe(ann.id)
    expect((await ann.socket.request('calls.current')).calls).toMatchObject([{ id: call.id, state: 'active' }])
  })
})
