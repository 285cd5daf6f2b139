// What other plugins have of those who are out of a group: they hear of it, and what they said for them can still be changed.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { definePlugin, Messaging, message } from '#core'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

interface Person {
  readonly id: string
  readonly socket: TestSocket
}

/** Counts in a message of whoever asks, and notes who is out of which group. */
const createCounter = () => {
  const gone: string[] = []
  const plugin = definePlugin({
    id: 'counter',
    uses: { messaging: Messaging },
    messages: {
      begin: message({ address: 'to', input: v.strictObject({}), reply: v.object({ seq: v.number() }) }),
      set: message({
        address: 'to',
        input: v.strictObject({ seq: v.number(), at: v.number() }),
        reply: v.object({ seq: v.optional(v.number()) }),
      }),
    },
    setup: ({ use: { messaging }, id }) => {
      messaging.onGone((group, users) => void gone.push(`${group} ${users.toSorted().join()}`))
      const data = v.strictObject({ at: v.number() })
      const counts = messaging.define({ kind: 'counter', by: 'plugin', data, text: ({ at }) => `At ${at}` })
      return {
        handlers: {
          begin: (_, { userId: user, to }) => counts.post({ user, to, data: { at: 0 }, clientId: id('c') }),
          set: async ({ seq, at }, { userId: user, to }) => {
            const done = await counts.update({ user, to, seq, data: { at }, clientId: id('c') })
            return done ? { seq: done.seq } : {}
          },
        },
      }
    },
  })
  return { plugin, gone }
}

forEachDatabase('whoever is out of a group', (newDatabase) => {
  const { plugin, gone } = createCounter()
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat, plugin], { ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 81_000
  const person = async (): Promise<Person> => {
    const id = `U${++people}`
    return { id, socket: await server.connect(id) }
  }
  const trio = async () => {
    const [ann, bob, cat] = await Promise.all([person(), person(), person()])
    const to = (await ann.socket.request('chat.create', { name: 'Trio', users: [bob.id, cat.id] })).id as string
    return { ann, bob, cat, to }
  }
  const heard = (to: string): string[] => gone.flatMap((line) => (line.startsWith(`${to} `) ? [line.slice(to.length + 1)] : []))
  const count = async ({ socket }: Person, to: string): Promise<number> => (await socket.request('counter.begin', {}, { to })).seq
  const set = ({ socket }: Person, to: string, seq: number, at: number) => socket.request('counter.set', { seq, at }, { to })
  const at = async ({ socket }: Person, to: string, seq: number): Promise<Loose> =>
    (await socket.request('chat.history', { after: seq - 1, limit: 1 }, { to })).messages[0].data.content.data.at

  describe('is told to other plugins', () => {
    test('when they leave, are put out, or are banned', async () => {
      const { ann, bob, cat, to } = await trio()
      const dan = await person()
      await ann.socket.request('chat.invite', { users: [dan.id] }, { to })
      await bob.socket.request('chat.leave', {}, { to })
      await ann.socket.request('chat.kick', { users: [cat.id, bob.id] }, { to })
      await ann.socket.request('chat.ban', { users: [dan.id] }, { to })
      expect(heard(to)).toEqual([bob.id, cat.id, dan.id])
    })

    test('when the group is dismissed, all at once; and not by what was refused', async () => {
      const { ann, bob, cat, to } = await trio()
      expect(await ann.socket.refusal('chat.leave', {}, { to })).toBe('CHAT_OWNER_STAYS')
      expect(await bob.socket.refusal('chat.kick', { users: [cat.id] }, { to })).toBe('CHAT_NOT_ALLOWED')
      expect(heard(to)).toEqual([])
      await ann.socket.request('chat.dismiss', {}, { to })
      expect(heard(to)).toEqual([[ann.id, bob.id, cat.id].toSorted().join()])
    })
  })

  describe('leaves behind what a plugin said in their name', () => {
    test('and it goes on to change for those who are still there', async () => {
      const { ann, bob, to } = await trio()
      const seq = await count(bob, to)
      await bob.socket.request('chat.leave', {}, { to })
      expect(await set(bob, to, seq, 7)).toMatchObject({ seq: expect.any(Number) })
      expect(await ann.socket.next('chat.edited')).toMatchObject({ from: bob.id, data: { target: seq, content: { data: { at: 7 } } } })
      expect(await at(ann, to, seq)).toBe(7)
    })

    test('in a group that is dismissed too, where its people read what was before the end', async () => {
      const { ann, bob, to } = await trio()
      const seq = await count(ann, to)
      await ann.socket.request('chat.dismiss', {}, { to })
      expect(await set(ann, to, seq, 9)).toMatchObject({ seq: expect.any(Number) })
      expect(await at(bob, to, seq)).toBe(9)
    })

    test('and a stranger changes nothing by it', async () => {
      const { ann, bob, to } = await trio()
      const eve = await person()
      const seq = await count(ann, to)
      expect(await set(eve, to, seq, 1)).toEqual({})
      expect(await set(bob, to, seq, 1)).toEqual({})
      expect(await at(ann, to, seq)).toBe(0)
    })
  })
})
