// How a connection gets its identity: credentials in, caps checked, hooks asked, welcome out.
import * as v from 'valibot'
import type { Ambient } from './ambient.ts'
import { encodeError, shapeLimits } from './codec.ts'
import type { Identity } from './connection.ts'
import { type Dispatcher, pendingLimit } from './dispatch.ts'
import { AppError, core } from './errors.ts'
import type { HookChain } from './hooks.ts'
import { coreLimits } from './limit.ts'
import type { Limits } from './limits.ts'
import type { Log } from './log.ts'
import { message } from './message.ts'
import { type Peer, subscriptionLimit } from './peer.ts'
import type { Peers } from './peers.ts'
import type { Credentials } from './plugin.ts'
import { Tally } from './tally.ts'
import { rfc3339 } from './time.ts'

/** Milliseconds between heartbeats, told in the welcome. */
export const heartbeatMs = 25_000
/** Bytes of one incoming frame. */
export const frameLimit = 65_536
/** Milliseconds a connection has to sign in. */
export const signInMs = 10_000
const waitingFrames = 64

/** How many connections at once one user, or one address, may have. */
export interface Caps {
  readonly connectionsPerUser: number
  readonly connectionsPerAddress: number
  /** Of those that have not signed in. */
  readonly anonymousPerAddress: number
}

/** What a gate works with. */
export interface GateOptions {
  readonly hooks: HookChain
  readonly peers: Peers
  readonly dispatcher: Dispatcher
  readonly ambient: Ambient
  readonly log: Log
  readonly limits: Limits
  /** Connections at once, where limits are on. */
  readonly caps: Caps
  readonly version: string
  /** Ids of the plugins that are on. */
  readonly plugins: readonly string[]
}

/** The topic that all connections of a user follow. */
export const userTopic = (userId: string): string => `core/user/${userId}`

/** The topic that all signed-in connections follow. */
export const everyoneTopic = 'core/everyone'

const identitySchema = v.object({
  user: v.object({ id: v.string(), name: v.optional(v.string()) }),
  session: v.string(),
  expiresAt: v.optional(v.string()),
})

/** The messages that the core itself answers. */
export const coreMessages = {
  auth: message({
    input: v.strictObject({ token: v.pipe(v.string(), v.maxLength(8_192)) }),
    reply: identitySchema,
    from: 'anyone',
    limit: coreLimits.signIns,
    summary: 'Sign in, or renew the token of this connection.',
  }),
  ping: message({ input: v.strictObject({}), reply: v.object({ time: v.string() }), from: 'anyone', summary: 'Answer at once.' }),
}

/** Signs peers in and out. */
export class Gate {
  readonly #options: GateOptions
  readonly #goodbyes = new Tally()
  readonly #welcomeEnd: string

