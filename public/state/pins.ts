// The pinned messages of conversations that are or were open.
import { signal } from '@preact/signals'
import type { Entry, Posted } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { client, has } from './connection.ts'
import { refuse } from './editing.ts'
import { roleIn } from './groups.ts'

const pins = signal<ReadonlyMap<string, readonly Posted[]>>(new Map())

/** The pinned messages of a conversation, newest first. */
export const pinsOf = (peer: string): readonly Posted[] => pins.value.get(peer) ?? []

/** Whether one may pin here: everybody in a conversation of two, the owner and admins of a group. */
export const mayPin = (peer: string, me: string): boolean => !peer.startsWith('G') || ['owner', 'admin'].includes(roleIn(peer, me) ?? '')

const ask = async (made: PageClient, peer: string): Promise<void> => {
  const { messages } = await request(made, 'chat.pins', {}, { to: peer })
  pins.value = new Map(pins.peek()).set(peer, messages as unknown as readonly Posted[])
}

/** Ask what is pinned. What goes wrong is asked for again when the conversation is opened again. */
export const loadPins = (peer: string): void => {
  const made = client.peek()
  if (made && has('chat')) void ask(made, peer).catch(() => undefined)
}

let count = 0
const clientId = (): string => `pin-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${++count}`

/** Pin a message for everybody, or unpin it. */
export const setPinned = (peer: string, seq: number, on: boolean): void => {
  const made = client.peek()
  if (!made) return
  void request(made, 'chat.pin', { target: seq, on, clientId: clientId() }, { to: peer }).catch((error: unknown) =>
    refuse((error as { code?: string }).code ?? ''),
  )
}

const touches = new Set(['chat.pinned', 'chat.recalled', 'chat.edited'])

/** Keep the pins of known conversations up to date, from now on. Returns how to end it. */
export const startPins = (made: PageClient, me: string): (() => void) => {
  const stop = made.chat.onEntry(({ type, from, to, data }: Entry) => {
    const peer = to.startsWith('G') || from === me ? to : from
    const isKnown = pinsOf(peer).some(({ seq }) => seq === data.target)
    if (touches.has(type) && pins.peek().has(peer) && (type === 'chat.pinned' || isKnown)) loadPins(peer)
  })
  return () => {
    stop()
    pins.value = new Map()
  }
}
