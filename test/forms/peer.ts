// The smallest client that PROTOCOL.md allows: requests by id, frames by type. Nothing of Parley's own code is in it.

/** A frame from the server. */
export interface Frame {
  readonly type: string
  readonly id?: string
  readonly seq?: number
  readonly from?: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Waiter {
  readonly fits: (frame: Frame) => boolean
  readonly take: (frame: Frame) => void
}

const patienceMs = 10_000

/** Frames that came and who waits for one; each goes to one taker, in order of arrival. */
class Inbox {
  readonly #frames: Frame[] = []
  readonly #waiters: Waiter[] = []

  put(frame: Frame): void {
    const index = this.#waiters.findIndex(({ fits }) => fits(frame))
    const [waiter] = index === -1 ? [] : this.#waiters.splice(index, 1)
    if (waiter) waiter.take(frame)
    else this.#frames.push(frame)
  }

  take(what: string, fits: (frame: Frame) => boolean): Promise<Frame> {
    const index = this.#frames.findIndex(fits)
    const [frame] = index === -1 ? [] : this.#frames.splice(index, 1)
    if (frame) return Promise.resolve(frame)
    const { promise, resolve, reject } = Promise.withResolvers<Frame>()
    const late = () => reject(new Error(`no ${what} within ${patienceMs} ms; there is ${JSON.stringify(this.#frames)}`))
    const timer = setTimeout(late, patienceMs)
    this.#waiters.push({ fits, take: resolve })
    return promise.finally(() => clearTimeout(timer))
  }
}

/** A connection to the server at `url`, signed in with `token`. */
export class Peer {
  readonly #socket: WebSocket
  readonly #inbox = new Inbox()
  readonly #opened = Promise.withResolvers<void>()
  #lastId = 0

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, ['parley.v1', `auth.${token}`])
    this.#socket.onopen = () => this.#opened.resolve()
    this.#socket.onclose = ({ code, reason }) => this.#opened.reject(new Error(`closed with ${code} ${reason}`))
    this.#socket.onmessage = ({ data }) => this.#inbox.put(JSON.parse(String(data)) as Frame)
  }

  /** Send a message and wait for its ack; rejects when it is refused. */
  async request(type: string, fields: object): Promise<Frame> {
    await this.#opened.promise
    const id = String(++this.#lastId)
    this.#socket.send(JSON.stringify({ id, type, ...fields }))
    const answer = await this.#inbox.take(`answer to ${type}`, (frame) => frame.id === id)
    if (answer.type !== 'ack') throw new Error(`${type} was refused: ${JSON.stringify(answer)}`)
    return answer
  }

  /** The next frame of this type that nobody has taken. */
  async next(type: string): Promise<Frame> {
    await this.#opened.promise
    return this.#inbox.take(type, (frame) => frame.type === type)
  }

  close(): void {
    this.#socket.close()
  }
}
