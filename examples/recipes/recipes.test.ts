// The recipes of PLUGINS.md, tried.
import { expect, test } from 'bun:test'
import { definePlugin } from '#core'
import { catalogue } from '../../plugins/index.ts'
import { loadPlugins } from '../../src/load.ts'
import { startTestServer } from '../../test/support/server.ts'
import { testUnless } from '../../test/support/skip.ts'
import { type Loose, TestSocket } from '../../test/support/socket.ts'
import { guestbook } from '../plugins/guestbook/index.ts'
import { events, messages } from '../plugins/guestbook/messages.ts'
import { badge } from './badge.ts'
import { channelBroker } from './channel-broker.ts'
import { sign } from './client.ts'
import { Counter, counter, visits } from './counter.ts'
import { lines } from './lines.ts'
import { places } from './place.ts'
import { stream } from './stream.ts'
import { polls } from './vote.ts'

/** The guest book without its book. */
const greeter = definePlugin({
  id: 'greeter',
  messages,
  events,
  setup: ({ publish, everyoneTopic }) => ({
    handlers: {
      sign: ({ text }, { userId }) => {
        publish(everyoneTopic, 'signed', { id: 'E1', name: userId, text })
        return { id: 'E1', time: '' }
      },
    },
  }),
})

test('a service is used where its plugin is on, and done without where it is not', async () => {
  await using both = await startTestServer([visits, counter])
  await both.connect('U1')
  expect(await (await both.connect('U1')).request('visits.mine')).toEqual({ visits: 2 })
  await using alone = await startTestServer([visits])
  expect(await (await alone.connect('U1')).request('visits.mine')).toEqual({})
})

test('a plugin’s error keeps its code', async () => {
  let used: Counter | undefined
  const user = definePlugin({
    id: 'user',
    uses: { counter: Counter },
    setup: ({ use }) => {
      used = use.counter
      return {}
    },
  })
  await using _server = await startTestServer([counter, user], { env: { PARLEY_COUNTER_LIMIT: '1' } })
  used?.add('a', 1)
  expect(() => used?.add('b', 1)).toThrow('There are 1 counters already.')
})

test('a badge signs a machine in, and nobody else’s token is touched', async () => {
  await using server = await startTestServer([badge], { env: { PARLEY_BADGE_TOKENS: '{"printer-1":"U7"}' } })
  const printer = await TestSocket.open(server.url, ['parley.v1', 'auth.printer-1'])
  expect((await printer.next('core.welcome')).data.user).toEqual({ id: 'U7' })
  const ann = await server.connect('U1', 'Ann')
  await ann.settle()
  expect(ann.frames[0]?.data.user.id).toBe('U1')
})

/** Lines of a stream of server-sent events, until it ends. */
async function* eventsOf(answer: Response): AsyncGenerator<Loose> {
  let text = ''
  for await (const chunk of answer.body ?? []) {
    text += new TextDecoder().decode(chunk)
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) yield JSON.parse(part.replace(/^data: /, ''))
  }
}

test('a stream gets the welcome and every event that a socket gets, and is a connection while it is read', async () => {
  await using server = await startTestServer([stream, greeter])
  const answer = await fetch(`${server.url}/api/stream`, { headers: { authorization: 'Bearer test.U1' } })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const events = eventsOf(answer)
  expect((await events.next()).value).toMatchObject({ type: 'core.welcome', data: { user: { id: 'U1' } } })
  await (await server.connect('U2')).request('greeter.sign', { text: 'Hello' })
  expect((await events.next()).value).toMatchObject({ type: 'greeter.signed', data: { text: 'Hello' } })
  await events.return(undefined)
})

test('a stream without a token is refused', async () => {
  await using server = await startTestServer([stream])
  expect((await fetch(`${server.url}/api/stream`)).status).toBe(401)
})

