// Live entries that are lost without a word: whoever gets the next one sees the hole and asks. Nobody shows one.
import { expect, test } from 'bun:test'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLong, startScene } from './scene.ts'

const people = 24
const perSecond = 200
const messages = isLong ? 5_000 : 200
const suiteMs = isLong ? 200_000 : 60_000

test(
  'lost live entries are noticed by the next one, and fetched',
  async () => {
    const scene = await startScene({ people, hasGroup: true, preload: join(import.meta.dir, 'drop-pushes.ts') })
    try {
      const file = join(scene.program.folder, 'drop')
      writeFileSync(file, '')
      scene.fault('loss of pushes')
      scene.load(perSecond)
      await scene.history.moreAcknowledged(messages)
      // The last entry of each conversation arrives: a loss that nothing follows is the heartbeat's to tell.
      rmSync(file)
      const lost = statSync(`${file}.lost`).size
      if (lost > 0) scene.seen('loss of pushes')
      scene.healed()
      await scene.history.moreAcknowledged(people * 5)
      scene.quiet()
      await scene.settled()
      console.info(`fault: ${lost} publications were lost`)
      const { violations, doubts, counts } = await scene.verdict('lost-pushes', messages)
      expect([violations, doubts]).toEqual([[], []])
      expect(lost).toBeGreaterThan(messages / 20)
      expect(counts.syncs).toBeGreaterThan(lost / 10)
    } finally {
      scene.quiet()
      scene.program.signal('SIGKILL')
      scene.remove()
    }
  },
  suiteMs,
)
