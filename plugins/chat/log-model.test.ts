// Random commands of three people in a group, in pairs and alone, against a model that goes through lists: what histories show,
// what the list counts and in which order, and what a second try is answered.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { forEachDatabase } from '../../test/support/databases.ts'
import { type Command, NaiveChat } from '../../test/support/naive-chat.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Loose, TestSocket } from '../../test/support/socket.ts'
import { chat } from './index.ts'

const mostCommands = 60

// Each look at the clock is a millisecond later, so that no two messages are of one time.
let nowMs = Date.UTC(2026, 10, 20)
let ids = 1_000
const ambient = {
  now: () => {
    nowMs += 1
    return nowMs
  },
  monotonic: () => performance.now(),
  id: (prefix: string) => {
    ids += 1
    return `${prefix}${ids}`
  },
}

/** A roll is turned into a command where it is done: what it may aim at depends on what has been done by then. */
const roll = fc.record({
  who: fc.nat(2),
  where: fc.nat(4),
  from: fc.nat(4),
  what: fc.constantFrom(
    ...([
      'send',
      'send',
      'send',
      'send',
      'reply',
      'edit',
      'edit',
      'recall',
      'react',
      'react',
      'pin',
      'forward',
      'forward',
      'hide',
    ] as const),
    ...(['clear', 'read', 'read', 'personalize', 'again', 'again'] as const),
  ),
  aim: fc.nat(1_000),
  text: fc.constantFrom('hi', 'ho', 'hello all'),
  mention: fc.constantFrom('nobody', 'nobody', 'one', 'two', 'all'),
  on: fc.boolean(),
})
type Roll = typeof roll extends fc.Arbitrary<infer R> ? R : never

let people = 90_000
let tries = 0

/** One run: the three, their places, and what they have asked for so far. */
class Scene {
  readonly #model = new NaiveChat()
  readonly #users: readonly string[]
  readonly #sockets: readonly TestSocket[]
  readonly #group: string
  readonly #done: Command[] = []

  private constructor(users: readonly string[], sockets: readonly TestSocket[], group: string) {
    this.#users = users
    this.#sockets = sockets
    this.#group = group
  }

  static async begin(server: TestServer): Promise<Scene> {
    const users = [1, 2, 3].map(() => `U${++people}`)
    const sockets = await Promise.all(users.map((user) => server.connect(user)))
    const [ann = '', bob = '', cat = ''] = users
    const { id } = await (sockets[0] as TestSocket).request('chat.create', { name: 'Three', users: [bob, cat] })
    const scene = new Scene(users, sockets, id)
    const { messages } = await (sockets[0] as TestSocket).request('chat.history', { after: 0 }, { to: id })
    const entries = messages.map(({ seq, from, type, data, time }: Loose) => ({ seq, from, type, data: withoutIds(data), time }))
    scene.#model.open(id, users, [ann], entries)
    for (const pair of [[ann, bob], [ann, cat], [bob, cat], ...users.map((user) => [user])])
      scene.#model.open([pair[0], pair[1] ?? pair[0]].sort().join(':'), pair, [], [])
    return scene
  }

  async play({ what, ...rolled }: Roll): Promise<void> {
    const command = what === 'again' ? this.#done[rolled.aim % Math.max(1, this.#done.length)] : this.#command({ what, ...rolled })
    if (!command) return
    tries++
    this.#done.push(command)
    const { user, at, verb, data } = command
    const expected = this.#model.expect(command)
    const socket = this.#sockets[this.#users.indexOf(user)] as TestSocket
    const answer = await socket.request(`chat.${verb}`, data, { to: at }).catch(({ code }: Loose) => ({ code }))
    if (expected.is === 'refused') expect({ command, answer }).toEqual({ command, answer: { code: expected.code } })
    else if (expected.is === 'dup') expect({ command, answer }).toEqual({ command, answer: { ...expected.ack, dup: true } })
    else {
      expect({ command, code: answer.code, dup: answer.dup }).toEqual({ command, code: undefined, dup: undefined })
      this.#model.stored(command, answer)
    }
  }

