import type { Connection } from './connection.ts'
import { Alarm, type Clock } from './environment.ts'
import { type ClientCode, ClientError, clientError } from './errors.ts'
import type { RequestOptions, ServerFrame } from './protocol.ts'

interface Pending {
  readonly alarm: Alarm
  resolve(data: unknown): void
  reject(error: ClientError): void
}

const timeoutMs = 10_000

const isTooLarge = (text: string, limitBytes: number): boolean =>
  text.length * 3 > limitBytes && new TextEncoder().encode(text).byteLength > limitBytes

/** Questions on the present line, and their answers by id. Sends each once. */
export class Requests {
  readonly #clock: Clock
  readonly #connection: Connection
  readonly #pending = new Map<string, Pending>()
  #lastId = 0

  constructor(clock: Clock, connection: Connection) {
    this.#clock = clock
    this.#connection = connection
  }

  /** Resolves with the ack's data; rejects with the server's error or CLIENT_OFFLINE, _TOO_LARGE, _TIMEOUT, _CLOSED. */
  ask(type: string, data: unknown, options: RequestOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refuse = (code: ClientCode): void => reject(clientError(code))
      const { state } = this.#connection
      if (state.kind !== 'online') return refuse('CLIENT_OFFLINE')
      const id = `c${++this.#lastId}`
      const { room, to } = options
      const text = JSON.stringify({ id, type, room, to, data })
      // The server would close the line with 1009, and every client that retries would never come back.
      if (isTooLarge(text, state.welcome.limits.frameBytes)) return refuse('CLIENT_TOO_LARGE')
      if (!this.#connection.send(text)) return refuse('CLIENT_OFFLINE')
      const alarm = new Alarm(this.#clock)
      alarm.set(options.timeoutMs ?? timeoutMs, () => this.#take(id)?.reject(clientError('CLIENT_TIMEOUT')))
      this.#pending.set(id, { alarm, resolve, reject })
    })
  }

  /** Settle the request that an `ack` or `error` frame answers, if it still waits. */
  answer({ type, id, data, error }: ServerFrame): void {
    const pending = id === undefined ? undefined : this.#take(id)
    if (type === 'ack') pending?.resolve(data)
    else if (error) pending?.reject(new ClientError(error))
  }

  /** The line broke: nobody will answer any more. */
  lost(): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(clientError('CLIENT_CLOSED'))
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.alarm.clear()
    return pending
  }
}
