import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { definePlugin, Relations } from '#core'
import { acquaintances, told } from '../../test/support/acquaintances.ts'
import { forEachDatabase, type NewDatabase } from '../../test/support/databases.ts'
import { createNotedInbox, directory, prober, purposes } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { contacts } from './index.ts'

/** Hears of blocks, as plugins do whose things end with one. */
const createListener = () => {
  const heard: string[] = []
  const plugin = definePlugin({
    id: 'listener',
    uses: { relations: Relations },
    setup: ({ use }) => {
      use.relations.onBlock?.((by, other) => void heard.push(`${by} ${other}`))
      return {}
    },
  })
  return { plugin, heard }
}

const suite = (newDatabase: NewDatabase): void => {
  let server: TestServer
  const { plugin: listener, heard } = createListener()
  const { plugin, describers, touchesOf } = createNotedInbox()
  beforeAll(async () => {
    server = await startTestServer([contacts, plugin, directory, prober, listener], { databaseUrl: await newDatabase() })
  })
  afterAll(() => server.stop())

  const { person, people, friends } = acquaintances(() => server)

  describe('a block', () => {
    test('is told to other plugins once, when it holds, with who did it; nothing else is', async () => {
      const [ann, bob] = await friends()
      await ann.ask('block', bob)
      await ann.ask('block', bob)
      await ann.ask('unblock', bob)
      expect(await ann.refusal('block', ann)).toBe('CONTACTS_SELF')
      expect(heard.filter((pair) => pair.includes(ann.id))).toEqual([`${ann.id} ${bob.id}`])
      await bob.ask('block', ann)
      expect(heard.filter((pair) => pair.includes(ann.id))).toEqual([`${ann.id} ${bob.id}`, `${bob.id} ${ann.id}`])
    })

    test('lets neither reach the other for anything, until it ends', async () => {
      const [ann, bob] = await friends()
      expect([await ann.may(bob), await bob.may(ann)]).toEqual([[...purposes], [...purposes]])
      expect(await ann.ask('block', bob)).toMatchObject({ blocked: true, state: 'contact' })
      expect([await ann.may(bob), await bob.may(ann)]).toEqual([[], []])
      await bob.ask('block', ann)
      await ann.ask('unblock', bob)
      expect([await ann.may(bob), await bob.may(ann)]).toEqual([[], []])
      await bob.ask('unblock', ann)
      expect([await ann.may(bob), await bob.may(ann)]).toEqual([[...purposes], [...purposes]])
      expect(await ann.may(ann)).toEqual([...purposes])
    })

    test('is told to nobody but the devices of who blocks', async () => {
      const [ann, bob] = await friends()
      const second = await server.connect(ann.id)
      const before = [await bob.ask('info', ann), await bob.told(), touchesOf(bob.id)]
      await ann.ask('block', bob)
      expect((await second.next('contacts.changed')).data.contact).toMatchObject({ blocked: true })
      expect((await ann.get('blocked')).blocked).toMatchObject([{ user: { id: bob.id }, blocked: true, state: 'contact' }])
      await ann.ask('block', bob)
      await ann.ask('unblock', bob)
      await ann.ask('unblock', bob)
      expect([await bob.ask('info', ann), await bob.told(), touchesOf(bob.id)]).toEqual(before)
      expect((await ann.told()).slice(-2)).toEqual(['changed contact', 'changed contact'])
      expect((await ann.get('blocked')).blocked).toEqual([])
    })

    test('cannot be told from somebody who has not answered yet', async () => {
      const asks = async (isBlocked: boolean) => {
        const [ann, bob] = await people()
        if (isBlocked) await bob.ask('block', ann)
        const seen = [
          await ann.ask('request', bob, { note: 'hello' }),
          await ann.ask('request', bob, { note: 'again' }),
          await ann.ask('info', bob),
          (await ann.get('requests', { direction: 'outgoing' })).requests,
          await ann.told(),
          touchesOf(ann.id),
          await ann.ask('remove', bob),
          await ann.ask('request', bob),
          await ann.refusal('accept', bob),
        ]
        const text = JSON.stringify(seen).replaceAll(bob.id.slice(1), '2').replaceAll(ann.id.slice(1), '1')
        return { text: text.replace(/\d{4}-[\d-]+T[\d:.]+Z/g, 'then'), bob, ann }
      }
      const [open, blocked] = [await asks(false), await asks(true)]
      expect(blocked.text).toBe(open.text)
      expect([(await open.bob.told()).length, await blocked.bob.told()]).toEqual([4, ['changed none']])
      expect(touchesOf(blocked.bob.id)).toEqual([`${blocked.bob.id} contact ${blocked.ann.id}`])
    })

    test('hides what is asked meanwhile until it ends', async () => {
      const [ann, bob] = await people()
      await bob.ask('block', ann)
      await ann.ask('request', bob, { note: 'please' })
      expect((await bob.get('requests')).requests).toEqual([])
      expect(await bob.ask('info', ann)).toMatchObject({ state: 'none', blocked: true })
      expect(await bob.refusal('accept', ann)).toBe('CONTACTS_NO_REQUEST')
      expect(await bob.refusal('refuse', ann)).toBe('CONTACTS_NO_REQUEST')
      expect(await bob.refusal('request', ann)).toBe('CONTACTS_BLOCKED')
      expect(await bob.ask('unblock', ann)).toMatchObject({ state: 'incoming', note: 'please' })
      expect((await bob.get('requests')).requests).toHaveLength(1)
      expect(await bob.ask('accept', ann)).toMatchObject({ state: 'contact' })
    })

    test('of somebody who has asked leaves them waiting, and asking again does not reach', async () => {
      const [ann, bob] = await people()
      const asked = await ann.ask('request', bob)
      expect(await bob.ask('block', ann)).toMatchObject({ state: 'none', blocked: true })
      expect(await ann.ask('info', bob)).toEqual(asked)
      expect(await ann.ask('request', bob)).toMatchObject({ state: 'outgoing' })
      expect(await ann.told()).toEqual(['requested outgoing', 'requested outgoing'])
      expect(await bob.told()).toEqual(['requested incoming', 'changed none'])
    })

    test('takes back what one has asked, as one may anyway', async () => {
      const [ann, bob] = await people()
      await ann.ask('request', bob)
      await ann.ask('block', bob)
      expect(await bob.told()).toEqual(['requested incoming', 'removed none'])
      expect(await ann.ask('unblock', bob)).toMatchObject({ state: 'none' })
    })
  })

  describe('who may write', () => {
    test('is everyone, contacts or nobody; the others may still ask, and see', async () => {
      const [ann, bob] = await friends()
      const eve = await person()
      const others = ['request', 'presence']
      expect(await ann.get('settings')).toEqual({ whoMayWrite: 'everyone' })
      expect([await bob.may(ann), await eve.may(ann)]).toEqual([[...purposes], [...purposes]])
      expect(await ann.get('settings', { whoMayWrite: 'contacts' })).toEqual({ whoMayWrite: 'contacts' })
      expect([await bob.may(ann), await eve.may(ann)]).toEqual([[...purposes], others])
      await ann.get('settings', { whoMayWrite: 'nobody' })
      expect([await bob.may(ann), await eve.may(ann)]).toEqual([others, others])
      // It says who may write to her, not to whom she may.
      expect([await ann.may(bob), await ann.may(eve), await ann.may(ann)]).toEqual([[...purposes], [...purposes], [...purposes]])
      await ann.get('settings', { whoMayWrite: 'everyone' })
      expect(await eve.may(ann)).toEqual([...purposes])
    })

    test('holds for a contact from the acceptance to the end', async () => {
      const [ann, bob] = await people()
      await ann.get('settings', { whoMayWrite: 'contacts' })
      expect(await bob.may(ann)).not.toContain('message')
      await bob.ask('request', ann)
      expect(await bob.may(ann)).not.toContain('message')
      await ann.ask('accept', bob)
      expect(await bob.may(ann)).toContain('message')
      await ann.ask('remove', bob)
      expect(await bob.may(ann)).not.toContain('message')
    })

    test('is told to one’s own devices, when it changes', async () => {
      const ann = await person()
      const second = await server.connect(ann.id)
      await ann.get('settings', { whoMayWrite: 'nobody' })
      await ann.get('settings', { whoMayWrite: 'nobody' })
      expect(await told(second)).toEqual(['configured nobody'])
      expect(touchesOf(ann.id)).toEqual([`${ann.id} contact-settings mine`])
      expect(await second.request('contacts.settings')).toEqual({ whoMayWrite: 'nobody' })
      expect(await describers.get('contact-settings')?.(ann.id, ['mine'])).toEqual(new Map([['mine', { whoMayWrite: 'nobody' }]]))
    })
  })

  describe('the inbox', () => {
    test('learns of every change, for each of the two who sees one', async () => {
      const [ann, bob] = await friends()
      const both = [`${ann.id} contact ${bob.id}`, `${bob.id} contact ${ann.id}`]
      expect(touchesOf(ann.id, bob.id)).toEqual([...both, ...both])
      await ann.ask('remark', bob, { remark: 'B' })
      await ann.ask('block', bob)
      await bob.ask('remove', ann)
      expect(touchesOf(ann.id, bob.id).slice(4)).toEqual([both[0] as string, both[0] as string, ...both])
    })

    test('shows relations as they are, and not what is over', async () => {
      const [ann, bob] = await friends()
      const [eve, joe] = await people()
      await eve.ask('request', ann, { note: 'hi' })
      await joe.ask('request', ann)
      await ann.ask('refuse', joe)
      const shown = await describers.get('contact')?.(ann.id, [bob.id, eve.id, joe.id, 'U1'])
      expect([...(shown ?? [])]).toEqual([
        [bob.id, await ann.ask('info', bob)],
        [eve.id, await ann.ask('info', eve)],
      ])
      await ann.ask('block', eve)
      expect((await describers.get('contact')?.(ann.id, [eve.id]))?.get(eve.id)).toMatchObject({ blocked: true, state: 'none' })
    })
  })
}

forEachDatabase('blocks and settings', suite)
