// The plugin as a whole under random verbs of random devices at the same time, drops, restarts and time: in the end every call
// is over, its one entry in the conversation says the same as the call, and so do the lists of all its people.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Caller } from '../../test/support/caller.ts'
import { type TestClock, testClock } from '../../test/support/clock.ts'
import { createNotedConversations } from '../../test/support/neighbours.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { type Loose, Refusal, type TestSocket } from '../../test/support/socket.ts'
import { calls } from './index.ts'

const users = ['U1', 'U2', 'U3'] as const
const verbs = ['ring', 'accept', 'accept', 'decline', 'cancel', 'hangup', 'resume'] as const
const seats = users.flatMap((user) => [`${user} phone-00`, `${user} laptop-0`])

const act = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('invite' as const),
      seat: fc.constantFrom(...seats),
      to: fc.constantFrom('U1', 'U2', 'U3', 'G1'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('verb' as const), seat: fc.constantFrom(...seats), verb: fc.constantFrom(...verbs) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), seat: fc.constantFrom(...seats) }) },
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never
/** What is done at the same time, and what comes after it. */
const round = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 6 }),
  after: fc.constantFrom('nothing' as const, 'nothing' as const, 'nothing' as const, 'time' as const, 'restart' as const),
})

const mediaOf = { audio: true, video: false, screen: false }

class World {
  readonly clock: TestClock = testClock()
  readonly conversations = createNotedConversations({ G1: users })
  readonly folder = mkdtempSync(join(tmpdir(), 'parley-calls-model-'))
  server: TestServer | undefined
  readonly #callers = new Map<string, Promise<Caller>>()
  readonly seen = new Set<string>()
  #lastCall = 'C1'
  done = 0

  async start(): Promise<void> {
    const options = { databaseUrl: `sqlite:${join(this.folder, 'calls.db')}`, ambient: this.clock.ambient }
    this.server = await startTestServer([calls, this.conversations.plugin], options)
  }

  async stop(): Promise<void> {
    this.#callers.clear()
    await this.server?.stop()
  }

  async do(step: Act): Promise<void> {
    const coming = this.#caller(step.seat)
    if (step.kind === 'drop') this.#callers.delete(step.seat)
    const caller = await coming
    if (step.kind === 'drop') {
      caller.socket.terminate()
      return
    }
    try {
      const { call } =
        step.kind === 'invite' ? await caller.invite(step.to) : await caller.do(step.verb, this.#lastCall, this.#extra(step.verb))
      this.#lastCall = call.id
      this.seen.add(call.id)
      this.done++
    } catch (failure) {
      if (!(failure instanceof Refusal) || !failure.code.startsWith('CALLS_')) throw failure
    }
  }

  /** A caller who is there already, or comes in; whoever has been lost comes in again. */
  #caller(seat: string): Promise<Caller> {
    const known = this.#callers.get(seat)
    if (known) return known
    const [user = '', device = ''] = seat.split(' ')
    const caller = (async () => new Caller(user, (await this.server?.connect(user)) as TestSocket, device))()
    this.#callers.set(seat, caller)
    return caller
  }

  #extra(verb: string): object {
    return verb === 'accept' ? { media: mediaOf } : {}
  }

  /** Everybody goes, and time passes until nothing is under way. */
  async end(): Promise<void> {
    for (const caller of this.#callers.values()) (await caller).socket.terminate()
    this.#callers.clear()
    const watcher = await Promise.all(users.map((user) => this.server?.connect(user)))
    const open = async (): Promise<number> => {
      const answers = await Promise.all(watcher.map((socket) => socket?.request('calls.current')))
      return answers.reduce((sum, { calls: list }) => sum + list.length, 0)
    }
    const endsAt = performance.now() + 20_000
    while ((await open()) > 0) {
      // In small steps, or the server would take these connections for dead.
      this.clock.advance(1_000)
      if (performance.now() > endsAt) throw new Error('a call has no end')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await this.#compare(watcher)
  }

  async #compare(watchers: readonly Loose[]): Promise<void> {
    const entries = [...this.conversations.entries.values()] as Loose[]
    const lists = await Promise.all(watchers.map((socket) => socket.request('calls.list', { limit: 100 })))
    for (const id of this.seen) {
      const told = lists.flatMap(({ calls: list }) => list.filter((call: Loose) => call.id === id))
      const [call] = told
      expect(told.length).toBe(call.people.length)
      for (const other of told) expect(other).toEqual(call)
      expect(call.state).toBe('ended')
      const { outcome, reason, durationMs, history } = call
      expect(entries.filter((entry) => entry.call === id)).toEqual([
        { call: id, kind: 'audio', state: 'ended', outcome, reason, ...(durationMs !== undefined && { durationMs }), history },
      ])
    }
  }
}

test('whatever happens at once, every call ends, and all that is told of it agrees', async () => {
  let done = 0
  const property = fc.asyncProperty(fc.array(round, { minLength: 4, maxLength: 8 }), async (rounds) => {
    const world = new World()
    await world.start()
    try {
      for (const { acts, after } of rounds) {
        // A request on a line that is cut has no answer, so lines are cut when the others have theirs.
        await Promise.all(acts.filter(({ kind }) => kind !== 'drop').map((step) => world.do(step)))
        await Promise.all(acts.filter(({ kind }) => kind === 'drop').map((step) => world.do(step)))
        if (after === 'time') world.clock.advance(11_000)
        if (after === 'restart') {
          await world.stop()
          await world.start()
        }
      }
      await world.end()
      done += world.done
    } finally {
      await world.stop()
      rmSync(world.folder, { recursive: true, force: true })
    }
  })
  await fc.assert(property, { numRuns: 10, endOnFailure: true })
  expect(done).toBeGreaterThan(0)
}, 60_000)
