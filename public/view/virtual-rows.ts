// Which rows of a long list have to be there, and how high the ones are that are not. The list stands on its end: every
// distance is counted in px from the lower edge of the last row. Pure; what is drawn is measured elsewhere.

/** A row; `guess` is its height until it has been drawn once, px. */
export interface Slot {
  readonly key: string
  readonly guess: number
}

/** Rows `first` to `last` (not included) are to be drawn; the others take these heights, px. */
export interface Stretch {
  readonly first: number
  readonly last: number
  readonly above: number
  readonly below: number
}

/** Knows the heights of rows that were drawn once. */
export class VirtualRows {
  #slots: readonly Slot[] = []
  #heights = new Map<string, number>()

  get slots(): readonly Slot[] {
    return this.#slots
  }

  /** The rows are these now. */
  set(slots: readonly Slot[]): void {
    this.#slots = slots
    // Whoever reads on for hours must not leave the heights of a hundred thousand rows behind.
    if (this.#heights.size <= slots.length * 2 + 1_000) return
    const kept = new Set(slots.map(({ key }) => key))
    this.#heights = new Map([...this.#heights].filter(([key]) => kept.has(key)))
  }

  measured(key: string, height: number): void {
    this.#heights.set(key, height)
  }

  /** The width has changed: no height is as it was. */
  forget(): void {
    this.#heights.clear()
  }

  /** The rows of which a part lies between `low` and `high`. */
  between(low: number, high: number): Stretch {
    let [last, below] = [this.#slots.length, 0]
    while (last > 0 && below + this.#heightAt(last - 1) <= low) below += this.#heightAt(--last)
    let [first, top] = [last, below]
    while (first > 0 && top < high) top += this.#heightAt(--first)
    let above = 0
    for (let i = 0; i < first; i++) above += this.#heightAt(i)
    return { first, last, above, below }
  }

  /** Distance of the lower edge of row `at`. */
  bottomOf(at: number): number {
    let offset = 0
    for (let i = this.#slots.length - 1; i > at; i--) offset += this.#heightAt(i)
    return offset
  }

  heightOf(at: number): number {
    return this.#heightAt(at)
  }

  /** How high all rows are together. */
  get height(): number {
    return this.bottomOf(-1)
  }

  /** The row that holds this distance; the first or last where none does, −1 for an empty list. */
  rowAt(distance: number): number {
    let offset = 0
    for (let i = this.#slots.length - 1; i >= 0; i--) {
      offset += this.#heightAt(i)
      if (offset > distance) return i
    }
    return this.#slots.length > 0 ? 0 : -1
  }

  #heightAt(at: number): number {
    const slot = this.#slots[at]
    return slot ? (this.#heights.get(slot.key) ?? slot.guess) : 0
  }
}
