import { describe, expect, test } from 'bun:test'
import { MemoryStorage, World } from '../../test/support/client/world.ts'
import type { WireError } from '../errors.ts'
import type { Sending, SendingState } from './index.ts'

const texts = (world: World, one = 'U1', other = 'U2'): string[] => world.server.chat.log(one, other).map(({ data }) => data.text ?? '')

const historyOf = (sending: Sending): SendingState[] => {
  const states = [sending.state]
  sending.onChange(({ state }) => states.push(state))
  return states
}

const refusal = (kind: WireError['kind'], code: string, retry: boolean): WireError => ({ code, kind, message: code, retry })

describe('a durable send', () => {
  test('goes from sending to sent, and resolves with the stored message', async () => {
    const world = new World()
    const client = await world.online('U1')
    const sending = client.chat.send('U2', 'Hello')
    const states = historyOf(sending)
    expect(client.chat.unsent()).toEqual([sending])
    await world.pass(10)
    const [stored] = world.server.chat.log('U1', 'U2')
    expect(states).toEqual(['sending', 'sent'])
    expect(await sending.done).toEqual(stored as NonNullable<typeof stored>)
    expect(sending.posted).toEqual(stored)
    expect(client.chat.unsent()).toEqual([])
  })

  test('written before there is a line waits for one', async () => {
    const world = new World()
    const client = world.client('U1')
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(60_000)
    expect(sending.state).toBe('queued')
    client.start()
    await world.pass(10)
    expect(sending.state).toBe('sent')
  })

  test('whose answer was lost goes out again with the same client id and is stored once', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = () => 'swallow answer'
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(10)
    await world.cut()
    expect(sending.state).toBe('queued')
    world.server.judge = () => 'answer'
    await world.pass(1_000)
    expect(sending.state).toBe('sent')
    expect(world.server.of('chat.send').map(({ data }) => data.clientId)).toEqual([sending.clientId, sending.clientId])
    expect(texts(world)).toEqual(['Hello'])
  })

  test('that gets no answer on a line that lives is tried again', async () => {
    const world = new World()
    const client = await world.online('U1')
    let ignored = 0
    world.server.judge = ({ type }) => (type === 'chat.send' && ++ignored <= 2 ? 'ignore' : 'answer')
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(30_000)
    expect(sending.state).toBe('sent')
  })

  test('is tried again after what may pass, when the server says', async () => {
    const world = new World()
    const client = await world.online('U1')
    const verdicts: WireError[] = [
      { ...refusal('rate_limited', 'CORE_RATE_LIMITED', true), retryAfterMs: 5_000 },
      { ...refusal('unavailable', 'CORE_STORAGE_FULL', true), retryAfterMs: 5_000 },
      refusal('internal', 'CORE_INTERNAL', true),
    ]
    world.server.judge = () => verdicts.shift() ?? 'answer'
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(5_000)
    expect(world.server.of('chat.send').length).toBe(1)
    await world.pass(6_000)
    expect(world.server.of('chat.send').length).toBe(3)
    await world.pass(5_000)
    expect(sending.state).toBe('sent')
  })

  test('that the server refuses for good fails, stays to be seen, and can be tried again', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = ({ data }) => (data.text === 'Hello' ? refusal('forbidden', 'CORE_FORBIDDEN', false) : 'answer')
    const sending = client.chat.send('U2', 'Hello')
    const other = client.chat.send('U2', 'Other')
    const states = historyOf(sending)
    const failed = sending.done
    await world.pass(10)
    expect(sending).toMatchObject({ state: 'failed', error: { code: 'CORE_FORBIDDEN' } })
    expect(failed).rejects.toThrow('CORE_FORBIDDEN')
    expect(client.chat.unsent()).toEqual([sending])
    expect(other.state).toBe('sent')
    world.server.judge = () => 'answer'
    sending.retry()
    sending.retry()
    expect(sending.error).toBeUndefined()
    await world.pass(10)
    expect(states).toEqual(['sending', 'failed', 'queued', 'sending', 'sent'])
    expect((await sending.done).seq).toBe(2)
  })

  test('nobody has to handle its failure', async () => {
    const world = new World()
    const client = await world.online('U1')
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const sending = client.chat.send('U9', 'Hello')
    await world.pass(10)
    await world.clock.settle()
    process.off('unhandledRejection', note)
    expect(sending.error?.code).toBe('CHAT_NO_SUCH_USER')
    expect(unhandled).toEqual([])
  })

  test('shows what will be stored: half characters and NUL are replaced before', async () => {
    const world = new World()
    const client = await world.online('U1')
    const sending = client.chat.send('U2', 'a\uD83Db\0c 😀')
    await world.pass(10)
    expect(sending.text).toBe('a\uFFFDb\uFFFDc 😀')
    expect(texts(world)).toEqual([sending.text])
  })

  test('that is too large to be a frame fails at once and ends no line', async () => {
    const world = new World()
    const client = await world.online('U1')
    const sending = client.chat.send('U2', '字'.repeat(30_000))
    await world.pass(10)
    expect(sending.error?.code).toBe('CLIENT_TOO_LARGE')
    expect(client.state.kind).toBe('online')
  })

  test('on a line whose token has ended waits for the next line', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = () => refusal('unauthenticated', 'CORE_TOKEN_EXPIRED', false)
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(60_000)
    expect(sending.state).toBe('queued')
    expect(world.server.of('chat.send').length).toBe(1)
    world.server.judge = () => 'answer'
    await world.cut()
    await world.pass(1_000)
    expect(sending.state).toBe('sent')
  })
})

