/** What a test reads off the wire without a schema: the expectation is the check. */
export type Loose = any

/** A server's frame, as loose as the wire allows. */
export interface Frame {
  readonly type: string
  readonly id?: string
  readonly room?: string
  readonly from?: string
  readonly to?: string
  readonly seq?: number
  readonly time?: string
  readonly data?: Loose
  readonly error?: { code: string; kind: string; message: string; retry: boolean; path?: string; retryAfterMs?: number }
}

/** A refusal that came as an `error` frame. */
export class Refusal extends Error {
  readonly code: string
  readonly error: NonNullable<Frame['error']>

  constructor(error: NonNullable<Frame['error']>) {
    super(`${error.code}: ${error.message}`)
    this.code = error.code
    this.error = error
  }
}

const waitMs = 5_000

/** A raw socket for tests: sends anything, and waits for frames instead of for time. */
export class TestSocket {
  /** Every frame that came, in order. */
  readonly frames: Frame[] = []
  isClosed = false
  /** Resolves with the close code. */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #ws: WebSocket
  readonly #waiting = new Set<() => void>()
  #taken = new Set<Frame>()
  #count = 0

  constructor(ws: WebSocket) {
    this.#ws = ws
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
    this.closed = promise
    ws.onmessage = ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      for (const check of [...this.#waiting]) check()
    }
    ws.onclose = ({ code, reason }) => {
      this.isClosed = true
      resolve({ code, reason })
    }
  }

  /** Connects to `<url>/ws`. Rejects if the handshake is refused. */
  static open(url: string, protocols: string[] = ['parley.v1'], headers: Record<string, string> = {}): Promise<TestSocket> {
    const target = url.includes('/ws') ? url : `${url}/ws`
    const ws = new WebSocket(target.replace(/^http/, 'ws'), { protocols, headers } as never)
    const socket = new TestSocket(ws)
    return new Promise((resolve, reject) => {
      ws.onopen = () => resolve(socket)
      ws.onerror = () => reject(new Error(`no WebSocket at ${target}`))
    })
  }

  /** The next frame of this type that no other call has taken. */
  next(type: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.take((frame) => frame.type === type && matches(frame), type)
  }

  /** Send a request and wait for its answer: the ack's data, or a `Refusal`. */
  async request(type: string, data: unknown = {}, address: { room?: string; to?: string } = {}): Promise<Loose> {
    const id = `t${++this.#count}`
    this.send({ id, type, ...address, data })
    const answer = await this.take((frame) => frame.id === id, `the answer to ${type}`)
    if (answer.error) throw new Refusal(answer.error)
    return answer.data
  }

  /** The error code that a request is refused with; throws if it is not. */
  async refusal(type: string, data?: unknown, address?: { room?: string; to?: string }): Promise<string> {
    try {
      await this.request(type, data, address)
    } catch (failure) {
      if (failure instanceof Refusal) return failure.code
      throw failure
    }
    throw new Error(`${type} was not refused`)
  }

  /** Send any object as a frame. */
  send(frame: object): void {
    this.raw(JSON.stringify(frame))
  }

  /** Send any text, or bytes as a binary frame. */
  raw(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#ws.send(frame)
  }

  /** Everything sent before this has been answered when it resolves: frames that should not come would have. */
  async settle(): Promise<void> {
    await this.request('core.ping')
  }

  close(): Promise<{ code: number; reason: string }> {
    this.#ws.close(1000)
    return this.closed
  }

  /** The line is cut without a goodbye. */
  terminate(): void {
    ;(this.#ws as unknown as { terminate(): void }).terminate()
  }

  /** The next frame that `matches` and that no other call has taken. */
  take(matches: (frame: Frame) => boolean, what: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        const seen = this.frames.slice(-5).map((frame) => JSON.stringify(frame).slice(0, 200))
        reject(new Error(`${what} did not come within ${waitMs} ms; last frames: ${seen.join(' ')}`))
      }, waitMs)
      const check = (): void => {
        const found = this.frames.find((frame) => !this.#taken.has(frame) && matches(frame))
        if (!found) return
        this.#taken.add(found)
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }
}
