// `kill -9` of the real server under 200 messages a second. `npm run test:fault` is the long form: twenty kills on each database.

import { beforeAll, describe, expect, test } from 'bun:test'
import { forEachDatabase, type NewDatabase } from '../support/databases.ts'
import type { Verdict } from './check/checker.ts'
import { sendsOf } from './history.ts'
import { isLong, type Scene, startScene } from './scene.ts'

const kills = isLong ? 20 : 2
const perSecond = 200
// Below this a run says nothing.
const leastAcknowledged = isLong ? 1_000 : 150
const people = 24
const suiteMs = isLong ? 400_000 : 60_000
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
  readonly stopCode: number
}

const killOnce = async (scene: Scene, round: number): Promise<number> => {
  await scene.history.moreAcknowledged(isLong ? 100 : 60)
  await scene.nextBurst()
  // A machine that is slow today gets the time to keep up.
  await scene.keptUp(perSecond)
  await moments[round % moments.length]?.(scene)
  const code = await scene.kill()
  await scene.restart()
  await scene.history.moreAcknowledged(1)
  if (isLong) console.info(`fault: kill ${round + 1} of ${kills}, ${scene.history.acknowledged} acknowledged`)
  return code
}

/** Everybody sends their last messages, and all of those that ever went unanswered, once more. */
const sendAgain = async (scene: Scene): Promise<void> => {
  const unanswered = new Set(sendsOf(scene.history, 'info').map(({ user, cid }) => `${user} ${cid}`))
  for (const device of scene.devices) {
    const last = [...device.letters.keys()].slice(-10)
    const lost = [...device.letters.keys()].filter((cid) => unanswered.has(`${device.options.person.id} ${cid}`))
    for (const cid of new Set([...lost, ...last])) device.again(cid)
    await scene.clear()
  }
}

const run = async (newDatabase: NewDatabase): Promise<Outcome> => {
  const databaseUrl = await newDatabase()
  const scene = await startScene({ databaseUrl, people, hasGroup: true, arePatient: true })
  try {
    const pids = new Set([scene.program.pid])
    const exitCodes: number[] = []
    scene.load(perSecond)
    if (isLong) scene.watch()
    for (let round = 0; round < kills; round++) {
      exitCodes.push(await killOnce(scene, round))
      pids.add(scene.program.pid)
    }
    scene.quiet()
    await scene.clear()
    await sendAgain(scene)
    const name = databaseUrl === undefined ? 'kill-sqlite' : 'kill-postgres'
    const { verdict, stopCode } = await endOf(scene, name, databaseUrl === undefined)
    return { verdict, complaints: scene.complaints, exitCodes, pids, stopCode }
  } finally {
    scene.program.signal('SIGKILL')
    scene.remove()
  }
}

// The file can be looked at while the server runs, by a second reader.
const endOf = async (scene: Scene, name: string, isFile: boolean): Promise<Pick<Outcome, 'verdict' | 'stopCode'>> => {
  if (isFile) scene.storage()
  const verdict = await scene.verdict(name, leastAcknowledged)
  return { verdict, stopCode: await scene.stop() }
}

forEachDatabase(`kill -9 under ${perSecond} messages a second`, (newDatabase) => {
  let outcome: Outcome

  beforeAll(async () => {
    outcome = await run(newDatabase)
  }, suiteMs)

  test('every rule of the checker holds: nothing acknowledged is lost, doubled, moved or shown to others', () => {
    expect(outcome.verdict.violations.slice(0, 10)).toEqual([])
    expect(outcome.verdict.doubts).toEqual([])
    expect(outcome.verdict.counts).toMatchObject({ lost: 0, unexpected: 0, duplicated: 0 })
  })

  test('every message gets its acknowledgement in the end, whatever happened to the first', () => {
    const { attempts, acknowledged, refused } = outcome.verdict.counts
    expect(acknowledged).toBe(attempts)
    expect(refused).toBe(0)
  })

  test('the server complains of nothing and ends in order', () => {
    expect(outcome.complaints).toEqual([])
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
