// What of one conversation is held to be read: its newest part, which the client keeps whole and alive, and in front of it,
// or far away from it, a span that was fetched.
import { batch, type Signal, signal } from '@preact/signals'
import type { ClientError, Conversation, Entry, Posted } from '../../src/client/index.ts'
import { changed, joined, noticesOf, type Page, type Span, spanOf, upTo, withoutNewest, withoutOldest } from './span.ts'

/** Asks for a page of history. Rejects as the client's `request` does. */
export type AskHistory = (range: {
  readonly before?: number
  readonly after?: number
  readonly around?: number
  readonly limit: number
}) => Promise<Page>

const pageSize = 100
/** After a failure nothing is asked for this long. */
const restMs = 1_000

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, restMs))

/** To read a page and to draw it are two tasks for the browser, so that a frame may come between them. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** Moves through the log of one conversation. */
export class LogWindow {
  readonly log: Signal<readonly Posted[]> = signal([])
  readonly notices: Signal<readonly Entry[]> = signal([])
  readonly isLoaded = signal(false)
  readonly hasOlder = signal(false)
  /** Whether it ends before the newest message. */
  readonly hasNewer = signal(false)
  readonly isLoadingOlder = signal(false)
  readonly isLoadingNewer = signal(false)
  readonly error: Signal<ClientError | undefined> = signal(undefined)
  readonly #live: Conversation
  readonly #ask: AskHistory
  #span: Span | undefined
  /** Whether the span ends where the newest part begins. */
  #isJoined = true
  /** Entries up to here have changed what is in the span. */
  #applied = 0
  /** Counts jumps, so that what was asked for before one is not shown after it. */
  #turn = 0

  constructor(live: Conversation, ask: AskHistory) {
    this.#live = live
    this.#ask = ask
    live.onChange(() => this.#hear())
    this.#hear()
  }

  /** Put earlier messages in front. Does nothing while that is under way or when there are none. */
  async loadOlder(): Promise<void> {
    const before = this.#from
    if (!this.hasOlder.peek()) return
    await this.#load(this.isLoadingOlder, { before }, (page) => {
      const older = this.#fresh(spanOf(page, { to: before - 1, ...(page.messages.length === 0 && { from: before, isStart: true }) }))
      this.#put(this.#span ? joined(older, this.#span) : older, this.#isJoined)
      this.#cutNewest()
    })
  }

  /** Put later messages at the end. Does nothing while that is under way or when there are none. */
  async loadNewer(): Promise<void> {
    const span = this.#span
    if (!span || this.#isJoined) return
    await this.#load(this.isLoadingNewer, { after: span.to }, (page) => {
      const newer = this.#fresh(spanOf(page, { from: span.to + 1, ...(page.messages.length === 0 && { to: this.#liveStart - 1 }) }))
      this.#put(withoutOldest(joined(this.#span ?? span, newer)), false)
      this.#meet()
    })
  }

  /** Hold what stands around `seq`; whether a message stands there. */
  async jumpTo(seq: number): Promise<boolean> {
    const turn = ++this.#turn
    if (!this.#holds(seq)) {
      const page = await this.#ask({ around: seq, limit: pageSize }).catch(() => undefined)
      if (!page || turn !== this.#turn) return false
      batch(() => {
        this.#put(this.#fresh(spanOf(page)), false)
        this.#meet()
        this.#show()
      })
    }
    return this.log.peek().some((message) => message.seq === seq)
  }

  /** Back to the newest messages. */
  toNewest(): void {
    if (!this.hasNewer.peek()) return
    this.#turn++
    this.#put(undefined, true)
    this.#show()
  }

  /** First position of the newest part. */
  get #liveStart(): number {
    return this.#live.entries[0]?.seq ?? this.#live.head + 1
  }

  get #from(): number {
    return this.#span?.from ?? this.#liveStart
  }

  #holds(seq: number): boolean {
    const isInSpan = this.#span !== undefined && seq >= this.#span.from && seq <= this.#span.to
    return isInSpan || (this.#isJoined && seq >= this.#liveStart)
  }

  #put(span: Span | undefined, isJoined: boolean): void {
    this.#span = span
    this.#isJoined = isJoined
  }

  /** What came with a page may have been changed by entries that were heard of before it came. */
  #fresh(span: Span): Span {
    return changed(span, this.#live.entries)
  }

  /** Where the span has reached the newest part, both are one from now on. */
  #meet(): void {
    const span = this.#span
    const start = this.#liveStart
    if (span && span.to >= start - 1) this.#put(upTo(span, start - 1), true)
  }

  #cutNewest(): void {
    const span = this.#span
    if (!span || !this.#isJoined) {
      if (span) this.#span = withoutNewest(span)
      return
    }
    const cut = withoutNewest(span)
    if (cut !== span) this.#put(cut, false)
  }

  async #load(flag: Signal<boolean>, range: { before?: number; after?: number }, take: (page: Page) => void): Promise<void> {
    if (flag.peek()) return
    const turn = this.#turn
    flag.value = true
    // Offline, lost on the way, or too much at once: the list asks again after a rest.
    const page = await this.#ask({ ...range, limit: pageSize }).catch(rest)
    await breath()
    batch(() => {
      flag.value = false
      if (!page || turn !== this.#turn) return
      take(page)
      this.#show()
    })
  }

  #hear(): void {
    const { entries, head } = this.#live
    const span = this.#span
    // The log is another one now, or begins elsewhere: what was fetched does not fit any more.
    const isStale = span !== undefined && (span.to > head || (this.#isJoined && span.to !== this.#liveStart - 1))
    if (isStale) this.#put(undefined, true)
    else if (span)
      this.#span = changed(
        span,
        entries.filter(({ seq }) => seq > this.#applied),
      )
    this.#applied = head
    this.#show()
  }

  #show(): void {
    const { messages, entries, isLoaded, hasOlder, error } = this.#live
    const span = this.#span
    const isAlone = span !== undefined && !this.#isJoined
    batch(() => {
      this.log.value = isAlone ? span.messages : span ? [...span.messages, ...messages] : messages
      this.notices.value = isAlone ? span.notices : [...(span?.notices ?? []), ...noticesOf(entries)]
      this.isLoaded.value = isLoaded
      this.hasOlder.value = span ? !span.isStart && span.from > 1 : hasOlder
      this.hasNewer.value = isAlone
      this.error.value = error
    })
  }
}
