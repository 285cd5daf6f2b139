import { useEffect, useRef } from 'preact/hooks'

interface Held {
  /** Where the pointer would be if nothing had been moved yet. */
  readonly x: number
  readonly y: number
  readonly low: readonly [number, number]
  readonly high: readonly [number, number]
}

const between = (low: number, wanted: number, high: number): number => Math.max(low, Math.min(wanted, high))

/** Let something be moved by finger or mouse within its surroundings; it stays where it was let go. */
export const useDrag = <E extends HTMLElement>(isOn: boolean) => {
  const ref = useRef<E>(null)
  const held = useRef<Held | undefined>(undefined)
  const at = useRef({ x: 0, y: 0 })
  const put = (x: number, y: number): void => {
    at.current = { x, y }
    if (ref.current) ref.current.style.translate = `${x}px ${y}px`
  }
  // In a window of another size it might be outside.
  useEffect(() => {
    const home = (): void => put(0, 0)
    addEventListener('resize', home)
    return () => removeEventListener('resize', home)
  }, [])
  if (!isOn) return {}
  const onPointerDown = ({ pointerId, clientX, clientY }: PointerEvent): void => {
    const box = ref.current
    const around = box?.parentElement
    if (!box || !around) return
    box.setPointerCapture(pointerId)
    const { x, y } = at.current
    const [inner, outer] = [box.getBoundingClientRect(), around.getBoundingClientRect()]
    held.current = {
      x: clientX - x,
      y: clientY - y,
      low: [x + outer.left - inner.left, y + outer.top - inner.top],
      high: [x + outer.right - inner.right, y + outer.bottom - inner.bottom],
    }
  }
  const onPointerMove = ({ clientX, clientY }: PointerEvent): void => {
    if (!held.current) return
    const { x, y, low, high } = held.current
    put(between(low[0], clientX - x, high[0]), between(low[1], clientY - y, high[1]))
  }
  const onPointerUp = (): void => {
    held.current = undefined
  }
  return { ref, onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp }
}
