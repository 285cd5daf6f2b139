// One person who writes and keeps a record of everything. What has no answer yet is sent again, under the same
// clientId and in the first order, on the next connection.
import type { Frame } from '../support/socket.ts'
import type { History } from './history.ts'

/** Somebody with a token. */
export interface Person {
  readonly id: string
  readonly token: string
}

/** Who writes to whom, and where it is recorded. */
export interface WriterOptions {
  readonly person: Person
  readonly peer: Person
  readonly history: History
}

/** The name of the conversation between two people, the same from both sides. */
export const conversationOf = (a: Person, b: Person): string => (a.id < b.id ? `${a.id}:${b.id}` : `${b.id}:${a.id}`)

/** A client that only sends, resends and listens. */
export class Writer {
  readonly options: WriterOptions
  readonly conv: string
  /** Texts of everything it ever sent, by clientId. */
  readonly texts = new Map<string, string>()
  /** Resolves with the close code and reason of the last connection. */
  closed: Promise<{ code: number; reason: string }> = Promise.resolve({ code: 0, reason: '' })
  readonly #unanswered = new Set<string>()
  readonly #waiting = new Set<() => void>()
  #send: ((cid: string) => void) | undefined
  #socket: WebSocket | undefined
  #onPong: () => void = () => {}
  #connections = 0

  constructor(options: WriterOptions) {
    this.options = options
    this.conv = conversationOf(options.person, options.peer)
  }

  get unanswered(): number {
    return this.#unanswered.size
  }

  /** Connect and send again what has no answer. Resolves with the welcome; rejects if there is none. */
  connect(url: string): Promise<void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['parley.v1', `auth.${this.options.person.token}`])
    const proc = `${this.options.person.id}/${++this.#connections}`
    const welcome = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<{ code: number; reason: string }>()
    this.closed = closed.promise
    const awaited = new Set<string>()
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'core.welcome') {
        this.#begin(socket, proc, awaited)
        welcome.resolve()
      } else this.#receive(frame, proc, awaited)
    }
    socket.onclose = ({ code, reason }) => {
      this.#end(socket, proc, awaited)
      welcome.reject(new Error(`the connection ended with ${code} before the welcome`))
      closed.resolve({ code, reason })
    }
    return welcome.promise
  }

  /** Write something new; without a connection it leaves with the next one. */
  say(text: string): void {
    const cid = `c${this.texts.size + 1}`
    this.texts.set(cid, text)
    this.again(cid)
  }

  /** Send something once more, as if its answer had been lost. */
  again(cid: string): void {
    this.#unanswered.add(cid)
    this.#send?.(cid)
  }

  /** Resolves when everything has its answer. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#unanswered.size > 0) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  /** Resolves when the server has answered a ping, and so has taken all that was sent before. */
  ping(): Promise<void> {
    return new Promise((resolve) => {
      this.#onPong = resolve
      this.#socket?.send(JSON.stringify({ id: 'ping', type: 'core.ping' }))
    })
  }

  #begin(socket: WebSocket, proc: string, awaited: Set<string>): void {
    const { person, peer, history } = this.options
    this.#socket = socket
    this.#send = (cid) => {
      const text = this.texts.get(cid) as string
      awaited.add(cid)
      history.add({ type: 'invoke', proc, conv: this.conv, user: person.id, cid, text })
      socket.send(JSON.stringify({ id: cid, type: 'chat.send', to: peer.id, data: { text, clientId: cid } }))
    }
    for (const cid of this.#unanswered) this.#send(cid)
  }

  #receive({ type, id = '', from = '', seq = 0, data, error }: Frame, proc: string, awaited: Set<string>): void {
    const { person, history } = this.options
    const { conv } = this
    if (type === 'chat.posted') {
      history.add({ type: 'push', proc, conv, user: from, cid: data.clientId, id: data.id, seq, text: data.text })
    }
    if (id === 'ping') this.#onPong()
    if (!awaited.delete(id)) return
    const sent = { proc, conv, user: person.id, cid: id }
    if (type === 'ack') history.add({ type: 'ok', ...sent, id: data.id, seq: data.seq, isSecond: data.dup === true })
    else history.add({ type: 'fail', ...sent, code: error?.code ?? type })
    this.#unanswered.delete(id)
    for (const check of this.#waiting) check()
  }

  #end(socket: WebSocket, proc: string, awaited: Set<string>): void {
    if (this.#socket === socket) {
      this.#socket = undefined
      this.#send = undefined
    }
    for (const cid of awaited) this.options.history.add({ type: 'info', proc, conv: this.conv, user: this.options.person.id, cid })
    awaited.clear()
  }
}
