// The page that the tests of calls drive: the client library and its calls, and nothing else.
import { type Call, type CallState, createCalls } from '../../../src/client/calls/index.ts'
import { createClient } from '../../../src/client/index.ts'

/** How a page signs in and calls. */
export interface Entrance {
  readonly url: string
  readonly token: string
  readonly transport: 'all' | 'relay'
  readonly patienceMs?: number
}

/** Milliseconds since 1970, as finely as all pages of one machine agree on. */
const clock = (): number => performance.timeOrigin + performance.now()

// What the library does about a way that is gone is to be seen only where it asks the browser for another.
let restarts = 0
let offers = 0
const restartIce = RTCPeerConnection.prototype.restartIce
RTCPeerConnection.prototype.restartIce = function () {
  restarts++
  restartIce.call(this)
}

const setLocalDescription = RTCPeerConnection.prototype.setLocalDescription
RTCPeerConnection.prototype.setLocalDescription = async function (this: RTCPeerConnection) {
  await Reflect.apply(setLocalDescription, this, [])
  if (this.localDescription?.type === 'offer') offers++
} as typeof setLocalDescription

/** What can be done in the call that there is. */
const verbsOf = (need: () => Call) => ({
  /** Answer; when, in milliseconds since 1970. */
  accept: async () => {
    const atMs = clock()
    await need().accept()
    return atMs
  },
  decline: () => need().decline(),
  hangup: () => need().hangup(),
  setScreen: (on: boolean) => need().setScreen(on),
  setVideo: (on: boolean) => need().setVideo(on),
  setAudio: (on: boolean) => need().setAudio(on),
  /** Pull the plug of a microphone or camera: the browser says so to the page by this event. */
  unplug: (kind: 'audio' | 'video') => {
    const [track] = need()
      .stream.getTracks()
      .filter((one) => one.kind === kind)
    track?.stop()
    track?.dispatchEvent(new Event('ended'))
  },
  verdict: () => need().verdict,
})

const start = ({ url, token, ...options }: Entrance) => {
  const client = createClient({ url, token: async () => token })
  const calls = createCalls(client, options)
  const texts: string[] = []
  const films: HTMLVideoElement[] = []
  const pick = (): Call | undefined => calls.current ?? calls.all.at(-1)
  const need = (): Call => {
    const call = pick()
    if (!call) throw new Error('there is no call')
    return call
  }
  let last: Call | undefined
  const entered: Partial<Record<CallState, number>> = {}
  let before: CallState | undefined
  calls.onChange(() => {
    const call = pick()
    if (call && call.state !== before) entered[call.state] = clock()
    before = call?.state
    if (call && call !== last) call.onText((text, user) => texts.push(`${user} ${text}`))
    last = call ?? last
    // Without something that shows it, a browser may decode nothing.
    for (const { stream } of call?.remotes ?? []) {
      if (films.some((film) => film.srcObject === stream)) continue
      const film = Object.assign(document.createElement('video'), { srcObject: stream, muted: true, autoplay: true })
      films.push(film)
      document.body.append(film)
    }
  })
  client.start()
  return {
    client,
    isOnline: (): boolean => client.state.kind === 'online',
    invite: async (to: string, kind: 'audio' | 'video') => (await calls.invite(to, kind)).id,
    /** Call somebody, and say whether nothing was known of a call with them by then. */
    meet: async (to: string) => {
      const isFirst = calls.all.length === 0
      return { id: (await calls.invite(to, 'audio')).id, isFirst }
    },
    ...verbsOf(need),
    /** When a call here last came into each state. */
    entered: () => entered,
    state: (): CallState | undefined => pick()?.state,
    last: () => last && { state: last.state, outcome: last.info.outcome, reason: last.info.reason, verdict: last.verdict },
    remotes: () => need().remotes.map(({ user, media, isAway, state }) => ({ user, media, isAway, state })),
    others: () => pick()?.remotes.map(({ user, state, isAway }) => `${user} ${state} ${isAway}`),
    quality: () => need().quality(),
    /** Frames that were decoded of each other party. */
    frames: async () => ((await pick()?.quality()) ?? []).map(({ framesDecoded }) => framesDecoded),
    /** Whether what is seen is wider than a camera's picture; how large it is may change with the load. */
    isWide: (): boolean => {
      const { videoWidth = 0, videoHeight = 1 } = films.at(-1) ?? {}
      return videoWidth > 1.5 * videoHeight
    },
    /** How the media go to the first other party: `udp`, `tcp`. */
    path: async () => ((await pick()?.quality()) ?? [])[0]?.path?.protocol,
    /** How often another way was looked for. */
    restarts: () => restarts,
    offers: () => offers,
    send: (text: string) => need().send(text),
    texts: () => texts,
    preflight: () => calls.preflight(),
  }
}

/** What tests reach by `evaluate`. */
export type Harness = ReturnType<typeof start>

Object.assign(globalThis, { enter: (entrance: Entrance) => Object.assign(globalThis, { harness: start(entrance) }) && undefined })
