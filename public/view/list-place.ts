// Where the list of messages stands. The scroller is laid out from the bottom (column-reverse): 0 is the newest message that
// is held, earlier ones have negative positions. So the newest stays in view when the window or the composer changes its
// height. Only rows near the screen are drawn; whatever changes around it, the row in the middle of the screen stays where it is.
import { signal } from '@preact/signals'
import type { Line, Row } from '../state/layout.ts'
import type { Thread } from '../state/thread.ts'
import { type Slot, type Stretch, VirtualRows } from './virtual-rows.ts'

/** Closer to the end than this, px, counts as being there. */
const nearEnd = 60
/** Rows are drawn this far beyond the screen, px, and drawn anew after `step` px. */
const drawnAhead = 1_500
const step = 500
/** Further messages are asked for this far before they are needed, px. */
const loadedAhead = 4_000
/** What is brought to the upper edge keeps this much above it. */
const margin = 72

/** What a row is looked for by, and where on the screen it is wanted. */
interface Target {
  is(line: Line): boolean
  readonly block: 'start' | 'center'
  readonly isShown: boolean
}

const guessOf = (row: Row): number => {
  if (row.kind === 'day') return 46
  const { change, text, first, reply } = row.line
  if (change) return 38
  return 36 + 21 * (Math.floor(text.length / 52) + text.split('\n').length - 1) + (first ? 8 : 0) + (reply === undefined ? 0 : 44)
}

interface Size {
  readonly width: number
  readonly height: number
  /** Height of the rows that are drawn. */
  readonly list: number
}

const sizeOf = (scroller: HTMLElement | null, list: HTMLElement | null): Size => ({
  width: scroller?.clientWidth ?? 0,
  height: scroller?.clientHeight ?? 0,
  list: list?.getBoundingClientRect().height ?? 0,
})

// A row stays the same object until it is drawn otherwise; to guess all heights again for each page would take longer than the page.
const slots = new WeakMap<Row, Slot>()

const slotOf = (row: Row): Slot => {
  const known = slots.get(row)
  if (known) return known
  const slot = { key: row.key, guess: guessOf(row) }
  slots.set(row, slot)
  return slot
}

const flash = [{ opacity: 0.35 }, { opacity: 1 }, { opacity: 0.35 }, { opacity: 1 }]

/** The place of one list of messages. */
export class ListPlace {
  readonly isAtEnd = signal(true)
  /** The day at the upper edge, ms. */
  readonly day = signal<number | undefined>(undefined)
  /** Position of the newest message that was on the screen. */
  readonly seen = signal(0)
  /** Counts what needs another drawing. */
  readonly turn = signal(0)
  readonly #thread: Thread
  readonly #virtual = new VirtualRows()
  #rows: readonly Row[] = []
  #stretch: Stretch = { first: 0, last: 0, above: 0, below: 0 }
  #scroller: HTMLElement | null = null
  #list: HTMLElement | null = null
  #size: Size = { width: 0, height: 0, list: 0 }
  #top = 0
  /** Where the drawing is for, px above the end. */
  #drawnFor = 0
  #offsets: ReadonlyMap<string, number> = new Map()
  #target: Target | undefined
  #isPlaced = false
  #lastKey: string | undefined

  constructor(thread: Thread) {
    this.#thread = thread
  }

  /** Take the rows as they are now; which of them are to be drawn. */
  lay(rows: readonly Row[]): Stretch {
    void this.turn.value
    if (rows !== this.#rows) {
      this.#virtual.set(rows.map(slotOf))
      this.#rows = rows
      // Rows that are gone below, or have come, must not bring others in between onto the page for one drawing.
      if (!this.isAtEnd.peek()) this.#drawnFor += this.#shift()
    }
    const at = this.#drawnFor
    const screen = this.#scroller?.clientHeight ?? 900
    this.#stretch = this.#virtual.between(at - drawnAhead, at + screen + drawnAhead)
    return this.#stretch
  }

