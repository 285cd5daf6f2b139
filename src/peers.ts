import type { Connection, Connections } from './connection.ts'
import type { Peer } from './peer.ts'

/** Every open peer, by user and by address. What plugins see of it are the signed-in ones. */
export class Peers implements Connections {
  readonly #all = new Set<Peer>()
  readonly #byUser = new Map<string, Peer | Set<Peer>>()
  readonly #anonymousByIp = new Map<string, number>()
  readonly #signedInByIp = new Map<string, number>()
  #signedIn = 0

  /** Signed-in connections. */
  get count(): number {
    return this.#signedIn
  }

  /** All open ones, those that have not signed in too. */
  get all(): ReadonlySet<Peer> {
    return this.#all
  }

  anonymousFrom(ip: string): number {
    return this.#anonymousByIp.get(ip) ?? 0
  }

  signedInFrom(ip: string): number {
    return this.#signedInByIp.get(ip) ?? 0
  }

  open(peer: Peer): void {
    this.#all.add(peer)
    bump(this.#anonymousByIp, peer.ip, 1)
  }

  /** The peer has an identity now. */
  signIn(peer: Peer): void {
    bump(this.#anonymousByIp, peer.ip, -1)
    bump(this.#signedInByIp, peer.ip, 1)
    this.#signedIn++
    const known = this.#byUser.get(peer.userId)
    if (known === undefined) this.#byUser.set(peer.userId, peer)
    else if (known instanceof Set) known.add(peer)
    else this.#byUser.set(peer.userId, new Set([known, peer]))
  }

  remove(peer: Peer, wasSignedIn: boolean): void {
    if (!this.#all.delete(peer)) return
    bump(wasSignedIn ? this.#signedInByIp : this.#anonymousByIp, peer.ip, -1)
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

  *[Symbol.iterator](): Iterator<Connection> {
    for (const peer of this.#all) if (peer.identity) yield peer
  }
}

const bump = (counts: Map<string, number>, key: string, by: number): void => {
  const next = (counts.get(key) ?? 0) + by
  if (next > 0) counts.set(key, next)
  else counts.delete(key)
}
