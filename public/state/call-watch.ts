// What is measured of the call that this page is in.
import { signal } from '@preact/signals'
import type { Call, Quality } from '../../src/client/calls/index.ts'

const everyMs = 2_000

/** Why nobody is heard, as one page tells the others over the data channel of the call. */
const mute = JSON.stringify({ parley: 'no-microphone' })
const muteVerdicts = new Set<string | undefined>(['no_microphone', 'not_permitted'])

/** A watch on one call at a time. */
export class CallWatch {
  /** How well each of the others comes in. */
  readonly marks = signal<ReadonlyMap<string, Quality['mark']>>(new Map())
  /** Who has said that their microphone does not work. */
  readonly withoutMicrophone = signal<ReadonlySet<string>>(new Set())
  readonly #since = new Map<string, number>()
  readonly #unanswered = new Set<string>()
  #timer: ReturnType<typeof setInterval> | undefined
  #told = 0

  start(call: Call): void {
    this.stop()
    this.#timer = setInterval(() => void this.look(call), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#told = 0
    this.marks.value = new Map()
    this.withoutMicrophone.value = new Set()
  }

  /** Take note of when calls were answered: by this clock, where it was seen, as the server's may go otherwise. */
  note(all: readonly Call[]): void {
    for (const { id, info } of all) {
      if (info.answeredAt === undefined) this.#unanswered.add(id)
      else if (!this.#since.has(id)) this.#since.set(id, this.#unanswered.has(id) ? Date.now() : Date.parse(info.answeredAt))
    }
  }

  /** Since when a call lasts, ms since 1970; `undefined` until somebody has answered. */
  since(call: Call): number | undefined {
    return this.#since.get(call.id)
  }

  /** What another page says over the data channel. */
  hear(text: string, user: string): void {
    if (text === mute) this.withoutMicrophone.value = new Set([...this.withoutMicrophone.peek(), user])
  }

  /** Measure once; `start` does it every two seconds. Never rejects. */
  async look(call: Call): Promise<void> {
    const all = await call.quality().catch(() => [])
    this.marks.value = new Map(all.map(({ user, mark }) => [user, mark]))
    // Said until everybody has heard it.
    if (muteVerdicts.has(call.verdict) && !call.media.audio && this.#told < all.length) this.#told = call.send(mute)
  }
}