  /** The elements are these, until the function returned is called. */
  hold(scroller: HTMLElement, list: HTMLElement): () => void {
    this.#scroller = scroller
    this.#list = list
    const observer = new ResizeObserver(() => this.#resized())
    observer.observe(scroller)
    observer.observe(list)
    return () => observer.disconnect()
  }

  /** The rows of the last `lay` are on the page. */
  drawn(): void {
    if (!this.#scroller) return
    this.#measure()
    this.#place()
    this.#remember()
    this.look()
  }

  /** The reader moves the list. */
  scrolled(): void {
    if (this.#scroller) this.#top = -this.#scroller.scrollTop
    this.look()
  }

  /** Whether the reader has been brought, or has gone, somewhere. */
  get isPlaced(): boolean {
    return this.#isPlaced
  }

  /** Go to the newest message. */
  toEnd(): void {
    this.#isPlaced = true
    const isFar = this.#thread.hasNewer.peek() || this.#top > 3_000
    this.#target = undefined
    this.#thread.toNewest()
    if (isFar) this.#moveTo(0)
    else this.#scroller?.scrollTo({ top: 0, behavior: 'smooth' })
    this.look()
  }

  /** Go to a message as soon as it is drawn. */
  aim(is: (line: Line) => boolean, block: Target['block'], isShown: boolean): void {
    const target = { is, block, isShown }
    this.#target = target
    this.#isPlaced = true
    this.drawn()
    // What was to be drawn is drawn by then; if it is not among the rows, it does not exist.
    requestAnimationFrame(() => {
      if (this.#target !== target || this.#rows.some((row) => row.kind === 'line' && is(row.line))) return
      this.#target = undefined
      this.drawn()
    })
  }

  /** See what is on the screen, and whether more is needed. */
  look(): void {
    const scroller = this.#scroller
    if (!scroller || !this.#isPlaced) return
    const thread = this.#thread
    const { scrollHeight, clientHeight } = scroller
    this.isAtEnd.value = this.#top < nearEnd && !thread.hasNewer.peek()
    if (Math.abs(this.#top - this.#drawnFor) > step) this.#draw()
    if (this.#target) return
    const [low, high] = [this.#rows[this.#virtual.rowAt(this.#top)], this.#rows[this.#virtual.rowAt(this.#top + clientHeight - margin)]]
    // Where a day already stands between the messages it is not said twice.
    if (high) this.day.value = this.#hasDayAbove(margin) ? undefined : high.start
    if (low?.kind === 'line' && low.line.seq !== undefined) this.seen.value = Math.max(this.seen.peek(), low.line.seq)
    if (scrollHeight - clientHeight - this.#top < loadedAhead) void thread.loadOlder()
    if (this.#top < loadedAhead) void thread.loadNewer()
  }

  /** Whether the list may show itself from its end; before that it is to be brought to where reading had stopped. */
  settle(): void {
    this.#thread.toNewest()
    this.#isPlaced = true
    this.look()
  }

  /** Whether a day stands in the list within `space` px of the upper edge. */
  #hasDayAbove(space: number): boolean {
    const edge = this.#top + (this.#scroller?.clientHeight ?? 0)
    const [first, last] = [this.#virtual.rowAt(edge), this.#virtual.rowAt(edge - space)]
    return this.#rows.slice(first, last + 1).some(({ kind }) => kind === 'day')
  }

  #draw(): void {
    this.#drawnFor = this.#top
    this.turn.value++
  }

  #moveTo(top: number): void {
    const scroller = this.#scroller
    if (!scroller) return
    scroller.scrollTop = -Math.max(0, top)
    this.#top = -scroller.scrollTop
  }

  #measure(): void {
    const { first } = this.#stretch
    for (const [i, element] of [...(this.#list?.children ?? [])].entries()) {
      const row = this.#rows[first + i]
      if (row) this.#virtual.measured(row.key, element.getBoundingClientRect().height)
    }
  }

  #place(): void {
    const last = this.#rows.at(-1)
    const isOwn = last?.kind === 'line' && last.line.own && last.key !== this.#lastKey && this.#lastKey !== undefined
    this.#lastKey = last?.key
    if (this.#target) this.#reach(this.#target)
    else if (!this.#thread.hasNewer.peek() && (isOwn || this.isAtEnd.peek())) this.#moveTo(0)
    else this.#keep()
  }

  #reach(target: Target): void {
    const at = this.#rows.findIndex((row) => row.kind === 'line' && target.is(row.line))
    const height = this.#scroller?.clientHeight ?? 0
    if (at === -1) return
    const [bottom, own] = [this.#virtual.bottomOf(at), this.#virtual.heightOf(at)]
    this.#moveTo(target.block === 'center' ? bottom + own / 2 - height / 2 : bottom + own - height + margin)
    const { first, last } = this.#stretch
    // Far away it is drawn first, and reached then.
    if (at < first || at >= last) return
    this.#target = undefined
    if (target.isShown) this.#list?.children[at - first]?.animate(flash, { duration: 1_200 })
  }

  /** What was in the middle of the screen goes back there. */
  #keep(): void {
    const moved = this.#shift()
    if (Math.abs(moved) >= 1) this.#moveTo(this.#top + moved)
  }

  /** How far the row in the middle of the screen has moved away from the end since it was drawn, px. */
  #shift(): number {
    const middle = this.#top + (this.#scroller?.clientHeight ?? 0) / 2
    let [key, before] = ['', Number.POSITIVE_INFINITY]
    for (const [one, offset] of this.#offsets) if (Math.abs(offset - middle) < Math.abs(before - middle)) [key, before] = [one, offset]
    const at = this.#rows.findIndex((row) => row.key === key)
    return at === -1 ? 0 : this.#virtual.bottomOf(at) - before
  }

  #remember(): void {
    const { first, last, below } = this.#stretch
    const offsets = new Map<string, number>()
    let offset = below
    for (let i = last - 1; i >= first; i--) {
      const row = this.#rows[i]
      if (row) offsets.set(row.key, offset)
      offset += this.#virtual.heightOf(i)
    }
    this.#offsets = offsets
  }

  #resized(): void {
    const before = this.#size
    this.#size = sizeOf(this.#scroller, this.#list)
    const { width, height, list } = this.#size
    if (width !== before.width && before.width !== 0) {
      this.#virtual.forget()
      this.turn.value++
    }
    // What was drawn is as high as it was measured to be, mostly.
    if (width !== before.width || height !== before.height || Math.abs(list - this.#drawnHeight()) >= 1) this.drawn()
  }

  #drawnHeight(): number {
    const { first, last } = this.#stretch
    let height = 0
    for (let i = first; i < last; i++) height += this.#virtual.heightOf(i)
    return height
  }
}
