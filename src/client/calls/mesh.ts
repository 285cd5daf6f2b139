// The other parties of a call, each with a link of its own: who is there, how well they come in, and why somebody cannot be
// reached.
import type { CallLine, Ice } from './line.ts'
import { Link } from './link.ts'
import type { Signal } from './outgoing.ts'
import type { Tracks } from './peer.ts'
import { type Counted, qualityOf } from './stats.ts'
import type { CallInfo, Quality, Remote, Verdict } from './types.ts'

/** What a mesh needs of its call. */
export interface MeshOptions {
  readonly line: CallLine
  readonly call: string
  readonly transport: RTCIceTransportPolicy
  readonly patienceMs: number | undefined
  readonly ice: () => Ice
  readonly tracks: () => Tracks
  readonly onChange: () => void
  readonly onText: (text: string, user: string) => void
  /** There has been no way to somebody for too long. */
  readonly onFailed: (party: number, link: Link) => void
}

interface Other {
  readonly user: string
  readonly link: Link
  counted?: Counted
}

/** The links of one call. */
export class Mesh {
  readonly #options: MeshOptions
  readonly #others = new Map<number, Other>()
  /** Why there is no way to somebody, as long as there is none. */
  readonly #failures = new Map<number, Verdict>()

  constructor(options: MeshOptions) {
    this.#options = options
  }

  get links(): readonly Link[] {
    return [...this.#others.values()].map(({ link }) => link)
  }

  get states(): readonly Remote['state'][] {
    return this.links.map(({ state }) => state)
  }

  /** Why somebody cannot be reached; it outlives the links, as the end of a call may be its consequence. */
  get verdict(): Verdict | undefined {
    return this.#failures.values().next().value
  }

  remotes({ people }: CallInfo): readonly Remote[] {
    return [...this.#others].map(([party, { user, link }]) => {
      const theirs = people.find((person) => person.user === user)?.party
      const media = theirs?.media ?? { audio: false, video: false, screen: false }
      return { user, party, stream: link.stream, state: link.state, media, isAway: theirs?.away ?? false }
    })
  }

  /** A link to everybody who is there, and none to who has gone; `own` is our number, `isFresh` as for `Link.begin`. */
  follow({ people }: CallInfo, own: number, isFresh: boolean): void {
    const there = new Map<number, string>()
    for (const { user, party } of people) if (party && party.id !== own) there.set(party.id, user)
    for (const [party, { link }] of this.#others) {
      if (there.has(party)) continue
      link.close()
      this.#others.delete(party)
      this.#failures.delete(party)
    }
    for (const [party, user] of there) if (!this.#others.has(party)) this.#connect(party, user, own).begin(isFresh)
  }

  /** Pass on what a party says; whether there is a link to it. */
  receive(party: number, signal: Signal): boolean {
    const link = this.#others.get(party)?.link
    link?.receive(signal)
    return link !== undefined
  }

  /** Take note of why a party cannot be reached; whether it still cannot, and that was news. */
  fail(party: number, link: Link, verdict: Verdict): boolean {
    if (this.#others.get(party)?.link !== link || link.state !== 'failed' || this.#failures.has(party)) return false
    this.#failures.set(party, verdict)
    return true
  }

  quality(): Promise<readonly Quality[]> {
    const ask = async (other: Other): Promise<Quality> => {
      const { quality, counted } = await qualityOf(other.link.peer, other.user, { before: other.counted })
      other.counted = counted
      return quality
    }
    return Promise.all([...this.#others.values()].map(ask))
  }

  close(): void {
    for (const link of this.links) link.close()
    this.#others.clear()
  }

  #connect(party: number, user: string, own: number): Link {
    const { line, call, transport, patienceMs, ice, tracks, onChange, onText, onFailed } = this.#options
    const link: Link = new Link({
      isPolite: own > party,
      configuration: () => ({ iceServers: ice().servers, iceTransportPolicy: transport }),
      tracks,
      patienceMs,
      send: (signal) => line.client.request('calls.signal', { call, party, ...signal }),
      onChange: () => {
        if (link.state === 'connected') this.#failures.delete(party)
        onChange()
      },
      onText: (text) => onText(text, user),
      onFailed: () => onFailed(party, link),
    })
    this.#others.set(party, { user, link })
    return link
  }
}