test('a client of lines hears what others send as frames, and the other way round', async () => {
  await using server = await startTestServer([lines, greeter])
  const other = await server.connect('U2')
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/lines`, { headers: { authorization: 'Bearer test.U1' } } as never)
  const heard = new Promise((resolve) => {
    client.onmessage = ({ data }) => resolve(data)
  })
  client.onopen = () => client.send('Hello in a line')
  expect(await heard).toBe('U1: Hello in a line')
  expect((await other.next('greeter.signed')).data.text).toBe('Hello in a line')
  client.close()
})

test('a broker brings what one server publishes to the people on another', async () => {
  await using one = await startTestServer([channelBroker, greeter])
  await using other = await startTestServer([channelBroker, greeter])
  const [ann, bob] = await Promise.all([one.connect('U1'), other.connect('U2')])
  await ann.request('greeter.sign', { text: 'Hello over there' })
  expect((await bob.next('greeter.signed')).data.text).toBe('Hello over there')
})

test('the guest book as one file from outside does what the folder does', async () => {
  await using server = await startTestServer(await loadPlugins([`${import.meta.dir}/../outside-plugin.ts`], []))
  const [ann, bob] = await Promise.all([server.connect('U1', 'Ann'), server.connect('U2')])
  const { id, time } = await ann.request('guestbook.sign', { text: 'Hello' })
  expect((await bob.next('guestbook.signed')).data).toEqual({ id, name: 'Ann', text: 'Hello' })
  const answer = await fetch(`${server.url}/api/guestbook`)
  expect(await answer.json()).toEqual({ entries: [{ id, name: 'Ann', text: 'Hello', time }] })
})

test('a typed client signs the guest book', async () => {
  await using server = await startTestServer([guestbook])
  const bob = await server.connect('U2')
  const id = await sign(server.url, 'test.U1.Ann', 'Hello')
  expect((await bob.next('guestbook.signed')).data).toEqual({ id, name: 'Ann', text: 'Hello' })
})

test('a plugin’s own limits count as it says, and are the operator’s to set', async () => {
  await using server = await startTestServer([polls], { env: { PARLEY_LIMITS: 'on', PARLEY_RATES: 'polls.votes=1/h:6' } })
  const [ann, bob] = [await server.connect('U1'), await server.connect('U2')]
  expect(await ann.request('polls.open', { question: 'Tea?' })).toEqual({ votes: 0 })
  expect(await bob.refusal('polls.open', { question: 'Tea?' })).toBe('CORE_RATE_LIMITED')
  expect(await ann.request('polls.vote', { question: 'Tea?' })).toEqual({ votes: 1 })
  expect(await ann.refusal('polls.vote', { question: 'Tea?' })).toBe('CORE_RATE_LIMITED')
})

const chat = catalogue.find(({ id }) => id === ('chat' as string))
const withChat = testUnless(chat ? undefined : 'the plugin chat, whose conversations the places are in, is not here')

withChat('a place is a message like any other, with a text for who does not know the kind', async () => {
  await using server = await startTestServer([...(chat ? [chat] : []), places])
  const [ann, bob] = await Promise.all([server.connect('U81'), server.connect('U82')])
  const send = (data: object) => ann.request('chat.send', { clientId: 'a', content: { kind: 'place', data } }, { to: 'U82' })
  await send({ lat: 46.95, lon: 7.44 })
  expect((await bob.next('chat.posted')).data).toMatchObject({ text: '46.95, 7.44', content: { data: { lat: 46.95 } } })
  await expect(send({ lat: 91, lon: 0 })).rejects.toMatchObject({ code: 'CORE_BAD_FIELD' })
})

withChat('a live place moves where it stands, and only its plugin makes it move', async () => {
  await using server = await startTestServer([...(chat ? [chat] : []), places])
  const [eve, fay] = await Promise.all([server.connect('U83'), server.connect('U84')])
  const move = (who: TestSocket, to: string, seq: number, clientId: string) =>
    who.request('place.move', { lat: 2, lon: 2, seq, clientId }, { to })
  const { seq } = await eve.request('place.share', { lat: 1, lon: 1, clientId: 'a' }, { to: 'U84' })
  expect(await move(eve, 'U84', seq, 'b')).toEqual({ moved: true })
  const content = { kind: 'place-live', data: { lat: 2, lon: 2 } }
  expect((await fay.next('chat.edited')).data).toMatchObject({ target: seq, text: 'Live: 2, 2', content })
  expect(await move(fay, 'U83', seq, 'c')).toEqual({ moved: false })
  expect(await eve.refusal('chat.send', { clientId: 'd', content }, { to: 'U84' })).toBe('CHAT_UNKNOWN_CONTENT')
  await eve.request('chat.recall', { target: seq, clientId: 'e' }, { to: 'U84' })
  expect(await move(eve, 'U84', seq, 'f')).toEqual({ moved: false })
})
