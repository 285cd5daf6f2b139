import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { definePlugin, Relations, Users } from '#core'
import { createClient } from '../../src/client/index.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { createNotedInbox } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

/** Everybody but U404 exists, and U777 takes messages from nobody. */
const people = definePlugin({
  id: 'people',
  provides: { users: Users, relations: Relations },
  setup: () => ({
    services: {
      users: {
        find: async (id) => ({ id, name: `Name of ${id}` }),
        names: async (ids) => new Map(ids.map((id) => [id, `Name of ${id}`])),
        exists: (id) => id !== 'U404',
      },
      relations: { mayReach: (_, __, to) => to !== 'U777' },
    },
  }),
})

interface Person {
  readonly id: string
  readonly socket: TestSocket
}

const minute = 60_000
const env = {
  PARLEY_CHAT_GROUP_LINKS: '3',
  PARLEY_CHAT_GROUP_APPLICATIONS: '3',
  PARLEY_CHAT_MAX_APPLICATIONS: '2',
  PARLEY_CHAT_GROUP_BANS: '3',
}

forEachDatabase('entrances', (newDatabase) => {
  let server: TestServer
  let laterMs = 0
  const noted = createNotedInbox()
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    let ids = 1_000
    const ambient = { now: () => Date.now() + laterMs, monotonic: () => performance.now(), id: (prefix: string) => `${prefix}${++ids}` }
    server = await startTestServer([people, noted.plugin, chat], { env, ambient, ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let count = 8000
  const person = async (): Promise<Person> => {
    const id = `U${++count}`
    return { id, socket: await server.connect(id) }
  }
  const ask = ({ socket }: Person, to: string, verb: string, data: object = {}) => socket.request(`chat.${verb}`, data, { to })
  const no = ({ socket }: Person, to: string, verb: string, data: object = {}) => socket.refusal(`chat.${verb}`, data, { to })
  /** A group of an owner, an admin and a member, and somebody who is not in it. */
  const scene = async (details: object = {}) => {
    const [ann, bob, cat, eve] = (await Promise.all([person(), person(), person(), person()])) as [Person, Person, Person, Person]
    const { id } = await ann.socket.request('chat.create', { name: 'Club', users: [bob.id, cat.id], ...details })
    await ask(ann, id, 'promote', { user: bob.id, role: 'admin' })
    return { ann, bob, cat, eve, to: id as string }
  }
  /** What a device that was away is told of things of this kind, by their keys. */
  const inboxOf = async (who: Person, kind: string): Promise<Loose> => {
    const keys = noted
      .touchesOf(who.id)
      .map((touch) => touch.split(' '))
      .filter(([, touched]) => touched === kind)
      .map(([, , key = '']) => key)
    const shown = await noted.describers.get(kind)?.(who.id, keys)
    return Object.fromEntries(keys.map((key) => [key, shown?.get(key) ?? null]))
  }
  const countOf = async (who: Person, to: string): Promise<number> => (await ask(who, to, 'info')).count

  describe('an application', () => {
    test('is told to the owner and admins, and to the applicant’s own devices, and to nobody else', async () => {
      const { ann, bob, cat, eve, to } = await scene({ joining: 'approval' })
      expect(await ask(eve, to, 'join', { note: 'It is me' })).toEqual({ state: 'pending' })
      for (const who of [ann, bob, eve]) {
        expect(await who.socket.next('chat.applied')).toMatchObject({
          from: eve.id,
          to,
          data: { user: { id: eve.id, name: `Name of ${eve.id}` }, note: 'It is me' },
        })
      }
      await cat.socket.settle()
      expect(cat.socket.frames.some(({ type }) => type === 'chat.applied')).toBe(false)
      const { applications } = await ask(bob, to, 'applications')
      expect(applications).toMatchObject([{ user: { id: eve.id, name: `Name of ${eve.id}` }, note: 'It is me' }])
      expect(await inboxOf(bob, 'chat-applications')).toEqual({ [to]: { count: 1 } })
      expect(await inboxOf(cat, 'chat-applications')).toEqual({})
      expect(await inboxOf(eve, 'chat-application')).toMatchObject({ [to]: { state: 'pending', note: 'It is me' } })
      expect(await no(cat, to, 'applications')).toBe('CHAT_NOT_ALLOWED')
      expect(await no(eve, to, 'history')).toBe('CHAT_NO_SUCH_CONVERSATION')
    })

    test('lets its maker in once it is admitted, and their devices that were away learn of it', async () => {
      const { ann, bob, eve, to } = await scene({ joining: 'approval' })
      await ask(eve, to, 'join')
      await eve.socket.close()
      expect(await ask(bob, to, 'admit', { users: [eve.id, 'U1'] })).toEqual({ admitted: [eve.id] })
      expect(await ann.socket.next('chat.decided')).toMatchObject({ from: bob.id, to, data: { user: eve.id, outcome: 'admitted' } })
      const tablet = { id: eve.id, socket: await server.connect(eve.id) }
      expect(await inboxOf(tablet, 'chat-application')).toEqual({ [to]: null })
      expect(await inboxOf(tablet, 'chat')).toMatchObject({ [to]: { group: { name: 'Club', count: 4 } } })
      expect(await inboxOf(ann, 'chat-applications')).toEqual({ [to]: null })
      expect(await ask(tablet, to, 'info')).toMatchObject({ role: 'member', count: 4 })
      expect(await ask(bob, to, 'admit', { users: [eve.id] })).toEqual({ admitted: [] })
    })

    test('that is rejected says so to the applicant, not by whom, and may be made again', async () => {
      const { bob, eve, to } = await scene({ joining: 'approval' })
      await ask(eve, to, 'join')
      expect(await ask(bob, to, 'reject', { users: [eve.id] })).toEqual({ rejected: [eve.id] })
      const told = await eve.socket.next('chat.decided')
      expect([told.from, told.to, told.data]).toEqual([undefined, to, { user: eve.id, outcome: 'rejected' }])
      expect(await inboxOf(eve, 'chat-application')).toMatchObject({ [to]: { state: 'rejected' } })
      expect(await ask(bob, to, 'applications')).toEqual({ applications: [] })
      expect(await ask(eve, to, 'join', { note: 'Please' })).toEqual({ state: 'pending' })
      expect((await ask(bob, to, 'applications')).applications).toHaveLength(1)
    })

    test('is taken back by its maker', async () => {
      const { bob, eve, to } = await scene({ joining: 'approval' })
      await ask(eve, to, 'join')
      expect(await ask(eve, to, 'withdraw')).toEqual({})
      expect(await bob.socket.next('chat.decided')).toMatchObject({ data: { user: eve.id, outcome: 'withdrawn' } })
      expect(await ask(bob, to, 'admit', { users: [eve.id] })).toEqual({ admitted: [] })
      expect([await ask(eve, to, 'withdraw'), await ask(eve, 'G1', 'withdraw')]).toEqual([{}, {}])
    })

    test('made once more is the same one, with the new note', async () => {
      const { bob, eve, to } = await scene({ joining: 'approval' })
      for (const note of ['one', 'one', 'two']) await ask(eve, to, 'join', { note })
      expect((await ask(bob, to, 'applications')).applications).toMatchObject([{ note: 'two' }])
      await bob.socket.settle()
      expect(bob.socket.frames.filter(({ type }) => type === 'chat.applied').map(({ data }) => data.note)).toEqual(['one', 'two'])
    })

    test('is one of so many of a person, and of so many to a group', async () => {
      const groups = await Promise.all([1, 2, 3].map(() => scene({ joining: 'approval' })))
      const eve = await person()
      const [first = '', second = '', third = ''] = groups.map(({ to }) => to)
      await ask(eve, first, 'join')
      await ask(eve, second, 'join')
      expect(await no(eve, third, 'join')).toBe('CHAT_TOO_MANY_APPLICATIONS')
      await ask(eve, second, 'withdraw')
      expect(await ask(eve, third, 'join')).toEqual({ state: 'pending' })
      for (const other of await Promise.all([person(), person()])) await ask(other, third, 'join')
      expect(await no(await person(), third, 'join')).toBe('CHAT_TOO_MANY_APPLICATIONS')
    })

    test('is settled by every other way in, and rejected with the end of the group', async () => {
      const { ann, bob, eve, to } = await scene({ joining: 'approval' })
      const dan = await person()
      await ask(eve, to, 'join')
      await ask(dan, to, 'join')
      await ask(bob, to, 'invite', { users: [eve.id] })
      expect((await ask(bob, to, 'applications')).applications).toMatchObject([{ user: { id: dan.id } }])
      await ask(ann, to, 'dismiss')
      expect(await dan.socket.next('chat.decided')).toMatchObject({ data: { outcome: 'rejected' } })
      expect(await no(dan, to, 'join')).toBe('CHAT_NO_SUCH_CONVERSATION')
    })

    test('concerns whoever governs the group now', async () => {
      const { ann, bob, cat, eve, to } = await scene({ joining: 'approval' })
      await ask(eve, to, 'join')
      await ask(ann, to, 'promote', { user: cat.id, role: 'admin' })
      await ask(ann, to, 'promote', { user: bob.id, role: 'member' })
      expect(await inboxOf(cat, 'chat-applications')).toEqual({ [to]: { count: 1 } })
      expect(await inboxOf(bob, 'chat-applications')).toEqual({ [to]: null })
      expect(await no(bob, to, 'admit', { users: [eve.id] })).toBe('CHAT_NOT_ALLOWED')
    })
  })

  describe('a link', () => {
    test('shows the group before one enters, and lets one in', async () => {
      const { ann, bob, eve, to } = await scene()
      const link = await ask(bob, to, 'link')
      expect(link).toEqual({ code: expect.stringMatching(/^[\w-]{22}$/), maker: bob.id, time: expect.any(String), used: 0 })
      const glance = { id: to, name: 'Club', avatar: '', count: 3, kind: 'group', joining: 'invite' }
      expect(await eve.socket.request('chat.peek', { code: link.code })).toEqual(glance)
      expect(await eve.socket.request('chat.enter', { code: link.code })).toMatchObject({ state: 'joined', group: { id: to, count: 4 } })
      expect(await ann.socket.next('chat.grouped', ({ data }) => data.change.joined)).toMatchObject({ from: eve.id, to })
      expect((await ask(ann, to, 'links')).links).toMatchObject([{ code: link.code, used: 1 }])
    })

    test('of so many uses lets in so many, however many try at once', async () => {
      const { ann, to } = await scene()
      const { code } = await ask(ann, to, 'link', { uses: 5 })
      const crowd = await Promise.all(Array.from({ length: 20 }, () => person()))
      const tries = await Promise.all(
        crowd.map(({ socket }) =>
          socket.request('chat.enter', { code }).then(
            () => 'in',
            (refusal) => refusal.code,
          ),
        ),
      )
      expect(tries.filter((outcome) => outcome === 'in')).toHaveLength(5)
      expect(new Set(tries)).toEqual(new Set(['in', 'CHAT_BAD_LINK']))
      expect(await countOf(ann, to)).toBe(8)
    })

    test('is not used up by who is in, and lets them know that they are', async () => {
      const { ann, cat, eve, to } = await scene()
      const { code } = await ask(ann, to, 'link', { uses: 1 })
      await cat.socket.request('chat.enter', { code })
      for (const _ of [1, 2]) expect(await eve.socket.request('chat.enter', { code })).toMatchObject({ group: { count: 4 } })
    })

    test('answers alike whether it never was, has expired, is used up, was revoked, or is closed to this person', async () => {
      const { ann, eve, to } = await scene()
      const dan = await person()
      const make = async (bounds: object = {}) => (await ask(ann, to, 'link', bounds)).code as string
      const spent = await make({ uses: 1 })
      await dan.socket.request('chat.enter', { code: spent })
      const expired = await make({ expiresIn: 60 })
      laterMs += 2 * minute
      const revoked = await make()
      expect(await ask(ann, to, 'revoke', { code: revoked })).toEqual({ revoked: true })
      expect(await ask(ann, to, 'revoke', { code: revoked })).toEqual({ revoked: false })
      const closed = await make()
      await ask(ann, to, 'ban', { users: [eve.id] })
      for (const code of ['x', spent, expired, revoked, closed]) {
        for (const verb of ['enter', 'peek']) {
          const refusal = await eve.socket.request(`chat.${verb}`, { code }).catch(({ error }) => error)
          expect(refusal).toMatchObject({
            code: 'CHAT_BAD_LINK',
            kind: 'not_found',
            message: 'This link does not lead into a group, or no longer.',
          })
        }
      }
      expect(await countOf(ann, to)).toBe(4)
    })

    test('is its maker’s: worth what their word is worth, and gone with them', async () => {
      const { ann, bob, cat, eve, to } = await scene()
      const [ofBob, ofCat] = [await ask(bob, to, 'link'), await ask(cat, to, 'link')]
      expect((await ask(cat, to, 'links')).links).toEqual([ofCat])
      expect(await ask(cat, to, 'revoke', { code: ofBob.code })).toEqual({ revoked: false })
      await ask(ann, to, 'change', { inviting: 'admins' })
      const peek = (code: string) =>
        eve.socket.request('chat.peek', { code }).then(
          () => 'leads in',
          (refusal) => refusal.code,
        )
      expect([await peek(ofBob.code), await peek(ofCat.code)]).toEqual(['leads in', 'CHAT_BAD_LINK'])
      expect(await no(cat, to, 'link')).toBe('CHAT_NOT_ALLOWED')
      await ask(ann, to, 'kick', { users: [bob.id] })
      expect(await peek(ofBob.code)).toBe('CHAT_BAD_LINK')
      expect(await bob.socket.refusal('chat.enter', { code: ofBob.code })).toBe('CHAT_BAD_LINK')
      expect((await ask(ann, to, 'links')).links).toEqual([ofCat])
    })

    test('is one of so many that work; those that do not make room', async () => {
      const { ann, to } = await scene()
      for (const expiresIn of [60, 3_600, 3_600]) await ask(ann, to, 'link', { expiresIn })
      expect(await no(ann, to, 'link')).toBe('CHAT_TOO_MANY_LINKS')
      laterMs += 2 * minute
      await ask(ann, to, 'link')
      expect((await ask(ann, to, 'links')).links).toHaveLength(3)
    })

    test('does not make a full group larger', async () => {
      await using small = await startTestServer([chat], { env: { PARLEY_CHAT_GROUP_SIZE: '2' } })
      const [ann, bob, cat] = await Promise.all([small.connect('U1'), small.connect('U2'), small.connect('U3')])
      const { id: to } = await ann.request('chat.create', { name: 'Two', users: [] })
      const { code } = await ann.request('chat.link', { uses: 2 }, { to })
      await bob.request('chat.enter', { code })
      expect(await cat.refusal('chat.enter', { code })).toBe('CHAT_GROUP_FULL')
      expect(await ann.request('chat.links', {}, { to })).toMatchObject({ links: [{ used: 1 }] })
    })
  })

  describe('a ban', () => {
    test('puts one out, and closes every way in, as if the group were not there', async () => {
      const { ann, bob, cat, eve, to } = await scene({ joining: 'open' })
      expect(await ask(bob, to, 'ban', { users: [cat.id, eve.id, ann.id, bob.id] })).toEqual({ banned: [cat.id, eve.id] })
      expect(await cat.socket.next('chat.grouped', ({ data }) => data.change.removed)).toMatchObject({
        data: { change: { removed: [cat.id] } },
      })
      const { code } = await ask(ann, to, 'link')
      for (const joining of ['open', 'approval']) {
        if (joining === 'approval') await ask(ann, to, 'change', { joining })
        for (const out of [cat, eve]) {
          const absent = await out.socket.request('chat.join', {}, { to: 'G1' }).catch(({ error }) => error)
          expect(await out.socket.request('chat.join', {}, { to }).catch(({ error }) => error)).toEqual(absent)
          expect(await out.socket.refusal('chat.peek', { group: to })).toBe('CHAT_NO_SUCH_CONVERSATION')
          expect(await out.socket.refusal('chat.enter', { code })).toBe('CHAT_BAD_LINK')
          expect(await ask(ann, to, 'invite', { users: [out.id] })).toEqual({ added: [], refused: [out.id] })
          expect(await ask(ann, to, 'admit', { users: [out.id] })).toEqual({ admitted: [] })
        }
      }
      expect(await countOf(ann, to)).toBe(2)
    })

    test('is listed for the owner and admins, and ends', async () => {
      const { ann, bob, cat, eve, to } = await scene({ joining: 'open' })
      await ask(ann, to, 'ban', { users: [eve.id] })
      expect(await ask(ann, to, 'ban', { users: [eve.id] })).toEqual({ banned: [] })
      const { bans, more } = await ask(bob, to, 'bans')
      expect([bans, more]).toMatchObject([[{ user: { id: eve.id, name: `Name of ${eve.id}` }, by: ann.id }], false])
      for (const verb of ['bans', 'ban', 'unban']) {
        expect(await no(cat, to, verb, verb === 'bans' ? {} : { users: [eve.id] })).toBe('CHAT_NOT_ALLOWED')
      }
      expect(await ask(bob, to, 'unban', { users: [eve.id, cat.id] })).toEqual({ unbanned: [eve.id] })
      expect(await ask(eve, to, 'join')).toMatchObject({ state: 'joined' })
    })

    test('ends an application, and there are only so many', async () => {
      const { ann, eve, to } = await scene({ joining: 'approval' })
      await ask(eve, to, 'join')
      await ask(ann, to, 'ban', { users: [eve.id] })
      expect(await eve.socket.next('chat.decided')).toMatchObject({ data: { outcome: 'rejected' } })
      expect(await ask(ann, to, 'applications')).toEqual({ applications: [] })
      expect(await no(ann, to, 'ban', { users: ['U1', 'U2', 'U3'] })).toBe('CHAT_TOO_MANY_BANS')
      expect(await no(ann, to, 'ban', { users: ['U404'] })).toBe('CHAT_NO_SUCH_USER')
      expect((await ask(ann, to, 'bans')).bans).toHaveLength(1)
    })
  })

  test('a device that was away when it was put out learns of it when it comes back', async () => {
    const { ann, eve, cat, to } = await scene()
    await ask(ann, to, 'invite', { users: [eve.id] })
    const client = createClient({ url: server.url, token: async () => `test.${eve.id}` })
    const heard: unknown[] = []
    const { promise: isOut, resolve } = Promise.withResolvers<void>()
    client.chat.onEntry(({ to: group, data }) => {
      heard.push([group, data.change])
      if (data.change?.removed) resolve()
    })
    const conversation = client.chat.conversation(to)
    client.start()
    const { promise: isLoaded, resolve: loaded } = Promise.withResolvers<void>()
    conversation.onChange(({ isLoaded: done }) => done && loaded())
    await isLoaded
    client.stop()
    await ask(ann, to, 'kick', { users: [eve.id] })
    await ask(cat, to, 'send', { text: 'among us', clientId: 'c' })
    client.start()
    await isOut
    expect(heard.at(-1)).toEqual([to, { removed: [eve.id] }])
    expect(conversation.entries.at(-1)?.data.change).toEqual({ removed: [eve.id] })
    client.stop()
  })

  describe('who is brought in', () => {
    test('is somebody who exists and takes messages from who brings them', async () => {
      const { ann, eve, to } = await scene()
      expect(await ask(ann, to, 'invite', { users: ['U777', eve.id] })).toEqual({ added: [eve.id], refused: ['U777'] })
      expect(await no(ann, to, 'invite', { users: ['U404'] })).toBe('CHAT_NO_SUCH_USER')
      expect(await ann.socket.request('chat.create', { name: 'New', users: ['U777', eve.id] })).toMatchObject({
        count: 2,
        refused: ['U777'],
      })
      expect(await ann.socket.refusal('chat.create', { name: 'New', users: ['U404'] })).toBe('CHAT_NO_SUCH_USER')
    })

    test('learns of it on a device that was away', async () => {
      const { ann, eve, to } = await scene()
      await eve.socket.close()
      await ask(ann, to, 'invite', { users: [eve.id] })
      const tablet = { id: eve.id, socket: await server.connect(eve.id) }
      expect(await inboxOf(tablet, 'chat')).toMatchObject({ [to]: { to, group: { name: 'Club' } } })
      await ask(ann, to, 'kick', { users: [eve.id] })
      expect(await inboxOf(tablet, 'chat')).toEqual({ [to]: null })
    })

    test('is brought in by members, unless the group leaves it to its owner and admins, or decides on applications', async () => {
      const { ann, bob, cat, eve, to } = await scene()
      const dan = await person()
      await ask(cat, to, 'invite', { users: [eve.id] })
      for (const rules of [{ inviting: 'admins' }, { inviting: 'members', joining: 'approval' }]) {
        await ask(ann, to, 'change', rules)
        expect(await no(cat, to, 'invite', { users: [dan.id] })).toBe('CHAT_NOT_ALLOWED')
      }
      expect(await ask(bob, to, 'invite', { users: [dan.id] })).toMatchObject({ added: [dan.id] })
    })
  })

  test('a look at a group that one may ask into tells what it is, and of others nothing', async () => {
    const { ann, cat, eve, to } = await scene({ joining: 'approval', avatar: 'c' })
    const glance = { id: to, name: 'Club', avatar: 'c', count: 3, kind: 'group', joining: 'approval' }
    expect(await eve.socket.request('chat.peek', { group: to })).toEqual(glance)
    await ask(ann, to, 'change', { joining: 'invite' })
    for (const group of [to, 'G1']) expect(await eve.socket.refusal('chat.peek', { group })).toBe('CHAT_NO_SUCH_CONVERSATION')
    expect(await cat.socket.request('chat.peek', { group: to })).toMatchObject({ joining: 'invite' })
    for (const data of [{}, { code: 'x', group: to }, { code: 'a b' }, { group: 'U1' }]) {
      expect(await eve.socket.refusal('chat.peek', data)).toBe('CORE_BAD_FIELD')
    }
  })
})
