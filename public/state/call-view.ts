import { signal } from '@preact/signals'

/** Whether the browser plays no sound before somebody has pressed something. */
export const isSoundBlocked = signal(false)
