// What a screen reader is told without being asked.
import { signal } from '@preact/signals'

/** The last announcement; `turn` tells two equal ones apart. */
export const announcement = signal<{ readonly text: string; readonly turn: number }>({ text: '', turn: 0 })

/** Say `text` when the reader has finished what it is saying. */
export const announce = (text: string): void => {
  announcement.value = { text, turn: announcement.peek().turn + 1 }
}
