// Random conversations against a search that looks through everything: both find the same, for each person.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { forEachDatabase } from '../../../test/support/databases.ts'
import { startTestServer } from '../../../test/support/server.ts'
import type { Loose, TestSocket } from '../../../test/support/socket.ts'
import { chat } from '../index.ts'

const words = ['one', 'two', '天气', '好天', 'Two!', '气'] as const
const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '))
const query = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' '))
const who = fc.nat(2)
const where = fc.nat(3)
const target = fc.integer({ min: 1, max: 12 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ verb: fc.constant('send' as const), who, where, text }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('edit' as const), who, where, text, target }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('recall' as const), who, where, target }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('hide' as const), who, where, targets: fc.tuple(target) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('clear' as const), who, where, seq: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('search' as const), who, text: query }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What somebody can read, and what of it holds all of the words. */
const lookThrough = async (socket: TestSocket, places: readonly string[], query: string): Promise<string[]> => {
  const found: string[] = []
  for (const to of places) {
    const { messages } = await socket.request('chat.history', { limit: 200 }, { to }).catch(() => ({ messages: [] }))
    for (const { type, seq, data } of messages as Loose[]) {
      const isIn = (word: string): boolean =>
        /\p{Script=Han}/u.test(word) ? data.text.includes(word) : ` ${data.text.toLowerCase().replace('!', '')} `.includes(` ${word} `)
      if (type === 'chat.posted' && query.toLowerCase().replaceAll('!', '').split(' ').every(isIn)) found.push(`${to} ${seq} ${data.text}`)
    }
  }
  return found.sort()
}

forEachDatabase('search, whatever happened', (newDatabase) => {
  test('finds what a look through everything finds', async () => {
    const databaseUrl = await newDatabase()
    await using server = await startTestServer([chat], databaseUrl === undefined ? {} : { databaseUrl })
    let people = 100
    let hits = 0
    const run = async (steps: readonly Step[]): Promise<void> => {
      const ids = [++people, ++people, ++people].map((id) => `U${id}`)
      const sockets = await Promise.all(ids.map((id) => server.connect(id)))
      const { id: group } = await (sockets[0] as TestSocket).request('chat.create', { name: 'G', users: [ids[1]] })
      const places = [...ids, group]
      for (const [at, { verb, who: actor, ...rest }] of steps.entries()) {
        const socket = sockets[actor] as TestSocket
        if (verb === 'search') {
          const query = (rest as { text: string }).text
          const answer = await socket.request('chat.search', { text: query, limit: 50 })
          const found = answer.hits.map(({ to, message: { seq, data } }: Loose) => `${to} ${seq} ${data.text}`).sort()
          expect(found).toEqual(await lookThrough(socket, places, query))
          hits += found.length
          continue
        }
        const { where: place, ...data } = rest as { where: number }
        const clientId = verb === 'hide' || verb === 'clear' ? {} : { clientId: `c${at}` }
        // Whatever is refused changes nothing.
        await socket.request(`chat.${verb}`, { ...data, ...clientId }, { to: places[place] as string }).catch(() => {})
      }
      for (const socket of sockets) void socket.close()
    }
    const numRuns = databaseUrl === undefined ? 25 : 8
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), run), { numRuns })
    // Else nothing was compared.
    expect(hits).toBeGreaterThan(0)
  }, 60_000)
})
