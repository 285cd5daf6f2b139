import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Acquaintance, acquaintances } from '../../test/support/acquaintances.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { directory } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose } from '../../test/support/socket.ts'
import { contacts } from './index.ts'

const suite = (newDatabase: NewDatabase): void => {
  let server: TestServer
  beforeAll(async () => {
    const env = { PARLEY_CONTACTS_MAX_CONTACTS: '4', PARLEY_CONTACTS_MAX_REQUESTS: '3', PARLEY_CONTACTS_MAX_BLOCKED: '3' }
    server = await startTestServer([contacts, directory], { env, databaseUrl: await newDatabase() })
  })
  afterAll(() => server.stop())

  const { person, people, friends } = acquaintances(() => server)

  describe('a request', () => {
    test('is shown to every device of both, with its note, and once accepted both are contacts', async () => {
      const [ann, bob] = await people()
      const second = await server.connect(ann.id)
      const asked = await ann.ask('request', bob, { note: ' We met in\nBern ' })
      expect(asked).toEqual({
        user: { id: bob.id, name: bob.name },
        state: 'outgoing',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
        note: 'We met in\nBern',
      })
      const toAnn = await second.next('contacts.requested')
      expect(toAnn).toMatchObject({ from: ann.id, to: bob.id, data: { contact: asked } })
      const toBob = await bob.device.next('contacts.requested')
      expect(toBob).toMatchObject({ from: ann.id, to: bob.id })
      expect(toBob.data.contact).toEqual({ ...asked, user: { id: ann.id, name: ann.name }, state: 'incoming' })
      const accepted = await bob.ask('accept', ann)
      expect(accepted).toEqual({ user: { id: ann.id, name: ann.name }, state: 'contact', time: expect.any(String) })
      expect((await second.next('contacts.accepted')).data.contact).toEqual({ ...accepted, user: { id: bob.id, name: bob.name } })
      expect((await ann.get('list')).contacts).toMatchObject([{ user: { id: bob.id }, state: 'contact' }])
      expect((await bob.get('list')).contacts).toEqual([accepted])
      for (const direction of ['incoming', 'outgoing'])
        for (const { get } of [ann, bob]) expect((await get('requests', { direction })).requests).toEqual([])
    })

    test('that is made again is the same one, with a new note and time', async () => {
      const [ann, bob] = await people()
      await ann.ask('request', bob, { note: 'one' })
      const again = await ann.ask('request', bob, { note: 'two' })
      expect(again.note).toBe('two')
      const { requests } = await bob.get('requests')
      expect(requests).toEqual([{ ...again, user: { id: ann.id, name: ann.name }, state: 'incoming' }])
      expect(await bob.told()).toEqual(['requested incoming', 'requested incoming'])
    })

    test('of two who ask each other makes them contacts at once', async () => {
      const [ann, bob] = await people()
      await ann.ask('request', bob)
      expect(await bob.ask('request', ann)).toMatchObject({ state: 'contact' })
      expect(await ann.told()).toEqual(['requested outgoing', 'accepted contact'])
      expect(await ann.refusal('request', bob)).toBe('CONTACTS_ALREADY')
    })

    test('can be refused, which both are told, and made again', async () => {
      const [ann, bob] = await people()
      await ann.ask('request', bob)
      expect(await bob.ask('refuse', ann)).toEqual({ user: { id: ann.id, name: ann.name }, state: 'none' })
      expect(await ann.told()).toEqual(['requested outgoing', 'refused none'])
      expect(await bob.told()).toEqual(['requested incoming', 'refused none'])
      expect(await bob.refusal('refuse', ann)).toBe('CONTACTS_NO_REQUEST')
      expect(await bob.refusal('accept', ann)).toBe('CONTACTS_NO_REQUEST')
      expect(await ann.ask('request', bob)).toMatchObject({ state: 'outgoing' })
    })

    test('can be taken back, and to take back nothing is no error', async () => {
      const [ann, bob] = await people()
      await ann.ask('request', bob)
      expect(await ann.ask('remove', bob)).toMatchObject({ state: 'none' })
      expect(await ann.ask('remove', bob)).toMatchObject({ state: 'none' })
      expect(await bob.refusal('accept', ann)).toBe('CONTACTS_NO_REQUEST')
      expect(await bob.told()).toEqual(['requested incoming', 'removed none'])
    })

    test('is answered by nobody but whom it was made to', async () => {
      const [ann, bob] = await people()
      const eve = await person()
      await ann.ask('request', bob)
      expect(await ann.refusal('accept', bob)).toBe('CONTACTS_NO_REQUEST')
      expect(await eve.refusal('accept', ann)).toBe('CONTACTS_NO_REQUEST')
      expect(await bob.ask('remove', ann)).toMatchObject({ state: 'incoming' })
      expect(await bob.ask('accept', ann)).toMatchObject({ state: 'contact' })
      // A second try after a lost answer.
      expect(await bob.ask('accept', ann)).toMatchObject({ state: 'contact' })
      expect(await eve.told()).toEqual([])
    })

    test('to oneself, to a group and to nobody is refused with its place', async () => {
      const ann = await person()
      const verbs = ['request', 'accept', 'refuse', 'remove', 'block', 'unblock', 'info'].map((verb) => [verb, {}] as const)
      for (const [verb, data] of [...verbs, ['remark', { remark: 'x' }] as const]) {
        const codes = [ann.id, 'G1000', 'U7'].map((to) => ann.refusal(verb, to, data))
        expect(await Promise.all(codes)).toEqual(['CONTACTS_SELF', 'CONTACTS_NO_SUCH_USER', 'CONTACTS_NO_SUCH_USER'])
      }
      const { error } = await ann.ask('request', 'U7').catch((refusal: Loose) => refusal)
      expect(error.path).toBe('/to')
    })
  })

  describe('contacts', () => {
    test('are ended by either, for both, with what they called each other', async () => {
      const [ann, bob] = await friends()
      await ann.ask('remark', bob, { remark: 'Bobby' })
      expect(await bob.ask('remove', ann)).toMatchObject({ state: 'none' })
      expect(await ann.told()).toEqual(['requested outgoing', 'accepted contact', 'changed contact', 'removed none'])
      expect(await ann.ask('info', bob)).toEqual({ user: { id: bob.id, name: bob.name }, state: 'none' })
      expect((await ann.get('list')).contacts).toEqual([])
    })

    test('may be called something else, of which only oneself hears', async () => {
      const [ann, bob] = await friends()
      const second = await server.connect(ann.id)
      expect(await ann.ask('remark', bob, { remark: ' 老王 👋 ' })).toMatchObject({ remark: '老王 👋', state: 'contact' })
      expect((await second.next('contacts.changed')).data.contact.remark).toBe('老王 👋')
      expect(await bob.told()).toEqual(['requested incoming', 'accepted contact'])
      expect((await ann.get('list')).contacts[0].remark).toBe('老王 👋')
      expect(await ann.ask('remark', bob, { remark: '' })).not.toHaveProperty('remark')
      const eve = await person()
      expect(await ann.refusal('remark', eve, { remark: 'x' })).toBe('CONTACTS_NOT_CONTACT')
    })

    test('are listed in pages, by id', async () => {
      const ann = await person()
      const others = [await person(), await person(), await person()]
      for (const other of others) {
        await other.ask('request', ann)
        await ann.ask('accept', other)
      }
      const first = await ann.get('list', { limit: 2 })
      const second = await ann.get('list', { limit: 2, after: first.contacts[1].user.id })
      expect([...first.contacts, ...second.contacts].map(({ user }: Loose) => user.id)).toEqual(others.map(({ id }) => id))
      expect([first.more, second.more]).toEqual([true, false])
    })

    test('and requests and blocks have a limit', async () => {
      const ann = await person()
      const others = await Promise.all(Array.from({ length: 5 }, person))
      for (const other of others.slice(0, 3)) await ann.ask('request', other)
      expect(await ann.refusal('request', others[3] as Acquaintance)).toBe('CONTACTS_TOO_MANY_REQUESTS')
      // One that is there may be made again.
      await ann.ask('request', others[0] as Acquaintance)
      for (const other of others.slice(0, 3)) await other.ask('accept', ann)
      for (const other of others.slice(3)) await ann.ask('request', other)
      await others[3]?.ask('accept', ann)
      expect(await others[4]?.refusal('accept', ann)).toBe('CONTACTS_FULL')
      for (const other of others.slice(0, 3)) await ann.ask('block', other)
      expect(await ann.refusal('block', others[4] as Acquaintance)).toBe('CONTACTS_TOO_MANY_BLOCKED')
      expect(await ann.ask('block', others[0] as Acquaintance)).toMatchObject({ blocked: true })
    })
  })

  describe('pending requests', () => {
    test('are listed newest first, in pages, in both directions', async () => {
      const ann = await person()
      const others = [await person(), await person(), await person()]
      for (const other of others) await other.ask('request', ann)
      const pages: Loose[] = []
      let before: Loose
      do {
        const page = await ann.get('requests', { limit: 1, ...(before && { before }) })
        pages.push(page.requests[0])
        before = page.more ? { time: page.requests[0].time, user: page.requests[0].user.id } : undefined
      } while (before)
      expect(pages.map(({ user }) => user.id).sort()).toEqual(others.map(({ id }) => id))
      expect(pages.map(({ time }) => time)).toEqual(
        pages
          .map(({ time }) => time)
          .toSorted()
          .reverse(),
      )
      expect((await ann.get('requests', { direction: 'outgoing' })).requests).toEqual([])
      const [first] = others as [Acquaintance]
      expect((await first.get('requests', { direction: 'outgoing' })).requests).toMatchObject([{ user: { id: ann.id }, state: 'outgoing' }])
    })
  })

  test('a wrong question is refused with its place', async () => {
    const ann = await person()
    const bob = await person()
    const long = 'x'.repeat(101)
    const wrong: readonly (readonly [string, Loose, string])[] = [
      ['request', { note: long }, '/data/note'],
      ['request', { note: 'a\u202eb' }, '/data/note'],
      ['request', { note: 'a\0b' }, '/data/note'],
      ['request', { note: `a${'\u0301'.repeat(9)}` }, '/data/note'],
      ['request', { note: 7 }, '/data/note'],
      ['request', { note: 'x', from: 'U1' }, '/data/from'],
      ['remark', {}, '/data/remark'],
      ['remark', { remark: 'a\nb' }, '/data/remark'],
      ['remark', { remark: '\u200b' }, '/data/remark'],
      ['remark', { remark: '\ud800' }, '/data/remark'],
      ['remark', { remark: long }, '/data/remark'],
      ['accept', { by: ann.id }, '/data/by'],
      ['list', { limit: 0 }, '/data/limit'],
      ['list', { limit: 201 }, '/data/limit'],
      ['list', { after: 'G1' }, '/data/after'],
      ['blocked', { after: ['U1'] }, '/data/after'],
      ['requests', { direction: 'sideways' }, '/data/direction'],
      ['requests', { before: { time: 'yesterday', user: 'U1' } }, '/data/before/time'],
      ['requests', { before: { time: '0000-01-01T00:00:00.000Z', user: 'U1' } }, '/data/before/time'],
      ['requests', { before: { time: '9999-12-31T23:59:59.000-01:00', user: 'U1' } }, '/data/before/time'],
      ['requests', { before: { time: '2026-01-01T00:00:00.000Z' } }, '/data/before/user'],
      ['settings', { whoMayWrite: 'friends' }, '/data/whoMayWrite'],
      ['settings', { whoMayWrite: 'nobody', user: bob.id }, '/data/user'],
    ]
    const unaddressed = ['list', 'blocked', 'requests', 'settings']
    for (const [verb, data, path] of wrong) {
      const address = unaddressed.includes(verb) ? {} : { to: bob.id }
      const { error } = await ann.device.request(`contacts.${verb}`, data, address).catch((refusal: Loose) => refusal)
      expect([verb, data, error.code, error.path]).toEqual([verb, data, 'CORE_BAD_FIELD', path])
    }
    expect(await ann.device.refusal('contacts.request', {})).toBe('CORE_BAD_FIELD')
    expect(await ann.told()).toEqual([])
  })

  test('what one person asks for at once is done in that order', async () => {
    const [ann, bob] = await people()
    const verbs = ['request', 'remove', 'request', 'block', 'unblock', 'block', 'unblock', 'request', 'remove', 'request']
    await Promise.all(verbs.map((verb) => ann.ask(verb, bob)))
    expect(await bob.told()).toEqual([
      'requested incoming',
      'removed none',
      'requested incoming',
      'removed none',
      'requested incoming',
      'removed none',
      'requested incoming',
    ])
    expect(await bob.ask('info', ann)).toMatchObject({ state: 'incoming' })
  })
}

forEachDatabase('contacts', suite)

test('without a directory every user can be met, and nobody has a name; without an inbox all else is the same', async () => {
  await using alone = await startTestServer([contacts])
  const [ann, bob] = [await alone.connect('U1'), await alone.connect('U2')]
  expect((await ann.request('contacts.request', {}, { to: 'U2' })).contact).toEqual({
    user: { id: 'U2' },
    state: 'outgoing',
    time: expect.any(String),
  })
  expect((await bob.request('contacts.accept', {}, { to: 'U1' })).contact).toMatchObject({ user: { id: 'U1' }, state: 'contact' })
  expect(await ann.request('contacts.settings', { whoMayWrite: 'contacts' })).toEqual({ whoMayWrite: 'contacts' })
})
