// Every request twice: once more on the same line, and from another device of the same person at the same moment, on SQLite
// and on Postgres. Each message is stored once, and every acknowledgement says the same.
import { expect, test } from 'bun:test'
import { forEachDatabase } from '../support/databases.ts'
import { Device } from './device.ts'
import { isLong, type Scene, startScene } from './scene.ts'

const people = 16
const rounds = isLong ? 100 : 8
const suiteMs = isLong ? 200_000 : 40_000

/** Everybody writes twice, and sends both once more, and from their other device too. */
const round = async (scene: Scene, twins: readonly Device[]): Promise<void> => {
  scene.burst(people * 2)
  for (const [index, device] of scene.devices.entries()) {
    for (const cid of [...device.letters.keys()].slice(-2)) {
      device.again(cid)
      twins[index]?.mimic(device, cid)
    }
  }
  await scene.settled()
  await Promise.all(twins.map((twin) => twin.settled()))
}

forEachDatabase('requests that come twice and three times', (newDatabase) => {
  test(
    'are done once, and answered alike',
    async () => {
      const databaseUrl = await newDatabase()
      const scene = await startScene({ databaseUrl, people, hasGroup: true })
      try {
        const twins = scene.devices.map(({ options }) => new Device({ ...options, name: 'tab' }))
        await Promise.all(twins.map((twin) => twin.connect(scene.program.url)))
        for (let count = 0; count < rounds; count++) await round(scene, twins)
        await Promise.all(twins.map((twin) => twin.catchUp()))
        const least = rounds * people * 2
        const { violations, counts } = await scene.verdict(databaseUrl === undefined ? 'duplicates-sqlite' : 'duplicates-postgres', least)
        expect(violations).toEqual([])
        expect(counts).toMatchObject({ attempts: least, acknowledged: least, duplicated: 0 })
        expect(counts.retries).toBeGreaterThanOrEqual(least)
        expect(await scene.stop()).toBe(0)
      } finally {
        scene.program.signal('SIGKILL')
        scene.remove()
      }
    },
    suiteMs,
  )
})
