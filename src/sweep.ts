// What time does to connections: heartbeats, silence, deadlines, slow readers. Every five seconds each one is looked at;
// the sweeps between, once a second, see only those of which something is due until then. With 15,000 connections
// even a glance at each has its price.
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
const roundMs = 5_000
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
  #lastMs: number
  #nextRoundMs = 0
  /** Those of which something is due before the next round. */
  #soon: Peer[] = []

  constructor(peers: Peers, ambient: Ambient, digest: Digest = () => undefined) {
    this.#peers = peers
    this.#ambient = ambient
    this.#digest = digest
    this.#lastMs = ambient.monotonic()
  }

  sweep(): void {
    const nowMs = this.#ambient.monotonic()
    const wasPaused = nowMs - this.#lastMs > pauseMs
    this.#lastMs = nowMs
    const { all } = this.#peers
    const isRound = nowMs >= this.#nextRoundMs
    if (isRound) this.#nextRoundMs = nowMs + roundMs
    const peers = isRound ? all : this.#soon
    this.#soon = []
    for (const peer of peers) {
      if ((isRound || peer.dueMs <= nowMs) && peer.isOpen) this.#look(peer, nowMs, wasPaused)
      if (peer.dueMs < this.#nextRoundMs) this.#soon.push(peer)
    }
  }

  #look(peer: Peer, nowMs: number, wasPaused: boolean): void {
    peer.dueMs = Number.POSITIVE_INFINITY
    if (peer.stage !== 'ready') this.#checkSignIn(peer, nowMs, wasPaused)
    else if (!this.#isSilent(peer, nowMs, wasPaused) && !this.#isSlow(peer, nowMs)) this.#checkAge(peer, nowMs)
  }

  #checkSignIn(peer: Peer, nowMs: number, wasPaused: boolean): void {
    const endMs = peer.openedMs + signInMs
    if (nowMs < endMs) peer.dueMs = endMs
    else if (wasPaused) return
    else if (peer.stage === 'anonymous') {
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
    if (nowMs < beatMs) peer.dueMs = isSilent ? Math.min(cutMs, beatMs) : beatMs
    else {
      peer.pingedMs = nowMs
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
    const ageMs = nowMs - peer.openedMs
    if (ageMs > lifeMs && ageMs > lifeMs + jitterOf(peer)) peer.close(1012, '{"retryAfterMs":0}')
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
