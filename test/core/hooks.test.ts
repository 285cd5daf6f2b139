import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { AppError, type Capability, coreErrors, definePlugin, type Hooks, message } from '#core'
import { testClock } from '../support/clock.ts'
import { startTestServer } from '../support/server.ts'

const nothing = v.strictObject({})

/** A plugin with a message `<id>.tell` that publishes `<id>.told` to everyone. */
const teller = (id: string) =>
  definePlugin({
    id,
    messages: { tell: message({ input: v.strictObject({ text: v.string() }), reply: nothing }) },
    events: { told: v.object({ text: v.string() }) },
    setup: ({ publish, everyoneTopic }) => ({
      handlers: {
        tell: ({ text }, { userId }) => {
          publish(everyoneTopic, 'told', { text }, { from: userId })
          return {}
        },
      },
    }),
  })

const hooked = (id: string, hooks: Hooks, ...capabilities: Capability[]) => definePlugin({ id, capabilities, setup: () => ({ hooks }) })

describe('onMessage', () => {
  test('sees its own plugin’s messages only, or all with the capability all-messages', async () => {
    const [own, all]: string[][] = [[], []]
    const mine = definePlugin({
      ...teller('mine'),
      setup: (context) =>
        ({
          ...(teller('mine').setup(context) as object),
          hooks: { onMessage: ({ type }: { type: string }) => void own?.push(type) },
        }) as never,
    })
    const spy = hooked('spy', { onMessage: ({ type }) => void all?.push(type) }, 'all-messages')
    await using server = await startTestServer([mine, teller('mine-too'), spy])
    const ann = await server.connect('U1')
    for (const type of ['mine.tell', 'mine-too.tell']) await ann.request(type, { text: 'x' })
    await ann.request('core.ping')
    expect(own).toEqual(['mine.tell'])
    expect(all).toEqual(['mine.tell', 'mine-too.tell', 'core.ping'])
  })

  test('that throws refuses the message before its handler, with its own code', async () => {
    let isRefusing = true
    const spy = hooked(
      'spy',
      {
        onMessage: ({ type, userId }) => {
          if (isRefusing && type === 'mine.tell') throw new AppError('SPY_NO', 'forbidden', `Not you, ${userId}.`)
        },
      },
      'all-messages',
    )
    await using server = await startTestServer([teller('mine'), spy])
    const ann = await server.connect('U1')
    expect(await ann.refusal('mine.tell', { text: 'x' })).toBe('SPY_NO')
    await ann.settle()
    expect(ann.frames.filter(({ type }) => type === 'mine.told')).toEqual([])
    isRefusing = false
    expect(await ann.request('mine.tell', { text: 'x' })).toEqual({})
  })

  test('that takes its time, or refuses early, does not change the order in which one connection’s messages are handled', async () => {
    const answers = [1, 2, 3].map(() => Promise.withResolvers<void>())
    const allAsked = Promise.withResolvers<void>()
    let turn = 0
    const onMessage = (): Promise<void> | undefined => {
      if (turn === 2) allAsked.resolve()
      return answers[turn++]?.promise
    }
    const spy = hooked('spy', { onMessage }, 'all-messages')
    await using server = await startTestServer([teller('mine'), spy])
    const ann = await server.connect('U1')
    const requests = [1, 2, 3].map((n) => ann.request('mine.tell', { text: `${n}` }))
    await allAsked.promise
    answers[1]?.reject(coreErrors.FORBIDDEN())
    answers[2]?.resolve()
    expect(await requests[1]?.catch(({ code }: { code: string }) => code)).toBe('CORE_FORBIDDEN')
    answers[0]?.resolve()
    await Promise.all([requests[0], requests[2]])
    expect(ann.frames.filter(({ type }) => type === 'mine.told').map(({ data }) => data.text)).toEqual(['1', '3'])
  })
})

