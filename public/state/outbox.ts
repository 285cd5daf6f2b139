// Our own messages that are on their way. The client keeps and retries them; here they stay visible until they are seen
// in the log, so that nothing blinks between the ack and the event.
import { signal } from '@preact/signals'
import type { Posted, Sending } from '../../src/client/index.ts'
import type { PageClient } from '../wire.ts'
import { tellFailed } from './editing.ts'

/** Everything on its way, in the order in which it was written. A new array after every change. */
export const outbox = signal<readonly Sending[]>([])

/** What is on its way to one person. */
export const outgoingTo = (peer: string): readonly Sending[] => outbox.value.filter((sending) => sending.to === peer)

/** Forget what has been given up. */
export const discard = (sending: Sending): void => {
  sending.cancel()
  outbox.value = outbox.peek().filter((other) => other !== sending)
}

const refresh = (unsent: readonly Sending[]): void => {
  tellFailed(unsent)
  const messages = unsent.filter(({ kind }) => kind === 'send')
  const still = new Set(messages)
  const acked = outbox.peek().filter((sending) => sending.state === 'sent' && !still.has(sending))
  outbox.value = [...acked, ...messages]
}

/** A message has arrived in the log: it is not on its way any more. */
const settle = (me: string, posted: Posted): void => {
  if (posted.from !== me) return
  const left = outbox.peek().filter((sending) => !(sending.to === posted.to && sending.clientId === posted.data.clientId))
  if (left.length !== outbox.peek().length) outbox.value = left
}

/** What of it the list holds already: it was asked for after the ack's write and before the event, and no event tells of it. */
const isListed = ({ posted }: Sending, head: number): boolean => posted !== undefined && posted.seq <= head

/** The newest that is on its way to one person, whose log reaches up to `head` in the list. */
export const newestOutgoing = (peer: string, head: number): Sending | undefined =>
  outgoingTo(peer).findLast((sending) => !isListed(sending, head))

/** Forget what the list holds. */
export const settleListed = (headOf: (peer: string) => number): void => {
  const left = outbox.value.filter((sending) => !isListed(sending, headOf(sending.to)))
  if (left.length !== outbox.value.length) outbox.value = left
}

/** Follow what is on its way, from now on. Returns how to end it. */
export const startOutbox = (client: PageClient, me: string): (() => void) => {
  refresh(client.chat.unsent())
  const stopUnsent = client.chat.onUnsent(refresh)
  const stopPosted = client.chat.onPosted((posted) => settle(me, posted))
  return () => {
    stopUnsent()
    stopPosted()
    outbox.value = []
  }
}
