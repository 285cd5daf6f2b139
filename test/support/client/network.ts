// A network in memory: sockets whose bytes take time, in order, and that break where a test says so.
import type { WebSocketClass, WebSocketLike } from '../../../src/client/index.ts'
import type { FakeClock } from './clock.ts'

type Handler = (event: never) => void

/** The server's end of one line. */
export interface ServerLink {
  readonly protocols: readonly string[]
  /** Frames that the server was given, undecoded. */
  onFrame: (text: string) => void
  onClose: () => void
  send(text: string): void
  close(code: number, reason: string): void
}

/** Sends things one way: in order, each after its own time. */
class Pipe {
  readonly #clock: FakeClock
  readonly #delayMs: () => number
  #lastAt = 0
  isCut = false

  constructor(clock: FakeClock, delayMs: () => number) {
    this.#clock = clock
    this.#delayMs = delayMs
  }

  put(deliver: () => void): void {
    const at = Math.max(this.#lastAt, this.#clock.monotonic() + this.#delayMs())
    this.#lastAt = at
    this.#clock.setTimeout(() => {
      if (!this.isCut) deliver()
    }, at - this.#clock.monotonic())
  }
}

/** One line, seen from the middle. */
export class Link {
  readonly #clock: FakeClock
  readonly #listeners = new Map<string, Handler[]>()
  readonly #up: Pipe
  readonly #down: Pipe
  readonly server: ServerLink
  #isOver = false

  constructor(clock: FakeClock, protocols: readonly string[], delayMs: () => number) {
    this.#clock = clock
    this.#up = new Pipe(clock, delayMs)
    this.#down = new Pipe(clock, delayMs)
    this.server = {
      protocols,
      onFrame: () => {},
      onClose: () => {},
      send: (text) => this.#down.put(() => this.#emit('message', { data: text })),
      close: (code, reason) => this.#down.put(() => this.#end(code, reason)),
    }
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The client's end. */
  get client(): WebSocketLike {
    return {
      send: (text) => {
        if (this.#isOver) throw new Error('the socket is closed')
        this.#up.put(() => this.server.onFrame(text))
      },
      close: () => this.#up.put(() => this.#end(1005, '')),
      addEventListener: (type: string, listener: Handler) => {
        this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
      },
    }
  }

  /** Lose whatever is under way; each side hears of it after its own time, the client with 1006. */
  cut(clientAfterMs: number, serverAfterMs: number): void {
    this.#up.isCut = true
    this.#down.isCut = true
    this.#clock.setTimeout(() => this.#end(1006, ''), clientAfterMs)
    this.#clock.setTimeout(() => this.server.onClose(), serverAfterMs)
  }

  /** Swallow everything from now on, and tell nobody: a cable that was pulled. */
  freeze(): void {
    this.#up.isCut = true
    this.#down.isCut = true
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.#up.isCut) this.server.onClose()
    if (code === 1006) this.#emit('error', {})
    this.#emit('close', { code, reason })
  }

  #emit(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }
}

/** Every line between clients and one server. */
export class FakeNetwork {
  readonly #clock: FakeClock
  /** Every line there ever was, the newest last. */
  readonly links: Link[] = []
  /** When false, handshakes fail. */
  isUp = true
  /** How long one frame takes, ms. */
  delayMs: () => number = () => 1
  readonly #accept: (link: ServerLink) => void

  constructor(clock: FakeClock, accept: (link: ServerLink) => void) {
    this.#clock = clock
    this.#accept = accept
  }

  /** Lines that are up. */
  get open(): readonly Link[] {
    return this.links.filter((link) => !link.isOver)
  }

  /** A WebSocket class whose sockets run over this network. */
  get WebSocket(): WebSocketClass {
    const connect = (protocols: readonly string[]): WebSocketLike => this.#connect(protocols)
    return class {
      constructor(_url: string, protocols: string[] = []) {
        // biome-ignore lint/correctness/noConstructorReturn: the class is only the door to a link
        return connect(protocols)
      }
    } as unknown as WebSocketClass
  }

  #connect(protocols: readonly string[]): WebSocketLike {
    const link = new Link(this.#clock, protocols, () => this.delayMs())
    this.links.push(link)
    this.#clock.setTimeout(() => {
      if (this.isUp) this.#accept(link.server)
      else link.cut(0, 0)
    }, this.delayMs())
    return link.client
  }
}
