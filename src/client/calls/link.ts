// The way to one other party: a peer connection, the next one when either side begins anew, and what is done when there is
// no way for a while, or none at all.
import { Outgoing, type Signal } from './outgoing.ts'
import { Peer, type PeerOptions } from './peer.ts'
import { Retry, systemTimers, type Timers } from './retry.ts'
import type { Remote } from './types.ts'

/** What a link needs of its call. */
export interface LinkOptions extends Pick<PeerOptions, 'isPolite' | 'configuration' | 'tracks' | 'onText'> {
  readonly send: (signal: Signal) => Promise<unknown>
  readonly onChange: () => void
  /** How long a connection is waited for, at first and after each break; half a minute unless said otherwise. */
  readonly patienceMs?: number | undefined
  /** It has been without a connection for that long. */
  readonly onFailed: () => void
  /** For tests. */
  readonly timers?: Timers
}

const restartEveryMs = 4_000
const disconnectedMs = 1_500
const patienceMs = 30_000

/** One peer connection at a time to one other party. */
export class Link {
  readonly stream = new MediaStream()
  state: Remote['state'] = 'connecting'
  readonly #options: LinkOptions
  readonly #timers: Timers
  readonly #outgoing: Outgoing
  readonly #retry: Retry
  #peer: Peer
  #received: Promise<void> = Promise.resolve()
  #isClosed = false
  #hasMissed = false
  #restartTimer: unknown
  #giveUpTimer: unknown

  constructor(options: LinkOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#outgoing = new Outgoing(options.send)
    this.#retry = new Retry(() => this.#tryAgain(), this.#timers)
    this.#peer = this.#open()
    this.#expectConnection()
  }

  get peer(): RTCPeerConnection {
    return this.#peer.connection
  }

  /** Make the first offer, or wait for it; `isFresh`: the other side may still have a connection to what we were before. */
  begin(isFresh: boolean): void {
    if (!this.#options.isPolite) this.#peer.offerMedia()
    else if (isFresh) this.#askAnew()
  }

  /** Signals of the other party, one after another. */
  receive(signal: Signal): void {
    if (signal.signal === 'offer') this.#hasMissed = false
    this.#inTurn(() => this.#take(signal))
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
    if (this.state === 'connected' || this.#retry.now()) return
    // While there was no line, nothing could be done about it.
    this.#expectConnectionAnew()
    if (this.#options.isPolite) this.#outgoing.push({ signal: 'renegotiate' })
    else this.#takeWish(false)
  }

  /** Look for another way: the network has changed, or the way that there was is gone. */
  restart(): void {
    if (!this.#isClosed && !this.#retry.now()) this.#peer.restart()
  }

  /** New credentials for the servers in between; they are used from the next restart on. */
  configure(): void {
    if (!this.#isClosed) this.#peer.configure()
  }

  /** Other tracks go out from now on. */
  replaceTracks(): Promise<void> {
    return this.#peer.replaceTracks()
  }

  /** The other side is away and may come back: wait for it once more. */
  wait(): void {
    this.#set('reconnecting')
    this.#expectConnection()
  }

  /** No way was found: look for one with a new connection after a pause, which is longer each time. */
  tryLater(): void {
    if (!this.#isClosed) this.#retry.later()
  }

  /** Whether it went out. */
  send(text: string): boolean {
    return this.#peer.send(text)
  }

  close(): void {
    this.#isClosed = true
    this.#outgoing.clear()
    this.#retry.stop()
    this.#clearTimers()
    this.#peer.close()
  }

  #open(): Peer {
    const { isPolite, configuration, tracks, onText } = this.#options
    return new Peer({
      ...{ isPolite, configuration, tracks, onText },
      push: (signal) => this.#outgoing.push(signal),
      onState: (state) => this.#changed(state),
      onTrack: (track) => {
        this.stream.addTrack(track)
        this.#options.onChange()
      },
    })
  }

  /** Begin anew with an empty connection; what the old one had still to say concerns nobody. */
  #renew(): void {
    this.#outgoing.clear()
    this.#peer.close()
    this.#peer = this.#open()
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track)
    this.#expectAgain()
  }

  #expectAgain(): void {
    this.#retry.stop()
    this.#expectConnection()
  }

  // Who has made the first offer makes this one too; the other one asks for it, and both may do so at once.
  #tryAgain(): void {
    if (this.#options.isPolite) {
      this.#askAnew()
      this.#expectConnection()
    } else {
      this.#inTurn(() => {
        // A wish of the other side may have been first.
        if (this.#isClosed || this.state !== 'failed' || this.#giveUpTimer !== undefined) return
        this.#renew()
        this.#peer.offerMedia()
      })
    }
  }

  // What closes a connection must not come between what a signal does to it: that would never be done.
  #inTurn(work: () => void | Promise<void>): void {
    this.#received = this.#received.then(work).catch((failure: unknown) => console.warn('a signal did not fit', failure))
  }

  #askAnew(): void {
    this.#outgoing.push({ signal: 'renegotiate', restart: true })
  }

  async #take(signal: Signal): Promise<void> {
    if (this.#isClosed) return
    if (signal.signal === 'offer') {
      if (this.#peer.isForeign(signal.sdp)) this.#renew()
      else if (this.#retry.isPausing) this.#expectAgain()
      await this.#peer.takeOffer(signal.sdp)
    } else if (signal.signal === 'answer') await this.#peer.takeAnswer(signal.sdp)
    else if (signal.signal === 'candidates') for (const candidate of signal.candidates) await this.#peer.takeCandidate(candidate)
    else if (signal.signal === 'renegotiate') this.#takeWish(signal.restart === true)
  }

  // The other side asks for an offer; with `isAnew` it has nothing any more of what was between us. An offer that it has not
  // answered yet is good for that too: the wish crossed it.
  #takeWish(isAnew: boolean): void {
    if (this.#retry.isPausing || (isAnew && this.#peer.isAnswered)) this.#renew()
    if (this.#peer.hasBegun) this.#peer.negotiate()
    else if (!this.#options.isPolite) this.#peer.offerMedia()
  }

  #changed(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      this.#clearTimers()
      this.#retry.reset()
      this.#set('connected')
    } else if (state === 'disconnected' || state === 'failed') {
      if (this.#retry.isPausing) return
      if (this.state === 'connected') this.#set('reconnecting')
      this.#expectConnection()
      this.#restartAfter(state === 'failed' ? 0 : disconnectedMs)
    }
  }

  #restartAfter(delayMs: number): void {
    this.#timers.clearTimeout(this.#restartTimer)
    this.#restartTimer = this.#timers.setTimeout(() => {
      this.#peer.restart()
      this.#restartAfter(restartEveryMs)
    }, delayMs)
  }

  #expectConnection(): void {
    this.#giveUpTimer ??= this.#timers.setTimeout(() => {
      this.#clearTimers()
      this.#set('failed')
      this.#options.onFailed()
    }, this.#options.patienceMs ?? patienceMs)
  }

  #expectConnectionAnew(): void {
    this.#timers.clearTimeout(this.#giveUpTimer)
    this.#giveUpTimer = undefined
    this.#expectConnection()
  }

  #clearTimers(): void {
    this.#timers.clearTimeout(this.#restartTimer)
    this.#timers.clearTimeout(this.#giveUpTimer)
    this.#giveUpTimer = undefined
  }

  #set(state: Remote['state']): void {
    if (this.state === state) return
    this.state = state
    this.#options.onChange()
  }
}
