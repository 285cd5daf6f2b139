import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { type ContentChannel, coreErrors, definePlugin, Messaging, message, Relations } from '#core'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

interface Person {
  readonly id: string
  readonly socket: TestSocket
}

/** Places that people share, and calls that only the plugin notes. */
const kinds = definePlugin({
  id: 'kinds',
  uses: { messaging: Messaging },
  messages: {
    ring: message({ address: 'to', input: v.strictObject({ clientId: v.string() }), reply: v.object({ seq: v.number() }) }),
    hangUp: message({
      address: 'to',
      input: v.strictObject({ seq: v.number(), clientId: v.string() }),
      reply: v.object({ seq: v.optional(v.number()) }),
    }),
    define: message({ input: v.strictObject({ kind: v.string() }), reply: v.strictObject({}) }),
    people: message({ address: 'to', input: v.strictObject({}), reply: v.object({ people: v.array(v.string()) }) }),
  },
  setup: ({ use: { messaging }, store }) => {
    messaging.define({
      kind: 'place',
      data: v.strictObject({ lat: v.pipe(v.number(), v.minValue(-90), v.maxValue(90)), name: v.optional(v.string()) }),
      text: ({ lat, name }) => name ?? `Latitude ${lat}`,
      maxLength: 200,
      check: (_, { data, to, isForward }) => {
        if (data.lat === 66 || (isForward && to.endsWith('1'))) throw coreErrors.FORBIDDEN()
      },
    })
    const state = v.picklist(['ringing', 'over'])
    const call = messaging.define({ kind: 'call', by: 'plugin', data: v.strictObject({ state }), text: (data) => `Call ${data.state}` })
    const inUnit = <T>(act: () => Promise<T>): Promise<T> => store.write(act)
    return {
      handlers: {
        ring: ({ clientId }, { userId, to }) => inUnit(() => call.post({ user: userId, to, data: { state: 'ringing' }, clientId })),
        hangUp: async ({ seq, clientId }, { userId, to }) => {
          const done = await (call as ContentChannel).update({ user: userId, to, seq, data: { state: 'over' }, clientId })
          return done ? { seq: done.seq } : {}
        },
        define: ({ kind }) => {
          messaging.define({ kind, data: v.strictObject({}), text: () => 'x' })
          return {}
        },
        people: async (_, { userId, to }) => ({ people: [...(await messaging.people(userId, to))] }),
      },
    }
  },
})

/** Whom nobody reaches any more. */
const shut = new Set<string>()
const blocks = definePlugin({
  id: 'blocks',
  provides: { relations: Relations },
  setup: () => ({ services: { relations: { mayReach: (_, __, to) => !shut.has(to) } } }),
})

