import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

forEachDatabase('groups', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat], { env: { PARLEY_CHAT_GROUP_SIZE: '5' }, ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 5000
  const person = async (): Promise<{ id: string; socket: TestSocket }> => {
    const id = `U${++people}`
    return { id, socket: await server.connect(id) }
  }
  /** A group of three: its owner, and two members. */
  const trio = async (details: object = {}) => {
    const [ann, bob, cat] = await Promise.all([person(), person(), person()])
    const group = await ann.socket.request('chat.create', { name: 'Trio', users: [bob.id, cat.id], ...details })
    return { ann, bob, cat, to: group.id as string, group }
  }
  let sent = 0
  const send = ({ socket }: { socket: TestSocket }, to: string, text: string) =>
    socket.request('chat.send', { text, clientId: `c${++sent}` }, { to })
  const texts = async ({ socket }: { socket: TestSocket }, to: string): Promise<string[]> => {
    const { messages } = await socket.request('chat.history', { after: 0 }, { to })
    return messages.filter(({ type }: Loose) => type === 'chat.posted').map(({ data }: Loose) => data.text)
  }

  describe('a group', () => {
    test('is made by its owner, with everybody told', async () => {
      const { ann, bob, to, group } = await trio({ notice: 'Be kind' })
      expect(group).toEqual({
        id: to,
        name: 'Trio',
        notice: 'Be kind',
        avatar: '',
        owner: ann.id,
        kind: 'group',
        joining: 'invite',
        inviting: 'members',
        history: 'joined',
        count: 3,
        size: 5,
        role: 'owner',
        refused: [],
      })
      expect(await bob.socket.next('chat.grouped')).toMatchObject({ from: ann.id, to, seq: 1, data: { change: { created: 'Trio' } } })
      expect(await bob.socket.request('chat.info', {}, { to })).toMatchObject({ name: 'Trio', role: 'member' })
    })

    test('carries a message to every member, in one order, with the position of its ack', async () => {
      const { ann, bob, cat, to } = await trio()
      const ack = await send(bob, to, 'hello all')
      for (const { socket } of [ann, bob, cat]) {
        expect(await socket.next('chat.posted')).toMatchObject({
          from: bob.id,
          to,
          seq: ack.seq,
          data: { text: 'hello all', prev: ack.seq - 1 },
        })
      }
      await Promise.all([ann, bob, cat].flatMap((who) => Array.from({ length: 10 }, (_, n) => send(who, to, `${who.id} ${n}`))))
      const { messages } = await cat.socket.request('chat.history', { after: 0 }, { to })
      expect(messages.map(({ seq }: Loose) => seq)).toEqual(Array.from({ length: 32 }, (_, n) => n + 1))
    })

    test('reaches a member who connects later, from their groups’ topics', async () => {
      const { ann, bob, to } = await trio()
      const tablet = await server.connect(bob.id)
      await send(ann, to, 'to all devices')
      expect(await tablet.next('chat.posted')).toMatchObject({ to, data: { text: 'to all devices' } })
    })

    test('is answered alike whether it does not exist or is not theirs', async () => {
      const { to } = await trio()
      const eve = await person()
      for (const address of [to, 'G1']) {
        for (const type of ['chat.info', 'chat.history', 'chat.members', 'chat.leave', 'chat.typing']) {
          expect([type, await eve.socket.refusal(type, {}, { to: address })]).toEqual([type, 'CHAT_NO_SUCH_CONVERSATION'])
        }
        expect(await eve.socket.refusal('chat.send', { text: 'x', clientId: 'x' }, { to: address })).toBe('CHAT_NO_SUCH_CONVERSATION')
      }
    })

    test('takes only so many people', async () => {
      const { ann, to } = await trio()
      const more = await Promise.all([person(), person(), person()])
      expect(await ann.socket.refusal('chat.invite', { users: more.map(({ id }) => id) }, { to })).toBe('CHAT_GROUP_FULL')
      expect((await ann.socket.request('chat.info', {}, { to })).count).toBe(3)
      expect(await ann.socket.refusal('chat.create', { name: 'x', users: Array.from({ length: 5 }, (_, n) => `U${n + 1}`) })).toBe(
        'CHAT_GROUP_FULL',
      )
    })
  })

  describe('who comes later', () => {
    test('reads from then on, where the group says so', async () => {
      const { ann, to } = await trio()
      await send(ann, to, 'before')
      const dan = await person()
      expect(await ann.socket.request('chat.invite', { users: [dan.id] }, { to })).toEqual({ added: [dan.id], refused: [] })
      await send(ann, to, 'after')
      expect(await dan.socket.next('chat.posted')).toMatchObject({ data: { text: 'after' } })
      expect(await texts(dan, to)).toEqual(['after'])
    })

    test('reads from the start, where the group says that', async () => {
      const { ann, to } = await trio({ history: 'all' })
      await send(ann, to, 'before')
      const dan = await person()
      await ann.socket.request('chat.invite', { users: [dan.id] }, { to })
      expect(await texts(dan, to)).toEqual(['before'])
    })

    test('may join by themselves only where the group is open', async () => {
      const closed = await trio()
      const open = await trio({ joining: 'open' })
      const dan = await person()
      expect(await dan.socket.refusal('chat.join', {}, { to: closed.to })).toBe('CHAT_NO_SUCH_CONVERSATION')
      const joined = { state: 'joined', group: { id: open.to, count: 4, role: 'member' } }
      expect(await dan.socket.request('chat.join', {}, { to: open.to })).toMatchObject(joined)
      expect(await dan.socket.request('chat.join', {}, { to: open.to })).toMatchObject(joined)
    })

    test('is counted once, however often they are named', async () => {
      const [ann, bob, cat] = await Promise.all([person(), person(), person()])
      const group = await ann.socket.request('chat.create', { name: 'Twice', users: [bob.id, bob.id, ann.id] })
      expect(group.count).toBe(2)
      expect(await ann.socket.request('chat.invite', { users: [cat.id, cat.id, bob.id] }, { to: group.id })).toMatchObject({
        added: [cat.id],
      })
      expect((await ann.socket.request('chat.info', {}, { to: group.id })).count).toBe(3)
    })
  })

  describe('a device that connects', () => {
    const comesWith = async (id: string, to: string, from: { socket: TestSocket }): Promise<boolean> => {
      const device = await server.connect(id)
      await send(from, to, 'who hears this?')
      await device.settle()
      return device.frames.some(({ type }) => type === 'chat.posted')
    }

    test('hears the groups that its user is in by then, and no others', async () => {
      const bob = await person()
      const ann = await person()
      const { id: to } = await ann.socket.request('chat.create', { name: 'Later', users: [bob.id] })
      expect(await comesWith(bob.id, to, ann)).toBe(true)
      await bob.socket.request('chat.leave', {}, { to })
      expect(await comesWith(bob.id, to, ann)).toBe(false)
      await ann.socket.request('chat.invite', { users: [bob.id] }, { to })
      expect(await comesWith(bob.id, to, ann)).toBe(true)
      await ann.socket.request('chat.kick', { users: [bob.id] }, { to })
      expect(await comesWith(bob.id, to, ann)).toBe(false)
    })
  })

  describe('who leaves or is put out', () => {
    test('gets nothing more, may not write, and keeps what they had', async () => {
      const { ann, bob, cat, to } = await trio()
      await send(ann, to, 'one')
      expect(await ann.socket.request('chat.kick', { users: [bob.id] }, { to })).toEqual({ removed: [bob.id] })
      await cat.socket.request('chat.leave', {}, { to })
      await send(ann, to, 'two')
      for (const gone of [bob, cat]) {
        await gone.socket.settle()
        expect(gone.socket.frames.some(({ data }) => data?.text === 'two')).toBe(false)
        expect(gone.socket.frames.some(({ data }) => data?.change?.removed?.includes(gone.id) || data?.change?.left === gone.id)).toBe(true)
        expect(await gone.socket.refusal('chat.send', { text: 'x', clientId: 'x' }, { to })).toBe('CHAT_NO_SUCH_CONVERSATION')
        expect(await texts(gone, to)).toEqual(['one'])
      }
    })

    test('finds in the log, on every device, that they are out, and nothing after it', async () => {
      const { ann, bob, cat, to } = await trio()
      await ann.socket.request('chat.kick', { users: [bob.id] }, { to })
      await cat.socket.request('chat.leave', {}, { to })
      await send(ann, to, 'among myself')
      const last = async (who: { id: string }) => {
        const tablet = await server.connect(who.id)
        return (await tablet.request('chat.history', { after: 0 }, { to })).messages.at(-1).data.change
      }
      expect([await last(bob), await last(cat)]).toEqual([{ removed: [bob.id] }, { left: cat.id }])
    })

    test('and comes back is as muted as before', async () => {
      const { ann, bob, to } = await trio({ joining: 'open' })
      await ann.socket.request('chat.mute', { user: bob.id, until: new Date(Date.now() + 3_600_000).toISOString() }, { to })
      await bob.socket.request('chat.leave', {}, { to })
      await bob.socket.request('chat.join', {}, { to })
      expect(await bob.socket.refusal('chat.send', { text: 'x', clientId: 'x' }, { to })).toBe('CHAT_MUTED')
    })

    test('in the same moment as they write is out for what comes after', async () => {
      const { ann, bob, to } = await trio()
      const kicking = ann.socket.request('chat.kick', { users: [bob.id] }, { to })
      const tries = Array.from({ length: 20 }, (_, n) => send(bob, to, `race ${n}`))
      await kicking
      const outcomes = await Promise.allSettled(tries)
      const { messages } = await ann.socket.request('chat.history', { after: 0 }, { to })
      const out = messages.find(({ data }: Loose) => data.change?.removed)?.seq
      const stored = messages.filter(({ from, type }: Loose) => from === bob.id && type === 'chat.posted')
      expect(stored.every(({ seq }: Loose) => seq < out)).toBe(true)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(stored.length)
    })

    test('may come back, and reads from then on', async () => {
      const { ann, bob, to } = await trio()
      await ann.socket.request('chat.kick', { users: [bob.id] }, { to })
      await send(ann, to, 'meanwhile')
      await ann.socket.request('chat.invite', { users: [bob.id] }, { to })
      await send(ann, to, 'again')
      expect(await texts(bob, to)).toEqual(['again'])
    })

    test('is never the owner, who hands over first', async () => {
      const { ann, bob, to } = await trio()
      expect(await ann.socket.refusal('chat.leave', {}, { to })).toBe('CHAT_OWNER_STAYS')
      await ann.socket.request('chat.promote', { user: bob.id, role: 'owner' }, { to })
      expect(await ann.socket.request('chat.info', {}, { to })).toMatchObject({ owner: bob.id, role: 'admin' })
      expect(await ann.socket.request('chat.leave', {}, { to })).toEqual({})
    })
  })

  describe('roles', () => {
    test('members govern nothing, admins members, the owner everybody', async () => {
      const { ann, bob, cat, to } = await trio()
      expect(await bob.socket.refusal('chat.kick', { users: [cat.id] }, { to })).toBe('CHAT_NOT_ALLOWED')
      expect(await bob.socket.refusal('chat.change', { name: 'Mine' }, { to })).toBe('CHAT_NOT_ALLOWED')
      expect(await bob.socket.refusal('chat.promote', { user: bob.id, role: 'owner' }, { to })).toBe('CHAT_NOT_ALLOWED')
      await ann.socket.request('chat.promote', { user: bob.id, role: 'admin' }, { to })
      expect(await bob.socket.request('chat.kick', { users: [ann.id] }, { to })).toEqual({ removed: [] })
      expect(await bob.socket.request('chat.change', { name: 'Ours' }, { to })).toMatchObject({ name: 'Ours' })
      expect(await bob.socket.refusal('chat.dismiss', {}, { to })).toBe('CHAT_NOT_ALLOWED')
    })

    test('a muted member may not write until then, and others may', async () => {
      const { ann, bob, cat, to } = await trio()
      const until = new Date(Date.now() + 3_600_000).toISOString()
      await ann.socket.request('chat.mute', { user: bob.id, until }, { to })
      expect(await bob.socket.refusal('chat.send', { text: 'x', clientId: 'x' }, { to })).toBe('CHAT_MUTED')
      await send(cat, to, 'free')
      await ann.socket.request('chat.mute', { user: bob.id, until: null }, { to })
      await send(bob, to, 'free again')
    })

    test('a muted group hears its owner and admins only, and a broadcast never anybody else', async () => {
      const quiet = await trio()
      await quiet.ann.socket.request('chat.mute', { until: new Date(Date.now() + 3_600_000).toISOString() }, { to: quiet.to })
      expect(await quiet.bob.socket.refusal('chat.send', { text: 'x', clientId: 'x' }, { to: quiet.to })).toBe('CHAT_MUTED')
      await send(quiet.ann, quiet.to, 'order')
      const channel = await trio({ kind: 'broadcast' })
      expect(await channel.bob.socket.refusal('chat.send', { text: 'x', clientId: 'x' }, { to: channel.to })).toBe('CHAT_NOT_ALLOWED')
      await send(channel.ann, channel.to, 'news')
      expect(await texts(channel.bob, channel.to)).toEqual(['news'])
    })

    test('a dismissed group is gone for everybody', async () => {
      const { ann, bob, to } = await trio()
      await ann.socket.request('chat.dismiss', {}, { to })
      expect(await bob.socket.next('chat.grouped', ({ data }) => data.change.dismissed)).toMatchObject({ to })
      for (const { socket } of [ann, bob]) {
        expect(await socket.refusal('chat.info', {}, { to })).toBe('CHAT_NO_SUCH_CONVERSATION')
        expect((await socket.request('chat.list')).conversations).toEqual([])
        const { messages } = await socket.request('chat.history', { after: 0 }, { to })
        expect(messages.at(-1).data.change).toEqual({ dismissed: true })
      }
    })

    test('a change to what is so already is none', async () => {
      const { ann, bob, to } = await trio()
      await ann.socket.request('chat.change', { name: 'Trio' }, { to })
      await ann.socket.request('chat.promote', { user: bob.id, role: 'member' }, { to })
      expect((await ann.socket.request('chat.history', { after: 0 }, { to })).messages).toHaveLength(1)
    })

    test('a name that could pass for something else is refused', async () => {
      const { ann, to } = await trio()
      for (const name of ['a\u0000b', 'a\u202Eb', '\u200B', 'a\nb', 'x'.repeat(61)]) {
        expect([name, await ann.socket.refusal('chat.change', { name }, { to })]).toEqual([name, 'CORE_BAD_FIELD'])
      }
      expect(await ann.socket.refusal('chat.change', { notice: '\u0000' }, { to })).toBe('CORE_BAD_FIELD')
      expect(await ann.socket.request('chat.change', { notice: 'two\nlines' }, { to })).toMatchObject({ notice: 'two\nlines' })
    })
  })

  test('nobody goes about groups faster than the limit of doing so', async () => {
    await using strict = await startTestServer([chat], { env: { PARLEY_LIMITS: 'on', PARLEY_RATES: 'chat.entrances=2/m' } })
    const ann = await strict.connect('U1')
    const { id: to } = await ann.request('chat.create', { name: 'One' })
    expect(await ann.refusal('chat.enter', { code: 'x' })).toBe('CHAT_BAD_LINK')
    expect(await ann.refusal('chat.peek', { code: 'x' })).toBe('CORE_RATE_LIMITED')
    expect(await ann.request('chat.info', {}, { to })).toMatchObject({ count: 1 })
  })

  test('chat.groups tells the groups that one is in, page by page, and those that one owns', async () => {
    const { ann, bob, to } = await trio()
    const { id: own } = await bob.socket.request('chat.create', { name: 'Mine', avatar: 'm' })
    const gone = await bob.socket.request('chat.create', { name: 'Gone' })
    await bob.socket.request('chat.dismiss', {}, { to: gone.id })
    const first = await bob.socket.request('chat.groups', { limit: 1 })
    expect(first).toEqual({
      groups: [{ id: to, name: 'Trio', avatar: '', kind: 'group', owner: ann.id, count: 3, role: 'member' }],
      more: true,
    })
    expect(await bob.socket.request('chat.groups', { after: to })).toMatchObject({ groups: [{ id: own, avatar: 'm' }], more: false })
    expect((await bob.socket.request('chat.groups', { role: 'owner' })).groups).toMatchObject([{ id: own, role: 'owner' }])
  })

  test('chat.members and chat.info tell who is muted, and that all are', async () => {
    const { ann, bob, to } = await trio()
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await ann.socket.request('chat.mute', { user: bob.id, until }, { to })
    await ann.socket.request('chat.mute', { until }, { to })
    const { members } = await bob.socket.request('chat.members', {}, { to })
    expect(members.map(({ mutedUntil }: Loose) => mutedUntil)).toEqual([undefined, until, undefined])
    expect(await bob.socket.request('chat.info', {}, { to })).toMatchObject({ mutedUntil: until })
    await ann.socket.request('chat.mute', { until: null }, { to })
    expect((await bob.socket.request('chat.info', {}, { to })).mutedUntil).toBeUndefined()
  })

  test('chat.members pages through those who are in', async () => {
    const { ann, bob, cat, to } = await trio()
    const first = await ann.socket.request('chat.members', { limit: 2 }, { to })
    expect(first).toMatchObject({
      more: true,
      members: [
        { id: ann.id, role: 'owner' },
        { id: bob.id, role: 'member' },
      ],
    })
    expect(await ann.socket.request('chat.members', { after: bob.id }, { to })).toMatchObject({ more: false, members: [{ id: cat.id }] })
    for (const after of ['x', '\u0000']) expect(await ann.socket.refusal('chat.members', { after }, { to })).toBe('CORE_BAD_FIELD')
  })
})
