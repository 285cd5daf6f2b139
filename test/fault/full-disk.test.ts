// A full disk: every send is refused and says why, everything that only reads goes on, and room is enough to go on writing.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeUnless } from '../support/skip.ts'
import { check } from './check/checker.ts'
import { codesOf, type Scene, startScene } from './scene.ts'

const suiteMs = 40_000
const sizeMib = 24
const people = 20

const mountAt = (folder: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', folder], { stdio: 'ignore' })
}

/** Why there is no small disk to fill; `undefined` when there is one. */
const noDisk = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root can mount a small disk to fill'
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'))
  try {
    mountAt(folder)
    execFileSync('umount', [folder], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'this machine lets nobody mount a small disk to fill'
  } finally {
    rmdirSync(folder)
  }
}

/** Leave no byte on the disk. */
const fill = (folder: string): void => {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(join(folder, 'ballast'), new Uint8Array(bavail * bsize))
}

/** Everybody sends once; resolves when all of it is answered. */
const sayOnce = async (scene: Scene): Promise<void> => {
  scene.burst(people)
  await scene.settled()
}

describeUnless(noDisk())('a full disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'))
  let scene: Scene
  let residentBytes: number

  beforeAll(async () => {
    mountAt(folder)
    scene = await startScene({ people, folder, hasGroup: true, databaseUrl: `sqlite:${folder}/parley.db` })
    for (let round = 0; round < 5; round++) await sayOnce(scene)
    scene.fault('full disk')
    fill(folder)
    // What the log has room for already may still be written; from then on there is none.
    while (codesOf(scene).length === 0) await sayOnce(scene)
    scene.seen('full disk')
    residentBytes = scene.program.residentBytes()
  }, suiteMs)

  afterAll(() => {
    scene.program.signal('SIGKILL')
    execFileSync('umount', ['-l', folder])
    rmdirSync(folder)
  })

  test('refuses every send with CORE_STORAGE_FULL, not only the first', async () => {
    const before = codesOf(scene).length
    for (let round = 0; round < 20; round++) await sayOnce(scene)
    const codes = codesOf(scene).slice(before)
    expect(codes.length).toBe(20 * people)
    expect(new Set(codes)).toEqual(new Set(['CORE_STORAGE_FULL']))
  })

  test('keeps nobody from reading, from joining a room or from connecting', async () => {
    const logs = await scene.readAll()
    expect(check([...scene.history.events, ...logs]).violations.filter(({ rule }) => rule !== 'I20')).toEqual([])
    expect(logs.reduce((sum, { head }) => sum + head, 0)).toBeGreaterThanOrEqual(5 * people)
    expect((await fetch(`${scene.program.url}/healthz`)).status).toBe(200)
  })

  test('costs no memory', () => {
    expect(scene.program.residentBytes() - residentBytes).toBeLessThan(30 * 1_048_576)
  })

  test('is over as soon as there is room, without a restart', async () => {
    truncateSync(join(folder, 'ballast'))
    scene.healed()
    const [refused, acknowledged] = [codesOf(scene).length, scene.history.acknowledged]
    const startedAt = performance.now()
    await sayOnce(scene)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(codesOf(scene).length).toBe(refused)
    expect(scene.history.acknowledged).toBe(acknowledged + people)
  })

  test('has lost nothing and stored nothing that was refused', async () => {
    scene.storage(join(folder, 'parley.db'))
    const { violations, doubts, counts } = await scene.verdict('full-disk', 100)
    expect([violations, doubts]).toEqual([[], []])
    expect(counts.refused).toBeGreaterThan(0)
    expect(counts.unknown).toBe(0)
    expect(await scene.stop()).toBe(0)
  })
})
