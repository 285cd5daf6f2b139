// What the client takes from its surroundings, all of it replaceable by a test.

/** Time and timers. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number
  /** Milliseconds that never run backwards. */
  monotonic(): number
  /** Delays are at most 2^31 − 1 ms. */
  setTimeout(run: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
}

/** Where unsent messages are kept over reloads; a thin shell around `localStorage` is one. May throw: it is then done without. */
export interface KeyValueStorage {
  get(key: string): string | null | undefined
  set(key: string, value: string): void
  remove(key: string): void
}

/** What the client uses of a WebSocket. */
export interface WebSocketLike {
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}

/** The constructor of the platform, or the class of the package `ws`. */
export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike

/** What an app may put in the place of the platform's own parts. */
export interface Surroundings {
  /** Needed where there is no global one: Node before 22 (the class of the package `ws`). */
  readonly WebSocket?: WebSocketClass
  /** Keeps unsent messages over reloads; without it they live as long as the client. */
  readonly storage?: KeyValueStorage
  /** For tests. */
  readonly clock?: Clock
  /** For tests: as `Math.random`. */
  readonly random?: () => number
}

/** Everything that comes from outside. */
export interface Environment {
  readonly clock: Clock
  random(): number
  readonly WebSocket: WebSocketClass
  readonly storage: KeyValueStorage | undefined
}

// The arrows keep browsers content: there a timer function must not be called as a method.
const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
}

/** The platform's own parts where the options name none. Throws `TypeError` without a WebSocket class. */
export const environmentOf = (options: Surroundings): Environment => {
  const WebSocket = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket
  if (!WebSocket) throw new TypeError('There is no global WebSocket here: pass a class in options.WebSocket.')
  return { clock: options.clock ?? systemClock, random: options.random ?? Math.random, WebSocket, storage: options.storage }
}

const longestMs = 2 ** 31 - 1

/** One timer that can be set again. */
export class Alarm {
  readonly #clock: Clock
  #timer: unknown

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Run `ring` once after `delayMs`, instead of whatever was set before. */
  set(delayMs: number, ring: () => void): void {
    this.clear()
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined
        // A longer delay overflows the platform's timers and would ring at once.
        if (delayMs > longestMs) this.set(delayMs - longestMs, ring)
        else ring()
      },
      Math.min(delayMs, longestMs),
    )
  }

  clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