forEachDatabase('sending', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([blocks, chat, kinds], { ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 71_000
  const person = async (): Promise<Person> => {
    // None ends in 1: those take no forwards of places.
    people += 10
    const id = `U${people}`
    return { id, socket: await server.connect(id) }
  }
  const pair = (): Promise<[Person, Person]> => Promise.all([person(), person()])
  const trio = async () => {
    const [ann, bob, cat] = await Promise.all([person(), person(), person()])
    const users = [bob.id, cat.id]
    const to = (await ann.socket.request('chat.create', { name: 'Trio', users })).id as string
    return { ann, bob, cat, to }
  }
  let sent = 0
  const act = ({ socket }: Person, to: string, verb: string, data: object = {}) =>
    socket.request(`chat.${verb}`, { clientId: `s${++sent}`, ...data }, { to })
  const refusal = ({ socket }: Person, to: string, verb: string, data: object) =>
    socket.refusal(`chat.${verb}`, { clientId: `s${++sent}`, ...data }, { to })
  const log = async ({ socket }: Person, to: string): Promise<Loose[]> =>
    (await socket.request('chat.history', { after: 0 }, { to })).messages
  const entryOf = async ({ socket }: Person, to: string): Promise<Loose> =>
    (await socket.request('chat.list')).conversations.find((one: Loose) => one.to === to)
  const mentionsOf = async (who: Person, to: string): Promise<number> => {
    const { mentions } = await who.socket.request('chat.mentions', {}, { to })
    const counted = (await entryOf(who, to)).mentions
    expect(mentions).toHaveLength(counted)
    return counted
  }
  const at = ({ id }: Person) => ({ type: 'mention', offset: 0, length: 2, user: id })
  const all = { type: 'all', offset: 0, length: 2 }

  describe('a mention', () => {
    test('is counted for whom it names, also when they were away, until it is read', async () => {
      const { ann, bob, cat, to } = await trio()
      await bob.socket.close()
      await act(ann, to, 'send', { text: '@b hi' })
      const { seq } = await act(ann, to, 'send', { text: '@b hi', entities: [at(bob), at(ann)] })
      const back = { id: bob.id, socket: await server.connect(bob.id) }
      expect([await mentionsOf(back, to), await mentionsOf(cat, to), await mentionsOf(ann, to)]).toEqual([1, 0, 0])
      await back.socket.request('chat.read', { seq }, { to })
      expect(await mentionsOf(back, to)).toBe(0)
    })

    test('of everybody counts for all but its sender, and is the owner’s and admins’ alone', async () => {
      const { ann, bob, cat, to } = await trio()
      expect(await refusal(bob, to, 'send', { text: '@all', entities: [all] })).toBe('CHAT_NOT_ALLOWED')
      await ann.socket.request('chat.promote', { user: bob.id, role: 'admin' }, { to })
      await act(bob, to, 'send', { text: '@all', entities: [all, at(cat)] })
      expect([await mentionsOf(ann, to), await mentionsOf(bob, to), await mentionsOf(cat, to)]).toEqual([1, 0, 1])
      const [one, two] = await pair()
      expect(await refusal(one, two.id, 'send', { text: '@all', entities: [all] })).toBe('CHAT_NOT_ALLOWED')
      expect(await log(one, two.id)).toEqual([])
    })

    test('comes and goes with edits, and goes with a recall', async () => {
      const { ann, bob, cat, to } = await trio()
      const { seq: target } = await act(ann, to, 'send', { text: '@b hi', entities: [at(bob)] })
      await act(ann, to, 'edit', { target, text: '@c hi', entities: [at(cat)] })
      expect([await mentionsOf(bob, to), await mentionsOf(cat, to)]).toEqual([0, 1])
      await act(ann, to, 'edit', { target, text: '@@ hi', entities: [at(bob), at(cat)] })
      expect([await mentionsOf(bob, to), await mentionsOf(cat, to)]).toEqual([1, 1])
      await act(ann, to, 'recall', { target })
      expect([await mentionsOf(bob, to), await mentionsOf(cat, to)]).toEqual([0, 0])
    })

    test('of all that a member keeps in an edit stays theirs to keep, and is not theirs to add', async () => {
      const { ann, bob, to } = await trio()
      await ann.socket.request('chat.promote', { user: bob.id, role: 'admin' }, { to })
      const { seq: target } = await act(bob, to, 'send', { text: '@all', entities: [all] })
      const plain = await act(bob, to, 'send', { text: 'plain' })
      await ann.socket.request('chat.promote', { user: bob.id, role: 'member' }, { to })
      await act(bob, to, 'edit', { target, text: '@all!', entities: [all] })
      expect(await refusal(bob, to, 'edit', { target: plain.seq, text: '@all', entities: [all] })).toBe('CHAT_NOT_ALLOWED')
      expect(await mentionsOf(ann, to)).toBe(1)
    })

    test('of somebody who is not there is told nobody; one that names nobody, and one behind the text, are refused', async () => {
      const { ann, to } = await trio()
      const eve = await person()
      await act(ann, to, 'send', { text: '@e hi', entities: [at(eve)] })
      expect((await eve.socket.request('chat.list')).conversations).toEqual([])
      for (const entity of [
        { ...all, type: 'mention' },
        { ...all, offset: 1 },
        { ...all, length: 0 },
        { ...all, user: 'bob' },
      ])
        expect(await refusal(ann, to, 'send', { text: 'hi', entities: [entity] })).toBe('CORE_BAD_FIELD')
      const many = Array.from({ length: 51 }, () => at(eve))
      expect(await refusal(ann, to, 'send', { text: 'hi', entities: many })).toBe('CORE_BAD_FIELD')
    })

    test('that is deleted for oneself does not count', async () => {
      const { ann, bob, to } = await trio()
      const { seq } = await act(ann, to, 'send', { text: '@b hi', entities: [at(bob)] })
      await bob.socket.request('chat.hide', { targets: [seq] }, { to })
      expect(await mentionsOf(bob, to)).toBe(0)
    })
  })

  describe('a forward', () => {
    test('copies what was said, with who said it first', async () => {
      const [ann, bob] = await pair()
      const cat = await person()
      const bold = { type: 'bold', offset: 0, length: 2 }
      const first = await act(ann, bob.id, 'send', { text: 'hi', entities: [bold] })
      await act(bob, cat.id, 'forward', { from: ann.id, target: 1 })
      const forward = { from: ann.id, time: first.time }
      expect(await cat.socket.next('chat.posted')).toEqual({
        type: 'chat.posted',
        from: bob.id,
        to: cat.id,
        seq: 1,
        time: expect.any(String),
        data: { id: expect.any(String), clientId: expect.any(String), text: 'hi', entities: [bold], forward, prev: 0 },
      })
      await act(cat, ann.id, 'forward', { from: bob.id, target: 1 })
      expect((await log(ann, cat.id))[0].data).toMatchObject({ text: 'hi', forward })
      expect(JSON.stringify(await log(cat, bob.id))).not.toContain('origin')
    })

    test('sent again returns the first ack, whatever became of the message meanwhile', async () => {
      const [ann, bob] = await pair()
      await act(ann, bob.id, 'send', { text: 'hi' })
      await act(ann, bob.id, 'send', { text: 'other' })
      const forward = (target: number) => act(bob, bob.id, 'forward', { from: ann.id, target, clientId: 'same' })
      const first = await forward(1)
      await act(ann, bob.id, 'edit', { target: 1, text: 'ho' })
      expect(await forward(1)).toEqual({ ...first, dup: true })
      await act(ann, bob.id, 'recall', { target: 1 })
      expect(await forward(1)).toEqual({ ...first, dup: true })
      await expect(forward(2)).rejects.toMatchObject({ code: 'CHAT_IDEMPOTENCY_CONFLICT' })
      expect(await log(bob, bob.id)).toHaveLength(1)
    })

    test('takes only what its sender may read, and puts it only where they may write', async () => {
      const { ann, bob, cat, to } = await trio()
      const eve = await person()
      const { seq: target } = await act(ann, to, 'send', { text: 'secret' })
      const copy = { from: to, target }
      for (const from of [to, 'G999', ann.id]) expect(await refusal(eve, eve.id, 'forward', { from, target })).toBe('CHAT_NO_SUCH_MESSAGE')
      expect(await refusal(bob, 'G999', 'forward', copy)).toBe('CHAT_NO_SUCH_CONVERSATION')
      await bob.socket.request('chat.hide', { targets: [target] }, { to })
      await cat.socket.request('chat.clear', {}, { to })
      for (const who of [bob, cat]) expect(await refusal(who, who.id, 'forward', copy)).toBe('CHAT_NO_SUCH_MESSAGE')
      expect(await refusal(ann, ann.id, 'forward', { from: to, target: 1 })).toBe('CHAT_NO_SUCH_MESSAGE')
      expect(await refusal(ann, ann.id, 'forward', { from: 'everywhere', target })).toBe('CORE_BAD_FIELD')
      await act(ann, to, 'recall', { target })
      expect(await refusal(ann, ann.id, 'forward', copy)).toBe('CHAT_RECALLED')
    })

    test('mentions nobody, and its words are nobody’s to edit', async () => {
      const { ann, bob, cat, to } = await trio()
      await act(ann, to, 'send', { text: '@b hi', entities: [at(bob)] })
      await bob.socket.request('chat.read', { seq: 2 }, { to })
      const { seq } = await act(cat, to, 'forward', { from: to, target: 2 })
      expect(await mentionsOf(bob, to)).toBe(0)
      expect(await refusal(cat, to, 'edit', { target: seq, text: 'x' })).toBe('CHAT_NOT_YOURS')
      await act(cat, to, 'recall', { target: seq })
    })
  })

  describe('content', () => {
    const place = { kind: 'place', data: { lat: 52.5 } }

    test('of a kind that a plugin knows is carried, with a text that stands for it', async () => {
      const [ann, bob] = await pair()
      await act(ann, bob.id, 'send', { content: place })
      await act(ann, bob.id, 'send', { content: place, text: 'Here I am' })
      expect((await bob.socket.next('chat.posted')).data).toMatchObject({ text: 'Latitude 52.5', content: place })
      await act(ann, bob.id, 'edit', { target: 2, text: 'Here I was' })
      expect((await log(bob, ann.id))[1].data).toMatchObject({ text: 'Here I was', content: place })
      await act(bob, bob.id, 'forward', { from: ann.id, target: 1 })
      expect((await log(bob, bob.id))[0].data).toMatchObject({ content: place, forward: { from: ann.id } })
      await act(ann, bob.id, 'recall', { target: 1 })
      expect(JSON.stringify((await log(bob, ann.id))[0])).not.toContain('lat')
    })

    test('that no plugin knows, that is not as its kind demands, or too large, is refused', async () => {
      const [ann, bob] = await pair()
      const refused = (content: unknown) => refusal(ann, bob.id, 'send', { content })
      for (const kind of ['poll', '__proto__', 'call', '', 'Place']) expect(await refused({ kind, data: {} })).toBe('CHAT_UNKNOWN_CONTENT')
      expect(await refused({ kind: 'place', data: { lat: 1, name: 'x'.repeat(200) } })).toBe('CHAT_CONTENT_TOO_LARGE')
      for (const data of [
        {},
        { lat: 91 },
        { lat: '1' },
        { lat: 1, extra: 1 },
        [],
        'x',
        { lat: 1, name: 'a\0' },
        { lat: 1, name: '\ud800' },
      ])
        expect(await refused({ kind: 'place', data })).toBe('CORE_BAD_FIELD')
      expect(await refused({ kind: 'place', data: { lat: 1, name: ' ' } })).toBe('CHAT_TEXT_EMPTY')
      expect(await refused(undefined)).toBe('CHAT_TEXT_EMPTY')
      expect(await log(ann, bob.id)).toEqual([])
    })

    test('may be refused by its plugin inside the unit, and forwards too', async () => {
      const [ann, bob] = await pair()
      expect(await refusal(ann, bob.id, 'send', { content: { kind: 'place', data: { lat: 66 } } })).toBe('CORE_FORBIDDEN')
      await act(ann, bob.id, 'send', { content: place })
      expect(await refusal(ann, 'U71', 'forward', { from: bob.id, target: 1 })).toBe('CORE_FORBIDDEN')
      expect([await log(ann, 'U71'), (await log(ann, bob.id)).length]).toEqual([[], 1])
    })

    test('that a plugin makes itself is its own: posted in a user’s name, changed in place, never by a client', async () => {
      const [ann, bob] = await pair()
      const ring = () => ann.socket.request('kinds.ring', { clientId: 'call-1' }, { to: bob.id })
      const { seq } = await ring()
      expect((await ring()).seq).toBe(seq)
      expect(await bob.socket.next('chat.posted')).toMatchObject({
        from: ann.id,
        data: { content: { kind: 'call' }, text: 'Call ringing' },
      })
      expect(await refusal(ann, bob.id, 'edit', { target: seq, text: 'x' })).toBe('CHAT_NOT_YOURS')
      shut.add(bob.id)
      await ann.socket.request('kinds.hangUp', { seq, clientId: 'call-2' }, { to: bob.id })
      shut.delete(bob.id)
      const over = { content: { kind: 'call', data: { state: 'over' } }, text: 'Call over' }
      expect(await bob.socket.next('chat.edited')).toMatchObject({ from: ann.id, seq: 2, data: { target: 1, ...over } })
      expect((await log(bob, ann.id))[0].data).toMatchObject(over)
      await act(bob, bob.id, 'forward', { from: ann.id, target: 1 })
      expect((await log(bob, bob.id))[0].data).toMatchObject({ text: 'Call over', forward: { from: ann.id } })
      expect((await log(bob, bob.id))[0].data).not.toHaveProperty('content')
    })

    test('of a plugin is not put where its user may not write, and not changed where it is gone', async () => {
      const [ann, bob] = await pair()
      shut.add(bob.id)
      expect(await ann.socket.refusal('kinds.ring', { clientId: 'c' }, { to: bob.id })).toBe('CHAT_REFUSED')
      shut.delete(bob.id)
      const { seq } = await ann.socket.request('kinds.ring', { clientId: 'c' }, { to: bob.id })
      const hangUp = (who: Person, to: string, data: object) =>
        who.socket.request('kinds.hangUp', { clientId: `h${++sent}`, seq, ...data }, { to })
      expect(await hangUp(bob, ann.id, {})).toEqual({})
      expect(await hangUp(ann, bob.id, { seq: 9 })).toEqual({})
      expect(await hangUp(ann, 'G999', {})).toEqual({})
      await act(ann, bob.id, 'recall', { target: seq })
      expect(await hangUp(ann, bob.id, {})).toEqual({})
      expect(await log(ann, bob.id)).toHaveLength(2)
    })

    test('has kinds with names of their own, each once', async () => {
      const ann = await person()
      for (const kind of ['place', 'Poll', '', 'a b']) expect(await ann.socket.refusal('kinds.define', { kind })).toBe('CORE_INTERNAL')
    })

    test('may ask who is in a conversation, which tells nobody else', async () => {
      const { ann, bob, cat, to } = await trio()
      const eve = await person()
      const asked = async (who: Person, where: string) => (await who.socket.request('kinds.people', {}, { to: where })).people.toSorted()
      expect(await asked(bob, to)).toEqual([ann.id, bob.id, cat.id].toSorted())
      expect(await asked(bob, eve.id)).toEqual([bob.id, eve.id].toSorted())
      expect(await asked(bob, bob.id)).toEqual([bob.id])
      for (const where of [to, 'G999'])
        expect(await eve.socket.refusal('kinds.people', {}, { to: where })).toBe('CHAT_NO_SUCH_CONVERSATION')
    })
  })

  test('typing reaches nobody who is out of reach, nor by a conversation that only a draft has opened', async () => {
    const [ann, bob] = await pair()
    const type = () => ann.socket.request('chat.typing', {}, { to: bob.id })
    const heard = async (): Promise<number> => {
      await bob.socket.settle()
      return bob.socket.frames.filter(({ type: name }) => name === 'chat.typed').length
    }
    await ann.socket.request('chat.draft', { text: 'hm', time: new Date(0).toISOString() }, { to: bob.id })
    expect([await type(), await heard()]).toEqual([{}, 0])
    await act(ann, bob.id, 'send', { text: 'hi' })
    expect([await type(), await heard()]).toEqual([{}, 1])
    shut.add(bob.id)
    expect([await type(), await heard()]).toEqual([{}, 1])
    shut.delete(bob.id)
  })

  describe('a second try', () => {
    test('is never refused for what has changed since the first', async () => {
      const [ann, bob] = await pair()
      await act(ann, bob.id, 'send', { text: 'one' })
      const changes = [
        ['send', { text: 'hi', reply: 1 }],
        ['react', { target: 1, emoji: 'x' }],
        ['edit', { target: 1, text: 'two' }],
        ['recall', { target: 1 }],
      ] as const
      const acks: Loose[] = []
      for (const [n, [verb, data]] of changes.entries()) acks.push(await act(ann, bob.id, verb, { ...data, clientId: `again-${n}` }))
      shut.add(bob.id)
      for (const [n, [verb, data]] of changes.entries())
        expect(await act(ann, bob.id, verb, { ...data, clientId: `again-${n}` })).toEqual({ ...acks[n], dup: true })
      expect(await refusal(ann, bob.id, 'send', { text: 'new' })).toBe('CHAT_REFUSED')
      shut.delete(bob.id)
    })

    test('with something else in it is refused', async () => {
      const [ann, bob] = await pair()
      await act(ann, bob.id, 'send', { text: 'hi', clientId: 'k' })
      await act(ann, bob.id, 'react', { target: 1, emoji: 'x', clientId: 'r' })
      await act(bob, ann.id, 'react', { target: 1, emoji: 'y' })
      expect(await act(ann, bob.id, 'send', { text: 'hi', clientId: 'k' })).toMatchObject({ seq: 1, dup: true })
      const other = [
        ['send', { text: 'hi', clientId: 'k', entities: [{ type: 'bold', offset: 0, length: 1 }] }],
        ['send', { text: 'hi', clientId: 'k', reply: 1 }],
        ['send', { text: 'hi', clientId: 'k', content: { kind: 'place', data: { lat: 1 } } }],
        ['react', { target: 1, emoji: 'z', clientId: 'r' }],
        ['forward', { from: bob.id, target: 1, clientId: 'k' }],
      ] as const
      for (const [verb, data] of other) expect(await refusal(ann, bob.id, verb, data)).toBe('CHAT_IDEMPOTENCY_CONFLICT')
    })

    test('emoji and addresses that a database cannot keep, or that have the names of other things, harm nobody', async () => {
      const [ann, bob] = await pair()
      await act(ann, bob.id, 'send', { text: 'hi' })
      for (const emoji of ['', '\0', 'a\ud800', '\n'])
        expect(await refusal(ann, bob.id, 'react', { target: 1, emoji })).toBe('CORE_BAD_FIELD')
      for (const emoji of ['__proto__', 'constructor', 'toString']) await act(ann, bob.id, 'react', { target: 1, emoji })
      expect(Object.keys((await log(bob, ann.id))[0].data.reactions).toSorted()).toEqual(['__proto__', 'constructor', 'toString'])
      for (const url of ['https://a\0', 'https://\ud800', 'javascript:alert(1)', 'data:text/html,x'])
        expect(await refusal(ann, bob.id, 'send', { text: 'hi', entities: [{ type: 'link', offset: 0, length: 2, url }] })).toBe(
          'CORE_BAD_FIELD',
        )
    })
  })
})
