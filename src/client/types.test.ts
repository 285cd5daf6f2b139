// What the compiler refuses: each `@ts-expect-error` fails the type check if its line compiles.
import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { World } from '../../test/support/client/world.ts'
import { message } from '../message.ts'
import { definePlugin, type Protocol } from '../plugin.ts'
import { type Client, ClientError } from './index.ts'

const messages = {
  greet: message({ address: 'to', input: v.strictObject({ text: v.string() }), reply: v.object({ seq: v.number() }) }),
  shout: message({ address: 'room', input: v.strictObject({ text: v.string() }), reply: v.object({ heard: v.boolean() }) }),
  count: message({ input: v.strictObject({ limit: v.optional(v.number(), 50) }), reply: v.object({ count: v.number() }) }),
}

const greeter = definePlugin({
  id: 'greeter',
  messages,
  events: { greeted: v.object({ text: v.string() }) },
  setup: () => ({
    handlers: { greet: () => ({ seq: 1 }), shout: () => ({ heard: true }), count: () => ({ count: 1 }) },
  }),
})

const quiet = definePlugin({
  id: 'quiet',
  messages: { nod: message({ input: v.strictObject({}), reply: v.object({}) }) },
  setup: () => ({ handlers: { nod: () => ({}) } }),
})

type Typed = Client<Protocol<[typeof greeter, typeof quiet]>>

/** What compiles. Not called: it is the compiler that runs this test. */
export const right = async (client: Typed): Promise<void> => {
  const { seq } = await client.request('greeter.greet', { text: 'Hi' }, { to: 'U1', timeoutMs: 5 })
  const { heard } = await client.request('greeter.shout', { text: 'Hi' }, { room: 'a' })
  const { count } = await client.request('greeter.count', {})
  const all: [number, boolean, number] = [seq, heard, count]
  await client.request('quiet.nod', {}, { timeoutMs: 5 })
  client.on('greeter.greeted', ({ data, time }) => void [data.text.length, time.length, all])
}

/** What does not. */
export const wrong = async (client: Typed): Promise<void> => {
  // @ts-expect-error an unknown message
  await client.request('greeter.grete', { text: 'Hi' }, { to: 'U1' })
  // @ts-expect-error a message of a plugin that this protocol does not have
  await client.request('chat.send', { text: 'Hi' }, { to: 'U1' })
  // @ts-expect-error a field of the wrong type
  await client.request('greeter.greet', { text: 1 }, { to: 'U1' })
  // @ts-expect-error a field that is missing
  await client.request('greeter.greet', {}, { to: 'U1' })
  // @ts-expect-error a field too many
  await client.request('greeter.greet', { text: 'Hi', loud: true }, { to: 'U1' })
  // @ts-expect-error an address that is missing
  await client.request('greeter.greet', { text: 'Hi' })
  // @ts-expect-error the wrong address
  await client.request('greeter.greet', { text: 'Hi' }, { room: 'a' })
  // @ts-expect-error an address where there is none
  await client.request('greeter.count', {}, { to: 'U1' })
  const reply = await client.request('greeter.greet', { text: 'Hi' }, { to: 'U1' })
  // @ts-expect-error a field that the reply does not have
  reply.text
  // @ts-expect-error a reply used as something else
  const text: string = reply.seq
  // @ts-expect-error an unknown event
  client.on('greeter.greets', () => text)
  // @ts-expect-error a field that the event does not have
  client.on('greeter.greeted', ({ data }) => data.loud)
}

describe('a typed client', () => {
  test('is the same at run time: a type that the server does not know is its refusal', async () => {
    const world = new World()
    const client = (await world.online('U1')) as unknown as Typed
    const error = client.request('greeter.count', {}).catch((reason: unknown) => reason)
    await world.pass(10)
    expect(await error).toBeInstanceOf(ClientError)
    expect(await error).toMatchObject({ code: 'CORE_UNKNOWN_TYPE', kind: 'not_found', retry: false })
  })

  test('an untyped one lets everything through', async () => {
    const world = new World()
    const client = await world.online('U1')
    const reply = client.request('chat.history', { limit: 5 }, { to: 'U2' })
    await world.pass(10)
    expect((await reply).messages).toEqual([])
  })
})
