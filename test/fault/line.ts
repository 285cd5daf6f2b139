// One connection of a device: questions and answers by their ids, everything else handed on.
import type { Frame } from '../support/socket.ts'

/** What happens on a line. */
export interface LineEvents {
  /** The welcome has come. */
  open(line: Line): void
  /** A frame that answers nothing. */
  event(frame: Frame): void
  close(): void
}

/** How a line ended. */
export interface Farewell {
  readonly code: number
  readonly reason: string
}

/** A connection that can be asked. */
export class Line {
  /** Its name in the history, never used again. */
  readonly proc: string
  /** Resolves with the welcome; rejects if there is none. */
  readonly welcome: Promise<void>
  readonly closed: Promise<Farewell>
  readonly #socket: WebSocket
  readonly #asked = new Map<string, (answer: Frame | undefined) => void>()
  #count = 0

  constructor(url: string, token: string, proc: string, events: LineEvents) {
    this.proc = proc
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['parley.v1', `auth.${token}`])
    this.#socket = socket
    const welcome = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<Farewell>()
    ;[this.welcome, this.closed] = [welcome.promise, closed.promise]
    // Whoever does not wait for the welcome is told of the end by `close`.
    welcome.promise.catch(() => undefined)
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'core.welcome') {
        events.open(this)
        welcome.resolve()
      } else if (!this.#answer(frame)) events.event(frame)
    }
    socket.onclose = ({ code, reason }) => {
      events.close()
      for (const tell of [...this.#asked.values()]) tell(undefined)
      this.#asked.clear()
      welcome.reject(new Error(`the connection ended with ${code} before the welcome`))
      closed.resolve({ code, reason })
    }
  }

  /** Send a request; its answer, or `undefined` if the line ends before. */
  ask(type: string, data: object, whom?: string | { readonly room: string }): Promise<Frame | undefined> {
    const { promise, resolve } = Promise.withResolvers<Frame | undefined>()
    const id = `q${++this.#count}`
    this.#asked.set(id, resolve)
    this.#socket.send(JSON.stringify({ id, type, ...(typeof whom === 'string' ? { to: whom } : whom), data }))
    return promise
  }

  /** The line breaks without a goodbye. */
  cut(): void {
    ;(this.#socket as unknown as { terminate(): void }).terminate()
  }

  #answer(frame: Frame): boolean {
    const tell = this.#asked.get(frame.id ?? '')
    if (!tell) return false
    this.#asked.delete(frame.id ?? '')
    tell(frame)
    return true
  }
}
