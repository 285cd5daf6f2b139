// A person's device that keeps a record of everything. What has no answer yet is sent again, under the same clientId and
// in the first order, on the next connection.
import type { Frame } from '../support/socket.ts'
import { Book, rowOf } from './book.ts'
import { shaOf } from './check/event.ts'
import type { History } from './history.ts'
import { type Farewell, Line } from './line.ts'

/** Somebody with a token. */
export interface Person {
  readonly id: string
  readonly token: string
}

/** Whose device it is, and whom they write to. */
export interface DeviceOptions {
  readonly person: Person
  readonly peer: Person
  readonly history: History
  /** What the history calls it; a person may have several. */
  readonly name?: string
  /** It sends again what was refused for now, as the client library does. */
  readonly isPatient?: boolean
}

/** A message, on its way until it has its answer. */
interface Letter {
  readonly cid: string
  readonly conv: string
  readonly to: string
  readonly text: string
}

/** The name of the conversation between two people, the same from both sides. */
export const conversationOf = (a: string, b: string): string => (a < b ? `${a}:${b}` : `${b}:${a}`)

const readEvery = 20
/** Whether it was stored is not known, and the line stays. */
const unknownCode = 'CORE_STORAGE_UNKNOWN'

/** A client that sends, resends, listens, heals and reads. */
export class Device {
  readonly options: DeviceOptions
  /** Everything it ever sent, by clientId. */
  readonly letters = new Map<string, Letter>()
  readonly #books = new Map<string, Book>()
  readonly #unanswered = new Map<string, Letter>()
  readonly #waiting = new Set<() => void>()
  readonly #open: string[] = []
  #line: Line | undefined
  #last: Line | undefined
  #connections = 0
  #shown = 0

  constructor(options: DeviceOptions) {
    this.options = options
    const { person, peer } = options
    this.follow(conversationOf(person.id, peer.id), peer.id, 0)
  }

  /** What the history calls it. */
  get name(): string {
    return `${this.options.person.id}/${this.options.name ?? 'phone'}`
  }

  get pair(): string {
    return conversationOf(this.options.person.id, this.options.peer.id)
  }

  get unanswered(): number {
    return this.#unanswered.size
  }

  /** Resolves with the close code and reason of the last connection. */
  get closed(): Promise<Farewell> {
    return this.#last?.closed ?? Promise.resolve({ code: 0, reason: '' })
  }

  /** Have a conversation from a position on. */
  follow(conv: string, to: string, from: number): void {
    const { history, person } = this.options
    const device = this.name
    this.#books.set(conv, new Book({ history, device, user: person.id, conv, to, from }))
  }

  forget(conv: string): void {
    this.#books.delete(conv)
  }

  /** The last position shown of a conversation. */
  cursorOf(conv: string): number {
    return this.#books.get(conv)?.cursor ?? 0
  }

  /** Connect, and send again what has no answer. Resolves with the welcome; rejects if there is none. */
  connect(url: string): Promise<void> {
    const { person } = this.options
    const proc = `${this.name}/${++this.#connections}`
    const line: Line = new Line(url, person.token, proc, {
      open: () => this.#begin(line),
      event: (frame) => this.#hear(frame, proc),
      close: () => {
        if (this.#line === line) this.#line = undefined
      },
    })
    this.#last = line
    return line.welcome
  }

  /** Write something new; without a connection it leaves with the next one. */
  say(text: string, conv = this.pair, to = this.options.peer.id): void {
    const letter = { cid: `c${this.letters.size + 1}`, conv, to, text }
    this.letters.set(letter.cid, letter)
    this.again(letter.cid)
  }

  /** Send something once more, as if its answer had been lost. */
  again(cid: string): void {
    const letter = this.letters.get(cid) as Letter
    this.#unanswered.set(cid, letter)
    if (this.#line) void this.#send(letter, this.#line)
  }

  /** Send what another device of the same person sends, under the same clientId. */
  mimic(other: Device, cid: string): void {
    this.letters.set(cid, other.letters.get(cid) as Letter)
    this.again(cid)
  }

  /** Send once more what has been answered, but not for good. */
  sendOpen(): void {
    for (const cid of this.#open.splice(0)) this.again(cid)
  }

  /** Ask on the present line; `undefined` without one. */
  ask(type: string, data: object = {}, to?: string): Promise<Frame | undefined> {
    return this.#line?.ask(type, data, to) ?? Promise.resolve(undefined)
  }

  /** The name of the present line in the history. */
  get proc(): string {
    return this.#last?.proc ?? ''
  }

  cut(): void {
    this.#line?.cut()
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

  /** Ask for what is missing of every conversation; resolves when the server has told it. */
  async catchUp(): Promise<void> {
    const line = this.#line
    if (line) await Promise.all([...this.#books.values()].map((book) => book.sync(line.proc, (...args) => line.ask(...args))))
  }

  #begin(line: Line): void {
    this.#line = line
    for (const letter of this.#unanswered.values()) void this.#send(letter, line)
    void this.catchUp()
  }

  async #send({ cid, conv, to, text }: Letter, line: Line): Promise<void> {
    const { person, history } = this.options
    const about = { f: 'send', proc: line.proc, conv, user: person.id, cid } as const
    history.add({ ...about, type: 'invoke', sha: shaOf(text) })
    const answer = await line.ask('chat.send', { text, clientId: cid }, to)
    if (!answer || answer.error?.code === unknownCode) {
      history.add({ ...about, type: 'info' })
      if (answer) this.#open.push(cid)
      return
    }
    const { data, error } = answer
    if (error?.retry && this.options.isPatient) this.#open.push(cid)
    else this.#unanswered.delete(cid)
    const { id, seq, dup = false, epoch } = data ?? {}
    if (answer.type === 'ack') history.add({ ...about, type: 'ok', id, seq, dup, ...(typeof epoch === 'string' && { epoch }) })
    else history.add({ ...about, type: 'fail', code: error?.code ?? answer.type })
    for (const check of [...this.#waiting]) check()
  }

  #hear(frame: Frame, proc: string): void {
    const { person, history } = this.options
    const { type, from = '', to = '', seq, data } = frame
    if (!type.startsWith('chat.')) return
    const conv = to.startsWith('G') ? to : conversationOf(from, to)
    if (type === 'chat.receipt') {
      const { user, read, delivered } = data
      history.add({ f: 'receipt', type: 'ok', proc, conv, user, read, delivered })
    } else if (seq !== undefined && typeof data?.id === 'string') {
      const row = rowOf(frame)
      history.add({ f: 'push', type: 'ok', proc, conv, user: person.id, row })
      this.#books.get(conv)?.take(row, proc, (kind, input, whom) => this.ask(kind, input, whom))
      this.#read(conv)
    }
  }

  // Now and then, so that there are receipts to check.
  #read(conv: string): void {
    const book = this.#books.get(conv)
    if (book && ++this.#shown % readEvery === 0) void this.ask('chat.read', { seq: book.cursor }, book.options.to)
  }
}
