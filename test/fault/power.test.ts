// The loss of power: a copy of the disk as it is at some moment, without what waits in memory. What was acknowledged by then
// must be in it. The control, which does not wait for the disk, must lose something, or the test would find nothing.
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from '../support/program.ts'
import { describeUnless } from '../support/skip.ts'
import { check, type Verdict } from './check/checker.ts'
import type { Event } from './check/event.ts'
import { isLong, type Scene, settingsOf, startScene, storageOf } from './scene.ts'
import { type Disk, flush, makeDisk, mountCopy, noDisk } from './small-disk.ts'

const cuts = isLong ? 20 : 2
const mostControls = isLong ? 20 : 10
const people = 24
const perSecond = 200
const suiteMs = isLong ? 500_000 : 60_000

const root = mkdtempSync(join(tmpdir(), 'parley-power-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const isStopped = (pid: number): boolean => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** The server stands still, its memory with it. What it had acknowledged reaches the clients meanwhile. */
const copyDisk = async (scene: Scene, disk: Disk, copy: string): Promise<readonly Event[]> => {
  const { program, history } = scene
  program.signal('SIGSTOP')
  while (!isStopped(program.pid)) await new Promise((resolve) => setImmediate(resolve))
  await Bun.spawn(['cp', '--sparse=always', disk.image, copy]).exited
  const seen = [...history.events]
  program.signal('SIGCONT')
  return seen
}

interface Cut {
  readonly verdict: Verdict
  readonly startMs: number
}

// I20 asks whether everybody has everything in the end. This is no end: there are messages on their way.
const brokenIn = ({ verdict }: Cut) => verdict.violations.filter(({ rule }) => rule !== 'I20')

/** Start a server on the copy, read everything, and hold it against what the clients had seen. */
const inspect = async (scene: Scene, copy: string, seen: readonly Event[]): Promise<Cut> => {
  const disk = mountCopy(copy)
  const path = join(disk.folder, 'parley.db')
  const startedAt = performance.now()
  const program = await startProgram({ env: settingsOf(`sqlite:${path}`) })
  const startMs = performance.now() - startedAt
  try {
    const finals = await scene.readAll(program.url)
    const heads = new Map(finals.map(({ conv, head }) => [conv, head]))
    const storage = { ...storageOf(path, heads), t_ns: scene.history.now() } as Event
    return { verdict: check([...seen, ...finals, storage], 1), startMs }
  } finally {
    program.signal('SIGKILL')
    await program.exited
    disk.unmount()
    rmSync(copy)
  }
}

const startOn = async (name: string, preload?: string): Promise<{ scene: Scene; disk: Disk }> => {
  const folder = mkdtempSync(join(root, `${name}-`))
  const disk = makeDisk(folder, 128)
  const options = { people, databaseUrl: `sqlite:${disk.folder}/parley.db`, ...(preload !== undefined && { preload }) }
  const scene = await startScene({ ...options, hasGroup: preload === undefined })
  // People and their sessions are there in every copy.
  flush(disk)
  return { scene, disk }
}

const end = ({ scene, disk }: { scene: Scene; disk: Disk }): void => {
  scene.quiet()
  scene.program.signal('SIGKILL')
  disk.unmount()
  scene.remove()
}

/** Cut the power once, somewhere in the load. */
const cutOnce = async ({ scene, disk }: { scene: Scene; disk: Disk }, round: number): Promise<Cut> => {
  scene.load(perSecond)
  await scene.history.moreAcknowledged(30 + Math.floor(Math.random() * 60))
  const copy = join(root, `copy-${round}.img`)
  const seen = await copyDisk(scene, disk, copy)
  scene.quiet()
  const cut = await inspect(scene, copy, seen)
  await scene.settled()
  return cut
}

const summary = (all: readonly Cut[]): string => {
  const sum = (of: (verdict: Verdict) => number): number => all.reduce((total, { verdict }) => total + of(verdict), 0)
  const starts = all.map(({ startMs }) => startMs).sort((a, b) => a - b)
  const acknowledged = all.at(-1)?.verdict.counts.acknowledged ?? 0
  return `${all.length} cuts, ${acknowledged} acknowledged at the last, lost ${sum(({ counts }) => counts.lost)} in all, start ${Math.round(starts[starts.length >> 1] ?? 0)} ms (median), ${Math.round(starts.at(-1) ?? 0)} ms (longest)`
}

describeUnless(noDisk())('a loss of power', () => {
  test(
    'takes nothing that was acknowledged, and leaves a sound database, wherever it comes',
    async () => {
      const stage = await startOn('full')
      const all: Cut[] = []
      try {
        for (let round = 0; round < cuts; round++) {
          all.push(await cutOnce(stage, round))
          if (isLong) console.info(`fault: cut ${round + 1} of ${cuts}`)
        }
      } finally {
        end(stage)
      }
      console.info(`fault: power: ${summary(all)}`)
      expect(all.flatMap(brokenIn).slice(0, 10)).toEqual([])
      expect(all.at(-1)?.verdict.counts.acknowledged).toBeGreaterThan(30)
    },
    suiteMs,
  )

  test(
    'takes what was acknowledged from a server that does not wait for the disk: the control',
    async () => {
      const stage = await startOn('normal', join(import.meta.dir, 'normal-sync.ts'))
      const all: Cut[] = []
      const isLost = (): boolean => all.some(({ verdict }) => verdict.counts.lost > 0)
      try {
        while (!isLost() && all.length < mostControls) all.push(await cutOnce(stage, all.length))
      } finally {
        end(stage)
      }
      console.info(`fault: power, control: ${summary(all)}`)
      expect(isLost()).toBe(true)
      const rules = new Set(all.flatMap(({ verdict }) => verdict.violations.map(({ rule }) => rule)))
      expect(rules).toContain('I1')
      expect(rules).not.toContain('I18')
    },
    suiteMs,
  )
})
