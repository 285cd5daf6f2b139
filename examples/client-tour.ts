// What an app does with the client. CLIENT.md quotes this file, so that its samples compile.
import * as v from 'valibot'
import { definePlugin, message, type Protocol } from '#core'
import { type Client, ClientError, createClient } from '../src/client/index.ts'

/** The least that works. */
export const connect = (accessToken: () => Promise<string | undefined>) => {
  const client = createClient({
    url: 'https://chat.example.com',
    token: accessToken,
  })
  client.onState((state) => {
    if (state.kind === 'online') console.log(`signed in as ${state.welcome.user.id}`)
    if (state.kind === 'waiting') console.log(`back at ${new Date(state.retryAt).toLocaleTimeString()}`)
    if (state.kind === 'closed') console.log(state.reason ? 'sign in again' : 'stopped')
  })
  client.start()
  return client
}

/** Durable messages. */
export const talk = async (client: Client, userId: string): Promise<void> => {
  const sending = client.chat.send(userId, 'Hello')
  sending.onChange(({ state, error }) => console.log(state, error?.code))
  const posted = await sending.done
  console.log(`stored as number ${posted.seq}`)

  const conversation = client.chat.conversation(userId, { recent: 50 })
  conversation.onChange(({ messages }) => {
    for (const { from, seq, data } of messages) console.log(seq, from, data.text)
  })
  while (conversation.hasOlder) await conversation.loadOlder(100)
  conversation.close()
}

/** A room. */
export const meet = async (client: Client): Promise<void> => {
  const lobby = client.rooms.join<{ text: string }>('lobby', {
    recent: 20,
    onMessage: ({ from, seq, data }) => console.log(seq, from, data.text),
    onMembers: (members, count) => console.log(`${count} here`, members),
    onReset: () => console.log('something was missed'),
    onError: ({ code }) => console.log(`not in the room: ${code}`),
  })
  await lobby.send({ text: 'Anybody here?' })
  await lobby.leave()
}

/** Any message, and any event. */
export const ask = async (client: Client): Promise<void> => {
  client.on('rooms.directed', ({ from, data }) => console.log(from, data))
  try {
    await client.request('rooms.direct', { text: 'psst' }, { to: 'U287712345678901248', timeoutMs: 5_000 })
  } catch (error) {
    if (error instanceof ClientError && error.retry) console.log(`again in ${error.retryAfterMs ?? 1_000} ms`)
    else throw error
  }
}

/** Into a group, by a link, and by asking. */
export const enter = async (client: Client, code: string, group: string): Promise<void> => {
  const { name, count } = await client.request('chat.peek', { code })
  console.log(`${name}, ${count} people`)
  await client.request('chat.enter', { code })

  client.on('chat.decided', ({ to, data }) => console.log(to, data))
  const { state } = await client.request('chat.join', { note: 'We met in Bern' }, { to: group })
  if (state === 'pending') console.log('somebody who governs it decides')
}

const messages = {
  add: message({ input: v.strictObject({ text: v.string() }), reply: v.object({ id: v.string() }) }),
}
const notes = definePlugin({ id: 'notes', messages, setup: () => ({ handlers: { add: () => ({ id: 'N1' }) } }) })

/** Typed from the plugins of the server. */
export const typed = async (token: () => Promise<string>): Promise<string> => {
  const client = createClient<Protocol<[typeof notes]>>({ url: 'https://chat.example.com', token })
  client.start()
  const { id } = await client.request('notes.add', { text: 'Milk' })
  // @ts-expect-error there is no such message
  await client.request('notes.ad', { text: 'Milk' })
  return id
}
