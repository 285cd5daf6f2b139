import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { createNotedInbox } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

interface Person {
  readonly id: string
  readonly socket: TestSocket
}

forEachDatabase('what a person wants of a conversation', (newDatabase) => {
  let server: TestServer
  const noted = createNotedInbox()
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([noted.plugin, chat], { ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 61_000
  const person = async (): Promise<Person> => {
    const id = `U${++people}`
    return { id, socket: await server.connect(id) }
  }
  const pair = (): Promise<[Person, Person]> => Promise.all([person(), person()])
  const again = async ({ id }: Person): Promise<Person> => ({ id, socket: await server.connect(id) })
  let sent = 0
  const ask = ({ socket }: Person, to: string, verb: string, data: object = {}) => socket.request(`chat.${verb}`, data, { to })
  const refusal = ({ socket }: Person, to: string, verb: string, data: object = {}) => socket.refusal(`chat.${verb}`, data, { to })
  const say = (who: Person, to: string, text = 'hi', more: object = {}) => ask(who, to, 'send', { text, clientId: `p${++sent}`, ...more })
  const list = async ({ socket }: Person, data: object = {}): Promise<Loose[]> => (await socket.request('chat.list', data)).conversations
  const entryOf = async (who: Person, to: string): Promise<Loose> => (await list(who, { folder: 'all' })).find((one) => one.to === to)
  const group = async (owner: Person, ...members: Person[]): Promise<string> =>
    (await owner.socket.request('chat.create', { name: 'Group', users: members.map(({ id }) => id) })).id
  /** How many changes the inbox was told of. */
  const position = ({ id }: Person): number => noted.touchesOf(id).length
  /** What it would tell a device that was away since then: each thing once, as it is now. */
  const since = async ({ id }: Person, from: number): Promise<Loose[]> => {
    const things = [...new Set(noted.touchesOf(id).slice(from))].map((touch) => touch.split(' ').slice(1))
    return Promise.all(
      things.map(async ([kind = '', ...rest]) => {
        const key = rest.join(' ')
        return { kind, key, data: (await noted.describers.get(kind)?.(id, [key]))?.get(key) ?? null }
      }),
    )
  }
  const soon = () => new Date(Date.now() + 3_600_000).toISOString()

  describe('settings', () => {
    test('mute, pin, archive and mark stand in the list, come off again, and are acked whole', async () => {
      const [ann, bob] = await pair()
      await say(bob, ann.id)
      const until = soon()
      expect(await ask(ann, bob.id, 'personalize', { mute: until, pin: true })).toEqual({ mute: until, pin: true })
      expect(await ask(ann, bob.id, 'personalize', { mute: true, marked: true })).toEqual({ mute: true, pin: true, marked: true })
      expect(await entryOf(ann, bob.id)).toMatchObject({ mute: true, pin: true, marked: true })
      expect(await ask(ann, bob.id, 'personalize', { mute: false, pin: false, marked: false, archive: true })).toEqual({ archive: true })
      expect(await ask(ann, bob.id, 'personalize', {})).toEqual({ archive: true })
    })

    test('a mute that is over is none', async () => {
      const [ann, bob] = await pair()
      expect(await ask(ann, bob.id, 'personalize', { mute: new Date(Date.now() - 1_000).toISOString() })).toEqual({})
      expect(await refusal(ann, bob.id, 'personalize', { mute: 'soon' })).toBe('CORE_BAD_FIELD')
      expect(await refusal(ann, bob.id, 'personalize', { role: 'owner' })).toBe('CORE_BAD_FIELD')
    })

    test('reach the person’s other devices at once and those that were away later, and nobody else', async () => {
      const [ann, bob] = await pair()
      await say(bob, ann.id)
      const [mine, theirs] = [position(ann), position(bob)]
      const phone = await again(ann)
      await ask(ann, bob.id, 'personalize', { pin: true })
      expect(await phone.socket.next('chat.personalized')).toMatchObject({ from: ann.id, to: bob.id, data: { pin: true } })
      await bob.socket.settle()
      expect(bob.socket.frames.filter(({ type }) => type === 'chat.personalized')).toEqual([])
      expect(await since(ann, mine)).toMatchObject([{ kind: 'chat', data: { to: bob.id, pin: true } }])
      expect(await since(bob, theirs)).toEqual([])
      expect(await entryOf(bob, ann.id)).not.toHaveProperty('pin')
    })

    test('hold when everything is done at once, on several devices and in several conversations', async () => {
      const [ann, bob] = await pair()
      const to = await group(ann, bob)
      for (let n = 0; n < 10; n++) await Promise.all([say(bob, ann.id), say(bob, to)])
      const devices = await Promise.all([ann, ann, ann].map(again))
      const time = (n: number) => new Date(Date.UTC(2026, 0, 1) + n).toISOString()
      const work = Array.from({ length: 10 }, (_, n) => n + 1).flatMap((n) =>
        [bob.id, to].flatMap((where) => [
          ask(devices[0] as Person, where, 'personalize', { pin: n % 2 === 0 }),
          ask(devices[1] as Person, where, 'draft', { text: `${n}`, time: time(n) }),
          ask(devices[2] as Person, where, 'hide', { targets: [n + 1 - (where === to ? 0 : 1)] }).catch(() => undefined),
          ask(devices[0] as Person, where, 'read', { seq: n }),
          say(devices[1] as Person, where, `${n}`, { draft: time(n) }),
          say(bob, where === to ? to : ann.id),
          devices[2]?.socket.request('chat.settings', { receipts: n % 2 === 0 }),
        ]),
      )
      const failed = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected')
      expect(failed).toEqual([])
      for (const where of [bob.id, to]) {
        const entry = await entryOf(ann, where)
        expect([entry.draft, entry.pin, entry.read >= 10]).toEqual([undefined, true, true])
      }
    })

    test('reading takes the mark off', async () => {
      const [ann, bob] = await pair()
      const { seq } = await say(bob, ann.id)
      await ask(ann, bob.id, 'read', { seq })
      await ask(ann, bob.id, 'personalize', { marked: true })
      await ask(ann, bob.id, 'read', { seq })
      expect(await entryOf(ann, bob.id)).not.toHaveProperty('marked')
    })

    test('are refused in a group that is not theirs as in one that is not there', async () => {
      const [ann, bob] = await pair()
      const to = await group(ann)
      for (const verb of ['personalize', 'clear'])
        for (const there of [to, 'G999']) expect(await refusal(bob, there, verb)).toBe('CHAT_NO_SUCH_CONVERSATION')
      for (const there of [to, 'G999']) {
        expect(await refusal(bob, there, 'draft', { text: 'x', time: soon() })).toBe('CHAT_NO_SUCH_CONVERSATION')
        expect(await refusal(bob, there, 'hide', { targets: [1] })).toBe('CHAT_NO_SUCH_CONVERSATION')
      }
    })
  })

  describe('the list', () => {
    test('has pinned ones first, archived ones apart, and pages through all of them', async () => {
      const ann = await person()
      const others = await Promise.all(Array.from({ length: 7 }, person))
      for (const other of others) await say(other, ann.id)
      const ids = others.map(({ id }) => id)
      for (const at of [1, 4]) await ask(ann, ids[at] as string, 'personalize', { pin: true })
      for (const at of [0, 5]) await ask(ann, ids[at] as string, 'personalize', { archive: true })
      const named = async (data: object) => (await list(ann, data)).map(({ to }) => ids.indexOf(to))
      expect(await named({})).toEqual([4, 1, 6, 3, 2])
      expect(await named({ folder: 'archive' })).toEqual([5, 0])
      expect(await named({ folder: 'all' })).toEqual([4, 1, 6, 5, 3, 2, 0])
      const pages: Loose[] = []
      for (let next: string | undefined; pages.length === 0 || next !== undefined; next = pages.at(-1)?.next)
        pages.push(await ann.socket.request('chat.list', { folder: 'all', limit: 2, ...(next !== undefined && { cursor: next }) }))
      expect(pages.map(({ conversations }) => conversations.map(({ to }: Loose) => ids.indexOf(to)))).toEqual([[4, 1], [6, 5], [3, 2], [0]])
      for (const bad of ['x', '1.2', "1.2.U'", '2.0.U1', ''])
        expect(await ann.socket.refusal('chat.list', { cursor: bad })).toBe('CORE_BAD_FIELD')
    })

    test('is cut where a frame would grow too large, and goes on from there', async () => {
      const ann = await person()
      for (let n = 0; n < 14; n++) await say(await person(), ann.id, 'x'.repeat(16_000))
      const first = await ann.socket.request('chat.list')
      const second = await ann.socket.request('chat.list', { cursor: first.next })
      expect([first.conversations.length, second.conversations.length, second.next]).toEqual([12, 2, undefined])
    })

    test('does not show what nobody has said anything in', async () => {
      const [ann, bob] = await pair()
      await ask(ann, bob.id, 'read', { seq: 3 })
      await ask(ann, bob.id, 'personalize', { pin: true })
      expect([await list(ann), await list(bob)]).toEqual([[], []])
    })
  })

  describe('a draft', () => {
    const began = Date.now() - 10_000
    const at = (ms: number): string => new Date(began + ms).toISOString()

    test('follows the person, and the newest one wins, whichever comes last', async () => {
      const [ann, bob] = await pair()
      const phone = await again(ann)
      const time = at(2)
      expect(await ask(ann, bob.id, 'draft', { text: 'Hello', time, reply: 1 })).toEqual({ draft: { text: 'Hello', time, reply: 1 } })
      expect(await phone.socket.next('chat.drafted')).toMatchObject({ to: bob.id, data: { draft: { text: 'Hello' } } })
      expect(await ask(phone, bob.id, 'draft', { text: 'Hel', time: at(1) })).toMatchObject({ draft: { text: 'Hello' } })
      expect(await list(phone)).toMatchObject([{ to: bob.id, draft: { text: 'Hello', time, reply: 1 } }])
      expect(await list(bob)).toEqual([])
    })

    test('ends with the message that is sent from it, and no older one comes back', async () => {
      const [ann, bob] = await pair()
      const phone = await again(ann)
      const time = at(5)
      await ask(ann, bob.id, 'draft', { text: 'Hello', time })
      await say(ann, bob.id, 'Hello', { draft: time })
      expect(await phone.socket.next('chat.drafted', ({ data }) => data.draft === null)).toMatchObject({ to: bob.id })
      for (const late of [time, at(4)]) expect(await ask(phone, bob.id, 'draft', { text: 'Hell', time: late })).toEqual({ draft: null })
      expect(await entryOf(ann, bob.id)).not.toHaveProperty('draft')
      expect(await ask(phone, bob.id, 'draft', { text: 'next', time: at(6) })).toMatchObject({ draft: { text: 'next' } })
      await say(ann, bob.id, 'sent late', { draft: time })
      expect(await entryOf(ann, bob.id)).toMatchObject({ draft: { text: 'next' } })
    })

    test('of a clock that runs ahead does not keep later ones out; one that is too long or not well-formed is no draft', async () => {
      const [ann, bob] = await pair()
      await ask(ann, bob.id, 'draft', { text: 'tomorrow', time: soon() })
      const later = await ask(ann, bob.id, 'draft', { text: 'today', time: soon() })
      expect(['tomorrow', 'today']).toContain(later.draft.text)
      expect(Date.parse(later.draft.time)).toBeLessThanOrEqual(Date.now())
      expect(await refusal(ann, bob.id, 'draft', { text: 'x'.repeat(4_097), time: at(9) })).toBe('CHAT_TEXT_TOO_LONG')
      expect(await refusal(ann, bob.id, 'draft', { text: 'x', time: 'now' })).toBe('CORE_BAD_FIELD')
      expect(await refusal(ann, 'U0', 'draft', { text: 'x' })).toBe('CORE_BAD_FIELD')
    })
  })

  describe('deleting for oneself', () => {
    test('a message is hidden from its person alone, in histories, in the list and where it counts', async () => {
      const [ann, bob] = await pair()
      for (const text of ['one', 'secret', 'three']) await say(bob, ann.id, text)
      await ask(bob, ann.id, 'edit', { target: 2, text: 'secret too', clientId: 'e' })
      await ask(ann, bob.id, 'pin', { target: 2, clientId: 'pin' })
      await ask(ann, bob.id, 'hide', { targets: [2, 3] })
      const { messages } = await ask(ann, bob.id, 'history', { after: 0 })
      expect(messages.map(({ seq }: Loose) => seq)).toEqual([1, 2, 3, 4, 5])
      expect(JSON.stringify(messages)).not.toContain('secret')
      expect(messages[1].data).toEqual({ id: expect.any(String), clientId: expect.any(String), text: '', hidden: true, prev: 1 })
      expect((await ask(ann, bob.id, 'pins')).messages).toEqual([])
      expect(await entryOf(ann, bob.id)).toMatchObject({ unread: 1, last: { seq: 1, data: { text: 'one' } } })
      expect(JSON.stringify(await ask(bob, ann.id, 'history', {}))).toContain('secret too')
      expect(await entryOf(bob, ann.id)).toMatchObject({ last: { seq: 3 } })
    })

    test('is told to the person’s other devices, those that were away too', async () => {
      const [ann, bob] = await pair()
      for (const text of ['one', 'two', 'three']) await say(bob, ann.id, text)
      const before = position(ann)
      const phone = await again(ann)
      await ask(ann, bob.id, 'hide', { targets: [3, 1, 3] })
      expect(await phone.socket.next('chat.hidden')).toMatchObject({ from: ann.id, to: bob.id, data: { targets: [1, 3] } })
      const entries = await since(ann, before)
      const hidden = entries.filter(({ kind }: Loose) => kind === 'chat-hidden').map(({ data }: Loose) => data)
      expect(hidden).toEqual([
        { to: bob.id, target: 1 },
        { to: bob.id, target: 3 },
      ])
    })

    test('needs a message that one may read', async () => {
      const [ann, bob] = await pair()
      await say(ann, bob.id)
      await ask(bob, ann.id, 'react', { target: 1, emoji: 'x', clientId: 'r' })
      for (const targets of [[2], [1, 9]]) expect(await refusal(ann, bob.id, 'hide', { targets })).toBe('CHAT_NO_SUCH_MESSAGE')
      for (const targets of [[], [0], [1.5], ['1'], Array.from({ length: 101 }, (_, n) => n + 1)])
        expect(await refusal(ann, bob.id, 'hide', { targets })).toBe('CORE_BAD_FIELD')
      expect((await ask(ann, bob.id, 'history')).messages[0].data.text).toBe('hi')
    })

    test('a conversation is gone from the list until something new comes', async () => {
      const [ann, bob] = await pair()
      for (const text of ['one', 'two']) await say(bob, ann.id, text)
      await ask(ann, bob.id, 'personalize', { pin: true, archive: true })
      const before = position(ann)
      const phone = await again(ann)
      expect(await ask(ann, bob.id, 'clear')).toEqual({ cleared: 2 })
      expect(await phone.socket.next('chat.cleared')).toMatchObject({ from: ann.id, to: bob.id, data: { cleared: 2 } })
      expect(await since(ann, before)).toMatchObject([{ kind: 'chat', data: null }])
      await ask(bob, ann.id, 'react', { target: 1, emoji: 'x', clientId: 'late' })
      expect(await list(ann, { folder: 'all' })).toEqual([])
      await say(bob, ann.id, 'three')
      expect(await list(ann)).toMatchObject([{ to: bob.id, unread: 1, cleared: 2, last: { seq: 4 } }])
      expect((await ask(ann, bob.id, 'history', { after: 0 })).messages.map(({ seq }: Loose) => seq)).toEqual([3, 4])
      expect((await ask(bob, ann.id, 'history', { after: 0 })).messages).toHaveLength(4)
      await ask(ann, bob.id, 'clear')
      expect(await ask(ann, bob.id, 'history', { after: 2 })).toMatchObject({ messages: [], head: 4, more: false })
    })

    test('takes what was shown when one decided, and a group one has left too', async () => {
      const [ann, bob] = await pair()
      const to = await group(ann, bob)
      for (const text of ['one', 'two']) await say(ann, to, text)
      expect(await ask(bob, to, 'clear', { seq: 2 })).toEqual({ cleared: 2 })
      expect(await entryOf(bob, to)).toMatchObject({ unread: 1, last: { data: { text: 'two' } } })
      await ask(bob, to, 'leave')
      await say(ann, to, 'three')
      const { cleared } = await ask(bob, to, 'clear', { seq: 99 })
      expect((await ask(bob, to, 'history', { after: 0 })).messages.filter(({ seq }: Loose) => seq <= cleared)).toEqual([])
      expect(cleared).toBeLessThan(5)
    })

    test('what was deleted is not there to be changed or answered', async () => {
      const [ann, bob] = await pair()
      await say(ann, bob.id)
      await ask(ann, bob.id, 'clear')
      expect(await refusal(ann, bob.id, 'edit', { target: 1, text: 'x', clientId: 'e' })).toBe('CHAT_NO_SUCH_MESSAGE')
      expect(await refusal(ann, bob.id, 'send', { text: 'x', reply: 1, clientId: 's' })).toBe('CHAT_NO_SUCH_MESSAGE')
    })
  })

  describe('read receipts', () => {
    const settings = ({ socket }: Person, data: object = {}) => socket.request('chat.settings', data)

    test('are on until somebody switches them off, which their other devices learn', async () => {
      const ann = await person()
      expect(await settings(ann)).toEqual({ receipts: true })
      const before = position(ann)
      const phone = await again(ann)
      expect(await settings(ann, { receipts: false })).toEqual({ receipts: false })
      expect(await phone.socket.next('chat.configured')).toMatchObject({ from: ann.id, data: { receipts: false } })
      expect(await since(ann, before)).toMatchObject([{ kind: 'chat-settings', key: 'mine', data: { receipts: false } }])
      expect(await settings(phone)).toEqual({ receipts: false })
    })

    test.each([['the reader'], ['the sender']])('of %s switched off: only what has arrived is told', async (who) => {
      const [ann, bob] = await pair()
      await say(ann, bob.id)
      await settings(who === 'the reader' ? bob : ann, { receipts: false })
      await ask(bob, ann.id, 'read', { seq: 1 })
      const told = await ann.socket.next('chat.receipt')
      expect(told.data).toEqual({ user: bob.id, delivered: 1 })
      expect((await entryOf(ann, bob.id)).reached).toEqual({ delivered: 1 })
      expect((await bob.socket.next('chat.receipt')).data).toEqual({ user: bob.id, read: 1, delivered: 1 })
      expect(await entryOf(bob, ann.id)).toMatchObject({ read: 1, unread: 0 })
      // Nothing arrives by a second reading, so that not even its time is told.
      await say(ann, bob.id)
      await ask(bob, ann.id, 'delivered', { seq: 2 })
      const before = position(ann)
      await ask(bob, ann.id, 'read', { seq: 2 })
      await ann.socket.settle()
      expect(ann.socket.frames.filter(({ type }) => type === 'chat.receipt').every(({ data }) => data.read === undefined)).toBe(true)
      expect(await since(ann, before)).toEqual([])
    })

    test('in a group are told to those who show theirs, and stand so among its members', async () => {
      const [ann, bob, cat] = await Promise.all([person(), person(), person()])
      const to = await group(ann, bob, cat)
      const { seq } = await say(ann, to)
      await settings(cat, { receipts: false })
      await ask(bob, to, 'read', { seq })
      expect((await ann.socket.next('chat.receipt')).data).toEqual({ user: bob.id, read: seq, delivered: seq })
      expect((await cat.socket.next('chat.receipt')).data).toEqual({ user: bob.id, delivered: seq })
      await ask(cat, to, 'read', { seq })
      expect((await ann.socket.next('chat.receipt', ({ from }) => from === cat.id)).data).toEqual({ user: cat.id, delivered: seq })
      const seen = async (who: Person) =>
        Object.fromEntries((await ask(who, to, 'members')).members.map(({ id, read }: Loose) => [id, read]))
      expect(await seen(ann)).toEqual({ [ann.id]: 0, [bob.id]: seq, [cat.id]: undefined })
      expect(await seen(cat)).toEqual({ [ann.id]: undefined, [bob.id]: undefined, [cat.id]: seq })
      await settings(cat, { receipts: true })
      expect(await seen(ann)).toEqual({ [ann.id]: 0, [bob.id]: seq, [cat.id]: seq })
    })
  })
})

// A thousand messages are many for the slower of the two databases, and the rule is in one query for both.
test('what is unread is counted among the last thousand entries, whoever wrote those', async () => {
  await using server = await startTestServer([chat])
  const [ann, bob] = await Promise.all([server.connect('U1'), server.connect('U2')])
  let sent = 0
  const say = (who: TestSocket, to: string) => who.request('chat.send', { text: 'x', clientId: `k${++sent}` }, { to })
  const first = async (who: TestSocket): Promise<Loose> => (await who.request('chat.list')).conversations[0]
  await say(bob, 'U1')
  // A connection may have 256 unanswered requests.
  for (let n = 0; n < 9; n++) await Promise.all(Array.from({ length: 111 }, () => say(ann, 'U2')))
  expect(await first(ann)).toMatchObject({ unread: 1, head: 1_000 })
  await say(ann, 'U2')
  expect(await first(ann)).toMatchObject({ unread: 0, head: 1_001 })
  expect(await first(bob)).toMatchObject({ unread: 100 })
}, 60_000)
