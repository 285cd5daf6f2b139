import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Broker } from '#core'
import { burstLimit, Hub, type NativeSubscriber, type Subscriber } from '../../src/hub.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The runtime's pub/sub: topics by set, a publication at once to everyone. */
class Runtime {
  readonly topics = new Map<string, Set<Listener>>()

  publish(topic: string, frame: string, except?: Listener): void {
    for (const listener of this.topics.get(topic) ?? []) if (listener !== except) listener.hear(topic, frame)
  }
}

/** A subscriber of either lane that writes down what it gets. */
class Listener implements Subscriber {
  readonly heard: [topic: string, frame: string][] = []
  readonly native: NativeSubscriber | undefined

  constructor(runtime?: Runtime) {
    this.native = runtime && {
      subscribe: (topic) => void runtime.topics.set(topic, (runtime.topics.get(topic) ?? new Set()).add(this)),
      unsubscribe: (topic) => void runtime.topics.get(topic)?.delete(this),
      publish: (topic, frame) => runtime.publish(topic, frame, this),
    }
  }

  send(frame: string): void {
    this.hear(frame.split(' ', 1)[0] ?? '', frame)
  }

  hear(topic: string, frame: string): void {
    this.heard.push([topic, frame])
  }

  on(topic: string): string[] {
    return this.heard.filter(([where]) => where === topic).map(([, frame]) => frame)
  }
}

/** Two subscribers in each lane, and a hub between them. */
const scene = () => {
  const runtime = new Runtime()
  const hub = new Hub()
  void hub.start((topic, frame) => runtime.publish(topic, frame), undefined)
  return { runtime, hub, listeners: [new Listener(runtime), new Listener(runtime), new Listener(), new Listener()] }
}

