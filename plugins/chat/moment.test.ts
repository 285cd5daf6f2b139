import { afterEach, expect, test } from 'bun:test'
import { forEachDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { chat } from './index.ts'

// A timestamp for ISO 8601 that JavaScript cannot read, and years that Postgres cannot keep or read.
const odd = ['2026-01-01T00:00:00+08', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00']

forEachDatabase('a time in a message', (newDatabase) => {
  let server: TestServer | undefined
  afterEach(() => server?.stop())

  test('is one that both databases can keep, or refused', async () => {
    const databaseUrl = await newDatabase()
    server = await startTestServer([chat], databaseUrl === undefined ? {} : { databaseUrl })
    const ann = await server.connect('U1')
    const { id: group } = await ann.request('chat.create', { name: 'Us', users: ['U2'] })
    const answers: string[] = []
    for (const time of odd) {
      answers.push(await ann.refusal('chat.send', { text: 'Hello', clientId: 'c1', draft: time }, { to: 'U2' }))
      answers.push(await ann.refusal('chat.draft', { text: 'Hello', time }, { to: 'U2' }))
      answers.push(await ann.refusal('chat.personalize', { mute: time }, { to: 'U2' }))
      answers.push(await ann.refusal('chat.mute', { user: 'U2', until: time }, { to: group }))
    }
    expect([...new Set(answers)]).toEqual(['CORE_BAD_FIELD'])
    const last = '9999-12-31T23:59:59.998Z'
    expect(await ann.request('chat.personalize', { mute: last }, { to: 'U2' })).toEqual({ mute: last })
  })
})
