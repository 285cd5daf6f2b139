import { afterEach, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

const questions: readonly (readonly [verb: string, data: object])[] = [
  ['typing', { on: true }],
  ['history', {}],
  ['history', { after: 1 }],
  ['mentions', {}],
  ['pins', {}],
  ['read', { seq: 1 }],
  ['delivered', { seq: 1 }],
  ['clear', {}],
  ['hide', { targets: [1] }],
]

/** What somebody is answered, and told, about the conversation with another person. */
const seenBy = async (socket: TestSocket, to: string): Promise<readonly unknown[]> => {
  const from = socket.frames.length
  const answers: unknown[] = []
  for (const [verb, data] of questions) {
    answers.push([verb, await socket.request(`chat.${verb}`, data, { to }).catch((refusal: { code: string }) => refusal.code)])
  }
  answers.push(await socket.request('chat.list', {}), await socket.request('chat.search', { text: 'Hello', to }))
  await socket.settle()
  return [...answers, ...socket.frames.slice(from).filter(({ id, type }) => id === undefined && type.startsWith('chat.'))]
}

forEachDatabase('what somebody only prepares', (newDatabase) => {
  let server: TestServer | undefined
  afterEach(() => server?.stop())

  test('shows in no answer and no event of the other person', async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat], databaseUrl === undefined ? {} : { databaseUrl })
    const [ann, bob] = [await server.connect('U1'), await server.connect('U2')]
    const before = await seenBy(bob, 'U1')
    await ann.request('chat.draft', { text: 'Dear Bob', time: new Date().toISOString() }, { to: 'U2' })
    await ann.request('chat.personalize', { mute: true }, { to: 'U2' })
    expect(await seenBy(bob, 'U1')).toEqual(before)
  })
})
