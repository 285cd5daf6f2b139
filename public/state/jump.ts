// Where the list of messages is asked to go.
import { signal } from '@preact/signals'

/** A message to be brought into view and shown for a moment. */
export interface Wanted {
  readonly peer: string
  readonly seq: number
}

/** The message that is asked for, until the list has taken notice. */
export const wanted = signal<Wanted | undefined>(undefined)

/** Bring a message of an open conversation into view, wherever in the log it stands. */
export const goTo = (peer: string, seq: number): void => {
  wanted.value = { peer, seq }
}
