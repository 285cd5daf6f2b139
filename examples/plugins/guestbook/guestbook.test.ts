import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestServer, type TestServer } from '../../../test/support/server.ts'
import { guestbook } from './index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer([guestbook])
})
afterAll(() => server.stop())

test('whoever signs is told the entry’s id and time', async () => {
  const ann = await server.connect('U1', 'Ann')
  const ack = await ann.request('guestbook.sign', { text: 'Hello' })
  expect(ack).toEqual({ id: expect.stringMatching(/^E\d+$/), time: expect.any(String) })
})

test('an empty signature is refused', async () => {
  const ann = await server.connect('U1', 'Ann')
  expect(await ann.refusal('guestbook.sign', { text: '  ' })).toBe('CORE_BAD_FIELD')
})

test('everybody who is online sees a signature', async () => {
  const [ann, bob] = await Promise.all([server.connect('U1', 'Ann'), server.connect('U2', 'Bob')])
  const { id, time } = await ann.request('guestbook.sign', { text: 'Good morning' })
  const signed = await bob.next('guestbook.signed', ({ data }) => data.id === id)
  expect(signed).toEqual({ type: 'guestbook.signed', from: 'U1', time, data: { id, name: 'Ann', text: 'Good morning' } })
})

test('the newest entries can be read over HTTP', async () => {
  const ann = await server.connect('U1', 'Ann')
  const { id, time } = await ann.request('guestbook.sign', { text: 'The last one' })
  const answer = await fetch(`${server.url}/api/guestbook?limit=1`)
  expect(await answer.json()).toEqual({ entries: [{ id, name: 'Ann', text: 'The last one', time }] })
})
