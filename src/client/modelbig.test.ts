// The client against a model: whatever the network and the server do, after the last heal its conversations are the
// server's log, and on the way there was never a hole, a repeat or another order (delivery contract, I16 and I20).
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { calm, dice, noTally, storm, type Tally } from '../../test/support/client/weather.ts'
import { Witness } from '../../test/support/client/witness.ts'
import { MemoryStorage, World } from '../../test/support/client/world.ts'
import type { Entry, Sending } from './index.ts'

const users = ['U1', 'U2', 'U3']
const group = 'G1'
/** Who holds which device; U3 writes from somewhere else. */
const owners = ['U1', 'U2', 'U1']

interface Device {
  readonly userId: string
  readonly storage: MemoryStorage
  witness: Witness
  /** Client ids by addressee, in the order of `send`. */
  readonly sent: Map<string, string[]>
}

class Model {
  readonly world = new World(users)
  readonly devices: Device[]
  readonly tally: Tally
  readonly faults: string[] = []
  readonly roll: () => number
  sends = 0
  readonly changes: Sending[] = []
  restarts = 0

  constructor(seed: number, tally: Tally) {
    this.roll = dice(seed)
    this.tally = tally
    this.world.random = this.roll
    if (seed % 2 === 0) this.world.server.plugins = [...this.world.server.plugins, 'inbox']
    this.world.server.chat.group(group, ...(users as [string]))
    this.devices = owners.map((userId) => {
      const storage = new MemoryStorage()
      return { userId, storage, witness: this.#start(userId, storage), sent: new Map() }
    })
  }

  #start(userId: string, storage: MemoryStorage): Witness {
    const client = this.world.client(userId, { storage, user: userId })
    const witness = new Witness(client, userId)
    client.start()
    return witness
  }

  /** As when a page is loaded again: the client is gone, its storage is not. */
  reload(device: Device): void {
    this.tally.reloads++
    const { witness } = device
    witness.client.stop()
    this.faults.push(...witness.faults)
    device.witness = this.#start(device.userId, device.storage)
    for (const userId of witness.conversations.keys()) device.witness.open(userId)
  }

  send(device: Device, to: string): void {
    const sending = device.witness.client.chat.send(to, `text ${++this.sends}`)
    device.sent.set(to, [...(device.sent.get(to) ?? []), sending.clientId])
  }

  /** Edit, recall or react to some message of the conversation, own or not: what is refused changes nothing. */
  change(device: Device, to: string): void {
    const { chat } = device.witness.client
    const log = this.world.server.chat.log(device.userId, to).filter(({ type }) => type === 'chat.posted')
    const target = log[Math.floor(this.roll() * log.length)]?.seq
    if (target === undefined) return
    const dice = this.roll()
    if (dice < 0.4) this.changes.push(chat.edit(to, target, `edit ${++this.sends}`))
    else if (dice < 0.6) this.changes.push(chat.recall(to, target))
    else this.changes.push(chat.react(to, target, dice < 0.8 ? '👍' : '🎉', this.roll() < 0.7))
  }

  cut(device: Device): void {
    this.tally.cuts++
    const { links } = this.world.server.network
    const own = links.filter((link) => !link.isOver && link.server.protocols.includes(`auth.${device.userId}`))
    for (const link of own) {
      if (this.roll() < 0.2) link.freeze()
      else link.cut(this.roll() * 2_000, this.roll() * 5_000)
    }
  }

  restart(): void {
    this.tally.restarts++
    this.restarts++
    this.world.server.rooms.restart()
    this.world.server.closeAll(1012, `{"retryAfterMs":${Math.floor(this.roll() * 3_000)}}`)
  }
}

type Step = (model: Model) => void | Promise<void>

