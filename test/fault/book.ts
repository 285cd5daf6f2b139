// What one device has of one conversation: it shows entries in their order and asks for those that it missed.
import type { Frame } from '../support/socket.ts'
import { type Row, shaOf } from './check/event.ts'
import type { History } from './history.ts'

/** What a book is kept with. */
export interface BookOptions {
  readonly history: History
  readonly device: string
  readonly user: string
  readonly conv: string
  /** Whom to address for it. */
  readonly to: string
  /** Everything up to here is not for this device. */
  readonly from: number
}

/** Asks the server something on the present line; `undefined` if there is none or it ends before the answer. */
export type Ask = (type: string, data: object, to: string) => Promise<Frame | undefined>

/** An entry of a log, as the wire has it. */
export const rowOf = ({ type, from = '', seq = 0, data }: Frame): Row => {
  const isMessage = type === 'chat.posted'
  return { seq, id: data.id, isMessage, user: from, cid: data.clientId, sha: isMessage ? shaOf(data.text) : '' }
}

/** The position of one device in one conversation. */
export class Book {
  readonly options: BookOptions
  #cursor: number
  #isAsking = false
  #wanted: number

  constructor(options: BookOptions) {
    this.options = options
    this.#cursor = options.from
    this.#wanted = options.from
  }

  get cursor(): number {
    return this.#cursor
  }

  /** A live entry. */
  take(row: Row, proc: string, ask: Ask): void {
    this.#wanted = Math.max(this.#wanted, row.seq)
    if (row.seq === this.#cursor + 1) this.#show([row], proc)
    else if (row.seq > this.#cursor) void this.sync(proc, ask)
  }

  /** Ask for everything after the last entry shown; resolves when the server has told all of it, or does not answer. */
  async sync(proc: string, ask: Ask): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    for (let more = true; more; ) more = await this.#page(proc, ask)
    this.#isAsking = false
    if (this.#wanted > this.#cursor) await this.sync(proc, ask)
  }

  /** Whether there was a page, and another one behind it. */
  async #page(proc: string, ask: Ask): Promise<boolean> {
    const { history, user, conv, to } = this.options
    const about = { f: 'sync', proc, conv, user, since: this.#cursor } as const
    history.add({ ...about, type: 'invoke' })
    const answer = await ask('chat.history', { after: this.#cursor, limit: 200 }, to)
    if (answer?.type !== 'ack') {
      // Asked again with the next entry, or on the next line.
      this.#wanted = this.#cursor
      if (answer) history.add({ ...about, type: 'fail', code: answer.error?.code ?? '' })
      else history.add({ ...about, type: 'info' })
      return false
    }
    const { messages, head, more, epoch } = answer.data
    const rows = (messages as Frame[]).map(rowOf)
    history.add({ ...about, type: 'ok', rows, head, more, ...(typeof epoch === 'string' && { epoch }) })
    // Live entries may have come meanwhile.
    this.#show(
      rows.filter(({ seq }) => seq > this.#cursor),
      proc,
    )
    return more === true && rows.length > 0
  }

  #show(rows: readonly Row[], proc: string): void {
    const { history, device, conv } = this.options
    for (const { seq, id } of rows) {
      this.#cursor = seq
      history.add({ f: 'shown', type: 'ok', proc, device, conv, seq, id })
    }
    if (rows.length > 0) history.add({ f: 'cursor', type: 'ok', proc, device, conv, seq: this.#cursor })
  }
}
