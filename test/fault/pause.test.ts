// A server that stands still for a while, as on a machine that swaps or is moved: nobody loses anything, and whoever gave up
// and came back with the same messages has not said them twice.
import { describe, expect, test } from 'bun:test'
import { isLong, type Scene, startScene } from './scene.ts'

const people = 24
const perSecond = 100
const burstsPerSecond = 10

/** Stand still while the people go on writing. */
const pause = async (scene: Scene, seconds: number, meanwhile: () => void = () => {}): Promise<void> => {
  scene.fault(`pause of ${seconds} s`)
  scene.program.signal('SIGSTOP')
  meanwhile()
  for (let burst = 0; burst < seconds * burstsPerSecond; burst++) await scene.nextBurst()
  scene.program.signal('SIGCONT')
  scene.seen(`pause of ${seconds} s`)
  scene.healed()
}

const pauses = isLong ? [5, 60] : [1]

describe.each(pauses)('a pause of %d seconds', (seconds) => {
  const suiteMs = seconds * 1_000 + 60_000

  test(
    'ends no connection and loses nothing',
    async () => {
      const scene = await startScene({ people, hasGroup: true })
      try {
        scene.load(perSecond)
        await scene.history.moreAcknowledged(50)
        await pause(scene, seconds)
        await scene.history.moreAcknowledged(50)
        scene.quiet()
        await scene.settled()
        const { violations, doubts, counts } = await scene.verdict(`pause-${seconds}`, 100)
        expect([violations, doubts]).toEqual([[], []])
        expect(counts).toMatchObject({ unknown: 0, refused: 0, retries: 0 })
        expect(scene.complaints).toEqual([])
      } finally {
        scene.quiet()
        scene.program.signal('SIGKILL')
        scene.remove()
      }
    },
    suiteMs,
  )

  test(
    'doubles nothing of those who gave up meanwhile and came back',
    async () => {
      const scene = await startScene({ people, hasGroup: true })
      try {
        const impatient = scene.devices.filter((_, index) => index % 3 === 0)
        let back: Promise<unknown> = Promise.resolve()
        scene.load(perSecond)
        await scene.history.moreAcknowledged(50)
        await scene.nextBurst()
        await pause(scene, seconds, () => {
          scene.burst(people * 2)
          for (const device of impatient) device.cut()
          back = Promise.all(impatient.map((device) => device.connect(scene.program.url)))
        })
        await back
        await scene.history.moreAcknowledged(50)
        scene.quiet()
        await scene.settled()
        const { violations, doubts, counts } = await scene.verdict(`pause-${seconds}-impatient`, 100)
        expect([violations, doubts]).toEqual([[], []])
        expect(counts.unknown).toBeGreaterThan(0)
        expect(counts.retries).toBeGreaterThanOrEqual(counts.unknown)
        expect(counts.acknowledged).toBe(counts.attempts)
      } finally {
        scene.quiet()
        scene.program.signal('SIGKILL')
        scene.remove()
      }
    },
    suiteMs,
  )
})
