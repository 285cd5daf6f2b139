import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { World } from '../../test/support/client/world.ts'

class FakeDocument extends EventTarget {
  visibilityState = 'visible'
}

const page = globalThis as unknown as { document?: FakeDocument }
const tell = (type: string): boolean => globalThis.dispatchEvent(new Event(type))

const show = (visibilityState: 'visible' | 'hidden'): void => {
  if (!page.document) throw new Error('there is no page')
  page.document.visibilityState = visibilityState
  page.document.dispatchEvent(new Event('visibilitychange'))
}

describe('in a page', () => {
  beforeEach(() => {
    page.document = new FakeDocument()
  })
  afterEach(() => {
    Reflect.deleteProperty(page, 'document')
  })

  /** A client that would wait for an hour. */
  const waiting = async (): Promise<{ readonly world: World; readonly client: Awaited<ReturnType<World['online']>> }> => {
    const world = new World()
    const client = await world.online('U1')
    world.server.closeAll(1012, '{"retryAfterMs":200000}')
    await world.pass(10)
    expect(client.state.kind).toBe('waiting')
    return { world, client }
  }

  test('the network that comes back ends the waiting', async () => {
    const { world, client } = await waiting()
    tell('online')
    await world.pass(10)
    expect(client.state.kind).toBe('online')
    client.stop()
  })

  test('a page that comes to the front ends the waiting, one that leaves it does not', async () => {
    const { world, client } = await waiting()
    show('hidden')
    await world.pass(10)
    expect(client.state.kind).toBe('waiting')
    show('visible')
    await world.pass(10)
    expect(client.state.kind).toBe('online')
    client.stop()
  })

  test('any doubt about a line is settled by a ping within 5 s', async () => {
    for (const doubt of [() => tell('offline'), () => tell('online'), () => show('visible')]) {
      const world = new World()
      const client = await world.online('U1')
      doubt()
      await world.pass(5_100)
      doubt()
      await world.pass(5_100)
      expect(new Set(world.server.of('core.ping').map(({ id }) => id)).size).toBe(2)
      expect(world.server.network.links.length).toBe(1)
      world.server.network.open[0]?.freeze()
      doubt()
      await world.pass(5_000)
      expect(client.state).toMatchObject({ kind: 'waiting', reason: { reason: 'the server did not answer a ping' } })
      client.stop()
    }
  })

  test('a line that answered its ping is watched as before', async () => {
    const world = new World()
    const client = await world.online('U1')
    tell('offline')
    await world.pass(6_000)
    world.server.network.open[0]?.freeze()
    await world.pass(36_000)
    expect(world.server.network.links.length).toBe(2)
    client.stop()
  })

  test('a stopped client does not listen', async () => {
    const { world, client } = await waiting()
    client.stop()
    tell('online')
    show('visible')
    await world.pass(10)
    expect(client.state.kind).toBe('closed')
    expect(world.server.network.links.length).toBe(1)
  })
})
