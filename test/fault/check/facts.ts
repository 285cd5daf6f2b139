// What several rules need to know, gathered in one pass.
import type { Event, EventOf, Row } from './event.ts'

type Send = EventOf<'send'>

/** One message, however often it was sent. */
export interface Message {
  readonly first: EventOf<'send', 'invoke'>
  readonly acks: EventOf<'send', 'ok'>[]
  sends: number
  refusals: number
  unknowns: number
}

/** The end of one conversation. */
export type Final = EventOf<'final'>

/** A history, taken apart. */
export interface Facts {
  readonly events: readonly Event[]
  readonly messages: ReadonlyMap<string, Message>
  readonly finals: ReadonlyMap<string, Final>
  /** Messages of the final logs, by `keyOf`. */
  readonly stored: ReadonlyMap<string, readonly Row[]>
}

/** A broken rule, and what broke it. */
export interface Violation {
  readonly rule: string
  readonly text: string
}

/** One invariant: a pass over a history. */
export type Rule = (facts: Facts) => Iterable<string>

/** The name of a message: a sender may use a clientId once in a conversation. */
export const keyOf = (conv: string, { user, cid }: { readonly user: string; readonly cid: string }): string => `${conv} ${user} ${cid}`

const note = (message: Message, event: Send): void => {
  if (event.type === 'invoke') message.sends++
  else if (event.type === 'ok') message.acks.push(event)
  else if (event.type === 'fail') message.refusals++
  else message.unknowns++
}

const messagesOf = (events: readonly Event[]): Map<string, Message> => {
  const messages = new Map<string, Message>()
  for (const event of events) {
    if (event.f !== 'send') continue
    const key = keyOf(event.conv, event)
    if (event.type === 'invoke' && !messages.has(key)) messages.set(key, { first: event, acks: [], sends: 0, refusals: 0, unknowns: 0 })
    const message = messages.get(key)
    if (!message) throw new Error(`the history answers ${key}, which nobody sent`)
    note(message, event)
  }
  return messages
}

/** Read the facts out of a history. Throws for one that contradicts itself: it says nothing about any server. */
export const factsOf = (events: readonly Event[]): Facts => {
  const finals = new Map(events.flatMap((event) => (event.f === 'final' ? [[event.conv, event] as const] : [])))
  const stored = new Map<string, Row[]>()
  for (const [conv, { rows }] of finals) {
    for (const row of rows) {
      if (!row.isMessage) continue
      const key = keyOf(conv, row)
      const same = stored.get(key)
      if (same) same.push(row)
      else stored.set(key, [row])
    }
  }
  return { events, messages: messagesOf(events), finals, stored }
}

/** Events of one kind, in their order. */
export const only = <F extends Event['f'], T extends Event['type'] = Event['type']>(
  { events }: Pick<Facts, 'events'>,
  f: F,
  type?: T,
): EventOf<F, T>[] => events.filter((event) => event.f === f && (type === undefined || event.type === type)) as EventOf<F, T>[]
