// Random units against a model that is too simple to be wrong: an array that is copied before each unit and put
// back when the unit fails.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Db } from '../../src/store/store.ts'
import { forEachStore, type Open, onNodeSqlite } from '../support/stores.ts'
import { draft, start } from './store-start.ts'

type Op =
  | { readonly kind: 'append'; readonly conversation: number; readonly client: string }
  | { readonly kind: 'effect'; readonly name: number }
  | { readonly kind: 'turn' }
  | { readonly kind: 'throw' }
  | { readonly kind: 'nest'; readonly ops: readonly Op[]; readonly isCaught: boolean }

const { op } = fc.letrec<{ op: Op }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 2 },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        conversation: fc.integer({ min: 1, max: 3 }),
        client: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('effect' as const), name: fc.nat(99) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'turn' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'throw' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('nest' as const), ops: fc.array(tie('op'), { maxLength: 4 }), isCaught: fc.boolean() }),
    },
  ),
}))
const unit = fc.array(op, { maxLength: 6 })
/** Units of one round are started together. */
const rounds = fc.array(fc.array(unit, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })

interface Model {
  rows: { conversation: number; seq: number; client: string }[]
  effects: number[]
}

/** Does one unit to the model; false when it must fail. */
const pretend = (model: Model, ops: readonly Op[]): boolean =>
  ops.every((each) => {
    if (each.kind === 'throw') return false
    if (each.kind === 'nest') return pretend(model, each.ops)
    if (each.kind === 'effect') model.effects.push(each.name)
    if (each.kind === 'append') {
      const log = model.rows.filter((row) => row.conversation === each.conversation)
      const isKnown = log.some((row) => row.client === each.client)
      if (!isKnown) model.rows.push({ conversation: each.conversation, seq: log.length + 1, client: each.client })
    }
    return true
  })

const pretendUnit = (model: Model, ops: readonly Op[]): boolean => {
  const before = { rows: [...model.rows], effects: [...model.effects] }
  const isDone = pretend(model, ops)
  if (!isDone) Object.assign(model, before)
  return isDone
}

const promises = (open: Open): void => {
  const runs = open.dialect === 'sqlite' ? 150 : 25

  test('does what a naive array does, whatever fails, nests and runs together', async () => {
    const { store, append, t, all } = await start(open)

    const perform = async (tx: Db, ops: readonly Op[], effects: number[]): Promise<void> => {
      for (const each of ops) {
        if (each.kind === 'throw') throw new Error('thrown by the unit')
        if (each.kind === 'turn') await Promise.resolve()
        if (each.kind === 'effect') store.afterCommit(() => effects.push(each.name))
        if (each.kind === 'append') await append(tx, draft(each.client, each.conversation))
        if (each.kind === 'nest') {
          const nested = store.write((inner) => perform(inner, each.ops, effects))
          await (each.isCaught ? nested.catch(() => {}) : nested)
        }
      }
    }
    const compare = async (history: readonly (readonly (readonly Op[])[])[]): Promise<void> => {
      await store.write((tx) => tx.delete(t.messages))
      const model: Model = { rows: [], effects: [] }
      const effects: number[] = []
      for (const round of history) {
        const work = round.map((ops) => store.write((tx) => perform(tx, ops, effects), { serial: 'model' }))
        const outcomes = await Promise.allSettled(work)
        expect(outcomes.map((outcome) => outcome.status === 'fulfilled')).toEqual(round.map((ops) => pretendUnit(model, ops)))
        const rows = (await all()).map(({ conversation, seq, client }) => ({ conversation, seq, client }))
        expect(rows).toEqual(model.rows.toSorted((a, b) => a.conversation - b.conversation || a.seq - b.seq))
        expect(effects).toEqual(model.effects)
      }
    }
    await fc.assert(fc.asyncProperty(rounds, compare), { numRuns: runs })
  }, 30_000)
}

forEachStore('a store', promises)
onNodeSqlite('a store', promises)
