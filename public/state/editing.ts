// What is done to a message that is there already: editing it in the composer, and what could not be done.
import { signal } from '@preact/signals'
import type { Sending } from '../../src/client/index.ts'
import { client } from './connection.ts'

/** The message that is in the composer to be changed. */
export interface Editing {
  readonly peer: string
  readonly seq: number
  readonly text: string
}

/** What is being edited; `undefined` when a new message is written. */
export const editing = signal<Editing | undefined>(undefined)

/** The code of the last change that was refused, until it was shown for a while. */
export const refusal = signal<string | undefined>(undefined)

const shownMs = 6_000
let timer: ReturnType<typeof setTimeout> | undefined

/** Show why something did not work. */
export const refuse = (code: string): void => {
  clearTimeout(timer)
  refusal.value = code
  timer = setTimeout(() => {
    refusal.value = undefined
  }, shownMs)
}

/** Changes that failed for good are told and forgotten. */
export const tellFailed = (unsent: readonly Sending[]): void => {
  for (const sending of unsent) {
    if (sending.kind === 'send' || sending.state !== 'failed') continue
    refuse(sending.error?.code ?? '')
    // Not from inside the client's own announcement.
    queueMicrotask(() => sending.cancel())
  }
}

/** Put a reaction on a message, or take ours off. */
export const toggleReaction = (peer: string, seq: number, emoji: string, isOn: boolean): void => {
  client.peek()?.chat.react(peer, seq, emoji, isOn)
}

/** Take a message back. */
export const recall = (peer: string, seq: number): void => {
  client.peek()?.chat.recall(peer, seq)
}
