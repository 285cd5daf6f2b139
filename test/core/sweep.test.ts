// What time does to connections, with a clock that the test turns.
import { describe, expect, test } from 'bun:test'
import type { Identity } from '#core'
import { Hub } from '../../src/hub.ts'
import { Peer, type Stage } from '../../src/peer.ts'
import { Peers } from '../../src/peers.ts'
import { type Digest, Sweeper } from '../../src/sweep.ts'

/** A world in which a second is a call. */
class World {
  nowMs = 1_000
  readonly #startMs = Date.UTC(2026, 10, 20)
  readonly #peers = new Peers()
  readonly #sweeper: Sweeper
  /** What heartbeats say beyond being there. */
  digest: Digest = () => undefined

  constructor() {
    this.#sweeper = new Sweeper(
      this.#peers,
      { now: () => this.wallMs, monotonic: () => this.nowMs, id: (prefix) => prefix },
      (peer, sinceMs) => this.digest(peer, sinceMs),
    )
  }

  get wallMs(): number {
    return this.#startMs + this.nowMs
  }

  /** One that has connected now, and what happens to it: `12 ping`, `12 send core.heartbeat`, `20 close 4008`. */
  peer(options: { stage?: Stage; expiresInMs?: number; answers?: boolean; kind?: string; id?: string } = {}) {
    const { stage = 'ready', expiresInMs, answers = true, kind = 'websocket', id = '1' } = options
    const happened: string[] = []
    const openedMs = this.nowMs
    const note = (what: string): void => void happened.push(`${Math.round((this.nowMs - openedMs) / 1_000)} ${what}`)
    const peer = new Peer({ id, kind, ip: '127.0.0.1', origin: undefined, hub: new Hub(), nowMs: openedMs })
    const line = { buffered: 0 }
    const send = (frame: string): void => {
      const { type, error, data } = JSON.parse(frame)
      note(`send ${error?.code ?? type}${data?.spy ? ` ${data.spy.sinceS}` : ''}`)
    }
    peer.line = {
      send,
      sendSoon: send,
      batch: (work) => work(),
      ping: () => {
        note('ping')
        if (answers) peer.heardMs = this.nowMs
      },
      close: (code) => this.#end(peer, () => note(`close ${code}`)),
      terminate: () => this.#end(peer, () => note('cut')),
      buffered: () => line.buffered,
    }
    this.#peers.open(peer)
    peer.stage = stage
    if (stage === 'ready') {
      const identity: Identity = {
        userId: 'U1',
        sessionId: 'S1',
        scope: [],
        ...(expiresInMs !== undefined && { expiresAt: this.wallMs + expiresInMs }),
      }
      peer.identity = identity
      this.#peers.signIn(peer)
    }
    return { peer, line, happened, closes: () => happened.filter((what) => /close|cut/.test(what)) }
  }

  /** Let time pass, a sweep a second. */
  pass(seconds: number, stepMs = 1_000): void {
    for (let i = 0; i < (seconds * 1_000) / stepMs; i++) {
      this.nowMs += stepMs
      this.#sweeper.sweep()
    }
  }

  #end(peer: Peer, tell: () => void): void {
    if (!peer.isOpen) return
    tell()
    this.#peers.remove(peer, peer.identity !== undefined)
    peer.detach()
  }
}

describe('a connection that nobody signs in', () => {
  test('is told so and closed with 4008 after 10 seconds', () => {
    const world = new World()
    const { happened } = world.peer({ stage: 'anonymous' })
    world.pass(9)
    expect(happened).toEqual([])
    world.pass(3)
    expect(happened).toEqual([expect.stringMatching(/^1[01] send CORE_AUTH_REQUIRED$/), expect.stringMatching(/^1[01] close 4008$/)])
  })

  test('and whose credentials are being checked without end is closed with 1013', () => {
    const world = new World()
    const { happened } = world.peer({ stage: 'signing' })
    world.pass(12)
    expect(happened).toEqual([expect.stringMatching(/^1[01] close 1013$/)])
  })
})

