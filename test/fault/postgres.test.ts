// A Postgres that is killed, or stands still, under people who write: their connections stay, what is refused is certainly not
// stored, what nobody knows is sent again, and everything goes on by itself.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { noPostgresProcess, type PostgresProcess, startPostgres } from '../support/postgres.ts'
import { describeUnless } from '../support/skip.ts'
import type { Counts } from './check/checker.ts'
import { codesOf, isLong, type Scene, startScene } from './scene.ts'

const people = 24
const perSecond = 100
const burstsPerSecond = 10
const downS = isLong ? 10 : 1
const pausedS = isLong ? 30 : 1
const suiteMs = 120_000
/** Before the harm, and after it. */
const enough = isLong ? 500 : 50
const least = 2 * enough

const wait = async (scene: Scene, seconds: number): Promise<void> => {
  for (let burst = 0; burst < seconds * burstsPerSecond; burst++) await scene.nextBurst()
}

describeUnless(noPostgresProcess)('Postgres', () => {
  let postgres: PostgresProcess
  let scene: Scene
  beforeAll(async () => {
    postgres = await startPostgres()
  }, 60_000)
  afterAll(() => postgres.stop())

  /** The verdict on one harm. */
  const play = async (name: string, harm: () => Promise<void>, heal: () => Promise<void> | void): Promise<Counts> => {
    scene = await startScene({ people, hasGroup: true, databaseUrl: await postgres.createDatabase() })
    try {
      scene.load(perSecond)
      await scene.history.moreAcknowledged(enough)
      scene.fault(name)
      await harm()
      scene.seen(name)
      await heal()
      scene.healed()
      await scene.history.moreAcknowledged(enough)
      scene.quiet()
      await scene.clear()
      const { violations, doubts, counts } = await scene.verdict(name, least)
      expect([violations, doubts]).toEqual([[], []])
      expect(counts.acknowledged + counts.refused).toBe(counts.attempts)
      for (const code of codesOf(scene)) expect(['CORE_STORAGE_BUSY', 'CORE_SHUTTING_DOWN']).toContain(code)
      // Nobody had to connect again.
      expect(new Set(scene.devices.map(({ proc }) => proc.split('/').at(-1)))).toEqual(new Set(['1']))
      expect(await scene.stop()).toBe(0)
      return counts
    } finally {
      scene.quiet()
      scene.program.signal('SIGKILL')
      scene.remove()
    }
  }

  test(
    'that is killed and comes back loses and doubles nothing, and some hear that it is gone',
    async () => {
      const harm = async (): Promise<void> => {
        await postgres.kill()
        await wait(scene, downS)
      }
      const { refused, unknown } = await play('postgres-down', harm, () => postgres.restart())
      expect(refused + unknown).toBeGreaterThan(0)
    },
    suiteMs,
  )

  test(
    'that stands still and goes on loses and doubles nothing',
    async () => {
      const harm = async (): Promise<void> => {
        postgres.pause()
        await wait(scene, pausedS)
      }
      const { acknowledged, refused, unknown } = await play('postgres-paused', harm, () => postgres.resume())
      expect(acknowledged).toBeGreaterThanOrEqual(least)
      // A pause that is shorter than the store's patience is not felt by anybody.
      if (isLong) expect(refused + unknown).toBeGreaterThan(0)
    },
    suiteMs,
  )
})
