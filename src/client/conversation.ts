import type { ClientError } from './errors.ts'
import type { Entry, Posted, Receipt } from './protocol.ts'
import type { Thread } from './thread.ts'
import type { Conversation, Undo } from './types.ts'

type State = Pick<Conversation, 'messages' | 'entries' | 'head' | 'isLoaded' | 'hasOlder' | 'error' | 'receipts' | 'typing'>

/** How an app sees a thread, until it closes it. */
export class ThreadView implements Conversation {
  readonly userId: string
  readonly recent: number
  readonly #thread: Thread
  readonly #onClose: (view: ThreadView) => void
  readonly #undos = new Set<Undo>()
  /** What it was when it was closed. */
  #last: State | undefined

  constructor(thread: Thread, recent: number, onClose: (view: ThreadView) => void) {
    this.userId = thread.userId
    this.recent = recent
    this.#thread = thread
    this.#onClose = onClose
  }

  get messages(): readonly Posted[] {
    return this.#now.messages
  }

  get entries(): readonly Entry[] {
    return this.#now.entries
  }

  get receipts(): ReadonlyMap<string, Receipt> {
    return this.#now.receipts
  }

  get typing(): readonly string[] {
    return this.#now.typing
  }

  get head(): number {
    return this.#now.head
  }

  get isLoaded(): boolean {
    return this.#now.isLoaded
  }

  get hasOlder(): boolean {
    return this.#now.hasOlder
  }

  get error(): ClientError | undefined {
    return this.#now.error
  }

  onChange(listener: (conversation: Conversation) => void): Undo {
    if (this.#last) return () => {}
    const undo = this.#thread.changes.add(() => listener(this))
    this.#undos.add(undo)
    return undo
  }

  loadOlder(limit = 50): Promise<boolean> {
    return this.#last ? Promise.resolve(this.hasOlder) : this.#thread.older(limit)
  }

  markRead(seq: number): void {
    if (!this.#last) this.#thread.read.reach(seq)
  }

  setTyping(on: boolean): void {
    if (!this.#last) this.#thread.typing.say(on)
  }

  close(): void {
    if (this.#last) return
    this.#last = this.#now
    for (const undo of this.#undos) undo()
    this.#onClose(this)
  }

  get #now(): State {
    if (this.#last) return this.#last
    const { timeline, typing, isLoaded, hasOlder, error, receipts } = this.#thread
    const { messages, entries, head = 0 } = timeline
    return { messages, entries, head, isLoaded, hasOlder, error, receipts, typing: typing.users }
  }
}
