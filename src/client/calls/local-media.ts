// What is sent from here: microphone, camera or screen, and what is the matter with them.
import { type Gone, hasSubstitute } from './substitute.ts'
import type { CallMedia, DeviceNews, Verdict } from './types.ts'

type Kind = 'audio' | 'video'

/** Why the browser gave no microphone or camera. */
export const verdictOfMedia = (kind: Kind, failure: unknown): Verdict => {
  const name = failure instanceof DOMException ? failure.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'not_permitted'
  return kind === 'audio' ? 'no_microphone' : 'no_camera'
}

/** The tracks of this device in one call. */
export class LocalMedia {
  readonly stream = new MediaStream()
  readonly #verdicts: { audio?: Verdict | undefined; video?: Verdict | undefined } = {}
  readonly #onChange: () => void
  readonly #onDevice: (news: DeviceNews) => void
  /** What went away and has not been replaced. */
  readonly #gone = new Map<Kind, Gone>()
  readonly #look = (): void => {
    for (const [kind, gone] of this.#gone) void this.#replace(kind, gone)
  }
  readonly #chosen: { audio?: string; video?: string } = {}
  #microphone: MediaStreamTrack | null = null
  #camera: MediaStreamTrack | null = null
  #screen: MediaStreamTrack | null = null
  #isStopped = false

  /** `onChange` is called when other tracks have to go out, `onDevice` when a device has gone away. */
  constructor(onChange: () => void, onDevice: (news: DeviceNews) => void) {
    this.#onChange = onChange
    this.#onDevice = onDevice
  }

  /** What is the matter with the microphone, or else with the camera, as far as they were wanted. */
  get verdict(): Verdict | undefined {
    return this.#verdicts.audio ?? this.#verdicts.video
  }

  get tracks(): { audio: MediaStreamTrack | null; video: MediaStreamTrack | null } {
    return { audio: this.#microphone, video: this.#screen ?? this.#camera }
  }

  get media(): CallMedia {
    return { audio: this.#microphone?.enabled ?? false, video: this.#camera !== null, screen: this.#screen !== null }
  }

  /** Get what is wanted, as far as there is any; what is missing is told by `verdict`. */
  async open({ audio, video }: Pick<CallMedia, 'audio' | 'video'>): Promise<void> {
    const [microphone, camera] = await Promise.all([audio ? this.#get('audio') : null, video ? this.#get('video') : null])
    if (microphone) this.#microphone = microphone
    if (camera) this.#camera = camera
    this.#publish()
  }

  /** Mute keeps the microphone, so that speaking again takes no time. */
  async setAudio(on: boolean): Promise<void> {
    if (on && !this.#microphone) await this.open({ audio: true, video: false })
    if (this.#microphone) this.#microphone.enabled = on
    this.#onChange()
  }

  async setVideo(on: boolean): Promise<void> {
    if (on && !this.#camera) await this.open({ audio: false, video: true })
    if (on) return
    this.#gone.delete('video')
    this.#verdicts.video = undefined
    this.#camera?.stop()
    this.#camera = null
    this.#publish()
  }

  async setScreen(on: boolean): Promise<void> {
    this.#screen?.stop()
    this.#screen = null
    if (on) {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: true })
      const [track] = stream.getVideoTracks()
      if (track) {
        this.#screen = track
        // The browser has a button of its own to end it.
        track.onended = () => void this.setScreen(false)
      }
    }
    this.#publish()
  }

  async choose(kind: Kind, deviceId: string): Promise<void> {
    this.#chosen[kind] = deviceId
    const before = kind === 'audio' ? this.#microphone : this.#camera
    // What is wanted and does not work is switched on by choosing one that does.
    if (!before && !this.#verdicts[kind]) return
    const isOn = (before ?? this.#gone.get(kind)?.track)?.enabled ?? true
    const track = await this.#get(kind)
    if (!track) return
    track.enabled = isOn
    before?.stop()
    if (kind === 'audio') this.#microphone = track
    else this.#camera = track
    this.#publish()
  }

  /** The call is over: nothing is opened any more. */
  stop(): void {
    this.#isStopped = true
    this.release()
  }

  /** Let go of everything; it can be opened again. */
  release(): void {
    this.#gone.clear()
    navigator.mediaDevices?.removeEventListener('devicechange', this.#look)
    for (const track of [this.#microphone, this.#camera, this.#screen]) track?.stop()
    this.#microphone = null
    this.#camera = null
    this.#screen = null
  }

  async #get(kind: Kind): Promise<MediaStreamTrack | null> {
    const deviceId = this.#chosen[kind]
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        [kind]: deviceId === undefined ? true : { deviceId: { exact: deviceId } },
      })
      const [track] = stream.getTracks()
      this.#verdicts[kind] = undefined
      this.#gone.delete(kind)
      const settings = track?.getSettings() ?? {}
      if (track) track.onended = () => this.#lost(kind, track, settings)
      // The call may be over by the time that somebody has allowed it.
      if (this.#isStopped) track?.stop()
      return this.#isStopped ? null : (track ?? null)
    } catch (failure) {
      this.#verdicts[kind] = verdictOfMedia(kind, failure)
      return null
    }
  }

  // Unplugged, or no longer allowed; what we stop ourselves says nothing.
  #lost(kind: Kind, track: MediaStreamTrack, settings: MediaTrackSettings): void {
    if (track === this.#microphone) this.#microphone = null
    else if (track === this.#camera) this.#camera = null
    else return
    this.#verdicts[kind] = kind === 'audio' ? 'no_microphone' : 'no_camera'
    this.#publish()
    const gone: Gone = { track, settings, isUnplugged: false }
    this.#gone.set(kind, gone)
    // The browser's list may be of before; the same listener twice is one.
    navigator.mediaDevices.addEventListener('devicechange', this.#look)
    void this.#replace(kind, gone).then((isReplaced) => {
      if (!isReplaced && this.#gone.get(kind) === gone) this.#onDevice({ kind, what: 'gone', label: track.label })
    })
  }

  // Another one goes on where the old one was: who was muted stays so.
  async #replace(kind: Kind, gone: Gone): Promise<boolean> {
    const isFit = await hasSubstitute(kind, gone)
    if (!isFit || this.#gone.get(kind) !== gone) return false
    this.#gone.delete(kind)
    delete this.#chosen[kind]
    const track = await this.#get(kind)
    if (!track) {
      if (!this.#isStopped) this.#gone.set(kind, gone)
      return false
    }
    track.enabled = gone.track.enabled
    if (kind === 'audio') this.#microphone = track
    else this.#camera = track
    this.#publish()
    this.#onDevice({ kind, what: 'replaced', label: track.label })
    return true
  }

  #publish(): void {
    const wanted = [this.tracks.audio, this.tracks.video].filter((track) => track !== null)
    for (const track of this.stream.getTracks()) if (!wanted.includes(track)) this.stream.removeTrack(track)
    for (const track of wanted) this.stream.addTrack(track)
    this.#onChange()
  }
}