  /** Everybody looks at everything. */
  async compare(after: number): Promise<void> {
    for (const [n, user] of this.#users.entries()) {
      const socket = this.#sockets[n] as TestSocket
      for (const at of this.#places(user)) await this.#compareHistory(socket, user, at, after)
      for (const folder of ['main', 'archive'] as const) {
        const { conversations } = await socket.request('chat.list', { folder })
        expect(await Promise.all(conversations.map(told(socket)))).toEqual(this.#model.list(user, folder))
      }
    }
  }

  async #compareHistory(socket: TestSocket, user: string, at: string, after: number): Promise<void> {
    const length = this.#model.length(user, at)
    const limit = 7
    const from = after % (length + 1)
    const { messages, head, more } = await socket.request('chat.history', { after: from, limit }, { to: at })
    const expected = this.#model.history(user, at, from, limit)
    expect(messages.map(shown)).toEqual(expected)
    expect([head, more]).toEqual([length, (expected.at(-1)?.seq ?? length) < length])
    // Each entry came live once, in its order, to whoever is in the place.
    const isHere = (frame: Loose): boolean => frame.to === at || (frame.to === user && frame.from === at)
    const live = socket.frames.filter(
      (frame) => frame.seq !== undefined && isHere(frame) && (at.startsWith('G') || at !== user || frame.from === user),
    )
    expect(live.map(({ seq }) => seq)).toEqual(Array.from({ length }, (_, n) => n + 1))
  }

  #places(user: string): string[] {
    return [this.#group, ...this.#users.filter((other) => other !== user), user]
  }

  #command({ who, where, from, what, aim, text, mention, on }: Roll): Command {
    const user = this.#users[who] ?? ''
    const places = this.#places(user)
    const at = places[where % places.length] ?? ''
    // A little beyond what there is, too.
    const target = 1 + (aim % (this.#model.length(user, at) + 2))
    const clientId = `m${tries}`
    const entities = this.#entities(mention, aim)
    const worded = { text, clientId, ...(entities && { entities }) }
    const source = places[from % places.length] ?? ''
    const data: Readonly<Record<string, [Command['verb'], Loose]>> = {
      send: ['send', worded],
      reply: ['send', { ...worded, reply: target }],
      edit: ['edit', { ...worded, target }],
      recall: ['recall', { target, clientId }],
      react: ['react', { target, emoji: on ? '👍' : '🎉', on: aim % 3 > 0, clientId }],
      pin: ['pin', { target, on, clientId }],
      forward: ['forward', { from: source, target: 1 + (aim % (this.#model.length(user, source) + 2)), clientId }],
      hide: ['hide', { targets: [target] }],
      clear: ['clear', on ? {} : { seq: target }],
      read: ['read', { seq: target }],
      personalize: ['personalize', aim % 2 ? { pin: on } : { archive: on }],
    }
    const [verb, said] = data[what] ?? ['send', worded]
    // What one does for oneself needs a conversation that there is.
    const isThere = this.#model.length(user, at) > 0 || !['hide', 'clear', 'personalize'].includes(verb)
    return { user, at, ...(isThere ? { verb, data: said } : { verb: 'send', data: worded }) }
  }

  #entities(mention: Roll['mention'], aim: number): Loose[] | undefined {
    if (mention === 'nobody') return undefined
    if (mention === 'all') return [{ type: 'all', offset: 0, length: 2 }]
    const named = mention === 'one' ? [aim] : [aim, aim + 1]
    return named.map((n) => ({ type: 'mention', offset: 0, length: 2, user: this.#users[n % 3] }))
  }
}

const withoutIds = ({ id: _, ...data }: Loose): Loose => data

/** An entry of a history, with all that the model knows of it. */
const shown = ({ seq, from, type, data }: Loose): Loose => {
  const { id: _, editedAt, recalledAt, forward, reactions, ...rest } = data
  const sorted = reactions && Object.entries(reactions).map(([emoji, users]) => [emoji, (users as string[]).toSorted()])
  return {
    seq,
    from,
    type,
    data: {
      ...rest,
      forward: forward && { from: forward.from },
      reactions: sorted && Object.fromEntries(sorted),
      editedAt: editedAt && true,
      recalledAt: recalledAt && true,
    },
  }
}

const told =
  (socket: TestSocket) =>
  async ({ to, head, read, unread, mentions, cleared, last }: Loose): Promise<Loose> => ({
    to,
    head,
    read,
    cleared,
    unread,
    mentions,
    mentioned: (await socket.request('chat.mentions', {}, { to })).mentions,
    last: last?.seq,
  })

forEachDatabase('the log of a conversation', (newDatabase) => {
  test('has histories, a list, unread, mentions and second tries as a naive model has them', async () => {
    const databaseUrl = await newDatabase()
    await using server = await startTestServer([chat], { ambient, databaseUrl })
    // Postgres answers a command in milliseconds, SQLite in parts of one.
    const runs = databaseUrl ? 5 : 28
    const seed = Date.now() % 2 ** 31
    tries = 0
    const play = async (rolls: readonly Roll[], after: number): Promise<void> => {
      const scene = await Scene.begin(server)
      for (const [n, rolled] of rolls.entries()) {
        await scene.play(rolled)
        if (n % 20 === 19) await scene.compare(after)
      }
      await scene.compare(after)
    }
    const commands = fc.array(roll, { minLength: 30, maxLength: mostCommands, size: 'max' })
    await fc.assert(fc.asyncProperty(commands, fc.nat(1_000), play), { numRuns: runs, seed, endOnFailure: true })
    console.log(`conversation log: ${tries} commands agree with the model, seed ${seed}`)
    expect(tries).toBeGreaterThan(25 * runs)
  }, 60_000)
})
