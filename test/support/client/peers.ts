// Peer connections without a browser: as much of RTCPeerConnection as a link uses, and a way between them that a test opens.
import { Link, type LinkOptions } from '../../../src/client/calls/link.ts'
import type { Signal } from '../../../src/client/calls/outgoing.ts'
import type { FakeClock } from './clock.ts'

type Description = { type: 'offer' | 'answer'; sdp: string }

let sessions = 0
const sessionOf = ({ sdp }: { readonly sdp?: string }): string | undefined => / (\d+) /.exec(sdp ?? '')?.[1]

/** Two of them are connected if the way is open when each has a description of the other; else one has to be described anew. */
class ModelPeer {
  readonly session = String(++sessions)
  signalingState: 'stable' | 'have-local-offer' | 'have-remote-offer' | 'closed' = 'stable'
  connectionState = 'new'
  localDescription: Description | null = null
  remoteDescription: Description | null = null
  onnegotiationneeded: (() => void) | undefined
  onconnectionstatechange: (() => void) | undefined
  readonly #side: Side
  #isNeeded = false

  constructor({ side }: { readonly side: Side }) {
    this.#side = side
    side.peers.push(this)
  }

  createDataChannel() {
    this.#need()
    return { readyState: 'connecting', send: () => undefined }
  }

  addTransceiver(): void {
    this.#need()
  }

  getTransceivers(): [] {
    return []
  }

  setConfiguration(): void {}

  restartIce(): void {
    this.#need()
  }

  async setLocalDescription(): Promise<void> {
    await Promise.resolve()
    // A browser never does what was asked of a connection that is closed by then.
    if (this.signalingState === 'closed') return new Promise(() => {})
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer'
    this.localDescription = { type, sdp: `v=0\r\no=- ${this.session} 2 IN IP4 127.0.0.1\r\n` }
    this.signalingState = type === 'answer' ? 'stable' : 'have-local-offer'
    this.#side.meet()
  }

  async setRemoteDescription(description: Description): Promise<void> {
    await Promise.resolve()
    if (this.signalingState === 'closed') return new Promise(() => {})
    this.remoteDescription = description
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable'
    this.#side.meet()
  }

  close(): void {
    this.signalingState = 'closed'
    this.connectionState = 'closed'
  }

  /** Whose description it has. */
  get other(): string | undefined {
    return sessionOf(this.remoteDescription ?? {})
  }

  turn(state: string): void {
    if (this.connectionState === state || this.connectionState === 'closed') return
    this.connectionState = state
    this.onconnectionstatechange?.()
  }

  #need(): void {
    if (this.#isNeeded) return
    this.#isNeeded = true
    setImmediate(() => {
      this.#isNeeded = false
      this.onnegotiationneeded?.()
    })
  }
}

interface Side {
  readonly peers: ModelPeer[]
  meet(): void
}

/** Two links to each other, over a server that takes a while. */
export interface Pair {
  /** The impolite one and the polite one. */
  readonly links: readonly [Link, Link]
  /** Signals as they were sent: whose, what, of which connection, and when in milliseconds. */
  readonly said: { readonly from: 1 | 2; readonly signal: string; readonly session: string | undefined; readonly atMs: number }[]
  /** Whether there is a way between them; at first there is none. */
  turn(isOpen: boolean): void
}

/** As in a group: what fails is tried again. `delaysMs` is how long a signal of each takes. */
export const pairOfLinks = (clock: FakeClock, delaysMs: readonly [number, number] = [0, 0]): Pair => {
  const said: Pair['said'] = []
  let isOpen = false
  const sides: [Side, Side] = [
    { peers: [], meet: () => meet() },
    { peers: [], meet: () => meet() },
  ]
  const meet = (): void => {
    const [one, other] = [sides[0].peers.at(-1), sides[1].peers.at(-1)]
    if (!one || !other || one.other !== other.session || other.other !== one.session) return
    for (const peer of [one, other]) peer.turn(isOpen ? 'connected' : 'failed')
  }
  const make = (own: 0 | 1): Link => {
    const options: LinkOptions = {
      isPolite: own === 1,
      configuration: () => ({ side: sides[own] }) as RTCConfiguration,
      tracks: () => ({ audio: null, video: null }),
      send: async ({ signal, ...rest }) => {
        said.push({ from: own === 0 ? 1 : 2, signal, session: sessionOf(rest as Partial<Description>), atMs: clock.monotonic() })
        clock.after(delaysMs[own], () => links[own === 0 ? 1 : 0].receive({ signal, ...rest } as Signal))
      },
      ...{ onChange: () => undefined, onText: () => undefined, timers: clock },
      onFailed: () => links[own].tryLater(),
    }
    return new Link(options)
  }
  const links: Pair['links'] = [make(0), make(1)]
  for (const link of links) link.begin(false)
  return {
    links,
    said,
    turn: (to) => {
      isOpen = to
      if (!isOpen) meet()
    },
  }
}

/** Put the models in the place of what a browser has. Returns how to take them away again. */
export const installPeers = (): (() => void) => {
  const before = { RTCPeerConnection: globalThis.RTCPeerConnection, MediaStream: globalThis.MediaStream }
  const models = {
    RTCPeerConnection: ModelPeer,
    MediaStream: class {
      getTracks = (): [] => []
    },
  }
  Object.assign(globalThis, models)
  return () => void Object.assign(globalThis, before)
}
