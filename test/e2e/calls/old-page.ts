// A page as somebody may have written it for KamaChat: one socket, its frames, and a peer connection. It knows nothing of
// Parley. A caller makes the offer once the other one has picked up.

/** How the page signs in. */
export interface OldEntrance {
  /** `ws://host:port` */
  readonly host: string
  readonly user: string
  readonly token: string
}

interface Signal {
  readonly messageId: 'PROXY'
  readonly type: string
  readonly sdp?: RTCSessionDescriptionInit
  readonly candidate?: RTCIceCandidateInit
}

interface Shown {
  state: 'idle' | 'calling' | 'ringing' | 'talking'
  peer: string
  readonly texts: string[]
  readonly errors: string[]
}

type Takers = Readonly<Record<string, (from: string, data: Signal) => Promise<void> | void>>

class OldPage {
  readonly shown: Shown = { state: 'idle', peer: '', texts: [], errors: [] }
  readonly #user: string
  readonly #socket: WebSocket
  #connection: RTCPeerConnection | undefined
  // One after the other: a candidate may not overtake the description it belongs to.
  #tail = Promise.resolve()

  constructor({ host, user, token }: OldEntrance) {
    this.#user = user
    this.#socket = new WebSocket(`${host}/wss?client_id=${user}`, ['parley.v1', `auth.${token}`])
    this.#socket.onmessage = ({ data }) => this.#take(String(data))
  }

  isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  async call(to: string): Promise<void> {
    this.shown.peer = to
    this.shown.state = 'calling'
    await this.#prepare()
    this.#signal('start_call')
  }

  async answer(): Promise<void> {
    await this.#prepare()
    this.#signal('receive_call')
    this.shown.state = 'talking'
  }

  hangUp(): void {
    this.#signal('hangup')
    this.#close()
  }

  /** Frames of the other's picture that were decoded. */
  async frames(): Promise<number> {
    const reports = [...((await this.#connection?.getStats())?.values() ?? [])]
    return reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.framesDecoded ?? 0
  }

  readonly #takers: Takers = {
    start_call: (from) => {
      this.shown.peer = from
      this.shown.state = 'ringing'
    },
    receive_call: async () => {
      const offer = await this.#connection?.createOffer()
      await this.#connection?.setLocalDescription(offer)
      this.#signal('offer', { sdp: offer })
      this.shown.state = 'talking'
    },
    reject_call: () => this.#close(),
    hangup: () => this.#close(),
    offer: async (_, { sdp }) => {
      if (sdp) await this.#connection?.setRemoteDescription(sdp)
      const answer = await this.#connection?.createAnswer()
      await this.#connection?.setLocalDescription(answer)
      this.#signal('answer', { sdp: answer })
    },
    answer: async (_, { sdp }) => {
      if (sdp) await this.#connection?.setRemoteDescription(sdp)
    },
    candidate: async (_, { candidate }) => {
      await this.#connection?.addIceCandidate(candidate)
    },
  }

  #take(text: string): void {
    const { send_id, av_data, content, error } = JSON.parse(text)
    if (error) this.shown.errors.push(error.code)
    else if (!av_data) this.shown.texts.push(`${send_id} ${content}`)
    else {
      const parsed: Signal = JSON.parse(av_data)
      const take = () => this.#takers[parsed.type]?.(send_id, parsed)
      this.#tail = this.#tail.then(take).catch((failure: unknown) => void this.shown.errors.push(String(failure)))
    }
  }

  #signal(type: string, data: object = {}): void {
    const av_data = JSON.stringify({ messageId: 'PROXY', type, ...data })
    const sender = { session_id: '', send_id: this.#user, send_name: 'Old', send_avatar: '' }
    this.#socket.send(JSON.stringify({ ...sender, receive_id: this.shown.peer, type: 2, av_data }))
  }

  async #prepare(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
    const made = new RTCPeerConnection({})
    this.#connection = made
    made.onicecandidate = ({ candidate }) => candidate && this.#signal('candidate', { candidate })
    made.ontrack = ({ streams }) => {
      const film = document.querySelector('video') ?? document.body.appendChild(document.createElement('video'))
      Object.assign(film, { srcObject: streams[0], muted: true, autoplay: true })
    }
    for (const track of stream.getTracks()) made.addTrack(track, stream)
  }

  #close(): void {
    this.#connection?.close()
    this.#connection = undefined
    this.shown.state = 'idle'
  }
}

/** What tests reach by `evaluate`. */
export type OldHarness = OldPage

Object.assign(globalThis, { enterOld: (entrance: OldEntrance) => Object.assign(globalThis, { old: new OldPage(entrance) }) && undefined })
