// Telling the server how far we are: only forward, at most once a second, again after a break.
import { Alarm } from './environment.ts'
import { isLineLoss } from './errors.ts'
import type { ThreadLinks } from './links.ts'

const paceMs = 1_000

/** One position of ours in one conversation: how far it was read, or how far it has arrived. */
export class Watermark {
  readonly #type: string
  readonly #to: string
  readonly #links: ThreadLinks
  readonly #pace: Alarm
  #reached = 0
  #told = 0
  #isResting = false

  constructor(type: string, to: string, links: ThreadLinks) {
    this.#type = type
    this.#to = to
    this.#links = links
    this.#pace = new Alarm(links.clock)
  }

  /** The highest position so far. */
  get reached(): number {
    return this.#reached
  }

  /** Everything up to `seq`; a lower one than before says nothing. */
  reach(seq: number): void {
    this.#reached = Math.max(this.#reached, seq)
    void this.#tell()
  }

  /** The server knows this much already. */
  known(seq: number): void {
    this.#told = Math.max(this.#told, seq)
  }

  /** The log is another one now. */
  reset(): void {
    this.#reached = 0
    this.#told = 0
  }

  /** There is a line again: say what the last one did not take. */
  resume(): void {
    this.#pace.clear()
    this.#isResting = false
    void this.#tell()
  }

  async #tell(): Promise<void> {
    const seq = this.#reached
    if (this.#isResting || seq <= this.#told) return
    this.#isResting = true
    this.#pace.set(paceMs, () => this.resume())
    const before = this.#told
    this.known(seq)
    try {
      await this.#links.persistence.ask('background', { type: this.#type, data: { seq }, address: { to: this.#to } })
    } catch (error) {
      // Refused for good, it is not said again.
      if (!isLineLoss(error) || this.#told !== seq) return
      this.#told = before
      this.#pace.clear()
    }
  }
}
