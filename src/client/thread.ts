import { Emitter } from './emitter.ts'
import { ClientError, isLineLoss } from './errors.ts'
import type { ThreadLinks } from './links.ts'
import type { Persistence } from './persistence.ts'
import type { Entry, HistoryPage, Receipt } from './protocol.ts'
import { Timeline } from './timeline.ts'
import { Typing } from './typing.ts'
import { Watermark } from './watermark.ts'

/** What a thread tells beside its changes. */
export interface ThreadEvents {
  /** Every entry once, in order. */
  entry(entry: Entry): void
  typing(thread: Thread): void
  /** Which life of the log our seqs belong to. */
  epoch(): string | undefined
  /** What the server says of that. If it is another one, every thread is reset before this returns. */
  met(epoch: string | undefined): void
}

/** What was deleted for oneself: single messages, or all up to a position. */
export interface Lost {
  readonly targets?: readonly number[]
  readonly cleared?: number
}

const pageSize = 100

/**
 * One conversation and what it takes to keep it whole: live events are hints, `chat.history` is the truth.
 * Push and history may race in any way; both only ever continue the timeline.
 */
export class Thread {
  /** The other user, or the group. */
  readonly userId: string
  readonly timeline = new Timeline()
  readonly changes = new Emitter<Thread>()
  isLoaded = false
  error: ClientError | undefined
  /** How far the others are. */
  receipts: ReadonlyMap<string, Receipt> = new Map()
  readonly read: Watermark
  readonly delivered: Watermark
  readonly typing: Typing
  readonly #persistence: Persistence
  readonly #events: ThreadEvents
  #isSyncing = false
  #loading: Promise<boolean> | undefined
  #atStart = false

  constructor(userId: string, links: ThreadLinks, events: ThreadEvents) {
    this.userId = userId
    this.#persistence = links.persistence
    this.#events = events
    this.read = new Watermark('chat.read', userId, links)
    this.delivered = new Watermark('chat.delivered', userId, links)
    this.typing = new Typing(userId, links, () => {
      this.changes.emit(this)
      events.typing(this)
    })
  }

  get hasOlder(): boolean {
    return !this.#atStart && this.timeline.start !== 1
  }

  /** Live events, or a page of history that continues where we are. */
  receive(frames: readonly Entry[]): void {
    const fresh = this.timeline.append(frames)
    for (const frame of fresh) this.#events.entry(frame)
    if (fresh.length > 0) this.changes.emit(this)
    if (this.timeline.hasGap) void this.sync()
  }

  /** Somebody, perhaps on another device of ours, has come this far. A late one takes nothing back. */
  receipt(user: string, { read, delivered }: Receipt): void {
    const before = this.receipts.get(user)
    const next = { read: Math.max(read, before?.read ?? 0), delivered: Math.max(delivered, before?.delivered ?? 0) }
    this.receipts = new Map(this.receipts).set(user, next)
    this.changes.emit(this)
  }

  /** The person has deleted some of it for themselves. */
  lose({ targets = [], cleared = 0 }: Lost): void {
    if (this.timeline.lose(targets, cleared)) this.changes.emit(this)
  }

  /** There is a line again. */
  resume(): void {
    this.read.resume()
    this.delivered.resume()
  }

  /** An entry with this seq exists: fetch what is between. */
  hear(seq: number): void {
    this.timeline.heard = Math.max(this.timeline.heard, seq)
    void this.sync()
  }

  /** Fetch everything after `head`. One at a time: what is heard of meanwhile is fetched by the one that runs. */
  async sync(): Promise<void> {
    if (this.#isSyncing) return
    this.#isSyncing = true
    try {
      while (await this.#nextPage());
      this.#recover()
    } catch (error) {
      this.#fail(error)
    }
    this.#isSyncing = false
  }

  /** It was opened: show what there is, the newest too. */
  load(limit: number): void {
    this.timeline.keep()
    this.loadUnlessLoaded(limit)
    if (this.timeline.head !== undefined) void this.sync()
  }

  /** Fetch the first page to show; if the line breaks under it, that is up to the next line. */
  loadUnlessLoaded(limit: number): void {
    if (!this.isLoaded) this.older(limit).catch((error: unknown) => this.#fail(error))
  }

  /** Nobody shows it any more. */
  forget(): void {
    this.timeline.forget()
    this.isLoaded = false
    this.#atStart = false
  }

  /** Put earlier messages in front; whether there are still more. */
  older(limit: number): Promise<boolean> {
    this.#loading ??= this.#older(limit).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #history(range: object): Promise<HistoryPage> {
    const epoch = this.#events.epoch()
    const data = epoch === undefined ? range : { ...range, epoch }
    const page = (await this.#persistence.ask('background', { type: 'chat.history', data, address: { to: this.userId } })) as HistoryPage
    this.#events.met(page.epoch)
    return page
  }

  /** Fetch one page after `head`; whether there is more to fetch. */
  async #nextPage(): Promise<boolean> {
    const { timeline } = this
    const { head: after, heard } = timeline
    if (after === undefined) return false
    const { messages, head, more, reset } = await this.#history({ after, limit: pageSize })
    // Unless that was another epoch, and all is reset already.
    if (timeline.head === undefined) return false
    if (reset || head < after) {
      this.reset()
      return false
    }
    const [first] = messages
    if (first && first.seq > (timeline.head ?? after) + 1) this.#skip(first.seq)
    this.receive(messages)
    if (more && messages.length > 0) return true
    // What was heard of before the question is in the answer; if not, it does not exist.
    if (timeline.heard === heard && timeline.head !== undefined) timeline.heard = timeline.head
    return timeline.hasGap
  }

  async #older(limit: number): Promise<boolean> {
    for (;;) {
      const { start } = this.timeline
      const page = start === 1 ? undefined : await this.#history(start === undefined ? { limit } : { before: start, limit })
      // Live events came first and began the list elsewhere: ask for what is before them.
      if (start !== this.timeline.start || page?.reset) continue
      if (page && !this.timeline.prepend(page.messages, page.head)) return this.hasOlder
      this.#atStart = page?.more === false
      this.#loaded()
      return this.hasOlder
    }
  }

  /** It could be read, whatever was wrong before. */
  #recover(): void {
    if (!this.error) return
    this.error = undefined
    this.changes.emit(this)
  }

  #loaded(): void {
    this.isLoaded = true
    this.error = undefined
    this.changes.emit(this)
    if (this.timeline.hasGap) void this.sync()
  }

  /** The log is not the one that we have: it was restored from a backup. Only the server's is the truth. */
  reset(): void {
    const isShown = this.isLoaded
    this.timeline.reset()
    this.read.reset()
    this.delivered.reset()
    this.receipts = new Map()
    this.isLoaded = false
    this.#atStart = false
    this.changes.emit(this)
    if (isShown) this.load(pageSize)
  }

  #skip(seq: number): void {
    this.timeline.skipTo(seq)
    this.#atStart = true
  }

  #fail(error: unknown): void {
    if (isLineLoss(error) || !(error instanceof ClientError)) return
    this.error = error
    this.changes.emit(this)
  }
}
