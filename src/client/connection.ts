// The life of the line: idle → connecting → online → waiting → connecting …, until stopped or refused for good.
import { comesBack, waitBefore } from './backoff.ts'
import { Emitter } from './emitter.ts'
import { Alarm, type Environment } from './environment.ts'
import type { ServerFrame, Welcome } from './protocol.ts'
import { Pulse } from './pulse.ts'
import { Socket, socketUrl } from './socket.ts'
import type { ClientOptions, ClientState, CloseInfo } from './types.ts'

/** What a connection does for the rest of the client, before the app hears of it. */
export interface ConnectionEvents {
  welcome(welcome: Welcome, time: string): void
  /** Every frame after the welcome. */
  frame(frame: ServerFrame): void
  /** Once for every line that ended, welcomed or not. */
  lost(): void
}

// From asking for the token to the welcome; the server itself gives up after 10 s.
const connectMs = 15_000

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Keeps one line to the server. */
export class Connection {
  readonly #env: Environment
  readonly #options: ClientOptions
  readonly #url: string
  readonly #events: ConnectionEvents
  readonly #states = new Emitter<ClientState>()
  /** Rings when connecting took too long, or when it is time to come back. */
  readonly #alarm: Alarm
  readonly #pulse: Pulse
  #state: ClientState = { kind: 'idle' }
  #socket: Socket | undefined
  #attempt = 0
  /** Counts lines, so that a token that comes too late opens nothing. */
  #line = 0
  #token: string | undefined
  /** The token a 4501 refused: coming back takes another one. */
  #refused: { readonly token: string | undefined; readonly info: CloseInfo } | undefined
  /** An error without id, if it was the last frame: why the server closes, if it now does. */
  #complaint: ServerFrame['error']
  #userId: string | undefined
  #lastProbe = 0

  constructor(env: Environment, options: ClientOptions, events: ConnectionEvents) {
    this.#env = env
    this.#options = options
    this.#url = socketUrl(options.url)
    this.#events = events
    this.#alarm = new Alarm(env.clock)
    this.#pulse = new Pulse(env.clock, (reason) => this.#lose({ code: 1006, reason }))
    this.#userId = options.user
  }

  get state(): ClientState {
    return this.#state
  }

  onState(listener: (state: ClientState) => void): () => void {
    return this.#states.add(listener)
  }

  start(): void {
    if (this.#state.kind !== 'idle' && this.#state.kind !== 'closed') return
    this.#attempt = 0
    this.#refused = undefined
    this.#connect()
  }

  stop(): void {
    if (this.#state.kind !== 'idle' && this.#state.kind !== 'closed') this.#end(undefined)
  }

  retryNow(): void {
    if (this.#state.kind === 'waiting') this.#connect()
  }

  /** Find out soon whether the line is alive, after a sign that it may not be. */
  probe(): void {
    if (this.#state.kind !== 'online') return
    this.send(`{"id":"p${++this.#lastProbe}","type":"core.ping"}`)
    this.#pulse.probe()
  }

  /** Write one frame; false if there is no line. */
  send(text: string): boolean {
    if (this.#state.kind !== 'online' || !this.#socket) return false
    try {
      this.#socket.send(text)
    } catch {
      // A socket that is closing; its end is about to be told.
      return false
    }
    return true
  }

  #set(state: ClientState): void {
    this.#state = state
    this.#states.emit(state)
  }

  #connect(): void {
    const line = ++this.#line
    this.#complaint = undefined
    this.#alarm.set(connectMs, () => this.#lose({ code: 1006, reason: 'no welcome in time' }))
    this.#set({ kind: 'connecting', attempt: this.#attempt })
    if (line === this.#line) void this.#open(line)
  }

  async #open(line: number): Promise<void> {
    let token: string | undefined
    try {
      token = await this.#options.token()
      if (line !== this.#line) return
      if (token === undefined) return this.#end(this.#refused?.info ?? { code: 4501, reason: 'there is no token' })
      if (token === this.#refused?.token) return this.#end(this.#refused.info)
      this.#token = token
      this.#socket = new Socket(this.#env, this.#url, token, {
        frame: (frame) => this.#receive(frame),
        end: (info) => this.#lose(info),
      })
    } catch (error) {
      if (line === this.#line) this.#lose({ code: 1006, reason: messageOf(error) })
    }
  }

  #receive(frame: ServerFrame): void {
    this.#pulse.heard()
    this.#complaint = frame.type === 'error' && frame.id === undefined ? frame.error : undefined
    if (this.#state.kind === 'online') this.#events.frame(frame)
    else if (frame.type === 'core.welcome') this.#welcome(frame.data as Welcome, frame.time)
  }

  #welcome(welcome: Welcome, time: string): void {
    // Rooms, conversations and unsent messages are one person's: another one's token must not see or send them.
    const isAnother = this.#userId !== undefined && this.#userId !== welcome.user.id
    if (isAnother) this.#end({ code: 4501, reason: 'the token is of another user' })
    else this.#online(welcome, time)
  }

  #online(welcome: Welcome, time: string): void {
    this.#userId = welcome.user.id
    this.#attempt = 0
    this.#refused = undefined
    this.#state = { kind: 'online', welcome }
    this.#alarm.clear()
    this.#pulse.start(welcome.heartbeatMs)
    const line = this.#line
    this.#events.welcome(welcome, time)
    if (line === this.#line) this.#states.emit(this.#state)
  }

  /** Let go of the line; what follows from it is said by the next `#set`. */
  #release(): void {
    this.#line++
    this.#alarm.clear()
    this.#pulse.stop()
    this.#socket?.drop()
    this.#socket = undefined
    this.#events.lost()
  }

  /** The line is gone: come back after a while, or not. */
  #lose(end: CloseInfo): void {
    const info = this.#complaint ? { ...end, error: this.#complaint } : end
    // A refused token is worth one more try if the app has another one by now.
    const mayRenew = info.code === 4501 && !this.#refused
    if (mayRenew) this.#refused = { token: this.#token, info }
    if (mayRenew || comesBack(info.code)) this.#wait(info)
    else this.#end(info)
  }

  #wait(reason: CloseInfo): void {
    this.#release()
    const attempt = this.#attempt++
    const waitMs = waitBefore(reason, attempt, this.#env.random)
    this.#alarm.set(waitMs, () => this.#connect())
    this.#set({ kind: 'waiting', attempt, retryAt: this.#env.clock.now() + waitMs, reason })
  }

  #end(reason: CloseInfo | undefined): void {
    this.#release()
    this.#set({ kind: 'closed', reason })
  }
}
