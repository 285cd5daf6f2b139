import { useRef } from 'preact/hooks'

/** Let something be moved by finger or mouse within its surroundings; it stays where it was let go. */
export const useDrag = <E extends HTMLElement>(isOn: boolean) => {
  const ref = useRef<E>(null)
  const from = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined)
  const at = useRef({ x: 0, y: 0 })
  if (!isOn) return {}
  const onPointerDown = (event: PointerEvent): void => {
    ref.current?.setPointerCapture(event.pointerId)
    from.current = { x: event.clientX - at.current.x, y: event.clientY - at.current.y }
  }
  const onPointerMove = (event: PointerEvent): void => {
    const box = ref.current
    const around = box?.parentElement
    if (!box || !around || !from.current) return
    const [inner, outer] = [box.getBoundingClientRect(), around.getBoundingClientRect()]
    const within = (wanted: number, before: number, low: number, high: number): number =>
      before + Math.max(low, Math.min(wanted - before, high))
    at.current = {
      x: within(event.clientX - from.current.x, at.current.x, outer.left - inner.left, outer.right - inner.right),
      y: within(event.clientY - from.current.y, at.current.y, outer.top - inner.top, outer.bottom - inner.bottom),
    }
    box.style.translate = `${at.current.x}px ${at.current.y}px`
  }
  const onPointerUp = (): void => {
    from.current = undefined
  }
  return { ref, onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp }
}