const topics = ['a', 'b', 'c']
const who = fc.nat({ max: 3 })
const where = fc.constantFrom(...topics)
const command = fc.oneof(
  fc.record({ do: fc.constant('subscribe' as const), who, where }),
  fc.record({ do: fc.constant('unsubscribe' as const), who, where }),
  {
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      where,
      size: fc.constantFrom(10, 10, 1_000, 60_000, 200_000),
      except: fc.option(who),
    }),
    weight: 4,
  },
  // More than one turn may take, so that what comes next comes in the middle of it.
  fc.record({ do: fc.constant('burst' as const), where, count: fc.integer({ min: 5, max: 12 }) }),
  fc.record({ do: fc.constant('turn' as const) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** Do as the commands say with a hub, and with plain sets that deliver at once; what each listener should have heard, by topic. */
const play = async (commands: readonly Command[]) => {
  const { hub, listeners } = scene()
  const members = new Map(topics.map((topic) => [topic, new Set<number>()]))
  const expected = listeners.map(() => new Map(topics.map((topic) => [topic, [] as string[]])))
  let count = 0
  const publish = (topic: string, size: number, except: number | null): void => {
    const frame = `${topic} ${++count} ${'x'.repeat(size)}`
    hub.publish(topic, frame, except === null ? undefined : listeners[except])
    for (const member of members.get(topic) ?? []) if (member !== except) expected[member]?.get(topic)?.push(frame)
  }
  for (const step of commands) {
    if (step.do === 'turn') await turn()
    else if (step.do === 'publish') publish(step.where, step.size, step.except)
    else if (step.do === 'burst') for (let i = 0; i < step.count; i++) publish(step.where, 60_000, null)
    else {
      hub[step.do](listeners[step.who] as Listener, step.where)
      if (step.do === 'subscribe') members.get(step.where)?.add(step.who)
      else members.get(step.where)?.delete(step.who)
    }
  }
  const isWaiting = (): boolean =>
    listeners.some((listener, i) => topics.some((topic) => listener.on(topic).length < (expected[i]?.get(topic)?.length ?? 0)))
  for (let turns = 0; isWaiting() && turns < 200; turns++) await turn()
  await turn()
  return { listeners, expected }
}

describe('the hub', () => {
  test('delivers what plain sets would, in the same order per topic, in both lanes, in bursts and out of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const { listeners, expected } = await play(commands)
        listeners.forEach((listener, i) => {
          for (const topic of topics) {
            const numbers = (frames: readonly string[] | undefined) => frames?.map((frame) => frame.split(' ')[1])
            expect(numbers(listener.on(topic))).toEqual(numbers(expected[i]?.get(topic)))
          }
        })
      }),
      { numRuns: 150 },
    )
  }, 30_000)

  test('hands a burst on one topic over in parts that fit a socket’s buffer', async () => {
    const { hub, listeners } = scene()
    const [native] = listeners as [Listener]
    hub.subscribe(native, 'a')
    const frame = (i: number): string => `a ${i} ${'x'.repeat(50_000)}`
    for (let i = 0; i < 100; i++) hub.publish('a', frame(i))
    let before = 0
    while (before < 100) {
      const characters = native.heard.slice(before).reduce((sum, [, text]) => sum + text.length, 0)
      expect(characters).toBeWithin(1, 2 * burstLimit + 60_000)
      before = native.heard.length
      await turn()
    }
    expect(native.heard.map(([, text]) => Number(text.split(' ')[1]))).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  test('does not hold up other topics for a burst on one', () => {
    const { hub, listeners } = scene()
    const [native] = listeners as [Listener]
    hub.subscribe(native, 'a')
    hub.subscribe(native, 'b')
    for (let i = 0; i < 20; i++) hub.publish('a', `a ${'x'.repeat(60_000)}`)
    hub.publish('b', 'b small')
    expect(native.on('b')).toEqual(['b small'])
    expect(native.on('a').length).toBeLessThan(20)
  })

  test('a frame larger than a whole burst is delivered all the same', async () => {
    const { hub, listeners } = scene()
    const [native] = listeners as [Listener]
    hub.subscribe(native, 'a')
    for (const i of [1, 2]) hub.publish('a', `a ${i} ${'x'.repeat(2 * burstLimit)}`)
    await turn()
    await turn()
    expect(native.on('a')).toHaveLength(2)
  })

  test('a listener that publishes in the middle of a delivery gets it after what was before', async () => {
    const { hub } = scene()
    const heard: string[] = []
    const send = (frame: string): void => {
      heard.push(frame)
      if (frame === 'first') hub.publish('a', 'third')
    }
    hub.subscribe({ native: undefined, send }, 'a')
    hub.publish('a', 'first')
    hub.publish('a', 'second')
    await turn()
    expect(heard.toSorted()).toEqual(['first', 'second', 'third'])
    expect(heard[0]).toBe('first')
  })

  test('delivers nothing after it was closed, not even what was waiting', async () => {
    const { hub, listeners } = scene()
    const [native] = listeners as [Listener]
    hub.subscribe(native, 'a')
    for (let i = 0; i < 20; i++) hub.publish('a', `a ${'x'.repeat(60_000)}`)
    const before = native.heard.length
    hub.close()
    hub.publish('a', 'a late')
    await turn()
    await turn()
    expect(native.heard).toHaveLength(before)
  })
})

describe('a broker', () => {
  /** A broker that hands nothing on by itself. */
  const broker = () => {
    const published: string[] = []
    let deliver: (topic: string, frame: string) => void = () => {}
    const plug: Broker = {
      publish: (_, frame) => void published.push(frame),
      start: (arrive) => {
        deliver = arrive
      },
    }
    return { plug, published, arrive: (topic: string, frame: string) => deliver(topic, frame) }
  }

  test('gets each publication once, and what it brings is delivered here and not sent back', async () => {
    const { plug, published, arrive } = broker()
    const hub = new Hub()
    await hub.start(() => {}, plug)
    const [ann, bob] = [new Listener(), new Listener()]
    for (const listener of [ann, bob]) hub.subscribe(listener, 'a')
    hub.publish('a', 'a from here', ann)
    arrive('a', 'a from there')
    expect(published).toEqual(['a from here'])
    expect(bob.on('a')).toEqual(['a from here', 'a from there'])
    // Leaving somebody out is about this node only.
    expect(ann.on('a')).toEqual(['a from there'])
  })

  test('brings a burst in order behind one from here', async () => {
    const { plug, arrive } = broker()
    const hub = new Hub()
    await hub.start(() => {}, plug)
    const ann = new Listener()
    hub.subscribe(ann, 'a')
    for (let i = 0; i < 10; i++) hub.publish('a', `a ${i} ${'x'.repeat(60_000)}`)
    arrive('a', 'a 10')
    for (let turns = 0; ann.heard.length < 11 && turns < 50; turns++) await turn()
    expect(ann.on('a').map((frame) => Number(frame.split(' ')[1]))).toEqual(Array.from({ length: 11 }, (_, i) => i))
  })
})
