// Who is typing. A hint: nothing is kept, nothing is sent again.
import { Alarm } from './environment.ts'
import type { ThreadLinks } from './links.ts'

/** Somebody who says nothing for this long has stopped. */
const staleMs = 6_000
/** That we go on typing is said this often. */
const paceMs = 3_000

/** Who is typing in one conversation, ourselves as told to the others. */
export class Typing {
  readonly #to: string
  readonly #links: ThreadLinks
  readonly #onChange: () => void
  readonly #until = new Map<string, number>()
  readonly #stale: Alarm
  #toldAt: number | undefined

  constructor(to: string, links: ThreadLinks, onChange: () => void) {
    this.#to = to
    this.#links = links
    this.#onChange = onChange
    this.#stale = new Alarm(links.clock)
  }

  /** In the order in which they began. */
  get users(): readonly string[] {
    return [...this.#until.keys()]
  }

  /** Somebody types, or has stopped. */
  hear(user: string, isOn: boolean): void {
    const was = this.#until.has(user)
    if (isOn) this.#until.set(user, this.#links.clock.monotonic() + staleMs)
    else this.#until.delete(user)
    if (was !== isOn) this.#onChange()
    this.#watch()
  }

  /** Tell the others, if it is news. */
  say(isOn: boolean): void {
    const now = this.#links.clock.monotonic()
    const isTold = this.#toldAt !== undefined && now - this.#toldAt < (isOn ? paceMs : staleMs)
    if (isTold === isOn) return
    this.#toldAt = isOn ? now : undefined
    this.#links.requests.ask('chat.typing', { on: isOn }, { to: this.#to }).catch(() => {})
  }

  #watch(): void {
    const next = Math.min(...this.#until.values())
    if (next === Number.POSITIVE_INFINITY) this.#stale.clear()
    else this.#stale.set(Math.max(0, next - this.#links.clock.monotonic()), () => this.#expire())
  }

  #expire(): void {
    const now = this.#links.clock.monotonic()
    for (const [user, until] of this.#until) if (until <= now) this.#until.delete(user)
    this.#onChange()
    this.#watch()
  }
}