const device = fc.nat({ max: owners.length - 1 })
const user = fc.constantFrom(...users)
const place = fc.constantFrom(...users, group)
const at = (model: Model, index: number): Device => model.devices[index] as Device

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(device, place).map(
      ([one, to]): Step =>
        (model) =>
          model.send(at(model, one), to),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(device, place).map(
      ([one, to]): Step =>
        (model) =>
          model.change(at(model, one), to),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(user, place).map(
      ([from, to]): Step =>
        ({ world, sends }) =>
          world.server.post(from, to, `far ${sends}`),
    ),
  },
  {
    weight: 4,
    arbitrary: device.map(
      (one): Step =>
        (model) =>
          void at(model, one)
            .witness.room.send({})
            .catch(() => {}),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(device, place).map(
      ([one, other]): Step =>
        (model) =>
          at(model, one).witness.open(other),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(device, place).map(
      ([one, other]): Step =>
        (model) =>
          at(model, one).witness.close(other),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(device, place).map(
      ([one, other]): Step =>
        (model) =>
          void at(model, one)
            .witness.conversations.get(other)
            ?.conversation.loadOlder(2)
            .catch(() => {}),
    ),
  },
  {
    weight: 3,
    arbitrary: device.map(
      (one): Step =>
        (model) =>
          model.cut(at(model, one)),
    ),
  },
  {
    weight: 1,
    arbitrary: device.map(
      (one): Step =>
        (model) =>
          model.reload(at(model, one)),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.restart()) },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (isUp): Step =>
        ({ world }) => {
          world.server.network.isUp = isUp
        },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.nat({ max: 3_000 }).map(
      (ms): Step =>
        ({ world }) =>
          world.pass(ms),
    ),
  },
)

const expectSentOnceInOrder = ({ world }: Model, { userId, sent }: Device): void => {
  for (const [to, clientIds] of sent) {
    const stored = world.server.chat.log(userId, to).map(({ data }) => data.clientId)
    expect(stored.filter((clientId) => clientIds.includes(clientId))).toEqual(clientIds)
  }
}

/** A message as people see it; who recalled or edited it first is told by the server's row. */
const shown = ({ seq, data }: Entry): string => `${seq} ${data.id} ${data.text} ${data.recalledAt ?? ''}`

/** What the model makes of the reactions in a log: one by one, in its order. */
const reactionsIn = (log: readonly Entry[]): (number | Record<string, string[]>)[][] =>
  log
    .filter(({ type }) => type === 'chat.posted')
    .map((message) => {
      const found: Record<string, string[]> = {}
      const own = log.filter(({ type, data }) => type === 'chat.reacted' && data.target === message.seq)
      if (message.data.recalledAt !== undefined) return [message.seq, found]
      for (const { from, data } of own) {
        const emoji = data.emoji ?? ''
        const users = new Set(found[emoji])
        if (data.on === false) users.delete(from)
        else users.add(from)
        if (users.size > 0) found[emoji] = [...users]
        else delete found[emoji]
      }
      return [message.seq, found]
    })

const expectLists = ({ world }: Model, { userId, witness }: Device): void => {
  for (const [other, { conversation }] of witness.conversations) {
    const log = world.server.chat.log(userId, other)
    expect(conversation).toMatchObject({ isLoaded: true, head: log.length, error: undefined })
    const kept = log.slice(log.length - conversation.entries.length)
    expect(conversation.entries.map(({ data, seq, type }) => `${seq} ${data.id} ${type}`)).toEqual(
      kept.map(({ data, seq, type }) => `${seq} ${data.id} ${type}`),
    )
    expect(conversation.messages.map(shown)).toEqual(kept.filter(({ type }) => type === 'chat.posted').map(shown))
    expect(conversation.messages.map(({ seq, reactions }) => [seq, reactions ?? {}])).toEqual(reactionsIn(kept))
    expect(conversation.hasOlder).toBe(kept.length < log.length)
  }
  for (const [other, heard] of witness.heard) expect(heard.at(-1)).toBe(world.server.chat.log(userId, other).length)
}

const expectHealed = (model: Model): void => {
  const { world, devices } = model
  const offset = Math.max(0, ...([...world.server.rooms.sent.values()].at(-1)?.map(({ seq }) => seq) ?? []))
  expect(model.faults.concat(devices.flatMap(({ witness }) => witness.faults))).toEqual([])
  for (const each of devices) {
    const { client, room, roomSeqs, resets } = each.witness
    expect(client.state.kind).toBe('online')
    // What was refused for good, such as an edit of somebody else's message, stays until somebody looks at it.
    for (const failed of client.chat.unsent()) if (failed.state === 'failed' && failed.kind !== 'send') failed.cancel()
    expect(client.chat.unsent()).toEqual([])
    expect(each.storage.values.size).toBe(0)
    expect(room).toMatchObject({ isJoined: true, count: new Set(owners).size })
    if (roomSeqs.length > 1) expect(roomSeqs.at(-1)).toBeLessThanOrEqual(offset)
    expect(resets).toBeLessThanOrEqual(model.restarts)
    expectSentOnceInOrder(model, each)
    expectLists(model, each)
  }
}

const run = async (seed: number, plan: readonly Step[], tally: Tally): Promise<Model> => {
  const model = new Model(seed, tally)
  const { world } = model
  storm(world.server, world.clock, model.roll, tally)
  for (const step of plan) await step(model)
  calm(world.server)
  await world.pass(120_000)
  expectHealed(model)
  // One more word from everybody shows that nobody is stuck.
  for (const each of model.devices) model.send(each, 'U3')
  for (const each of model.devices) void each.witness.room.send({}).catch(() => {})
  await world.pass(1_000)
  expectHealed(model)
  const last = model.devices.map(({ witness }) => witness.roomSeqs.at(-1))
  expect(new Set(last).size).toBe(1)
  return model
}

describe('whatever happens', () => {
  test('after the last heal every conversation is the server’s log, and every text is stored once and in order', async () => {
    const tally = noTally()
    let sends = 0
    let resets = 0
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(steps, { minLength: 20, maxLength: 80 }), async (seed, plan) => {
        const model = await run(seed, plan, tally)
        sends += model.sends
        resets += model.devices.reduce((sum, { witness }) => sum + witness.resets, 0)
      }),
      { numRuns: 3000 },
    )
    // A run in which nothing went wrong would say nothing.
    expect(sends).toBeGreaterThan(1_000)
    expect(resets).toBeGreaterThan(0)
    for (const count of Object.values(tally)) expect(count).toBeGreaterThan(20)
  }, 900_000)
})
