import { Alarm, type Clock } from './environment.ts'

const graceMs = 10_000
const probeMs = 5_000

/** Whether the peer is still there, judged by what is heard of it. */
export class Pulse {
  readonly #clock: Clock
  readonly #alarm: Alarm
  /** Called once when the line must be taken for dead. */
  readonly #onSilence: (reason: string) => void
  #heardAt = 0
  #limitMs = 0

  constructor(clock: Clock, onSilence: (reason: string) => void) {
    this.#clock = clock
    this.#alarm = new Alarm(clock)
    this.#onSilence = onSilence
  }

  /** A frame came. Cheap: the alarm finds out by itself. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  /** From now on the peer lets something be heard every `heartbeatMs`; 10 s more are its grace. */
  start(heartbeatMs: number): void {
    this.#limitMs = heartbeatMs + graceMs
    this.#listen()
  }

  /** A question was just sent: any frame within 5 s proves the line alive. */
  probe(): void {
    const askedAt = this.#clock.monotonic()
    this.#alarm.set(probeMs, () => {
      if (this.#heardAt >= askedAt) this.#listen()
      else this.#onSilence('the server did not answer a ping')
    })
  }

  stop(): void {
    this.#alarm.clear()
  }

  #listen(): void {
    const leftMs = (): number => this.#limitMs - (this.#clock.monotonic() - this.#heardAt)
    this.#alarm.set(leftMs(), () => {
      if (leftMs() > 0) this.#listen()
      else this.#onSilence('nothing was heard for too long')
    })
  }
}
