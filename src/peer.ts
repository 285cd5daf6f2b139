import type { Connection, Identity } from './connection.ts'
import type { Dialect, Translator } from './dialect.ts'
import { core } from './errors.ts'
import type { Hub, NativeSubscriber, Subscriber } from './hub.ts'
import type { Meter } from './limits.ts'
import type { Line } from './line.ts'

/** What a handshake leaves for the moment its socket opens. */
export interface Arrival {
  readonly identity: Identity | undefined
  readonly presented: { readonly token?: string; readonly ticket?: string } | undefined
  /** The wire it speaks, if not this server's own, and what its address carried. */
  readonly dialect?: Dialect
  readonly query?: string
}

/** Topics one connection may follow, its user's own topic not counted. */
export const subscriptionLimit = 128

/** How many peers an address has; they share the object. */
export interface Host {
  anonymous: number
  signedIn: number
}

/** Where a peer stands: frames are handled when `ready`, kept while `signing`. */
export type Stage = 'anonymous' | 'signing' | 'ready' | 'closed'

/** What a new peer is made of. */
export interface PeerOptions {
  readonly id: string
  readonly kind: string
  readonly ip: string
  readonly origin: string | undefined
  readonly hub: Hub
  readonly nowMs: number
}

/** The server's side of one connection. Plugins see it as `Connection`. */
export class Peer implements Connection, Subscriber {
  readonly id: string
  readonly kind: string
  readonly ip: string
  readonly origin: string | undefined
  readonly openedMs: number
  identity: Identity | undefined
  stage: Stage = 'anonymous'
  line: Line | undefined
  /** The line once more, if the runtime has topics for it. */
  native: NativeSubscriber | undefined
  /** From its opening on: where it comes from. */
  host: Host | undefined
  /** What it says means, if it speaks another wire. */
  translator: Translator | undefined
  /** Until the socket opens. */
  arrival: Arrival | undefined
  /** Monotonic milliseconds of the last sign of life. */
  heardMs: number
  pingedMs = 0
  /** Monotonic milliseconds of the last heartbeat that told what had happened. */
  toldMs = 0
  /** When to look after it next, monotonic milliseconds. */
  dueMs = 0
  /** Requests being handled. */
  pending = 0
  /** Frames that came while signing in. */
  waiting: string[] | undefined
  /** The `onConnect` hooks, if one of them takes its time. */
  connecting: Promise<void> | undefined
  /** Resolves when the hooks of the messages that came so far are done, if one of them takes its time. Never rejects. */
  turn: Promise<void> | undefined
  isWarnedOfExpiry = false
  /** Consecutive sweeps that found much of the buffer in use. */
  slowSweeps = 0
  /** What it has left of the limits that count by connection. */
  meter: Meter | undefined
  readonly #hub: Hub
  #topics: Set<string> | undefined
  #followed: Set<string> | undefined

  constructor({ id, kind, ip, origin, hub, nowMs }: PeerOptions) {
    this.id = id
    this.kind = kind
    this.ip = ip
    this.origin = origin
    this.#hub = hub
    this.openedMs = nowMs
    this.heardMs = nowMs
  }

  get userId(): string {
    return this.identity?.userId ?? ''
  }

  get isOpen(): boolean {
    return this.stage !== 'closed'
  }

  send(frame: string): void {
    if (this.stage !== 'closed') this.line?.send(frame)
  }

  /** Send an answer: it may share a write with the publications that its request caused. */
  answer(frame: string): void {
    if (this.stage !== 'closed') this.line?.sendSoon(frame)
  }

  /** A ping of the transport, which its other end answers by itself, and one that the program there can see. */
  beat(frame: string): void {
    const { line } = this
    line?.batch(() => {
      line.ping()
      line.send(frame)
    })
  }

  subscribe(topic: string): void {
    if (this.stage === 'closed' || this.#topics?.has(topic)) return
    if (this.#topics && this.#topics.size >= subscriptionLimit) throw core.TOO_MANY_SUBSCRIPTIONS({ limit: subscriptionLimit })
    this.#topics ??= new Set()
    this.#topics.add(topic)
    this.#hub.subscribe(this, topic)
  }

  /** Keep a frame until the peer has signed in; how many are kept now. */
  keep(frame: string): number {
    this.waiting ??= []
    return this.waiting.push(frame)
  }

  follow(topic: string): void {
    if (this.stage !== 'closed') this.#hub.subscribe(this, topic)
    // The runtime forgets a closed socket's topics by itself; here they must be known in order to be left.
    if (this.native) return
    this.#followed ??= new Set()
    this.#followed.add(topic)
  }

  unfollow(topic: string): void {
    this.#hub.unsubscribe(this, topic)
    this.#followed?.delete(topic)
  }

  unsubscribe(topic: string): void {
    if (this.#topics?.delete(topic)) this.#hub.unsubscribe(this, topic)
  }

  close(code: number, reason: string): void {
    if (this.stage !== 'closed') this.line?.close(code, reason)
  }

  /** The line is gone: leave every topic. */
  detach(): void {
    this.stage = 'closed'
    this.waiting = undefined
    if (this.native) return // The runtime forgets a closed socket's topics by itself.
    for (const topic of [...(this.#topics ?? []), ...(this.#followed ?? [])]) this.#hub.unsubscribe(this, topic)
    this.#topics = undefined
  }
}
