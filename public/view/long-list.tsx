// A list from top to bottom of any length, of which only the rows near the screen are drawn. Each row is put at its place, so
// that the one with the focus and the current one stay drawn wherever the list has been moved to.
import type { ComponentChildren, RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { settle, stepOf } from './roving.ts'
import { VirtualRows } from './virtual-rows.ts'

/** As few rows as this are all drawn, one below the other. */
const fewRows = 60
/** Rows are drawn this far beyond the screen, px, and drawn anew after `stride` px. */
const drawnAhead = 800
const stride = 300
/** As many rows before the end more of them are asked for. */
const nearEnd = 30

interface LongListProps<T> {
  readonly items: readonly T[]
  readonly class: string
  readonly label?: string
  /** The row that stands for what is open. */
  readonly current?: string | undefined
  /** The height of a row that has not been drawn yet, px. */
  readonly guess: number
  keyOf(item: T): string
  draw(item: T): ComponentChildren
  /** The end of what there is comes near. */
  onNearEnd?(): void
}

interface Screen {
  readonly low: number
  readonly high: number
}

const scrollerOf = (list: HTMLElement): HTMLElement => {
  for (let at = list.parentElement; at; at = at.parentElement) if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at
  return document.documentElement
}

/** The part of the list that is on the screen, px below its upper edge. */
const useScreen = (list: RefObject<HTMLUListElement | null>): Screen => {
  const [screen, setScreen] = useState<Screen>({ low: 0, high: 1_000 })
  const scroller = useRef<HTMLElement>(null)
  const look = (): void => {
    if (!list.current || !scroller.current) return
    const low = scroller.current.getBoundingClientRect().top - list.current.getBoundingClientRect().top
    const high = low + scroller.current.clientHeight
    setScreen((before) => (Math.abs(before.low - low) < stride && Math.abs(before.high - high) < stride ? before : { low, high }))
  }
  useLayoutEffect(() => {
    if (!list.current) return undefined
    const found = scrollerOf(list.current)
    scroller.current = found
    const observer = new ResizeObserver(look)
    observer.observe(found)
    found.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      found.removeEventListener('scroll', look)
    }
  }, [])
  // What stands above the list may have grown.
  useLayoutEffect(look)
  return screen
}

interface Placed {
  readonly at: number
  readonly top: number
}

/** The rows to be drawn, and where. */
const placed = (rows: VirtualRows, { low, high }: Screen, kept: readonly number[]): readonly Placed[] => {
  const height = rows.height
  const { first, last, above } = rows.between(height - high - drawnAhead, height - low + drawnAhead)
  const near: Placed[] = []
  for (let at = first, top = above; at < last; top += rows.heightOf(at++)) near.push({ at, top })
  const far = kept
    .filter((at, i) => at >= 0 && (at < first || at >= last) && kept.indexOf(at) === i)
    .map((at) => ({ at, top: height - rows.bottomOf(at) - rows.heightOf(at) }))
  // In the order of the list, for whoever goes through it by keyboard or hears it.
  return [...near, ...far].sort((a, b) => a.at - b.at)
}

const rowIn = (target: EventTarget | null): HTMLElement | null => (target instanceof Element ? target.closest('li[data-at]') : null)

/** Measures what was drawn; `true` when a height is another than was thought. */
const measure = (rows: VirtualRows, list: HTMLElement): boolean => {
  let isOther = false
  for (const element of list.children) {
    const at = Number((element as HTMLElement).dataset.at)
    const { height } = element.getBoundingClientRect()
    const key = rows.slots[at]?.key
    // What is not on the screen at all (on a phone the list makes room for the conversation) has no height.
    if (key === undefined || height === 0 || Math.abs(rows.heightOf(at) - height) < 0.5) continue
    rows.measured(key, height)
    isOther = true
  }
  return isOther
}

/** Focus by the keyboard, also on rows that have yet to be drawn. */
const useKeys = (list: RefObject<HTMLUListElement | null>, count: number) => {
  const [active, setActive] = useState<number>()
  const wanted = useRef(-1)
  useLayoutEffect(() => {
    if (list.current) settle(list.current)
    if (wanted.current === -1) return
    list.current?.querySelector<HTMLElement>(`li[data-at="${wanted.current}"] [data-stop]`)?.focus()
    wanted.current = -1
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event)
    const row = rowIn(event.target)
    if (!step || !row || !(event.target as Element).matches('[data-stop]')) return
    event.preventDefault()
    wanted.current = step(Number(row.dataset.at), count)
    setActive(wanted.current)
  }
  const onFocusIn = (event: FocusEvent): void => {
    const row = rowIn(event.target)
    if (row) setActive(Number(row.dataset.at))
  }
  return { active, onKeyDown, onFocusIn }
}

/** The list. Rows that the arrow keys reach hold one element with `data-stop`. */
export const LongList = <T,>(props: LongListProps<T>) => {
  const { items, keyOf, draw, guess, current, label, onNearEnd } = props
  const list = useRef<HTMLUListElement>(null)
  const [rows] = useState(() => new VirtualRows())
  const [, turn] = useState(0)
  const screen = useScreen(list)
  const { active = -1, ...keys } = useKeys(list, items.length)
  rows.set(items.map((item) => ({ key: keyOf(item), guess })))
  const isLong = items.length > fewRows
  const at = current === undefined ? -1 : items.findIndex((item) => keyOf(item) === current)
  // After a conversation was closed the focus goes back to its row.
  const last = useRef(-1)
  if (at !== -1) last.current = at
  const drawn = isLong
    ? placed(
        rows,
        screen,
        [last.current, active].filter((one) => one < items.length),
      )
    : items.map((_, one) => ({ at: one, top: 0 }))
  useLayoutEffect(() => {
    if (isLong && list.current && measure(rows, list.current)) turn((count) => count + 1)
    if ((drawn.at(-1)?.at ?? -1) >= items.length - nearEnd) onNearEnd?.()
  })
  useLayoutEffect(() => {
    if (current !== undefined) list.current?.querySelector(`li[data-at="${at}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <ul
      class={`${props.class} ${isLong ? 'long-list' : ''}`}
      ref={list}
      aria-label={label}
      style={isLong ? { height: `${rows.height}px` } : undefined}
      {...keys}
    >
      {drawn.map(({ at: one, top }) => {
        const item = items[one] as T
        const place = isLong ? { style: { top: `${top}px` }, 'aria-setsize': items.length, 'aria-posinset': one + 1 } : {}
        return (
          <li key={keyOf(item)} data-at={one} {...place}>
            {draw(item)}
          </li>
        )
      })}
    </ul>
  )
}