describe('beforePublish', () => {
  const publishing = async (beforePublish: NonNullable<Hooks['beforePublish']>, ...capabilities: Capability[]) => {
    const server = await startTestServer([teller('mine'), teller('other'), hooked('censor', { beforePublish }, ...capabilities)])
    const ann = await server.connect('U1')
    await ann.request('mine.tell', { text: 'secret' })
    await ann.request('other.tell', { text: 'open' })
    await server.stop()
    const frames = ann.frames.filter(({ type }) => !type.startsWith('core.') && type !== 'ack')
    for (const { time } of frames) expect(time).toMatch(/^\d{4}-.*\.\d{3}Z$/)
    return frames.map(({ time: _, ...rest }) => rest)
  }
  const told = (id: string, text: string) => ({ type: `${id}.told`, from: 'U1', data: { text } })

  test('without all-publications sees nothing of others', async () => {
    expect(await publishing(() => null)).toEqual([told('mine', 'secret'), told('other', 'open')])
  })

  test('may drop a publication', async () => {
    expect(await publishing((one) => (one.type === 'mine.told' ? null : one), 'all-publications')).toEqual([told('other', 'open')])
  })

  test('may put another in its place: data, type and addressing', async () => {
    const frames = await publishing(
      ({ topic }) => ({ topic, type: 'censor.hid', data: { hidden: true }, room: 'r', seq: 7 }),
      'all-publications',
    )
    expect(frames).toEqual([1, 2].map(() => ({ type: 'censor.hid', room: 'r', seq: 7, data: { hidden: true } })))
  })

  test('that throws fails the message that published, and nothing else', async () => {
    const censor = hooked(
      'censor',
      {
        beforePublish: (one) => {
          if (one.type === 'mine.told') throw new Error('oops')
          return one
        },
      },
      'all-publications',
    )
    await using server = await startTestServer([teller('mine'), teller('other'), censor])
    const ann = await server.connect('U1')
    expect(await ann.refusal('mine.tell', { text: 'x' })).toBe('CORE_INTERNAL')
    expect(await ann.request('other.tell', { text: 'x' })).toEqual({})
  })
})

describe('onHeartbeat', () => {
  const beatWith = async (...plugins: ReturnType<typeof hooked>[]): Promise<unknown> => {
    const clock = testClock()
    await using server = await startTestServer(plugins, { ambient: clock.ambient })
    const ann = await server.connect('U1')
    clock.advance(25_000)
    return (await ann.next('core.heartbeat')).data
  }

  test('adds its part to the heartbeat under its plugin’s id; those with nothing to say add nothing', async () => {
    const [first, silent, second] = [{ a: 1 }, undefined, { b: 2 }].map((part, i) => hooked(`p${i}`, { onHeartbeat: () => part }))
    expect(await beatWith(first as never, silent as never, second as never)).toEqual({ p0: { a: 1 }, p2: { b: 2 } })
  })

  test('is told which connection it is for, and since when', async () => {
    const told: unknown[] = []
    expect(await beatWith(hooked('spy', { onHeartbeat: ({ userId }, sinceMs) => void told.push(userId, sinceMs) }))).toEqual({})
    expect(told).toEqual(['U1', 1_000_000])
  })

  test('that fails costs what the heartbeat would say, never the heartbeat', async () => {
    const failing = hooked('bad', {
      onHeartbeat: () => {
        throw new Error('oops')
      },
    })
    expect(await beatWith(failing)).toEqual({})
  })
})

describe('capabilities', () => {
  test('a plugin without authenticate may not sign anybody in: it does not start', async () => {
    const thief = hooked('thief', { authenticate: () => ({ userId: 'U1', sessionId: 'S1', scope: [] }) })
    expect(startTestServer([thief])).rejects.toMatchObject({ code: 'CORE_MISSING_CAPABILITY' })
    expect(await startTestServer([thief]).catch((failure: Error) => failure.message)).toContain('thief')
  })

  test('a plugin without transport may not attach connections', async () => {
    const line = { kind: 'x', ip: '127.0.0.1', write: () => 'sent' as const, close: () => {} }
    const sneak = definePlugin({
      id: 'sneak',
      setup: async ({ attach }) => {
        await attach(line, { userId: 'U1', sessionId: 'S1', scope: [] })
        return {}
      },
    })
    expect(await startTestServer([sneak]).catch(({ code }: { code: string }) => code)).toBe('CORE_MISSING_CAPABILITY')
  })
})
