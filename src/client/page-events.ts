import type { Undo } from './types.ts'

/** What a page hears about its network and itself. */
export interface PageEvents {
  /** The network is said to be back, or the page came to the front: try now, or see whether the line lives. */
  wake(): void
  /** The network is said to be gone. */
  doubt(): void
}

const listen = (target: EventTarget, type: string, listener: () => void): Undo => {
  target.addEventListener(type, listener)
  return () => target.removeEventListener(type, listener)
}

/** Listen where there is a page; does nothing in a program that has none. */
export const onPageEvents = ({ wake, doubt }: PageEvents): Undo => {
  const scope = globalThis as { addEventListener?: unknown; document?: Document }
  if (typeof scope.addEventListener !== 'function') return () => {}
  const { document } = scope
  const undos = [
    listen(globalThis as unknown as EventTarget, 'online', wake),
    listen(globalThis as unknown as EventTarget, 'offline', doubt),
  ]
  if (document) undos.push(listen(document, 'visibilitychange', () => document.visibilityState === 'visible' && wake()))
  return () => {
    for (const undo of undos) undo()
  }
}
