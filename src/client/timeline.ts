// The log of one conversation as far as it is known here: pure, no requests.
import { veiled, withEntries } from './messages.ts'
import type { Entry, Posted } from './protocol.ts'

/**
 * Where we are in a conversation, and, while it is shown, its entries.
 *
 * `head` is the last seq handed over; `undefined` when nothing is known of the conversation yet. The kept
 * entries rise by one and end at `head`.
 */
export class Timeline {
  head: number | undefined
  /** The highest seq heard of; above `head` there is something to fetch. */
  heard = 0
  #kept: readonly Entry[] | undefined
  #messages: readonly Posted[] = []

  /** The log; empty when none is kept. */
  get entries(): readonly Entry[] {
    return this.#kept ?? []
  }

  /** The messages among the entries, as the others changed them. */
  get messages(): readonly Posted[] {
    return this.#messages
  }

  /** Whether something between is missing. */
  get hasGap(): boolean {
    return this.head !== undefined && this.heard > this.head
  }

  /** Seq of the first entry kept, or of the one that would come next; `undefined` when nothing is known. */
  get start(): number | undefined {
    return this.#kept?.[0]?.seq ?? (this.head === undefined ? undefined : this.head + 1)
  }

  /** Keep entries from now on. */
  keep(): void {
    this.#kept ??= []
  }

  /** Keep none; the place in the log stays. */
  forget(): void {
    this.#kept = undefined
    this.#messages = []
  }

  /** The log is another one now (restored from a backup): begin again. */
  reset(): void {
    this.head = undefined
    this.heard = 0
    if (this.#kept) this.#kept = []
    this.#messages = []
  }

  /** What lies before `seq` and was not handed over cannot be read (a time outside of a group): go on there. */
  skipTo(seq: number): void {
    if (this.#kept) this.#kept = []
    this.#messages = []
    this.head = seq - 1
  }

  /** These messages, and all up to `cleared`, are not to be seen any more; whether that changes anything. The place stays. */
  lose(targets: readonly number[], cleared: number): boolean {
    const isLost = ({ seq, data: { target = seq, hidden } }: Entry): boolean => !hidden && targets.includes(target)
    if (!this.#kept?.some((entry) => entry.seq <= cleared || isLost(entry))) return false
    this.#kept = this.#kept.filter(({ seq }) => seq > cleared).map((entry) => (isLost(entry) ? veiled(entry) : entry))
    this.#messages = withEntries([], this.#kept)
    return true
  }

  /** Add those that continue the log, in order; returns them. Repeats are dropped, later ones noted in `heard`. */
  append(frames: readonly Entry[]): readonly Entry[] {
    const fresh: Entry[] = []
    for (const frame of frames) {
      this.heard = Math.max(this.heard, frame.seq)
      this.head ??= frame.seq - 1
      if (frame.seq !== this.head + 1) continue
      this.head = frame.seq
      fresh.push(frame)
    }
    if (!this.#kept || fresh.length === 0) return fresh
    this.#kept = [...this.#kept, ...fresh]
    this.#messages = withEntries(this.#messages, fresh)
    return fresh
  }

  /**
   * Put a page in front that ends right before `start`; false if it does not fit there. For a conversation
   * nothing was known of, it is the newest page. `newest` is the seq of the newest entry that exists.
   */
  prepend(page: readonly Entry[], newest: number): boolean {
    this.heard = Math.max(this.heard, newest)
    this.head ??= page.at(-1)?.seq ?? newest
    const start = this.start as number
    const fits = page.every(({ seq }, index) => seq === start - page.length + index)
    if (!this.#kept || !fits) return false
    this.#kept = [...page, ...this.#kept]
    this.#messages = withEntries([], this.#kept)
    return true
  }
}
