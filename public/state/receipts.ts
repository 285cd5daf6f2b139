// How far the others are, for the ticks on our own messages. A group's message is read when all the others have read it.
import { signal } from '@preact/signals'
import type { Receipt } from '../../src/client/index.ts'
import type { PageClient } from '../wire.ts'
import { membersOf } from './groups.ts'

/** What became of a message of our own that the server has. */
export type Progress = 'sent' | 'delivered' | 'read'

/** Positions by conversation, then by user. */
export type Receipts = ReadonlyMap<string, ReadonlyMap<string, Receipt>>

const receipts = signal<Receipts>(new Map())

/** How far a position has come, by those of the others who are the furthest behind. */
export const progress = (seq: number, others: readonly (Receipt | undefined)[]): Progress => {
  const reaches = (what: keyof Receipt): boolean => others.length > 0 && others.every((one) => one !== undefined && one[what] >= seq)
  return reaches('read') ? 'read' : reaches('delivered') ? 'delivered' : 'sent'
}

/** How far a message of ours has come in the conversation with `peer`. */
export const progressOf = (peer: string, seq: number, me: string): Progress => {
  const known = receipts.value.get(peer)
  if (!peer.startsWith('G')) return progress(seq, [known?.get(peer)])
  const others = membersOf(peer).filter(({ id }) => id !== me)
  return progress(
    seq,
    others.map(({ id, read, delivered }) => {
      const heard = known?.get(id)
      return { read: Math.max(read, heard?.read ?? 0), delivered: Math.max(delivered, heard?.delivered ?? 0) }
    }),
  )
}

/** Note how far somebody is; never backwards. */
export const noteReceipt = (
  peer: string,
  user: string,
  { read = 0, delivered }: Partial<Pick<Receipt, 'read'>> & Pick<Receipt, 'delivered'>,
): void => {
  const before = receipts.peek().get(peer)
  const known = before?.get(user)
  const next = { read: Math.max(read, known?.read ?? 0), delivered: Math.max(delivered, known?.delivered ?? 0) }
  receipts.value = new Map(receipts.peek()).set(peer, new Map(before).set(user, next))
}

/** Follow receipts, from now on. Returns how to end it. */
export const startReceipts = (client: PageClient, me: string): (() => void) => {
  const stop = client.on('chat.receipt', ({ from = '', to = '', data }) => {
    const { user, ...receipt } = data as Receipt & { readonly user: string }
    if (user !== me) noteReceipt(to.startsWith('G') ? to : from, user, receipt)
  })
  return () => {
    stop()
    receipts.value = new Map()
  }
}
