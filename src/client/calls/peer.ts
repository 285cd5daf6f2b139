// One peer connection with perfect negotiation (W3C webrtc-pc, 10.7), whose roles the server has decided. Of two, the impolite
// one makes the first offer; after that either may.
import type { Signal } from './outgoing.ts'

/** The tracks that go to every other party. */
export interface Tracks {
  readonly audio: MediaStreamTrack | null
  readonly video: MediaStreamTrack | null
}

/** What a peer connection needs of its link. Nothing is called any more once it is closed. */
export interface PeerOptions {
  readonly isPolite: boolean
  readonly configuration: () => RTCConfiguration
  readonly tracks: () => Tracks
  readonly push: (signal: Signal) => void
  readonly onState: (state: RTCPeerConnectionState) => void
  readonly onTrack: (track: MediaStreamTrack) => void
  readonly onText: (text: string) => void
}

/** A connection to the other side; when that begins anew it is replaced by another one. */
export class Peer {
  readonly connection: RTCPeerConnection
  readonly #options: PeerOptions
  readonly #channel: RTCDataChannel
  #candidates: RTCIceCandidateInit[] = []
  #remoteSession: string | undefined
  #hasBegun = false
  #isOffering = false
  #isIgnoring = false
  #isClosed = false

  constructor(options: PeerOptions) {
    this.#options = options
    const connection = new RTCPeerConnection(options.configuration())
    this.connection = connection
    connection.onnegotiationneeded = () => this.negotiate()
    connection.onicecandidate = ({ candidate }) => this.#found(candidate)
    connection.onconnectionstatechange = () => void (this.#isClosed || options.onState(connection.connectionState))
    connection.ontrack = ({ track }) => void (this.#isClosed || options.onTrack(track))
    // Both sides open the same one, so that nothing has to be announced.
    this.#channel = connection.createDataChannel('parley', { negotiated: true, id: 0 })
    this.#channel.onmessage = ({ data }) => options.onText(String(data))
  }

  /** Whether an offer was made, or taken. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Whether the other side has said what it has. */
  get isAnswered(): boolean {
    return this.#remoteSession !== undefined
  }

  /** Whether a description is of another connection over there than the one that this is to. */
  isForeign(sdp: string): boolean {
    return this.#remoteSession !== undefined && sessionOf(sdp) !== this.#remoteSession
  }

  /** The first offer. */
  offerMedia(): void {
    const { audio, video } = this.#options.tracks()
    this.#hasBegun = true
    // What crosses it from now on is ignored, also before there is a description.
    this.#isOffering = true
    // One transceiver for sound and one for pictures, from the beginning: camera and screen come and go without an offer.
    this.connection.addTransceiver(audio ?? 'audio', { direction: 'sendrecv' })
    this.connection.addTransceiver(video ?? 'video', { direction: 'sendrecv' })
  }

  /** Another offer, or the same once more; who is polite waits for the first one. */
  negotiate(): void {
    if (this.#isClosed || (this.#options.isPolite && !this.#hasBegun)) return
    this.#offer().catch((failure: unknown) => this.#unlessClosed(failure))
  }

  /** Look for another way, with what the servers in between want now. */
  restart(): void {
    if (this.#options.isPolite && !this.#hasBegun) return
    this.configure()
    this.connection.restartIce()
  }

  /** New credentials for the servers in between; they are used from the next restart on. */
  configure(): void {
    this.connection.setConfiguration(this.#options.configuration())
  }

  /** Other tracks go out from now on. */
  async replaceTracks(): Promise<void> {
    const tracks = this.#options.tracks()
    const all = this.connection.getTransceivers().map((transceiver) => transceiver.sender.replaceTrack(tracks[kindOf(transceiver)]))
    await Promise.all(all).catch((failure: unknown) => this.#unlessClosed(failure))
  }

  /** Whether it went out. */
  send(text: string): boolean {
    if (this.#channel.readyState !== 'open') return false
    this.#channel.send(text)
    return true
  }

  async takeOffer(sdp: string): Promise<void> {
    const { connection } = this
    const isCollision = this.#isOffering || connection.signalingState !== 'stable'
    this.#isIgnoring = !this.#options.isPolite && isCollision
    if (this.#isIgnoring) return
    this.#remoteSession = sessionOf(sdp)
    this.#hasBegun = true
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await this.#flushCandidates()
    const tracks = this.#options.tracks()
    for (const transceiver of connection.getTransceivers()) {
      transceiver.direction = 'sendrecv'
      await transceiver.sender.replaceTrack(tracks[kindOf(transceiver)])
    }
    await connection.setLocalDescription()
    if (connection.localDescription?.type === 'answer') this.#push({ signal: 'answer', sdp: connection.localDescription.sdp })
  }

  async takeAnswer(sdp: string): Promise<void> {
    // It was answered twice, or is an answer to an offer that we have taken back.
    if (this.connection.signalingState !== 'have-local-offer') return
    this.#remoteSession = sessionOf(sdp)
    await this.connection.setRemoteDescription({ type: 'answer', sdp })
    await this.#flushCandidates()
  }

  async takeCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.connection.remoteDescription) {
      this.#candidates.push(candidate)
      return
    }
    try {
      await this.connection.addIceCandidate(candidate)
    } catch (failure) {
      // One of an offer that we ignored, or of a description that has been replaced.
      if (!this.#isIgnoring) console.debug('a candidate came late', failure)
    }
  }

  close(): void {
    this.#isClosed = true
    this.connection.close()
  }

  async #offer(): Promise<void> {
    const { connection } = this
    try {
      this.#isOffering = true
      await connection.setLocalDescription()
      if (connection.localDescription?.type === 'offer') this.#push({ signal: 'offer', sdp: connection.localDescription.sdp })
    } finally {
      this.#isOffering = false
    }
  }

  #found(candidate: RTCIceCandidate | null): void {
    if (!candidate || candidate.candidate === '') {
      if (!candidate) this.#push({ signal: 'end-of-candidates' })
      return
    }
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate
    this.#push({ signal: 'candidates', candidates: [{ candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment }] })
  }

  async #flushCandidates(): Promise<void> {
    const candidates = this.#candidates
    this.#candidates = []
    for (const candidate of candidates) await this.takeCandidate(candidate)
  }

  // What a connection that is no more had still to say concerns nobody.
  #push(signal: Signal): void {
    if (!this.#isClosed) this.#options.push(signal)
  }

  #unlessClosed(failure: unknown): void {
    if (!this.#isClosed) throw failure
  }
}

const kindOf = ({ receiver }: RTCRtpTransceiver): 'audio' | 'video' => (receiver.track.kind === 'audio' ? 'audio' : 'video')

// The number of a session description's session (RFC 8866, 5.2): another one means another peer connection.
const sessionOf = (sdp: string): string | undefined => /^o=\S+ (\d+)/m.exec(sdp)?.[1]