describe('a connection that is signed in', () => {
  test('gets a ping and a heartbeat at least every 25 seconds, for as long as it answers', () => {
    const world = new World()
    const { happened, closes } = world.peer()
    world.pass(3_600)
    const beats = happened.filter((what) => what.endsWith('core.heartbeat')).map((what) => Number.parseInt(what, 10))
    expect(happened.filter((what) => what.endsWith('ping'))).toHaveLength(beats.length)
    beats.forEach((beat, i) => {
      expect(beat - (beats[i - 1] ?? 0)).toBeWithin(20, 26)
    })
    expect(beats.at(-1)).toBeGreaterThan(3_570)
    expect(closes()).toEqual([])
  })

  test('is told with each heartbeat what happened since the one before, from its beginning on', () => {
    const world = new World()
    world.pass(100)
    const { peer, happened } = world.peer()
    world.digest = (_, sinceMs) => ({ spy: { sinceS: Math.round((sinceMs - peer.openedMs) / 1_000) } })
    world.pass(75)
    const beats = happened.filter((what) => what.includes('core.heartbeat'))
    expect(beats).toHaveLength(3)
    expect(beats.map((what) => what.split(' ').at(-1))).toEqual(['0', ...beats.slice(0, -1).map((what) => what.split(' ')[0] ?? '')])
  })

  test('is told again what stood behind other frames, which may have been dropped', () => {
    const world = new World()
    const { line, happened, peer } = world.peer()
    world.digest = (_, sinceMs) => ({ spy: { sinceS: Math.round((sinceMs - peer.openedMs) / 1_000) } })
    line.buffered = 1_000
    world.pass(52)
    line.buffered = 0
    world.pass(50)
    const told = happened.filter((what) => what.includes('core.heartbeat')).map((what) => Number(what.split(' ').at(-1)))
    expect(told.slice(0, 3)).toEqual([0, 0, 0])
    expect(told[3]).toBeGreaterThan(70)
  })

  test('hears that every 25 seconds at most, and is cut off in time, whenever within a second it came', () => {
    const world = new World()
    const came = Array.from({ length: 10 }, () => {
      world.nowMs += 137
      return { loud: world.peer(), silent: world.peer({ answers: false }) }
    })
    world.nowMs = 3_000
    world.pass(600)
    for (const { loud, silent } of came) {
      const beats = loud.happened.filter((what) => what.endsWith('core.heartbeat')).map((what) => Number.parseInt(what, 10))
      for (const [i, beat] of beats.entries()) expect(beat - (beats[i - 1] ?? 0)).toBeWithin(23, 26)
      expect([loud.closes(), silent.closes()]).toEqual([[], [expect.stringMatching(/^3[3-7] cut$/)]])
    }
  })

  test('is cut off within 37 seconds if it does not answer', () => {
    const world = new World()
    const { closes } = world.peer({ answers: false })
    world.pass(60)
    expect(closes()).toEqual([expect.stringMatching(/^3[4-6] cut$/)])
  })

  test('is not cut off for silence if it is no socket: nothing answers pings there', () => {
    const world = new World()
    const { closes } = world.peer({ answers: false, kind: 'sse' })
    world.pass(300)
    expect(closes()).toEqual([])
  })

  test('is not cut off because the server itself stood still', () => {
    const world = new World()
    const { closes } = world.peer({ answers: false })
    world.pass(26)
    world.pass(3_600, 3_600_000)
    expect(closes()).toEqual([])
    world.pass(15)
    expect(closes()).toHaveLength(1)
  })

  test('that reads too slowly for 5 seconds is closed with 4090; a moment of it is forgiven', () => {
    const world = new World()
    const { line, closes } = world.peer()
    for (let i = 0; i < 20; i++) {
      line.buffered = 900_000
      world.pass(2)
      line.buffered = 0
      world.pass(10)
    }
    expect(closes()).toEqual([])
    line.buffered = 900_000
    world.pass(60)
    expect(closes()).toEqual([expect.stringMatching(/close 4090$/)])
  })

  test('is sent away with 1012 after a day or two hours more, not all at one time', () => {
    const world = new World()
    const peers = ['1', 'a', '3k', '5jq'].map((id) => world.peer({ id }))
    world.pass(27 * 3_600, 4_000)
    const ends = peers.map(({ closes }) => closes()[0] ?? '')
    for (const end of ends) expect(end).toMatch(/^\d+ close 1012$/)
    const hours = ends.map((end) => Number.parseInt(end, 10) / 3_600)
    for (const hour of hours) expect(hour).toBeWithin(24, 26.1)
    expect(new Set(hours).size).toBe(4)
  })
})

describe('a token that ends', () => {
  test('is announced 60 seconds before, once, and closes the connection with 4501 thirty seconds after', () => {
    const world = new World()
    const { happened } = world.peer({ expiresInMs: 300_000 })
    world.pass(400)
    const told = happened.filter((what) => !/ping|heartbeat/.test(what))
    expect(told).toEqual([
      expect.stringMatching(/^24[01] send core.token_expiring$/),
      expect.stringMatching(/^33[012] send CORE_TOKEN_EXPIRED$/),
      expect.stringMatching(/^33[012] close 4501$/),
    ])
  })

  test('and was renewed closes nothing', () => {
    const world = new World()
    const { peer, closes } = world.peer({ expiresInMs: 300_000 })
    world.pass(320)
    peer.identity = { ...(peer.identity as Identity), expiresAt: world.wallMs + 3_600_000 }
    peer.isWarnedOfExpiry = false
    world.pass(600)
    expect(closes()).toEqual([])
  })
})
