// What two people do to a group at the same moment comes out as if one had come after the other.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

const rounds = 15

forEachDatabase('at the same moment', (newDatabase) => {
  let server: TestServer
  beforeAll(async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat], { ...(databaseUrl && { databaseUrl }) })
  })
  afterAll(() => server.stop())

  let people = 0
  const scene = async (rules: object) => {
    const eveId = `U${++people + 1_000}`
    const [ann, bob, eve] = await Promise.all([server.connect('U1'), server.connect('U2'), server.connect(eveId)])
    const { id } = await ann.request('chat.create', { name: 'Club', users: ['U2'], ...rules })
    await ann.request('chat.promote', { user: 'U2', role: 'admin' }, { to: id })
    return { ann, bob, eve, eveId, to: id as string }
  }
  /** The ack, or the code of the refusal. */
  const ask = (socket: TestSocket, verb: string, data: object, to?: string): Promise<Loose> =>
    socket.request(`chat.${verb}`, data, to === undefined ? {} : { to }).catch(({ code }) => code)
  const isIn = async (ann: TestSocket, to: string, user: string): Promise<boolean> =>
    (await ann.request('chat.members', {}, { to })).members.some(({ id }: Loose) => id === user)
  const close = (...sockets: readonly TestSocket[]) => Promise.all(sockets.map((socket) => socket.close()))

  test('a ban and every way in leave the banned one outside', async () => {
    for (let round = 0; round < rounds; round++) {
      const { ann, bob, eve, eveId, to } = await scene({ joining: 'open' })
      const { code } = await ann.request('chat.link', {}, { to })
      const [banned] = await Promise.all([
        ask(bob, 'ban', { users: [eveId] }, to),
        ask(eve, 'join', {}, to),
        ask(eve, 'enter', { code }),
        ask(ann, 'invite', { users: [eveId] }, to),
      ])
      expect(banned).toEqual({ banned: [eveId] })
      expect([await isIn(ann, to, eveId), (await ann.request('chat.info', {}, { to })).count]).toEqual([false, 2])
      await close(ann, bob, eve)
    }
  })

  test('an application is settled once: admitted, rejected or taken back', async () => {
    for (let round = 0; round < rounds; round++) {
      const { ann, bob, eve, eveId, to } = await scene({ joining: 'approval' })
      await ask(eve, 'join', {}, to)
      const [{ admitted }, { rejected }] = await Promise.all([
        ask(ann, 'admit', { users: [eveId] }, to),
        ask(bob, 'reject', { users: [eveId] }, to),
        ask(eve, 'withdraw', {}, to),
      ])
      expect(admitted.length + rejected.length).toBeLessThanOrEqual(1)
      expect(await isIn(ann, to, eveId)).toBe(admitted.length === 1)
      await eve.settle()
      expect(eve.frames.filter(({ type }) => type === 'chat.decided')).toHaveLength(1)
      await close(ann, bob, eve)
    }
  })

  test('two who hand over, or leave, or put each other out leave one owner', async () => {
    for (let round = 0; round < rounds; round++) {
      const { ann, bob, eve, eveId, to } = await scene({ joining: 'open' })
      await ask(eve, 'join', {}, to)
      await Promise.all([
        ask(ann, 'promote', { user: 'U2', role: 'owner' }, to),
        ask(bob, 'kick', { users: ['U1', eveId] }, to),
        ask(ann, 'kick', { users: ['U2'] }, to),
        ask(ann, 'leave', {}, to),
        ask(bob, 'leave', {}, to),
      ])
      const seen = await Promise.all([ann, bob].map((socket) => ask(socket, 'members', {}, to)))
      const { members } = seen.find((one) => typeof one !== 'string')
      expect(members.filter(({ role }: Loose) => role === 'owner')).toHaveLength(1)
      await close(ann, bob, eve)
    }
  })
})
