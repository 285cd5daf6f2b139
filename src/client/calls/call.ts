// One call as this device sees it: what the server says of it, our own media, and a link to each other party.
import { Emitter } from '../emitter.ts'
import type { Undo } from '../types.ts'
import type { CallLine, Ice, Joined } from './line.ts'
import type { Link } from './link.ts'
import { LocalMedia } from './local-media.ts'
import { Mesh } from './mesh.ts'
import type { Signal } from './outgoing.ts'
import { pairsOf } from './stats.ts'
import type { Call, CallInfo, CallMedia, CallState, DeviceNews, Quality, Remote, Verdict } from './types.ts'
import { verdictOf } from './verdict.ts'

/** What a call needs of its surroundings. */
export interface CallOptions {
  readonly line: CallLine
  /** Our own id. */
  readonly user: string
  readonly transport: RTCIceTransportPolicy
  readonly patienceMs: number | undefined
  /** Something has changed that others may have to know: whether it is over, say. */
  readonly onChange: (call: LiveCall) => void
}

/** A signal of another party, as the server passes it on. */
export type Arrived = Signal & { readonly call: string; readonly party: number }

/** The implementation of `Call`. */
export class LiveCall implements Call {
  info: CallInfo
  /** Our number in the call; `undefined` while this device is not in it. */
  party: number | undefined
  readonly #options: CallOptions
  readonly #local: LocalMedia
  readonly #mesh: Mesh
  readonly #changes = new Emitter<Call>()
  readonly #texts = new Emitter<readonly [text: string, user: string]>()
  readonly #devices = new Emitter<DeviceNews>()
  #early: { readonly signal: Arrived }[] = []
  #ice: Ice = { servers: [] }
  #told: CallMedia | undefined
  #isOver = false
  /** The server has us in it, or is asked to, and the microphone is being switched on. */
  #isEntering = false
  #isFresh = false

