// Between the runtime's sockets and the server's peers.
import type { Addresses } from './address.ts'
import { limitKey } from './address.ts'
import type { Ambient } from './ambient.ts'
import type { Identity } from './connection.ts'
import { type Dialect, translatedLine, type Wire } from './dialect.ts'
import { core } from './errors.ts'
import type { Gate } from './gate.ts'
import { HandshakeError, readHandshake, subprotocol } from './handshake.ts'
import type { Hub } from './hub.ts'
import { coreLimits } from './limit.ts'
import type { Limits } from './limits.ts'
import type { Line } from './line.ts'
import { Peer } from './peer.ts'
import type { Peers } from './peers.ts'
import type { Inbound, Transport } from './plugin.ts'
import type { Socket, SocketEvents, Upgrade } from './runtime/runtime.ts'

/** What sockets need of the server. */
export interface SocketsOptions {
  readonly addresses: Addresses
  readonly ambient: Ambient
  readonly gate: Gate
  readonly hub: Hub
  readonly peers: Peers
  readonly origins: readonly string[]
  readonly limits: Limits
  /** Connections at once, of everybody together. */
  readonly maxConnections: number
  /** Whether the runtime's sockets have native topics. */
  readonly hasTopics: boolean
  readonly isStopping: () => boolean
}

const upgradeHeaders = { 'Sec-WebSocket-Protocol': subprotocol }

/** Somebody who wants a socket. */
export interface Knock {
  readonly request: Request
  /** The query string. */
  readonly query: string
  readonly peerIp: string
  readonly upgrade: Upgrade<Peer>
  /** The wire of the path, if it is not `/ws`. */
  readonly dialect: Dialect | undefined
}

/** Opens, feeds and closes peers. */
export class Sockets implements SocketEvents<Peer> {
  readonly #options: SocketsOptions
  #count = 0

  constructor(options: SocketsOptions) {
    this.#options = options
  }

  /** Answer an upgrade request. Throws `HandshakeError` or `AppError` for one that is refused. */
  upgrade({ request, query, peerIp, upgrade, dialect }: Knock): Response | Promise<Response> {
    const { addresses, isStopping, origins, gate } = this.#options
    if (isStopping()) throw core.SHUTTING_DOWN().with({ retryAfterMs: 1_000 })
    const { origin, bearer, presented, isOurs } = readHandshake(request, query, { origins, isStrict: dialect === undefined })
    const ip = addresses.of(peerIp, request.headers)
    this.#checkRoom()
    this.#checkRates(ip)
    const finish = (identity: Identity | undefined): Response => {
      const peer = this.#newPeer('websocket', ip, origin)
      peer.arrival = dialect ? { identity, presented, dialect, query } : { identity, presented }
      const response = upgrade(peer, isOurs ? upgradeHeaders : {})
      if (!response) throw new HandshakeError(400, core.UPGRADE_REQUIRED())
      return response
    }
    if (bearer === undefined) return finish(undefined)
    const identity = gate.identify(origin === undefined ? { token: bearer, ip } : { token: bearer, ip, origin })
    return identity instanceof Promise ? identity.then(finish) : finish(identity)
  }

  open(socket: Socket<Peer>): void {
    const peer = socket.data
    const { arrival } = peer
    peer.arrival = undefined
    if (arrival?.dialect) this.#translate(peer, socket, arrival.dialect, arrival.query)
    else {
      peer.line = socket
      if (this.#options.hasTopics) peer.native = socket
    }
    this.#options.peers.open(peer)
    if (!arrival?.identity && !arrival?.presented) return
    this.#options.gate.present(peer, arrival.presented ?? {}, arrival.identity)
  }

  // Without topics of the runtime: those would carry frames as they are.
  #translate(peer: Peer, socket: Socket<Peer>, dialect: Dialect, query: string | undefined): void {
    const { gate } = this.#options
    const wire: Wire = {
      tell: (text) => void (peer.isOpen && socket.send(text)),
      // Not from within what is just being sent.
      mean: (frame) => queueMicrotask(() => peer.isOpen && gate.take(peer, frame)),
      fail: (failure) => gate.failed(peer, failure),
    }
    try {
      peer.translator = dialect.translate(peer, new URLSearchParams(query), wire)
      peer.line = translatedLine(socket, peer.translator, wire.fail)
    } catch (failure) {
      peer.line = socket
      wire.fail(failure)
    }
  }

  message({ data: peer }: Socket<Peer>, frame: string | undefined): void {
    this.#options.gate.receive(peer, frame)
  }

  close({ data: peer }: Socket<Peer>, code: number): void {
    this.#options.gate.leave(peer, code)
  }

  pong({ data: peer }: Socket<Peer>): void {
    peer.heardMs = this.#options.ambient.monotonic()
  }

  ping({ data: peer }: Socket<Peer>): void {
    const { ambient, limits } = this.#options
    peer.heardMs = ambient.monotonic()
    if (limits.takeFrom(coreLimits.pings, peer) > 0) peer.close(4029, 'too many pings')
  }

  /** A peer over something that is not a socket. */
  async attach(transport: Transport, identity: Identity): Promise<Inbound> {
    const { gate, peers } = this.#options
    const peer = this.#newPeer(transport.kind, transport.ip, undefined)
    peer.line = transportLine(transport)
    peers.open(peer)
    try {
      await gate.admit(peer, identity)
    } catch (failure) {
      gate.leave(peer, 4503)
      throw failure
    }
    return { connection: peer, receive: (frame) => gate.receive(peer, frame), closed: (code) => gate.leave(peer, code) }
  }

  #newPeer(kind: string, ip: string, origin: string | undefined): Peer {
    const { hub, ambient } = this.#options
    return new Peer({ id: (++this.#count).toString(36), kind, ip: limitKey(ip), origin, hub, nowMs: ambient.monotonic() })
  }

  // A process without files to open could not even say no, and would use a whole core for it.
  #checkRoom(): void {
    const { peers, maxConnections } = this.#options
    if (peers.all.size >= maxConnections) throw core.SERVER_FULL().with({ retryAfterMs: 5_000 })
  }

  #checkRates(ip: string): void {
    const { limits, gate } = this.#options
    if (!limits.isOn) return
    const key = limitKey(ip)
    const retryAfterMs = limits.take(coreLimits.addressHandshakes, key) || limits.take(coreLimits.handshakes, '')
    if (retryAfterMs > 0) throw core.RATE_LIMITED().with({ retryAfterMs })
    if (!gate.hasRoomFor(key)) throw core.TOO_MANY_CONNECTIONS().with({ retryAfterMs: 10_000 })
  }
}

const transportLine = (transport: Transport): Line => ({
  send: (frame) => transport.write(frame),
  sendSoon: (frame) => void transport.write(frame),
  batch: (send) => send(),
  ping: () => {},
  close: (code, reason) => transport.close(code, reason),
  terminate: () => transport.close(4090, 'cut off'),
  buffered: () => 0,
})
