// One stop of the Tab key per list; the arrow keys move within it (WAI-ARIA, "roving tabindex").
import { useLayoutEffect, useRef } from 'preact/hooks'

type Step = (at: number, count: number) => number

const steps: Readonly<Record<string, Step>> = {
  ArrowDown: (at, count) => Math.min(at + 1, count - 1),
  ArrowRight: (at, count) => Math.min(at + 1, count - 1),
  ArrowUp: (at) => Math.max(at - 1, 0),
  ArrowLeft: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_, count) => count - 1,
}

/** What the key does in a list, if anything. */
export const stepOf = (event: KeyboardEvent): Step | undefined =>
  event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key]

const stops = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[data-stop]')]

/** Exactly one element of the list is reached by Tab: the focused one, the current one, or the first. */
export const settle = (list: HTMLElement): void => {
  const all = stops(list)
  const chosen = all.find((stop) => stop === document.activeElement) ?? all.find((stop) => stop.ariaCurrent === 'true') ?? all[0]
  for (const stop of all) {
    const wanted = stop === chosen ? 0 : -1
    if (stop.tabIndex !== wanted) stop.tabIndex = wanted
  }
}

/** Give a list (its children marked `data-stop`) arrow keys. Spread what it returns on the list's element. */
export const useRoving = <E extends HTMLElement>() => {
  const ref = useRef<E>(null)
  // The browser owns these tabindexes, Preact does not know them: so they are settled after every drawing.
  useLayoutEffect(() => {
    if (ref.current) settle(ref.current)
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event)
    const list = ref.current
    if (!step || !list) return
    const all = stops(list)
    const at = all.indexOf(document.activeElement as HTMLElement)
    if (at === -1) return
    event.preventDefault()
    all[step(at, all.length)]?.focus()
  }
  const onFocusIn = (): void => {
    if (ref.current) settle(ref.current)
  }
  return { ref, onKeyDown, onFocusIn }
}
