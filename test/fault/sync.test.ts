// Whether the disk is really asked, before each acknowledgement: the process's system calls in their order, watched from
// outside. The control, which does not ask, must be found out.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { describeUnless } from '../support/skip.ts'
import { check } from './check/checker.ts'
import { only } from './check/facts.ts'
import { isLong, type Scene, startScene } from './scene.ts'
import { noTrace, startTrace } from './trace.ts'

const people = 24
const wanted = isLong ? 10_000 : 300
const suiteMs = isLong ? 240_000 : 60_000

interface Traced {
  readonly acks: number
  readonly syncs: number
  readonly broken: readonly string[]
}

const writeUntil = async (scene: Scene, count: number): Promise<void> => {
  while (scene.history.acknowledged < count) {
    scene.burst(people * 4)
    await scene.settled()
  }
}

const play = async (count: number, preload?: string): Promise<Traced> => {
  const scene = await startScene({ people, ...(preload !== undefined && { preload }) })
  try {
    const trace = await startTrace(scene.program.pid, join(scene.program.folder, 'trace.txt'))
    await writeUntil(scene, count)
    const events = await trace.stop()
    const { violations } = check(events, 0)
    const [acks, syncs] = (['ack', 'sync'] as const).map((type) => only({ events }, 'trace', type).length)
    console.info(
      `fault: sync: ${scene.history.acknowledged} acknowledged in ${acks} writes, ${syncs} syncs, ${violations.length} too early`,
    )
    expect(await scene.stop()).toBe(0)
    return { acks: acks ?? 0, syncs: syncs ?? 0, broken: violations.map(({ rule }) => rule) }
  } finally {
    scene.program.signal('SIGKILL')
    scene.remove()
  }
}

describeUnless(noTrace())('the order of writing, syncing and acknowledging', () => {
  test(
    'is kept for every acknowledgement',
    async () => {
      const { acks, syncs, broken } = await play(wanted)
      expect(broken).toEqual([])
      expect(acks).toBeGreaterThan(people)
      expect(syncs).toBeGreaterThan(0)
      // A sync is shared by the group that waited for it.
      expect(syncs).toBeLessThan(wanted)
    },
    suiteMs,
  )

  test(
    'is broken by a server that does not wait for the disk: the control',
    async () => {
      const { broken } = await play(100, join(import.meta.dir, 'normal-sync.ts'))
      expect(new Set(broken)).toEqual(new Set(['I17']))
    },
    suiteMs,
  )
})
