// Whom one may reach is answered from memory on SQLite; here it is held to the database, whatever fails and runs together.
// And what holds between nodes.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AppError, Db, Purpose, Store } from '#core'
import { forEachStore, type Open } from '../../test/support/stores.ts'
import { Contacts, type Limits } from './contacts.ts'
import { audiences } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { Reach } from './reach.ts'
import { RelationStore } from './store.ts'
import { tables } from './tables.ts'

const users = ['U1', 'U2', 'U3'] as const
const verbs = ['request', 'accept', 'refuse', 'remove', 'block', 'unblock'] as const
const purposes: readonly Purpose[] = ['message', 'request', 'call', 'presence']

const plenty: Limits = { contacts: 10, requests: 10, blocked: 10 }

const on = (open: Open, store: Store, limits = plenty) => {
  const t = tables(open.kit)
  const relations = new RelationStore(store, t)
  const reach = new Reach(store, t, relations)
  const userTopic = (user: string): string => user
  const contacts = new Contacts({
    store,
    relations,
    reach,
    limits,
    userTopic,
    publish: () => {},
    now: Date.now,
    users: undefined,
    inbox: undefined,
  })
  /** Somebody who knows nothing and so asks the database. */
  const stranger = (): Reach => new Reach(store, t, relations)
  return { store, reach, contacts, stranger }
}
type Side = ReturnType<typeof on>

const user = fc.constantFrom(...users)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('verb' as const), verb: fc.constantFrom(...verbs), user, other: user, fails: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('setting' as const), user, audience: fc.constantFrom(...audiences), fails: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), user, other: user, fails: fc.boolean() }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 })

const suite = (open: Open): void => {
  const start = async (limits?: Limits) => {
    const { store, url } = await open()
    await store.migrate('contacts', migrations)
    return { ...on(open, store, limits), url }
  }

  test('who may reach whom is answered as the database has it', async () => {
    const { store, reach, contacts, stranger } = await start()
    const wrong: unknown[] = []
    const compare = async (tx: Db, from: string, to: string): Promise<void> => {
      for (const purpose of purposes) {
        const [known, stored] = [await reach.mayReach(tx, from, to, purpose), await stranger().mayReach(tx, from, to, purpose)]
        if (known !== stored) wrong.push({ from, to, purpose, known })
      }
    }
    const perform = async (tx: Db, each: Step): Promise<void> => {
      if (each.kind === 'ask') await compare(tx, each.user, each.other)
      else if (each.kind === 'setting') await reach.setAudience(tx, each.user, each.audience)
      else if (each.verb === 'request') await contacts.request(each.user, each.other, '')
      else await contacts[each.verb](each.user, each.other)
      if (each.fails) throw new RangeError('thrown by the unit')
    }
    const play = async (history: readonly (readonly Step[])[]): Promise<void> => {
      // On Postgres units run side by side, so what a unit reads twice may differ; there they come one by one.
      const together = open.dialect === 'sqlite' ? history : history.flat().map((each) => [each])
      for (const round of together) await Promise.allSettled(round.map((each) => store.write((tx) => perform(tx, each))))
      await store.write(async (tx) => {
        for (const from of users) for (const to of users) await compare(tx, from, to)
      })
      expect(wrong).toEqual([])
    }
    await fc.assert(fc.asyncProperty(rounds, play), { numRuns: open.dialect === 'sqlite' ? 150 : 15 })
  }, 30_000)

  test('an answer that is known needs no promise, where nobody else writes', async () => {
    const { store, reach } = await start()
    const ask = () =>
      store.write(async (tx) => {
        const answer = reach.mayReach(tx, 'U1', 'U2', 'message')
        return { isPromise: answer instanceof Promise, may: await answer }
      })
    expect(await ask()).toEqual({ isPromise: true, may: true })
    expect(await ask()).toEqual({ isPromise: open.dialect === 'postgres', may: true })
  })

  test('a limit holds although two accept at once, on two nodes', async () => {
    const first = await start({ ...plenty, contacts: 1 })
    const second = open.dialect === 'postgres' ? on(open, (await open({ url: first.url })).store, { ...plenty, contacts: 1 }) : first
    const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => 'accepted').catch((error: AppError) => error.code)
    for (let round = 0; round < 10; round++) {
      const [ann, bob, eve] = [1, 2, 3].map((n) => `U${round}${n}`) as [string, string, string]
      for (const other of [bob, eve]) await first.contacts.request(ann, other, '')
      const sides: readonly (readonly [Side, string])[] = [
        [first, bob],
        [second, eve],
      ]
      const outcomes = await Promise.all(sides.map(([{ contacts }, other]) => outcome(contacts.accept(other, ann))))
      expect(outcomes.toSorted()).toEqual(['CONTACTS_FULL', 'accepted'])
    }
  })

  test('two who ask each other at once, on two nodes, are contacts', async () => {
    const first = await start()
    const second = open.dialect === 'postgres' ? on(open, (await open({ url: first.url })).store) : first
    for (let round = 0; round < 10; round++) {
      const [ann, bob] = [`U${round}1`, `U${round}2`]
      const views = await Promise.all([first.contacts.request(ann, bob, ''), second.contacts.request(bob, ann, '')])
      expect(views.map(({ state }) => state).toSorted()).toEqual(['contact', 'outgoing'])
      expect(await first.contacts.info(ann, bob)).toMatchObject({ state: 'contact' })
      expect(await second.contacts.info(bob, ann)).toMatchObject({ state: 'contact' })
    }
  })
}

forEachStore('relations', suite)
