// What an app sees of calls.
import type { Undo } from '../types.ts'

/** What somebody sends. */
export interface CallMedia {
  readonly audio: boolean
  readonly video: boolean
  readonly screen: boolean
}

/** A device in a call. Of two, the one with the higher number is polite: it gives way when offers cross. */
export interface CallParty {
  readonly id: number
  readonly media: CallMedia
  /** Its connection to the server is lost, and it has its time to come back. */
  readonly away: boolean
}

/** Somebody in a call, or asked into it. */
export interface CallPerson {
  readonly user: string
  readonly state: 'invited' | 'joined' | 'declined' | 'busy' | 'missed' | 'left'
  /** Devices that ring. */
  readonly ringing: number
  readonly party?: CallParty
}

/** A call as the server tells it (PROTOCOL.md, section 14). */
export interface CallInfo {
  readonly id: string
  readonly group?: string
  readonly kind: 'audio' | 'video'
  readonly mode: 'mesh'
  readonly caller: string
  readonly state: 'ringing' | 'active' | 'ended'
  readonly version: number
  readonly people: readonly CallPerson[]
  readonly startedAt: string
  readonly ringUntil: string
  readonly answeredAt?: string
  readonly endedAt?: string
  readonly outcome?: 'completed' | 'missed' | 'declined' | 'busy' | 'cancelled' | 'failed'
  readonly reason?: string
  readonly durationMs?: number
  readonly history: readonly { readonly what: string; readonly user: string; readonly time: string }[]
}

/** Why a call does not work, in a word; `sentenceOf` has the sentence. */
export type Verdict =
  | 'no_microphone'
  | 'no_camera'
  | 'not_permitted'
  | 'no_relay'
  | 'udp_blocked'
  | 'no_route'
  | 'signalling_lost'
  | 'media_stopped'
  | 'unknown'

/**
 * Where a call stands for this device. `incoming`: it may be answered. `calling`: nobody is there yet. `connecting`,
 * `connected`, `reconnecting`: in it. `open`: a group's call that may be joined. `elsewhere`: another device of ours is
 * in it. `ended`: over, `info` says how.
 */
export type CallState = 'incoming' | 'calling' | 'connecting' | 'connected' | 'reconnecting' | 'open' | 'elsewhere' | 'ended'

/** One other party as it is heard and seen. */
export interface Remote {
  readonly user: string
  readonly party: number
  /** Their sound and picture; the same object for as long as they are in the call. */
  readonly stream: MediaStream
  readonly media: CallMedia
  readonly isAway: boolean
  /** `failed`: there is no way to them. In a group another one is looked for until there is, or one of the two has left. */
  readonly state: 'connecting' | 'connected' | 'reconnecting' | 'failed'
}

/** How well one other party is heard and seen, since the last time it was asked. */
export interface Quality {
  readonly user: string
  /** `silent`: for some seconds nothing at all has come. It is noticed by asking more than once, every few seconds say. */
  readonly mark: 'good' | 'fair' | 'poor' | 'silent'
  readonly rttMs: number | undefined
  /** Of what they sent, 0–1. */
  readonly loss: number
  /** Kilobits a second that came in. */
  readonly inKbps: number
  readonly framesDecoded: number
  readonly frameWidth: number
  /** How the media go: directly, or through a TURN server. */
  readonly path: { readonly local: string; readonly remote: string; readonly protocol: string } | undefined
}

/** A microphone or camera of one's own that went away in a call. */
export interface DeviceNews {
  readonly kind: 'audio' | 'video'
  /** `gone`: there is no other one yet. `replaced`: another one has taken its place, at once or when it was plugged in. */
  readonly what: 'gone' | 'replaced'
  /** The browser's name for what is gone, or for what is used now; may be empty. */
  readonly label: string
}

