// What the clients of a fault test saw, written down as it happens: the only evidence that the checker has.

/** What happened to one send on one connection. The outcome of an `info` is unknown: the line broke before an answer. */
interface SendEvent {
  /** Monotonic milliseconds. */
  readonly t: number
  /** The connection, which is never used again after an `info`. */
  readonly proc: string
  readonly conv: string
  readonly user: string
  readonly cid: string
}

/** A message leaves a client, for the first time or again. */
export interface Invoke extends SendEvent {
  readonly type: 'invoke'
  readonly text: string
}

/** The server acknowledged it. */
export interface Ok extends SendEvent {
  readonly type: 'ok'
  readonly id: string
  readonly seq: number
  /** The server says that it was stored by an earlier send. */
  readonly isSecond: boolean
}

/** The server refused it: it is certainly not stored. */
export interface Fail extends SendEvent {
  readonly type: 'fail'
  readonly code: string
}

/** The connection ended before an answer came. */
export interface Info extends SendEvent {
  readonly type: 'info'
}

/** A message arrived at a device, the sender's own included. */
export interface Push extends SendEvent {
  readonly type: 'push'
  readonly id: string
  readonly seq: number
  readonly text: string
}

/** One line of a history. */
export type Event = Invoke | Ok | Fail | Info | Push

/** A message as the log holds it. */
export interface Row {
  readonly seq: number
  readonly id: string
  readonly user: string
  readonly cid: string
  readonly text: string
}

/** What a conversation was read as in the end. */
export interface Log {
  readonly head: number
  /** In the order in which the server gave them. */
  readonly rows: readonly Row[]
}

type Untimed<E> = E extends Event ? Omit<E, 't'> : never

/** Collects events, and tells when there are enough of one kind. */
export class History {
  readonly events: Event[] = []
  readonly #waiting = new Set<() => void>()
  #acknowledged = 0

  get acknowledged(): number {
    return this.#acknowledged
  }

  add(event: Untimed<Event>): void {
    this.events.push({ ...event, t: performance.now() } as Event)
    if (event.type === 'ok') this.#acknowledged++
    for (const check of this.#waiting) check()
  }

  /** Resolves once `count` more messages are acknowledged than now. */
  moreAcknowledged(count: number): Promise<void> {
    const wanted = this.#acknowledged + count
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#acknowledged < wanted) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }
}