describe('order', () => {
  test('a later text to the same person is not sent before the earlier one is acknowledged', async () => {
    const world = new World()
    const client = await world.online('U1')
    let refused = 0
    world.server.judge = ({ data }) => (data.text === 'one' && ++refused < 4 ? refusal('unavailable', 'CORE_STORAGE_BUSY', true) : 'answer')
    for (const text of ['one', 'two', 'three']) client.chat.send('U2', text)
    await world.pass(600_000)
    expect(texts(world)).toEqual(['one', 'two', 'three'])
    expect(world.server.of('chat.send').map(({ data }) => data.text)).toEqual(['one', 'one', 'one', 'one', 'two', 'three'])
  })

  test('people do not wait for each other', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = ({ to }) => (to === 'U2' ? 'ignore' : 'answer')
    client.chat.send('U2', 'stuck')
    const other = client.chat.send('U3', 'free')
    await world.pass(10)
    expect(other.state).toBe('sent')
  })

  test('holds when the line breaks between answer and answer', async () => {
    const world = new World()
    const client = await world.online('U1')
    let count = 0
    world.server.judge = ({ type }) => (type === 'chat.send' && ++count % 2 === 1 ? 'swallow answer' : 'answer')
    for (let index = 0; index < 20; index++) client.chat.send('U2', `${index}`)
    for (let round = 0; round < 30; round++) {
      await world.pass(500)
      await world.cut()
    }
    expect(texts(world)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`))
  })
})

describe('cancelling', () => {
  test('a text that was never tried is certain, and it never arrives', async () => {
    const world = new World()
    const client = world.client('U1')
    const sending = client.chat.send('U2', 'Hello')
    expect(sending.cancel()).toBe(true)
    expect(sending.state).toBe('cancelled')
    expect(sending.done).rejects.toThrow('cancelled')
    expect(client.chat.unsent()).toEqual([])
    client.start()
    await world.pass(1_000)
    expect(world.server.of('chat.send')).toEqual([])
  })

  test('one that is under way is not certain; it is not tried again, and the next one goes', async () => {
    const world = new World()
    const client = await world.online('U1')
    world.server.judge = ({ data }) => (data.text === 'one' ? 'ignore' : 'answer')
    const sending = client.chat.send('U2', 'one')
    const next = client.chat.send('U2', 'two')
    await world.pass(10)
    expect(sending.cancel()).toBe(false)
    await world.pass(60_000)
    expect(world.server.of('chat.send').map(({ data }) => data.text)).toEqual(['one', 'two'])
    expect([sending.state, next.state]).toEqual(['cancelled', 'sent'])
  })

  test('one whose ack is already on its way stays cancelled, though it is stored', async () => {
    const world = new World()
    const client = await world.online('U1')
    const conversation = client.chat.conversation('U2')
    const sending = client.chat.send('U2', 'one')
    expect(sending.cancel()).toBe(false)
    await world.pass(10)
    expect(sending.state).toBe('cancelled')
    expect(sending.posted).toBeUndefined()
    expect(conversation.messages.map(({ data }) => data.text)).toEqual(['one'])
  })

  test('what is sent or cancelled already changes nothing', async () => {
    const world = new World()
    const client = await world.online('U1')
    const sending = client.chat.send('U2', 'Hello')
    await world.pass(10)
    expect(sending.cancel()).toBe(false)
    expect(sending.state).toBe('sent')
    sending.retry()
    expect(sending.state).toBe('sent')
  })

  test('a failed one is certain', async () => {
    const world = new World()
    const client = await world.online('U1')
    const sending = client.chat.send('U9', 'Hello')
    await world.pass(10)
    expect(sending.cancel()).toBe(true)
    expect(client.chat.unsent()).toEqual([])
  })
})

describe('with a storage', () => {
  test('unsent texts survive a reload, in order, and are stored once', async () => {
    const world = new World()
    const storage = new MemoryStorage()
    const first = await world.online('U1', { storage })
    world.server.judge = () => 'swallow answer'
    const before = ['one', 'two', 'three'].map((text) => first.chat.send('U2', text))
    await world.pass(10)
    first.stop()
    world.server.judge = () => 'answer'
    const second = world.client('U1', { storage, user: 'U1' })
    expect(second.chat.unsent().map(({ clientId }) => clientId)).toEqual(before.map(({ clientId }) => clientId))
    second.chat.send('U2', 'four')
    second.start()
    await world.pass(10)
    expect(texts(world)).toEqual(['one', 'two', 'three', 'four'])
    expect(second.chat.unsent()).toEqual([])
    expect(storage.values.size).toBe(0)
  })

  test('without knowing the user they are there after the first welcome, before what was written since', async () => {
    const world = new World()
    const storage = new MemoryStorage()
    const first = world.client('U1', { storage, user: 'U1' })
    first.chat.send('U2', 'one')
    const second = world.client('U1', { storage })
    second.chat.send('U2', 'two')
    expect(second.chat.unsent().map(({ text }) => text)).toEqual(['two'])
    second.start()
    await world.pass(10)
    expect(texts(world)).toEqual(['one', 'two'])
  })

  test('what was written before the user was known is kept from the first welcome on', async () => {
    const world = new World()
    const storage = new MemoryStorage()
    const first = world.client('U1', { storage })
    first.chat.send('U2', 'early')
    world.server.judge = () => 'ignore'
    first.start()
    await world.pass(10)
    first.stop()
    expect(
      world
        .client('U1', { storage, user: 'U1' })
        .chat.unsent()
        .map(({ text }) => text),
    ).toEqual(['early'])
  })

  test("one user's texts are never sent as another's", async () => {
    const world = new World()
    const storage = new MemoryStorage()
    world.client('U1', { storage, user: 'U1' }).chat.send('U2', 'mine')
    const other = await world.online('U3', { storage })
    await world.pass(1_000)
    expect(other.chat.unsent()).toEqual([])
    expect(world.server.of('chat.send')).toEqual([])
    expect(storage.values.size).toBe(1)
  })

  test('a failed one is still failed after a reload, with its reason', async () => {
    const world = new World()
    const storage = new MemoryStorage()
    const first = await world.online('U1', { storage })
    first.chat.send('U9', 'Hello')
    await world.pass(10)
    first.stop()
    const second = await world.online('U1', { storage })
    expect(second.chat.unsent()).toMatchObject([{ state: 'failed', error: { code: 'CHAT_NO_SUCH_USER' }, text: 'Hello' }])
    expect(world.server.of('chat.send').length).toBe(1)
    expect(second.chat.unsent()[0]?.cancel()).toBe(true)
    expect(storage.values.size).toBe(0)
  })

  test('two tabs of one user do not lose each other’s texts', async () => {
    const world = new World()
    const storage = new MemoryStorage()
    const [one, two] = [world.client('U1', { storage, user: 'U1' }), world.client('U1', { storage, user: 'U1' })]
    one.chat.send('U2', 'from one')
    two.chat.send('U2', 'from two')
    one.chat.send('U3', 'again from one')
    const third = world.client('U1', { storage, user: 'U1' })
    expect(third.chat.unsent().map(({ text }) => text)).toEqual(['from one', 'from two', 'again from one'])
    for (const client of [one, two, third]) client.start()
    await world.pass(100)
    expect(texts(world).toSorted()).toEqual(['from one', 'from two'])
    expect(storage.values.size).toBe(0)
  })

  test('that is full, forbidden or spoiled is done without', async () => {
    const world = new World()
    const fails = (): never => {
      throw new Error('QuotaExceededError')
    }
    const spoiled = new MemoryStorage()
    spoiled.set('parley.outbox.U1', '[{"clientId":7},null,"x"')
    for (const storage of [{ get: fails, set: fails, remove: fails }, spoiled]) {
      const client = await world.online('U1', { storage, user: 'U1' })
      const sending = client.chat.send('U2', 'Hello')
      await world.pass(10)
      expect(sending.state).toBe('sent')
      client.stop()
    }
    expect(texts(world)).toEqual(['Hello', 'Hello'])
  })

  test('what is stored and is no text is left out', async () => {
    const world = new World()
    const storage = new MemoryStorage()
    storage.set('parley.outbox.U1', '[{"clientId":7},null,"x",{"clientId":"a","to":"U2","text":"kept","createdAt":1}]')
    const client = world.client('U1', { storage, user: 'U1' })
    expect(client.chat.unsent().map(({ text }) => text)).toEqual(['kept'])
  })
})

describe('the list of unsent texts', () => {
  test('is announced after every change of it and in it', async () => {
    const world = new World()
    const client = await world.online('U1')
    const heard: string[] = []
    const undo = client.chat.onUnsent((unsent) => heard.push(unsent.map(({ state }) => state).join()))
    client.chat.send('U2', 'one')
    await world.pass(10)
    undo()
    client.chat.send('U2', 'two')
    await world.pass(10)
    expect(heard).toEqual(['queued', 'sending', ''])
  })

  test('client ids are legal and never the same in two clients', async () => {
    const world = new World()
    const clients = [world.client('U1', { random: Math.random }), world.client('U1', { random: Math.random })]
    const ids = clients.flatMap((client) => [1, 2].map(() => client.chat.send('U2', 'x').clientId))
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_\-.:]{1,64}$/)
  })
})
