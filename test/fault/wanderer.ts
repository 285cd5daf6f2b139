// Somebody who joins a group and leaves it again and again, so that there is something to check about who sees what.
import type { Device } from './device.ts'
import type { History } from './history.ts'

/** A device and the group that it wanders in and out of. */
export class Wanderer {
  readonly device: Device
  readonly #group: string
  readonly #history: History
  #isIn = false
  #isBusy = false
  /** What was asked for and has no answer yet. */
  #asked: 'join' | 'leave' | undefined

  constructor(device: Device, group: string, history: History) {
    this.device = device
    this.#group = group
    this.#history = history
  }

  /** Go in, or out, if nothing of it is on the way. */
  async step(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    await this.#go(this.#isIn ? 'leave' : 'join')
    this.#isBusy = false
  }

  async #go(f: 'join' | 'leave'): Promise<void> {
    const { device } = this
    const about = { f, conv: this.#group, user: device.options.person.id }
    // A second try is the same wish: the first may have been granted.
    if (this.#asked !== f) this.#history.add({ ...about, type: 'invoke', proc: device.proc })
    this.#asked = f
    const answer = await device.ask(`chat.${f}`, {}, this.#group)
    const isDone = answer?.type === 'ack' || (f === 'leave' && answer?.error?.code === 'CHAT_NO_SUCH_CONVERSATION')
    if (!isDone) return
    this.#history.add({ ...about, type: 'ok', proc: device.proc })
    this.#asked = undefined
    this.#isIn = f === 'join'
    if (f === 'leave') device.forget(this.#group)
    else await this.#begin()
  }

  // From the newest entry on: what is shown has no hole from there.
  async #begin(): Promise<void> {
    const { device } = this
    const page = await device.ask('chat.history', { limit: 1 }, this.#group)
    if (page?.type !== 'ack') return
    const seq = page.data.head as number
    device.follow(this.#group, this.#group, seq)
    this.#history.add({ f: 'reset', type: 'ok', proc: device.proc, device: device.name, conv: this.#group, seq })
    await device.catchUp()
  }
}
