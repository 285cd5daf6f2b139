// What time does to connections: heartbeats, silence, deadlines, slow readers. With 15,000 connections even a glance at
// each has its price, so each waits on a wheel for the second in which something of it is due: its beat, and the end of
// the time it has to answer it. A slow reader is noticed at one of those, and looked at every second from then on.
import type { Ambient } from './ambient.ts'
import { encodeError, encodeEvent } from './codec.ts'
import { core } from './errors.ts'
import { heartbeatMs, signInMs } from './gate.ts'
import type { Peer } from './peer.ts'
import type { Peers } from './peers.ts'

const silenceMs = 10_000
const warningMs = 60_000
const expiryGraceMs = 30_000
const lifeMs = 24 * 3_600_000
// More than the time between two beats.
const wheelSeconds = 32
const secondOf = (ms: number): number => Math.floor(ms / 1_000)
const slowBytes = 512 * 1024
const slowSweepLimit = 5
// Two hours of spread, taken from the id, so that peers which came together do not go together.
const jitterOf = (peer: Peer): number => (Number.parseInt(peer.id, 36) % 7_200) * 1_000
// A gap this long between two sweeps means that the process itself stood still: nobody is cut off for that.
const pauseMs = 5_000
const heartbeat = encodeEvent('core.heartbeat', {}, {})

/** What a heartbeat tells a peer beyond being there, of what happened since a monotonic time; see `Hooks.onHeartbeat`. */
export type Digest = (peer: Peer, sinceMs: number) => Readonly<Record<string, object>> | undefined

/** Watches over all peers; `sweep` is called once a second. */
export class Sweeper {
  readonly #peers: Peers
  readonly #ambient: Ambient
  readonly #digest: Digest
  /** Peers by the second in which they are due, as far ahead as anything can be. */
  readonly #wheel: Peer[][] = Array.from({ length: wheelSeconds }, () => [])
  #lastMs: number

  constructor(peers: Peers, ambient: Ambient, digest: Digest = () => undefined) {
    this.#peers = peers
    this.#ambient = ambient
    this.#digest = digest
    this.#lastMs = ambient.monotonic()
  }

  sweep(): void {
    const nowMs = this.#ambient.monotonic()
    const wasPaused = nowMs - this.#lastMs > pauseMs
    const seconds = Math.min(secondOf(nowMs) - secondOf(this.#lastMs), wheelSeconds)
    this.#lastMs = nowMs
    this.#lookAt(this.#peers.takeOpened(), nowMs, wasPaused)
    for (let ago = seconds - 1; ago >= 0; ago--) {
      const at = (secondOf(nowMs) - ago) % wheelSeconds
      const due = this.#wheel[at] ?? []
      this.#wheel[at] = []
      this.#lookAt(due, nowMs, wasPaused)
    }
  }

  #lookAt(peers: readonly Peer[], nowMs: number, wasPaused: boolean): void {
    for (const peer of peers) {
      if (peer.isOpen) this.#look(peer, nowMs, wasPaused)
      if (peer.isOpen) this.#putOff(peer, nowMs)
    }
  }

  #putOff(peer: Peer, nowMs: number): void {
    const now = secondOf(nowMs)
    const second = Math.max(now + 1, Math.min(secondOf(peer.dueMs), now + wheelSeconds - 1))
    this.#wheel[second % wheelSeconds]?.push(peer)
  }

  #look(peer: Peer, nowMs: number, wasPaused: boolean): void {
    if (peer.stage !== 'ready') this.#checkSignIn(peer, nowMs, wasPaused)
    else if (!this.#isSilent(peer, nowMs, wasPaused) && !this.#isSlow(peer, nowMs)) this.#checkAge(peer, nowMs)
  }

  #checkSignIn(peer: Peer, nowMs: number, wasPaused: boolean): void {
    const endMs = peer.openedMs + signInMs
    peer.dueMs = endMs
    if (nowMs < endMs || wasPaused) return
    if (peer.stage === 'anonymous') {
      peer.send(encodeError(undefined, core.AUTH_REQUIRED()))
      peer.close(4008, 'nobody signed in')
      // Whoever checks its credentials, or greets it, has not come back: it may have more luck another time.
    } else peer.close(1013, 'signing in takes too long')
  }

  // Beats are spread by when each peer was opened, so that 15,000 peers do not beat at once.
  #isSilent(peer: Peer, nowMs: number, wasPaused: boolean): boolean {
    const beatMs = (peer.pingedMs || peer.openedMs) + heartbeatMs - 1_000
    // Nothing answers pings on an attached transport, which may be one-way: it watches over its own line.
    const isSilent = peer.kind === 'websocket' && peer.pingedMs > 0 && peer.heardMs < peer.pingedMs
    const cutMs = peer.pingedMs + silenceMs
    if (isSilent && nowMs >= cutMs && !wasPaused) {
      peer.line?.terminate()
      return true
    }
    // Whoever is due within this second is looked at now and not again in the next.
    if (nowMs + 1_000 <= beatMs) peer.dueMs = isSilent ? Math.min(cutMs, beatMs) : beatMs
    else {
      peer.pingedMs = nowMs
      peer.dueMs = nowMs + silenceMs
      peer.beat(this.#beatFor(peer, nowMs))
    }
    return false
  }

  // Most peers have missed nothing: for them it is the same frame always.
  #beatFor(peer: Peer, nowMs: number): string {
    const digest = this.#digest(peer, peer.toldMs || peer.openedMs)
    // What waits behind other frames may yet be dropped with them: then the next one tells it again.
    if ((peer.line?.buffered() ?? 0) === 0) peer.toldMs = nowMs
    return digest ? encodeEvent('core.heartbeat', digest, {}) : heartbeat
  }

  #isSlow(peer: Peer, nowMs: number): boolean {
    if ((peer.line?.buffered() ?? 0) < slowBytes) {
      peer.slowSweeps = 0
      return false
    }
    peer.dueMs = nowMs
    if (++peer.slowSweeps < slowSweepLimit) return false
    peer.close(4090, 'reads too slowly')
    peer.line?.terminate()
    return true
  }

  #checkAge(peer: Peer, nowMs: number): void {
    const wallMs = this.#ambient.now()
    const expiresAt = peer.identity?.expiresAt
    if (expiresAt !== undefined) {
      if (wallMs > expiresAt - warningMs) this.#checkExpiry(peer, expiresAt, wallMs)
      const nextMs = peer.isWarnedOfExpiry ? expiresAt + expiryGraceMs : expiresAt - warningMs
      peer.dueMs = Math.min(peer.dueMs, nowMs + Math.max(0, nextMs - wallMs) + 1)
    }
    if (nowMs - peer.openedMs < lifeMs) return
    const endMs = peer.openedMs + lifeMs + jitterOf(peer)
    if (nowMs > endMs) peer.close(1012, '{"retryAfterMs":0}')
    else peer.dueMs = Math.min(peer.dueMs, endMs)
  }

  #checkExpiry(peer: Peer, expiresAt: number, wallMs: number): void {
    if (wallMs > expiresAt + expiryGraceMs) {
      peer.send(encodeError(undefined, core.TOKEN_EXPIRED()))
      peer.close(4501, 'the token has expired')
    } else if (!peer.isWarnedOfExpiry) {
      peer.isWarnedOfExpiry = true
      peer.send(
        encodeEvent('core.token_expiring', { expiresAt: new Date(expiresAt).toISOString() }, { time: new Date(wallMs).toISOString() }),
      )
    }
  }
}
