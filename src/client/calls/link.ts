// The way to one other party: a peer connection with perfect negotiation (W3C webrtc-pc, 10.7), whose roles the server has
// decided. Of the two, the impolite one makes the first offer; after that either may.
import { Outgoing, type Signal } from './outgoing.ts'
import type { Remote } from './types.ts'

/** The tracks that go to every other party. */
export interface Tracks {
  readonly audio: MediaStreamTrack | null
  readonly video: MediaStreamTrack | null
}

/** What a link needs of its call. */
export interface LinkOptions {
  readonly isPolite: boolean
  readonly configuration: () => RTCConfiguration
  readonly tracks: () => Tracks
  readonly send: (signal: Signal) => Promise<unknown>
  readonly onChange: () => void
  readonly onText: (text: string) => void
  /** It has been without a connection for too long. */
  readonly onFailed: () => void
}

const restartEveryMs = 4_000
const disconnectedMs = 1_500
const giveUpMs = 30_000

/** One peer connection, and the next one if the other side begins anew. */
export class Link {
  readonly stream = new MediaStream()
  state: Remote['state'] = 'connecting'
  readonly #options: LinkOptions
  readonly #outgoing: Outgoing
  #peer: RTCPeerConnection
  #channel: RTCDataChannel
  #candidates: RTCIceCandidateInit[] = []
  #received: Promise<void> = Promise.resolve()
  #remoteSession: string | undefined
  #hasBegun = false
  #isOffering = false
  #isIgnoring = false
  #isClosed = false
  #hasMissed = false
  #restartTimer: ReturnType<typeof setTimeout> | undefined
  #giveUpTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    this.#outgoing = new Outgoing(options.send)
    const { peer, channel } = this.#open()
    this.#peer = peer
    this.#channel = channel
    this.#expectConnection()
  }

  get peer(): RTCPeerConnection {
    return this.#peer
  }

  /** Make the first offer, or wait for it; `isFresh`: the other side may still have a connection to what we were before. */
  begin(isFresh: boolean): void {
    if (!this.#options.isPolite) this.#offerMedia()
    else if (isFresh) this.#outgoing.push({ signal: 'renegotiate', restart: true })
  }

  /** Signals of the other party, one after another. */
  receive(signal: Signal): void {
    if (signal.signal === 'offer') this.#hasMissed = false
    this.#received = this.#received
      .then(() => this.#take(signal))
      .catch((failure: unknown) => console.warn('a signal did not fit', failure))
  }

  /** The line to the server is gone: what the other side says from now on may be lost. */
  pause(): void {
    this.#hasMissed = true
  }

  /** There is a line to the server again. What waited there has come by now; if it was no offer, one may be missing. */
  resume(): void {
    this.#outgoing.resume()
    if (!this.#hasMissed) return
    this.#hasMissed = false
    if (this.state === 'connected') return
    // While there was no line, nothing could be done about it.
    clearTimeout(this.#giveUpTimer)
    this.#giveUpTimer = undefined
    this.#expectConnection()
    if (this.#options.isPolite) this.#outgoing.push({ signal: 'renegotiate' })
    else this.#takeWish(false)
  }

  /** Look for another way: the network has changed, or the way that there was is gone. */
  restart(): void {
    if (this.#isClosed || (this.#options.isPolite && !this.#hasBegun)) return
    this.#peer.setConfiguration(this.#options.configuration())
    this.#peer.restartIce()
  }

  /** New credentials for the servers in between; they are used from the next restart on. */
  configure(): void {
    if (!this.#isClosed) this.#peer.setConfiguration(this.#options.configuration())
  }

  /** Other tracks go out from now on. */
  async replaceTracks(): Promise<void> {
    const tracks = this.#options.tracks()
    const peer = this.#peer
    const all = peer.getTransceivers().map((transceiver) => transceiver.sender.replaceTrack(tracks[kindOf(transceiver)]))
    await Promise.all(all).catch(unlessClosed(peer))
  }

  /** The other side is away and may come back: wait for it once more. */
  wait(): void {
    this.#set('reconnecting')
    this.#expectConnection()
  }

  /** Whether it went out. */
  send(text: string): boolean {
    if (this.#channel.readyState !== 'open') return false
    this.#channel.send(text)
    return true
  }

  close(): void {
    this.#isClosed = true
    this.#outgoing.clear()
    this.#clearTimers()
    this.#peer.close()
  }

  #open(): { peer: RTCPeerConnection; channel: RTCDataChannel } {
    const { configuration, onText } = this.#options
    const peer = new RTCPeerConnection(configuration())
    const isCurrent = (): boolean => peer === this.#peer && !this.#isClosed
    peer.onnegotiationneeded = () => void (isCurrent() && this.#negotiate().catch(unlessClosed(peer)))
    peer.onicecandidate = ({ candidate }) => void (isCurrent() && this.#found(candidate))
    peer.onconnectionstatechange = () => void (isCurrent() && this.#changed())
    peer.ontrack = ({ track }) => void (isCurrent() && this.#add(track))
    // Both sides open the same one, so that nothing has to be announced.
    const channel = peer.createDataChannel('parley', { negotiated: true, id: 0 })
    channel.onmessage = ({ data }) => onText(String(data))
    return { peer, channel }
  }

  /** Begin anew with an empty connection; what the old one had still to say concerns nobody. */
  #renew(): void {
    this.#outgoing.clear()
    const before = this.#peer
    const { peer, channel } = this.#open()
    this.#peer = peer
    this.#channel = channel
    before.close()
    this.#candidates = []
    this.#remoteSession = undefined
    this.#hasBegun = false
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track)
    this.#expectConnection()
  }

  // One transceiver for sound and one for pictures, from the beginning: camera and screen come and go without an offer.
  #offerMedia(): void {
    const { audio, video } = this.#options.tracks()
    this.#hasBegun = true
    this.#peer.addTransceiver(audio ?? 'audio', { direction: 'sendrecv' })
    this.#peer.addTransceiver(video ?? 'video', { direction: 'sendrecv' })
  }

  async #negotiate(): Promise<void> {
    if (this.#options.isPolite && !this.#hasBegun) return
    const peer = this.#peer
    try {
      this.#isOffering = true
      await peer.setLocalDescription()
      if (peer === this.#peer && peer.localDescription?.type === 'offer') {
        this.#outgoing.push({ signal: 'offer', sdp: peer.localDescription.sdp })
      }
    } finally {
      this.#isOffering = false
    }
  }

  #found(candidate: RTCIceCandidate | null): void {
    if (!candidate || candidate.candidate === '') {
      if (!candidate) this.#outgoing.push({ signal: 'end-of-candidates' })
      return
    }
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate
    this.#outgoing.push({ signal: 'candidates', candidates: [{ candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment }] })
  }

  #add(track: MediaStreamTrack): void {
    this.stream.addTrack(track)
    this.#options.onChange()
  }

  async #take(signal: Signal): Promise<void> {
    if (this.#isClosed) return
    if (signal.signal === 'offer') await this.#takeOffer(signal.sdp)
    else if (signal.signal === 'answer') await this.#takeAnswer(signal.sdp)
    else if (signal.signal === 'candidates') for (const candidate of signal.candidates) await this.#takeCandidate(candidate)
    else if (signal.signal === 'renegotiate') this.#takeWish(signal.restart === true)
  }

  async #takeOffer(sdp: string): Promise<void> {
    const session = sessionOf(sdp)
    if (this.#remoteSession !== undefined && session !== this.#remoteSession) this.#renew()
    const peer = this.#peer
    const isCollision = this.#isOffering || peer.signalingState !== 'stable'
    this.#isIgnoring = !this.#options.isPolite && isCollision
    if (this.#isIgnoring) return
    this.#remoteSession = session
    this.#hasBegun = true
    await peer.setRemoteDescription({ type: 'offer', sdp })
    await this.#flushCandidates()
    const tracks = this.#options.tracks()
    for (const transceiver of peer.getTransceivers()) {
      transceiver.direction = 'sendrecv'
      await transceiver.sender.replaceTrack(tracks[kindOf(transceiver)])
    }
    await peer.setLocalDescription()
    if (peer.localDescription?.type === 'answer') this.#outgoing.push({ signal: 'answer', sdp: peer.localDescription.sdp })
  }

  async #takeAnswer(sdp: string): Promise<void> {
    // It was answered twice, or is an answer to an offer that we have taken back.
    if (this.#peer.signalingState !== 'have-local-offer') return
    this.#remoteSession = sessionOf(sdp)
    await this.#peer.setRemoteDescription({ type: 'answer', sdp })
    await this.#flushCandidates()
  }

  async #takeCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.#peer.remoteDescription) {
      this.#candidates.push(candidate)
      return
    }
    try {
      await this.#peer.addIceCandidate(candidate)
    } catch (failure) {
      // One of an offer that we ignored, or of a description that has been replaced.
      if (!this.#isIgnoring) console.debug('a candidate came late', failure)
    }
  }

  async #flushCandidates(): Promise<void> {
    const candidates = this.#candidates
    this.#candidates = []
    for (const candidate of candidates) await this.#takeCandidate(candidate)
  }

  // The other side asks for an offer; with `isAnew` it has nothing any more of what was between us.
  #takeWish(isAnew: boolean): void {
    if (isAnew) this.#renew()
    if (this.#hasBegun) void this.#negotiate().catch(unlessClosed(this.#peer))
    else if (!this.#options.isPolite) this.#offerMedia()
  }

  #changed(): void {
    const { connectionState } = this.#peer
    if (connectionState === 'connected') {
      this.#clearTimers()
      this.#set('connected')
    } else if (connectionState === 'disconnected' || connectionState === 'failed') {
      this.#set(this.state === 'connecting' ? 'connecting' : 'reconnecting')
      this.#expectConnection()
      this.#restartAfter(connectionState === 'failed' ? 0 : disconnectedMs)
    }
  }

  #restartAfter(delayMs: number): void {
    clearTimeout(this.#restartTimer)
    this.#restartTimer = setTimeout(() => {
      this.restart()
      this.#restartAfter(restartEveryMs)
    }, delayMs)
  }

  #expectConnection(): void {
    this.#giveUpTimer ??= setTimeout(() => {
      this.#clearTimers()
      this.#set('failed')
      this.#options.onFailed()
    }, giveUpMs)
  }

  #clearTimers(): void {
    clearTimeout(this.#restartTimer)
    clearTimeout(this.#giveUpTimer)
    this.#giveUpTimer = undefined
  }

  #set(state: Remote['state']): void {
    if (this.state === state) return
    this.state = state
    this.#options.onChange()
  }
}

const kindOf = ({ receiver }: RTCRtpTransceiver): 'audio' | 'video' => (receiver.track.kind === 'audio' ? 'audio' : 'video')

// A connection that was closed or renewed meanwhile has nothing to do any more.
const unlessClosed =
  (peer: RTCPeerConnection) =>
  (failure: unknown): void => {
    if (peer.signalingState !== 'closed') throw failure
  }

// The number of a session description's session (RFC 8866, 5.2): another one means another peer connection.
const sessionOf = (sdp: string): string | undefined => /^o=\S+ (\d+)/m.exec(sdp)?.[1]
