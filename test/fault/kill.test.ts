// `kill -9` of the real server under 200 messages a second. `npm run test:fault` is the long form: ten kills on each database.

import { Database } from 'bun:sqlite'
import { beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { forEachDatabase, type NewDatabase } from '../support/databases.ts'
import { check, type Verdict } from './checker.ts'
import { type Scene, startScene } from './scene.ts'

const isLong = process.env.PARLEY_FAULT === 'long'
const kills = isLong ? 10 : 2
const perSecond = 200
// Below this a run says nothing.
const leastAcknowledged = isLong ? 1_000 : 150
const people = 24
const suiteMs = isLong ? 180_000 : 60_000
const killedCode = 137

/** Turns of the event loop: a moment that no answer chooses. */
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

// Where in a burst of twenty messages the server dies: before it has read them (which is certain only if it stands still
// meanwhile), at some moment, as the answers come in.
const moments: readonly ((scene: Scene) => Promise<void>)[] = [
  (scene) => {
    scene.program.signal('SIGSTOP')
    return scene.nextBurst()
  },
  (scene) => scene.history.moreAcknowledged(1),
  () => turns(Math.floor(Math.random() * 30)),
  (scene) => scene.history.moreAcknowledged(1 + Math.floor(Math.random() * 15)),
]

interface Outcome {
  readonly verdict: Verdict
  /** What the servers logged as errors. */
  readonly complaints: readonly string[]
  readonly exitCodes: readonly number[]
  readonly pids: ReadonlySet<number>
  /** From each kill to the next acknowledgement. */
  readonly recoveryMs: readonly number[]
  readonly stopCode: number
  readonly integrity: string
}

const killOnce = async (scene: Scene, round: number): Promise<{ code: number; ms: number }> => {
  await scene.history.moreAcknowledged(isLong ? 100 : 60)
  await scene.nextBurst()
  await moments[round % moments.length]?.(scene)
  const killedAt = performance.now()
  const code = await scene.kill()
  await scene.restart()
  await scene.history.moreAcknowledged(1)
  return { code, ms: performance.now() - killedAt }
}

/** Everybody sends their last messages, and all of those that ever went unanswered, once more. */
const sendAgain = async (scene: Scene): Promise<void> => {
  const unanswered = new Set(scene.history.events.filter(({ type }) => type === 'info').map(({ user, cid }) => `${user} ${cid}`))
  for (const writer of scene.writers) {
    const last = [...writer.texts.keys()].slice(-10)
    const lost = [...writer.texts.keys()].filter((cid) => unanswered.has(`${writer.options.person.id} ${cid}`))
    for (const cid of new Set([...lost, ...last])) writer.again(cid)
  }
  await scene.settled()
}

const integrityOf = (scene: Scene, databaseUrl: string | undefined): string => {
  if (databaseUrl !== undefined) return 'ok'
  using db = new Database(join(scene.program.folder, 'data/parley.db'), { readonly: true })
  return Object.values(db.query('pragma integrity_check').get() as object).join()
}

const run = async (newDatabase: NewDatabase): Promise<Outcome> => {
  const databaseUrl = await newDatabase()
  const scene = await startScene({ databaseUrl, people })
  try {
    const pids = new Set([scene.program.pid])
    const rounds: { code: number; ms: number }[] = []
    scene.load(perSecond)
    for (let round = 0; round < kills; round++) {
      rounds.push(await killOnce(scene, round))
      pids.add(scene.program.pid)
    }
    scene.quiet()
    await scene.settled()
    await sendAgain(scene)
    const verdict = check(scene.history.events, await scene.readAll())
    const stopCode = await scene.stop()
    const integrity = integrityOf(scene, databaseUrl)
    return {
      verdict,
      complaints: scene.complaints,
      exitCodes: rounds.map(({ code }) => code),
      pids,
      recoveryMs: rounds.map(({ ms }) => ms),
      stopCode,
      integrity,
    }
  } finally {
    scene.program.signal('SIGKILL')
    scene.remove()
  }
}

const summary = ({ verdict: { counts }, recoveryMs }: Outcome): string => {
  const sorted = [...recoveryMs].sort((a, b) => a - b).map(Math.round)
  const named = Object.entries(counts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
  return `${kills} kills: ${named.join(', ')}; time to recover ${sorted[sorted.length >> 1]} ms (median), ${sorted.at(-1)} ms (longest)`
}

forEachDatabase(`kill -9 under ${perSecond} messages a second`, (newDatabase) => {
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await run(newDatabase)
    console.info(`fault: ${summary(outcome)}`)
  }, suiteMs)

  test('every acknowledged message is there, once, dense and in order, and nothing else', () => {
    expect(outcome.verdict.violations.slice(0, 10)).toEqual([])
    expect(outcome.verdict.counts).toMatchObject({ lost: 0, unexpected: 0, duplicated: 0 })
  })

  test('every message gets its acknowledgement in the end, whatever happened to the first', () => {
    const { attempts, acknowledged, refused } = outcome.verdict.counts
    expect(acknowledged).toBe(attempts)
    expect(refused).toBe(0)
  })

  test('the database is sound, the server complains of nothing and ends in order', () => {
    expect(outcome.complaints).toEqual([])
    expect(outcome.integrity).toBe('ok')
    expect(outcome.stopCode).toBe(0)
  })

  describe('what makes the run worth something', () => {
    test('the server really died, each time, and another came up', () => {
      expect(outcome.exitCodes).toEqual(Array.from({ length: kills }, () => killedCode))
      expect(outcome.pids.size).toBe(kills + 1)
    })

    test('enough was acknowledged, and some answers were lost', () => {
      expect(outcome.verdict.counts.acknowledged).toBeGreaterThanOrEqual(leastAcknowledged)
      expect(outcome.verdict.counts.unknown).toBeGreaterThanOrEqual(1)
      expect(outcome.verdict.counts.retries).toBeGreaterThanOrEqual(outcome.verdict.counts.unknown)
    })
  })
})