  constructor(info: CallInfo, options: CallOptions) {
    this.info = info
    this.#options = options
    this.#local = new LocalMedia(
      () => void this.#mediaChanged(),
      (news) => this.#devices.emit(news),
    )
    this.#mesh = new Mesh({
      ...{ line: options.line, call: info.id, transport: options.transport, patienceMs: options.patienceMs },
      ice: () => this.#ice,
      tracks: () => this.#local.tracks,
      onChange: () => this.#tell(),
      onText: (text, user) => this.#texts.emit([text, user]),
      onFailed: (party, link) => void this.#failed(party, link),
    })
  }

  get id(): string {
    return this.info.id
  }

  get stream(): MediaStream {
    return this.#local.stream
  }

  get media(): CallMedia {
    return this.#local.media
  }

  /** When the credentials of the servers in between end, ms since 1970. */
  get iceUntilMs(): number | undefined {
    return this.#ice.until === undefined ? undefined : Date.parse(this.#ice.until)
  }

  get state(): CallState {
    if (this.#isOver || this.info.state === 'ended') return 'ended'
    if (this.party !== undefined) return this.#stateInside()
    const me = this.info.people.find(({ user }) => user === this.#options.user)
    if (me?.party) return 'elsewhere'
    return me?.state === 'invited' ? 'incoming' : 'open'
  }

  get verdict(): Verdict | undefined {
    return this.#mesh.verdict ?? this.#local.verdict
  }

  get remotes(): readonly Remote[] {
    return this.#mesh.remotes(this.info)
  }

  onChange(listener: (call: Call) => void): Undo {
    return this.#changes.add(listener)
  }

  onText(listener: (text: string, user: string) => void): Undo {
    return this.#texts.add(([text, user]) => listener(text, user))
  }

  onDevice(listener: (news: DeviceNews) => void): Undo {
    return this.#devices.add(listener)
  }

  async accept({ audio = true, video = this.info.kind === 'video' }: Partial<CallMedia> = {}): Promise<void> {
    const { line } = this.#options
    const opening = this.openMedia({ audio, video, screen: false })
    const joining = line.change('accept', this.id, { media: { audio, video, screen: false } })
    try {
      // Both at once: whoever calls should not wait for a camera to wake up.
      const [joined] = await Promise.all([joining, opening])
      this.join(joined)
    } catch (failure) {
      this.#isEntering = false
      this.#local.release()
      throw failure
    }
  }

  async decline(): Promise<void> {
    const { call } = await this.#options.line.change('decline', this.id)
    this.update(call)
  }

  hangup(): Promise<void> {
    return this.state === 'incoming' && !this.#isEntering ? this.decline() : this.#leave('hangup')
  }

  async setAudio(on: boolean): Promise<void> {
    await this.#local.setAudio(on)
  }

  async setVideo(on: boolean): Promise<void> {
    await this.#local.setVideo(on)
  }

  async setScreen(on: boolean): Promise<void> {
    await this.#local.setScreen(on)
  }

  async choose(kind: 'audio' | 'video', deviceId: string): Promise<void> {
    await this.#local.choose(kind, deviceId)
  }

  send(text: string): number {
    return this.#mesh.links.filter((link) => link.send(text)).length
  }

  quality(): Promise<readonly Quality[]> {
    return this.#mesh.quality()
  }

  /** Switch microphone and camera on, as far as there are any; `media` is what the server was told. Never rejects. */
  async openMedia(media: CallMedia): Promise<void> {
    this.#told = media
    this.#isEntering = true
    await this.#local.open(media)
  }

  /** The server has us in the call; `isFresh`: what was before a reload is gone, and the others do not know it yet. */
  join({ call, party, ice }: Joined, isFresh = false): void {
    // It may have been hung up while the microphone was being switched on.
    if (this.#isOver) return
    this.#isEntering = false
    if (ice) this.refreshed(ice)
    this.party = party
    this.#isFresh = isFresh
    this.update(call)
    this.#isFresh = false
    for (const { signal } of this.#early.splice(0)) this.signalled(signal)
    for (const link of this.#mesh.links) link.resume()
    void this.#mediaChanged()
  }

  /** What the server says now; an older word changes nothing. */
  update(info: CallInfo): void {
    if (info.version >= this.info.version) this.info = info
    if (this.info.state === 'ended' || this.#isOut()) this.#end()
    else if (this.party !== undefined) this.#mesh.follow(this.info, this.party, this.#isFresh)
    this.#tell()
  }

  signalled(signal: Arrived): void {
    if (this.#mesh.receive(signal.party, signal)) return
    if (this.party === undefined && !this.#isOver) this.#early.push({ signal })
  }

  /** The line to the server is gone. */
  pause(): void {
    for (const link of this.#mesh.links) link.pause()
  }

  refreshed(ice: Ice): void {
    this.#ice = ice
    for (const link of this.#mesh.links) link.configure()
  }

  /** The network has changed. */
  restart(): void {
    for (const link of this.#mesh.links) link.restart()
  }

  /** The page is done with it; the server is not told. */
  abandon(): void {
    this.#end()
  }

  #stateInside(): CallState {
    const { states } = this.#mesh
    if (states.length === 0) return 'calling'
    if (states.includes('connected')) return 'connected'
    return states.includes('reconnecting') ? 'reconnecting' : 'connecting'
  }

  // The server has given our place away, or given us up.
  #isOut(): boolean {
    return this.party !== undefined && !this.info.people.some(({ party }) => party?.id === this.party)
  }

  async #failed(party: number, link: Link): Promise<void> {
    // The server decides when its time is up.
    if (this.remotes.some((remote) => remote.party === party && remote.isAway)) return link.wait()
    // The others of a group are still there.
    if (this.info.group !== undefined) link.tryLater()
    const pairs = await pairsOf(link.peer).catch(() => [])
    const hasTurn = this.#ice.servers.some(({ username }) => username !== undefined)
    const { line } = this.#options
    const verdict = verdictOf(pairs, { hasTurn, isOnline: line.client.state.kind === 'online' })
    if (!this.#mesh.fail(party, link, verdict)) return
    this.#tell()
    const report = { call: this.id, device: line.device, verdict, pairs }
    await line.persist(() => line.client.request('calls.report', report)).catch(() => undefined)
    if (this.info.group === undefined) await this.#leave('ice_failed')
  }

  async #leave(reason: string): Promise<void> {
    const [{ line }, wasIn] = [this.#options, this.party !== undefined || this.#isEntering]
    this.#end()
    if (!wasIn) return
    try {
      const { call } = await line.change('hangup', this.id, { reason })
      this.update(call)
    } catch {
      // It was over already, or the server lets us go when our time is up.
    }
  }

  // Every link gets the tracks that there are now, and the others are told what they are.
  async #mediaChanged(): Promise<void> {
    this.#tell()
    await Promise.all(this.#mesh.links.map((link) => link.replaceTracks()))
    const { audio, video, screen } = this.media
    const isKnown = this.#told?.audio === audio && this.#told.video === video && this.#told.screen === screen
    if (this.party === undefined || this.#isOver || isKnown) return
    this.#told = { audio, video, screen }
    await this.#options.line.change('media', this.id, { media: this.#told }).catch(() => undefined)
  }

  #end(): void {
    const wasOver = this.#isOver
    this.#isOver = true
    this.party = undefined
    this.#mesh.close()
    this.#local.stop()
    if (!wasOver) this.#tell()
  }

  #tell(): void {
    this.#changes.emit(this)
    this.#options.onChange(this)
  }
}
