// PROTOCOL.md section 11, coming into groups: joining, applications, links, bans.
import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('chat')

const ask = ({ socket }: Guest, to: string, verb: string, data: object = {}) => socket.request(`chat.${verb}`, data, { to })
const no = ({ socket }: Guest, to: string, verb: string, data: object = {}) => socket.refusal(`chat.${verb}`, data, { to })
/** A group of Ann, its owner, and Bob, a member; Eve is not in it. */
const scene = async (details: object = {}) => {
  const [ann, bob, eve] = (await Promise.all(['Ann', 'Bob', 'Eve'].map((name) => target.connect(name)))) as [Guest, Guest, Guest]
  const { id } = await ann.socket.request('chat.create', { name: 'Club', users: [bob.id], ...details })
  return { ann, bob, eve, to: id as string }
}
/** How a server refuses, the text for people left out. */
const refusal = async (trying: Promise<Loose>): Promise<Loose> => {
  const { code, kind, retry, path } = await trying.then(
    () => ({ code: 'done' }),
    ({ error }) => error,
  )
  return { code, kind, retry, path }
}

describeUnless(lacks)('PROTOCOL 11: joining', () => {
  test('an open group takes who comes, and who is in stays in', async () => {
    const { ann, eve, to } = await scene({ joining: 'open' })
    for (const _ of [1, 2]) {
      expect(await ask(eve, to, 'join')).toMatchObject({ state: 'joined', group: { id: to, count: 3, role: 'member', joining: 'open' } })
    }
    expect(await ann.socket.next('chat.grouped', ({ data }) => data.change.joined)).toMatchObject({
      from: eve.id,
      to,
      seq: 2,
      data: { change: { joined: eve.id }, prev: 1 },
    })
  })

  test('a group with approval takes an application, which its owner decides', async () => {
    const { ann, bob, eve, to } = await scene({ joining: 'approval' })
    expect(await ask(eve, to, 'join', { note: ' Hello ' })).toEqual({ state: 'pending' })
    expect(await ann.socket.next('chat.applied')).toMatchObject({
      from: eve.id,
      to,
      data: { user: { id: eve.id, name: 'Eve' }, note: 'Hello', time: expect.any(String) },
    })
    expect(await no(bob, to, 'applications')).toBe('CHAT_NOT_ALLOWED')
    expect((await ask(ann, to, 'applications')).applications).toMatchObject([{ user: { id: eve.id, name: 'Eve' }, note: 'Hello' }])
    expect(await ask(ann, to, 'reject', { users: [eve.id] })).toEqual({ rejected: [eve.id] })
    const { from, data } = await eve.socket.next('chat.decided')
    expect([from, data]).toEqual([undefined, { user: eve.id, outcome: 'rejected' }])
    await ask(eve, to, 'join')
    expect(await ask(ann, to, 'admit', { users: [eve.id] })).toEqual({ admitted: [eve.id] })
    expect(await eve.socket.next('chat.decided')).toMatchObject({ to, data: { user: eve.id, outcome: 'admitted' } })
    expect(await ask(eve, to, 'info')).toMatchObject({ count: 3 })
  })

  test('a note that cannot be shown is refused', async () => {
    const { eve, to } = await scene({ joining: 'approval' })
    for (const note of ['a\u0000b', '\u202Ea', 'x'.repeat(201), 5, null]) {
      expect([note, await no(eve, to, 'join', { note })]).toEqual([note, 'CORE_BAD_FIELD'])
    }
  })

  test('a group that does not let somebody in is answered as one that is not there', async () => {
    const { ann, eve, to } = await scene()
    const dismissed = await scene({ joining: 'open' })
    await ask(dismissed.ann, dismissed.to, 'dismiss')
    const banning = await scene({ joining: 'open' })
    await ask(banning.ann, banning.to, 'ban', { users: [eve.id] })
    const absent = await refusal(ask(eve, 'G1', 'join'))
    expect(absent).toEqual({ code: 'CHAT_NO_SUCH_CONVERSATION', kind: 'not_found', retry: false, path: '/to' })
    for (const group of [to, dismissed.to, banning.to]) {
      expect(await refusal(ask(eve, group, 'join'))).toEqual(absent)
      expect(await refusal(eve.socket.request('chat.peek', { group }))).toEqual({ ...absent, path: '/data/group' })
    }
    expect(await no(ann, eve.id, 'join')).toBe('CHAT_NO_SUCH_CONVERSATION')
  })
})