/** One call. */
export interface Call {
  readonly id: string
  readonly info: CallInfo
  readonly state: CallState
  /** What is sent from here; tracks come and go in it. */
  readonly stream: MediaStream
  readonly media: CallMedia
  readonly remotes: readonly Remote[]
  /** What does not work here: no microphone, say, or no way to the others. */
  readonly verdict: Verdict | undefined
  /** Called after every change of anything above. */
  onChange(listener: (call: Call) => void): Undo
  /** Called for every text of another party, in the order of each. */
  onText(listener: (text: string, user: string) => void): Undo
  /** Called when a microphone or camera that is in use goes away. What takes its place is muted if the old one was. */
  onDevice(listener: (news: DeviceNews) => void): Undo
  /** Answer, or join a group's call. Rejects with `CALLS_ANSWERED_ELSEWHERE`, `CALLS_ENDED` and the like. */
  accept(media?: Partial<CallMedia>): Promise<void>
  /** Do not answer, on no device. */
  decline(): Promise<void>
  /** Leave, or take back a call that nobody has answered. Ends here at once, also without a line. */
  hangup(): Promise<void>
  /** Mute, or speak again. */
  setAudio(on: boolean): Promise<void>
  /** Switch the camera; off really stops it. */
  setVideo(on: boolean): Promise<void>
  /** Show a screen instead of the camera. Rejects with the browser's error if the person picks none. */
  setScreen(on: boolean): Promise<void>
  /** Take another microphone or camera from now on; one in the place of what does not work is switched on. */
  choose(kind: 'audio' | 'video', deviceId: string): Promise<void>
  /** Send a text to all parties that are connected; to how many it went. At most once each, nothing is stored. */
  send(text: string): number
  /** How well the others come in. */
  quality(): Promise<readonly Quality[]>
}

/**
 * What a check before a call found, in a word. A verdict keeps calls from working; the others do not. `relay_refused`: the TURN
 * server does not take this server's credentials. `tcp_only`: calls go, by a detour. `no_stun`: calls go, through the relay.
 * `no_servers`: calls go within one network.
 */
export type PreflightCode = Verdict | 'relay_refused' | 'tcp_only' | 'no_stun' | 'no_servers' | 'ready'

/** What was tried before a call, and what came of it. */
export interface Preflight {
  readonly microphone: boolean
  readonly camera: boolean
  /** Absent: the server has none. */
  readonly stun?: boolean
  readonly turnUdp?: boolean
  readonly turnTcp?: boolean
  /** The worst of it; `undefined`: calls will work. */
  readonly verdict: Verdict | undefined
  /** The same more exactly, and what works but could be better. */
  readonly code: PreflightCode
  /** The code in a sentence: what is wrong and who can mend it. */
  readonly sentence: string
}

/** How calls are made here. */
export interface CallsOptions {
  /** Keeps this device's name over a reload; `sessionStorage` unless said otherwise. */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem'>
  /** `relay`: media go through TURN servers only, so that nobody learns our address. */
  readonly transport?: RTCIceTransportPolicy
  /** For how long a way to somebody is looked for before it is given up, or tried later; 30,000 unless said otherwise. */
  readonly patienceMs?: number
  /** The language of sentences. */
  readonly language?: 'en' | 'zh'
}

/** All calls of one user on this device. */
export interface Calls {
  /** Those that are not over, newest last. */
  readonly all: readonly Call[]
  /** The one that this device is in. */
  readonly current: Call | undefined
  /** Called when a call comes or goes; changes of one are told by itself. */
  onChange(listener: (calls: readonly Call[]) => void): Undo
  /** Called once for each call that rings here. */
  onIncoming(listener: (call: Call) => void): Undo
  /** Call a user or a group, or meet them in the call that is there already. Rejects with the server's refusal. */
  invite(to: string, kind: 'audio' | 'video'): Promise<Call>
  /** Try microphone, camera and servers. Asks the person for permission where that is needed. */
  preflight(): Promise<Preflight>
  /** Stop: leaves the call that this device is in to time, and listens no more. */
  close(): void
}