  constructor(options: GateOptions) {
    this.#options = options
    this.#welcomeEnd = welcomeEnd(options)
    const { dispatcher, ambient } = options
    dispatcher.add('core.auth', coreMessages.auth, ({ token }, { connection }) => this.#authenticate(connection as Peer, token))
    dispatcher.add('core.ping', coreMessages.ping, () => ({ time: new Date(ambient.now()).toISOString() }))
  }

  /** Who presents these credentials; throws or rejects with `CORE_BAD_TOKEN` if nobody knows them. */
  identify(credentials: Credentials): Identity | Promise<Identity> {
    const identity = this.#options.hooks.authenticate(credentials)
    return identity instanceof Promise ? identity.then(known) : known(identity)
  }

  /** Whether another connection from this address may open. */
  hasRoomFor(ip: string): boolean {
    const { peers, caps } = this.#options
    return peers.anonymousFrom(ip) < caps.anonymousPerAddress && peers.signedInFrom(ip) < caps.connectionsPerAddress
  }

  /**
   * Sign a new peer in with what its handshake carried or proved; a refusal is told in a frame and closes it.
   * Where nothing has to be waited for, the welcome leaves together with the handshake's answer.
   */
  present(peer: Peer, presented: Pick<Credentials, 'token' | 'ticket'>, proved: Identity | undefined): void {
    peer.stage = 'signing'
    try {
      const identity = proved ?? this.identify(credentialsOf(peer, presented))
      const admitted = identity instanceof Promise ? identity.then((found) => this.admit(peer, found)) : this.admit(peer, identity)
      if (admitted instanceof Promise) admitted.catch((failure: unknown) => this.#turnAway(peer, failure, undefined))
    } catch (failure) {
      this.#turnAway(peer, failure, undefined)
    }
  }

  /** Give a peer its identity and its welcome. Throws or rejects when hooks or caps refuse it. */
  admit(peer: Peer, identity: Identity): void | Promise<void> {
    const { hooks, peers, limits, caps } = this.#options
    // It may have gone while its credentials were looked at.
    if (!peer.isOpen) return
    peer.stage = 'signing'
    if (limits.isOn && peers.ofUser(identity.userId).length >= caps.connectionsPerUser) throw core.TOO_MANY_CONNECTIONS()
    peer.identity = identity
    peers.signIn(peer)
    const connecting = hooks.connect(peer)
    if (!(connecting instanceof Promise)) return this.#welcome(peer, identity)
    peer.connecting = connecting
    return connecting.then(() => this.#welcome(peer, identity))
  }

  /** A frame of a peer, in whatever stage it is. */
  receive(peer: Peer, frame: string | undefined): void {
    peer.heardMs = this.#options.ambient.monotonic()
    if (peer.translator && frame !== undefined) for (const meant of this.#meaning(peer, frame)) this.take(peer, meant)
    else this.take(peer, frame)
  }

  /** Something that belongs to this peer alone has failed: it is logged, and costs the peer its connection. */
  failed(peer: Peer, failure: unknown): void {
    this.#options.dispatcher.conceal(failure, { connection: peer.id })
    this.#close(peer, failure)
  }

  #meaning(peer: Peer, text: string): readonly string[] {
    try {
      return peer.translator?.hear(text) ?? []
    } catch (failure) {
      this.failed(peer, failure)
      return []
    }
  }

  /** A frame of PROTOCOL.md, whatever the peer itself speaks. */
  take(peer: Peer, frame: string | undefined): void {
    if (peer.stage !== 'signing' || frame === undefined) this.#options.dispatcher.receive(peer, frame)
    else if (peer.keep(frame) > waitingFrames) peer.close(4029, 'too many messages before the welcome')
  }

  /** The peer's line is gone. `onDisconnect` runs once if `onConnect` did. */
  leave(peer: Peer, code: number): void {
    if (!peer.isOpen) return
    const wasSignedIn = peer.identity !== undefined
    peer.detach()
    this.#options.peers.remove(peer, wasSignedIn)
    if (!wasSignedIn) return
    // A hook that has not finished with its coming must not hear of its going yet.
    const { connecting } = peer
    const telling = connecting === undefined ? this.#tell(peer, code) : afterwards(connecting, () => this.#tell(peer, code))
    if (!telling) return
    this.#goodbyes.begin()
    void telling.then(() => this.#goodbyes.end())
  }

  /** Wait until the hooks know of everybody who has gone, but not longer than `timeoutMs`. */
  drain(timeoutMs: number): Promise<void> {
    return this.#goodbyes.over(timeoutMs)
  }

  #tell(peer: Peer, code: number): void | Promise<void> {
    const { hooks, log } = this.#options
    return hooks.disconnect(peer, code, (failure) => log.error({ err: failure, connection: peer.id }, 'an onDisconnect hook failed'))
  }

  async #authenticate(peer: Peer, token: string): Promise<v.InferOutput<typeof identitySchema>> {
    const isRenewal = peer.identity !== undefined
    if (!isRenewal) peer.stage = 'signing'
    try {
      const identity = await this.identify(credentialsOf(peer, { token }))
      if (isRenewal) this.#renew(peer, identity)
      else await this.admit(peer, identity)
      return describe(identity)
    } catch (failure) {
      // The error frame carries the request's id, so it is the dispatcher that sends it, before the close.
      if (!isRenewal) setImmediate(() => this.#close(peer, failure))
      throw failure
    }
  }

  #renew(peer: Peer, identity: Identity): void {
    if (identity.userId !== peer.userId) throw core.FORBIDDEN()
    peer.identity = identity
    peer.isWarnedOfExpiry = false
  }

  #turnAway(peer: Peer, failure: unknown, id: string | undefined): void {
    const error = this.#options.dispatcher.conceal(failure, { connection: peer.id })
    peer.send(encodeError(id, error))
    this.#close(peer, failure)
  }

  #close(peer: Peer, failure: unknown): void {
    const { code, kind } = failure instanceof AppError ? failure : core.INTERNAL({ reference: '' })
    peer.close(closeCodes[code] ?? closeCodes[kind] ?? 4501, code)
  }

  #welcome(peer: Peer, identity: Identity): void {
    // It may have gone while the hooks ran.
    if (!peer.isOpen) return
    peer.follow(userTopic(identity.userId))
    peer.follow(everyoneTopic)
    peer.stage = 'ready'
    peer.send(this.#welcomeFrame(peer, identity))
    const { waiting } = peer
    if (!waiting) return
    peer.waiting = undefined
    for (const frame of waiting) this.#options.dispatcher.receive(peer, frame)
  }

  #welcomeFrame(peer: Peer, identity: Identity): string {
    const mine = JSON.stringify({ connection: peer.id, ...describe(identity) })
    const time = rfc3339(this.#options.ambient.now())
    return `{"type":"core.welcome","time":"${time}","data":${mine.slice(0, -1)},${this.#welcomeEnd}`
  }
}

// Most of a welcome is the same for everybody.
const welcomeEnd = ({ plugins, version }: GateOptions): string => {
  const limits = { frameBytes: frameLimit, pending: pendingLimit, subscriptions: subscriptionLimit, ...shapeLimits }
  return `${JSON.stringify({ heartbeatMs, limits, plugins, server: { name: 'parley', version }, protocol: 1 }).slice(1)}}`
}

// `work` once `before` is over, however it ended.
const afterwards = (before: Promise<void>, work: () => void | Promise<void>): Promise<void> => before.then(work, work)

// By error code, else by kind. What passes by itself comes back; what needs another token does not.
const closeCodes: Readonly<Record<string, number>> = {
  CORE_SESSION_REVOKED: 4509,
  CORE_SHUTTING_DOWN: 1012,
  rate_limited: 4029,
  unavailable: 1013,
  internal: 1013,
  forbidden: 4503,
}

const credentialsOf = ({ ip, origin }: Peer, presented: Pick<Credentials, 'token' | 'ticket'>): Credentials =>
  origin === undefined ? { ...presented, ip } : { ...presented, ip, origin }

const known = (identity: Identity | undefined): Identity => {
  if (!identity) throw core.BAD_TOKEN()
  return identity
}

const describe = ({ userId, name, sessionId, expiresAt }: Identity): v.InferOutput<typeof identitySchema> => ({
  user: { id: userId, ...(name !== undefined && { name }) },
  session: sessionId,
  ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
})
