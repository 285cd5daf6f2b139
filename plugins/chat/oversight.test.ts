import { afterAll, beforeAll, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

forEachDatabase('the operator', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat], { ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  const call = async (token: string, method: string, path: string, body?: object): Promise<Loose> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/api/chat${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return { status: answer.status, body: await answer.json() }
  }
  const operator = 'test.U1.Root.chat-admin'
  const list = async (query = ''): Promise<Loose> => (await call(operator, 'GET', `/groups${query}`)).body
  const put = async (groups: readonly string[], state: string): Promise<Loose> =>
    (await call(operator, 'POST', '/groups', { groups, state })).body
  let people = 100
  const scene = async (rules: object = {}) => {
    const ids = [`U${++people}`, `U${++people}`, `U${++people}`]
    const [ann, bob, eve] = (await Promise.all(ids.map((id) => server.connect(id)))) as [TestSocket, TestSocket, TestSocket]
    const { id } = await ann.request('chat.create', { name: 'Club', users: [ids[1]], ...rules })
    return { ann, bob, eve, eveId: ids[2] as string, annId: ids[0] as string, to: id as string }
  }
  const write = (socket: TestSocket, to: string): Promise<Loose> =>
    socket.request('chat.send', { text: 'x', clientId: `c${++people}` }, { to }).then(
      () => 'stored',
      ({ code }) => code,
    )

  test('sees all groups, page by page, and nobody else does', async () => {
    const { annId, to } = await scene()
    const { to: other } = await scene()
    const ids: string[] = []
    for (let more = true; more; ) {
      const page = await list(`?limit=1${ids.length > 0 ? `&after=${ids.at(-1)}` : ''}`)
      ids.push(...page.groups.map(({ id }: Loose) => id))
      more = page.more
    }
    expect(ids).toEqual([to, other])
    expect((await list()).groups[0]).toEqual({
      id: to,
      name: 'Club',
      avatar: '',
      owner: annId,
      kind: 'group',
      count: 2,
      state: 'open',
      createdAt: expect.any(String),
    })
    const [first, second] = [
      await call('test.U1.Root', 'GET', '/groups'),
      await call('test.U1.Root', 'POST', '/groups', { groups: [to], state: 'frozen' }),
    ]
    expect([first.status, first.body.error.code]).toEqual([403, 'CORE_FORBIDDEN'])
    expect([second.status, second.body.error.code]).toEqual([403, 'CORE_FORBIDDEN'])
  })

  test('freezes a group: nobody writes or comes in, its owner neither, and reading goes on', async () => {
    const { ann, bob, eve, eveId, to } = await scene({ joining: 'open' })
    await write(bob, to)
    const { code } = await ann.request('chat.link', {}, { to })
    expect(await put([to, 'G404', to], 'frozen')).toEqual({ changed: [to] })
    expect(await bob.next('chat.grouped', ({ data }) => data.change.frozen)).toMatchObject({ from: 'U1', to })
    expect([await write(ann, to), await write(bob, to)]).toEqual(['CHAT_FROZEN', 'CHAT_FROZEN'])
    expect(await eve.refusal('chat.join', {}, { to })).toBe('CHAT_FROZEN')
    expect(await eve.refusal('chat.enter', { code })).toBe('CHAT_FROZEN')
    expect(await ann.refusal('chat.invite', { users: [eveId] }, { to })).toBe('CHAT_FROZEN')
    expect(await ann.request('chat.info', {}, { to })).toMatchObject({ count: 2, frozen: true })
    expect((await bob.request('chat.history', { after: 0 }, { to })).messages).toHaveLength(3)
    await ann.request('chat.change', { joining: 'approval' }, { to })
    expect(await eve.refusal('chat.join', {}, { to })).toBe('CHAT_FROZEN')
    expect([await put([to], 'frozen'), await put([to], 'open')]).toEqual([{ changed: [] }, { changed: [to] }])
    expect(await write(bob, to)).toBe('stored')
  })

  test('dismisses groups, for good', async () => {
    const { ann, to } = await scene()
    expect(await put([to], 'dismissed')).toEqual({ changed: [to] })
    expect(await ann.next('chat.grouped', ({ data }) => data.change.dismissed)).toMatchObject({ from: 'U1', to })
    expect(await ann.refusal('chat.info', {}, { to })).toBe('CHAT_NO_SUCH_CONVERSATION')
    expect(await put([to], 'open')).toEqual({ changed: [] })
    expect((await list()).groups.find(({ id }: Loose) => id === to)).toMatchObject({ state: 'dismissed', count: 0 })
  })

  test('is told what is wrong with a request', async () => {
    for (const body of [{}, { groups: [], state: 'open' }, { groups: ['U1'], state: 'open' }, { groups: ['G1'], state: 'gone' }]) {
      const { status, body: answer } = await call(operator, 'POST', '/groups', body)
      expect([status, answer.error.code]).toEqual([400, 'CORE_BAD_FIELD'])
    }
    for (const query of ['?limit=0', '?limit=201', '?limit=x', '?after=U1', '?all=1']) {
      expect([query, (await call(operator, 'GET', `/groups${query}`)).status]).toEqual([query, 400])
    }
  })

  test('sees how far the search is behind, and that it catches up; nobody else does', async () => {
    const { ann, to } = await scene()
    await write(ann, to)
    const lag = async (): Promise<Loose> => (await call(operator, 'GET', '/search')).body
    let now = await lag()
    while (now.waiting > 0) now = await lag()
    expect(now).toEqual({ waiting: 0, limit: 1_000_000 })
    expect((await call('test.U1.Root', 'GET', '/search')).body.error.code).toBe('CORE_FORBIDDEN')
  })
})