describeUnless(lacks)('PROTOCOL 11: links', () => {
  test('show a group and lead into it, so often and no oftener', async () => {
    const { ann, bob, eve, to } = await scene()
    const { code, ...rest } = await ask(ann, to, 'link', { uses: 1, expiresIn: 600 })
    expect(code).toMatch(/^[\w-]{22}$/)
    expect(rest).toEqual({ maker: ann.id, time: expect.any(String), expiresAt: expect.any(String), uses: 1, used: 0 })
    expect(await eve.socket.request('chat.peek', { code })).toEqual({
      id: to,
      name: 'Club',
      avatar: '',
      count: 2,
      kind: 'group',
      joining: 'invite',
    })
    expect(await bob.socket.request('chat.enter', { code })).toMatchObject({ state: 'joined' })
    const dan = await target.connect('Dan')
    const tries = await Promise.all([eve, dan].map((who) => refusal(who.socket.request('chat.enter', { code }))))
    expect(tries.map((outcome) => outcome.code).sort()).toEqual(['CHAT_BAD_LINK', 'done'])
    expect((await ask(ann, to, 'info')).count).toBe(3)
  })

  test('that do not work are answered like one that never was', async () => {
    const { ann, bob, eve, to } = await scene()
    const { code: revoked } = await ask(bob, to, 'link')
    expect(await ask(ann, to, 'revoke', { code: revoked })).toEqual({ revoked: true })
    const { code: closed } = await ask(ann, to, 'link')
    await ask(ann, to, 'ban', { users: [eve.id] })
    const absent = await refusal(eve.socket.request('chat.enter', { code: 'A'.repeat(22) }))
    expect(absent).toEqual({ code: 'CHAT_BAD_LINK', kind: 'not_found', retry: false, path: '/data/code' })
    for (const code of [revoked, closed]) {
      for (const verb of ['chat.enter', 'chat.peek']) expect(await refusal(eve.socket.request(verb, { code }))).toEqual(absent)
    }
  })

  test('are made and seen by those who may bring people in', async () => {
    const { ann, bob, eve, to } = await scene()
    const { code } = await ask(bob, to, 'link')
    await ask(ann, to, 'link')
    expect((await ask(bob, to, 'links')).links).toMatchObject([{ code, maker: bob.id }])
    expect((await ask(ann, to, 'links')).links).toHaveLength(2)
    await ask(ann, to, 'change', { inviting: 'admins' })
    expect([await no(bob, to, 'link'), await no(bob, to, 'invite', { users: [eve.id] })]).toEqual(['CHAT_NOT_ALLOWED', 'CHAT_NOT_ALLOWED'])
    expect(await eve.socket.refusal('chat.enter', { code })).toBe('CHAT_BAD_LINK')
    for (const verb of ['link', 'links', 'applications', 'bans'])
      expect([verb, await no(eve, to, verb)]).toEqual([verb, 'CHAT_NO_SUCH_CONVERSATION'])
    for (const bounds of [{ uses: 0 }, { uses: 1.5 }, { expiresIn: 0 }, { expiresIn: 31_536_001 }, { code: 'mine' }]) {
      expect([bounds, await no(ann, to, 'link', bounds)]).toEqual([bounds, 'CORE_BAD_FIELD'])
    }
  })
})

describeUnless(lacks)('PROTOCOL 11: bans', () => {
  test('put people out and keep them out, until they end', async () => {
    const { ann, bob, eve, to } = await scene({ joining: 'open' })
    expect(await ask(ann, to, 'ban', { users: [bob.id, eve.id] })).toEqual({ banned: [bob.id, eve.id] })
    expect(await bob.socket.next('chat.grouped', ({ data }) => data.change.removed)).toMatchObject({
      data: { change: { removed: [bob.id] } },
    })
    expect(await no(bob, to, 'join')).toBe('CHAT_NO_SUCH_CONVERSATION')
    expect(await ask(ann, to, 'invite', { users: [eve.id] })).toEqual({ added: [], refused: [eve.id] })
    const ids: string[] = []
    for (let more = true; more; ) {
      const page = await ask(ann, to, 'bans', { limit: 1, ...(ids.length > 0 && { after: ids.at(-1) }) })
      ids.push(...page.bans.map(({ user }: Loose) => user.id))
      more = page.more
    }
    expect(ids.sort()).toEqual([bob.id, eve.id].sort())
    expect(await ask(ann, to, 'unban', { users: [bob.id] })).toEqual({ unbanned: [bob.id] })
    expect(await ask(bob, to, 'join')).toMatchObject({ state: 'joined' })
    expect(await no(bob, to, 'ban', { users: [eve.id] })).toBe('CHAT_NOT_ALLOWED')
    expect(await no(ann, to, 'ban', { users: ['U1'] })).toBe('CHAT_NO_SUCH_USER')
  })
})

describeUnless(lacks ?? target.lacksHost)('PROTOCOL 11: whoever runs the server', () => {
  test('sees all groups, freezes and dismisses them, with the scope for it only', async () => {
    const { ann, eve, to } = await scene({ joining: 'open' })
    const token = target.hostToken({ sub: 'operator', name: 'Operator', scope: 'chat.admin' })
    const put = async (state: string): Promise<Loose> =>
      (await target.api('POST', '/api/chat/groups', { token, body: { groups: [to, 'G1'], state } })).body
    const shown = async (): Promise<Loose> => {
      for (let after = ''; ; ) {
        const { body } = await target.api('GET', `/api/chat/groups?limit=200${after}`, { token })
        const found = body.groups.find(({ id }: Loose) => id === to)
        if (found || !body.more) return found
        after = `&after=${body.groups.at(-1).id}`
      }
    }
    expect(await put('frozen')).toEqual({ changed: [to] })
    expect(await shown()).toMatchObject({ name: 'Club', owner: ann.id, count: 2, state: 'frozen' })
    expect(await no(ann, to, 'send', { text: 'x', clientId: 'c' })).toBe('CHAT_FROZEN')
    expect(await no(eve, to, 'join')).toBe('CHAT_FROZEN')
    expect(await put('open')).toEqual({ changed: [to] })
    expect(await put('dismissed')).toEqual({ changed: [to] })
    expect(await ann.socket.next('chat.grouped', ({ data }) => data.change.dismissed)).toMatchObject({ to })
    for (const method of ['GET', 'POST']) {
      const body = { groups: [to], state: 'open' }
      const answer = await target.api(method, '/api/chat/groups', { token: eve.tokens.accessToken, ...(method === 'POST' && { body }) })
      expect([answer.status, answer.body.error.code]).toEqual([403, 'CORE_FORBIDDEN'])
    }
  })
})
