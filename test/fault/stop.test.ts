// What SIGTERM does while people write: answers first, then a goodbye that says when to come back, then the end.

import { Database } from 'bun:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { RawWebSocket } from '../support/raw-socket.ts'
import { sendsOf } from './history.ts'
import { type Scene, startScene } from './scene.ts'

const people = 24
const perSecond = 500
const exitLimitMs = 10_000
const suiteMs = 30_000

interface Ended {
  readonly code: number
  readonly ms: number
}

const endedFrom = async (startedAt: number, { program }: Scene): Promise<Ended> => ({
  code: await program.exited,
  ms: performance.now() - startedAt,
})

/** A connection of each writer that joins a room and then stops reading, so that it never answers a goodbye. */
const stuckPeers = async (scene: Scene): Promise<RawWebSocket[]> => {
  const sockets: RawWebSocket[] = []
  for (const { options } of scene.devices) {
    const socket = await RawWebSocket.open(scene.program.url, { Authorization: `Bearer ${options.person.token}` })
    socket.message({ id: 'j', type: 'rooms.join', room: 'stuck' })
    await socket.next('ack')
    socket.raw.pause()
    sockets.push(socket)
  }
  // Frames that nobody will read wait before the goodbye.
  const texts = { a: 'x'.repeat(30_000), b: 'x'.repeat(30_000) }
  for (let i = 0; i < 20; i++) sockets[0]?.message({ id: `s${i}`, type: 'rooms.send', room: 'stuck', data: texts })
  return sockets
}

describe('SIGTERM under load', () => {
  let scene: Scene
  let ended: Ended
  let goodbyes: readonly { code: number; reason: string }[]

  beforeAll(async () => {
    scene = await startScene({ people, hasGroup: true })
    scene.load(perSecond)
    await scene.history.moreAcknowledged(200)
    await scene.nextBurst()
    await scene.history.moreAcknowledged(1)
    scene.quiet()
    const startedAt = performance.now()
    scene.program.signal('SIGTERM')
    goodbyes = await Promise.all(scene.devices.map(({ closed }) => closed))
    ended = await endedFrom(startedAt, scene)
  }, suiteMs)

  afterAll(() => {
    scene.program.signal('SIGKILL')
    scene.remove()
  })

  test('every send that was on its way has its answer', () => {
    expect(sendsOf(scene.history, 'info')).toEqual([])
  })

  test('every connection is told to come back, each at a time of its own', () => {
    const waits = goodbyes.map(({ reason }) => (JSON.parse(reason) as { retryAfterMs: number }).retryAfterMs)
    expect(new Set(goodbyes.map(({ code }) => code))).toEqual(new Set([1012]))
    expect(waits.every((ms) => Number.isInteger(ms) && ms >= 0 && ms <= 10_000)).toBe(true)
    expect(new Set(waits).size).toBeGreaterThan(people / 2)
  })

  test('the process ends with 0 within ten seconds', () => {
    expect(ended.code).toBe(0)
    expect(ended.ms).toBeLessThan(exitLimitMs)
  })

  test(
    'what was acknowledged is there afterwards, and what was refused is not',
    async () => {
      await scene.restart()
      await scene.settled()
      const { violations, counts } = await scene.verdict('sigterm', 200)
      expect(violations).toEqual([])
      expect(counts.acknowledged + counts.refused).toBe(counts.attempts)
      expect(counts.acknowledged).toBeGreaterThan(200)
      expect(await scene.stop()).toBe(0)
    },
    suiteMs,
  )
})

describe('SIGTERM with peers that have stopped reading', () => {
  test(
    'ends the process with 0 within ten seconds all the same',
    async () => {
      const scene = await startScene({ people: 10 })
      const stuck = await stuckPeers(scene)
      const startedAt = performance.now()
      scene.program.signal('SIGTERM')
      const { code, ms } = await endedFrom(startedAt, scene)
      for (const { raw } of stuck) raw.destroy()
      scene.remove()
      expect(code).toBe(0)
      expect(ms).toBeLessThan(exitLimitMs)
    },
    suiteMs,
  )
})

describe('SIGTERM while somebody else holds the database', () => {
  let scene: Scene
  let holder: Database

  // A backup or a shell that does not let go: whoever sends meanwhile waits.
  beforeEach(async () => {
    scene = await startScene({ people: 2 })
    holder = new Database(join(scene.program.folder, 'data/parley.db'))
    holder.run('begin immediate')
    scene.burst(2)
    await scene.taken()
  }, suiteMs)

  afterEach(() => {
    holder.close()
    scene.program.signal('SIGKILL')
    scene.remove()
  })

  test(
    'waiting sends get their answer, and the process ends with 0 within ten seconds',
    async () => {
      const startedAt = performance.now()
      scene.program.signal('SIGTERM')
      const { code, ms } = await endedFrom(startedAt, scene)
      await Promise.all(scene.devices.map(({ closed }) => closed))
      expect(scene.history.events.flatMap(({ f, type }) => (f === 'send' ? [type] : []))).toEqual(['invoke', 'invoke', 'fail', 'fail'])
      expect(code).toBe(0)
      expect(ms).toBeLessThan(exitLimitMs)
    },
    suiteMs,
  )

  test(
    'another SIGTERM a second later ends it at once, and not with 0',
    async () => {
      const startedAt = performance.now()
      // One that comes sooner is an echo: npm and a terminal pass the same signal on twice.
      const impatience = setInterval(() => scene.program.signal('SIGTERM'), 100)
      const { code, ms } = await endedFrom(startedAt, scene)
      clearInterval(impatience)
      expect(code).not.toBe(0)
      expect(ms).toBeGreaterThan(1_000)
      expect(ms).toBeLessThan(2_000)
    },
    suiteMs,
  )
})
