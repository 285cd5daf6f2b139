import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { definePlugin, message } from '#core'
import { startTestServer, type TestServer } from '../support/server.ts'
import { TestSocket } from '../support/socket.ts'

const nothing = v.strictObject({})
let held: (() => void)[] = []
let count = 0
let allHeld = Promise.withResolvers<void>()

/** Answers `holder.hold` when the test says so, and `holder.echo` at once. */
const holder = definePlugin({
  id: 'holder',
  messages: {
    hold: message({ input: nothing, reply: v.object({ n: v.number() }) }),
    echo: message({ input: v.strictObject({ text: v.optional(v.string(), 'nothing') }), reply: v.object({ text: v.string() }) }),
    aloud: message({ input: nothing, reply: v.object({ userId: v.string() }), from: 'anyone' }),
  },
  setup: () => ({
    handlers: {
      hold: () => {
        const { promise, resolve } = Promise.withResolvers<{ n: number }>()
        const n = ++count
        held.push(() => resolve({ n }))
        if (held.length === 256) allHeld.resolve()
        return promise
      },
      echo: ({ text }) => ({ text }),
      aloud: (_, { userId }) => ({ userId }),
    },
  }),
})

let server: TestServer
beforeAll(async () => {
  server = await startTestServer([holder])
})
afterAll(() => server.stop())

describe('unanswered requests', () => {
  const holdAll = async (socket: TestSocket): Promise<Promise<unknown>[]> => {
    held = []
    allHeld = Promise.withResolvers()
    const requests = Array.from({ length: 256 }, () => socket.request('holder.hold'))
    await allHeld.promise
    return requests
  }
  const release = (): void => {
    for (const answer of held.splice(0)) answer()
  }

  test('may be 256 of one connection; the next is refused until one of them is answered', async () => {
    const [ann, bob] = [await server.connect('U1'), await server.connect('U2')]
    const requests = await holdAll(ann)
    expect(await ann.refusal('holder.hold')).toBe('CORE_TOO_MANY_PENDING')
    expect(await ann.refusal('holder.echo')).toBe('CORE_TOO_MANY_PENDING')
    expect(await bob.request('holder.echo')).toEqual({ text: 'nothing' })
    held.shift()?.()
    await requests[0]
    expect(await ann.request('holder.echo')).toEqual({ text: 'nothing' })
    release()
    await Promise.all(requests)
  })

  test('of a connection that is gone do not count for the next one of its user', async () => {
    const first = await server.connect('U1')
    const requests = await holdAll(first)
    for (const request of requests) request.catch(() => undefined)
    await first.close()
    const second = await server.connect('U1')
    expect(await second.request('holder.echo')).toEqual({ text: 'nothing' })
    release()
    await second.settle()
    expect(second.frames.filter(({ type }) => type === 'ack')).toHaveLength(2)
  })
})

describe('a handler', () => {
  test('gets what the schema made of the data, defaults filled in', async () => {
    const ann = await server.connect('U1')
    expect(await ann.request('holder.echo', {})).toEqual({ text: 'nothing' })
    expect(await ann.request('holder.echo', { text: 'x' })).toEqual({ text: 'x' })
  })

  test('is told an empty user id where anyone may ask and nobody has signed in', async () => {
    const anonymous = await TestSocket.open(server.url)
    expect(await anonymous.request('holder.aloud')).toEqual({ userId: '' })
    expect(await (await server.connect('U7')).request('holder.aloud')).toEqual({ userId: 'U7' })
  })
})
