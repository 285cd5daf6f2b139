// Stages run side by side, and yet each one's output stands in one piece: what the first of them says is passed on at once,
// what the others say is kept until it is their turn.

/** Where a part of the output belongs. */
export type Stream = 'stdout' | 'stderr'

/** What one stage says goes through here. */
export interface Voice {
  write(to: Stream, part: Uint8Array | string): void
  /** It says nothing more. */
  end(): void
}

/** Takes the parts in their final order. */
export type Pass = (to: Stream, part: Uint8Array | string) => void

class Turn implements Voice {
  readonly #kept: (readonly [Stream, Uint8Array | string])[] = []
  readonly #onEnd: () => void
  #pass: Pass | undefined
  hasEnded = false

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  write(to: Stream, part: Uint8Array | string): void {
    if (this.#pass) this.#pass(to, part)
    else this.#kept.push([to, part])
  }

  end(): void {
    this.hasEnded = true
    this.#onEnd()
  }

  /** From now on nothing is kept. */
  begin(pass: Pass): void {
    this.#pass ??= pass
    for (const [to, part] of this.#kept.splice(0)) pass(to, part)
  }
}

/** Gives everybody their turn, in the order in which they came. */
export class Turns {
  readonly #waiting: Turn[] = []
  readonly #pass: Pass

  constructor(pass: Pass = (to, part) => void process[to].write(part)) {
    this.#pass = pass
  }

  /** Somebody comes last. Whoever does not end keeps those behind from being heard. */
  take(): Voice {
    const turn = new Turn(() => this.#go())
    this.#waiting.push(turn)
    this.#go()
    return turn
  }

  #go(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      first.begin(this.#pass)
      if (!first.hasEnded) return
      this.#waiting.shift()
    }
  }
}
