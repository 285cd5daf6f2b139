import type { Connection, Connections } from './connection.ts'
import type { Host, Peer } from './peer.ts'

/** Every open peer, by user and by address. What plugins see of it are the signed-in ones. */
export class Peers implements Connections {
  readonly #all = new Set<Peer>()
  readonly #byUser = new Map<string, Peer | Set<Peer>>()
  readonly #hosts = new Map<string, Host>()
  #opened: Peer[] = []
  #signedIn = 0

  /** Signed-in connections. */
  get count(): number {
    return this.#signedIn
  }

  /** All open ones, those that have not signed in too. */
  get all(): ReadonlySet<Peer> {
    return this.#all
  }

  /** Those that have opened since this was asked last. */
  takeOpened(): readonly Peer[] {
    const opened = this.#opened
    this.#opened = []
    return opened
  }

  anonymousFrom(ip: string): number {
    return this.#hosts.get(ip)?.anonymous ?? 0
  }

  signedInFrom(ip: string): number {
    return this.#hosts.get(ip)?.signedIn ?? 0
  }

  open(peer: Peer): void {
    this.#all.add(peer)
    let host = this.#hosts.get(peer.ip)
    if (!host) {
      host = { anonymous: 0, signedIn: 0 }
      this.#hosts.set(peer.ip, host)
    }
    host.anonymous++
    peer.host = host
    this.#opened.push(peer)
  }

  /** The peer has an identity now. */
  signIn(peer: Peer): void {
    if (peer.host) {
      peer.host.anonymous--
      peer.host.signedIn++
    }
    this.#signedIn++
    const known = this.#byUser.get(peer.userId)
    if (known === undefined) this.#byUser.set(peer.userId, peer)
    else if (known instanceof Set) known.add(peer)
    else this.#byUser.set(peer.userId, new Set([known, peer]))
  }

  remove(peer: Peer, wasSignedIn: boolean): void {
    if (!this.#all.delete(peer)) return
    this.#leaveHost(peer, wasSignedIn)
    if (!wasSignedIn) return
    this.#signedIn--
    const known = this.#byUser.get(peer.userId)
    if (known === peer || (known instanceof Set && known.delete(peer) && known.size === 0)) this.#byUser.delete(peer.userId)
  }

  ofUser(userId: string): readonly Connection[] {
    const known = this.#byUser.get(userId)
    if (known === undefined) return []
    return known instanceof Set ? [...known] : [known]
  }

  ofSession(sessionId: string): readonly Connection[] {
    return [...this].filter((connection) => connection.identity?.sessionId === sessionId)
  }

  #leaveHost({ host, ip }: Peer, wasSignedIn: boolean): void {
    if (!host) return
    if (wasSignedIn) host.signedIn--
    else host.anonymous--
    if (host.anonymous + host.signedIn === 0) this.#hosts.delete(ip)
  }

  *[Symbol.iterator](): Iterator<Connection> {
    for (const peer of this.#all) if (peer.identity) yield peer
  }
}
