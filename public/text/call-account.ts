// What became of a call, in words: the same for its entry in a conversation, a row of the list, and the call that has just
// ended. Pure.
import type { Content, TextEntity } from '../../src/client/index.ts'
import type { Dictionary } from '../i18n/en.ts'
import { veil } from './veil.ts'

type Words = Dictionary['calls']

/** A call as its entry tells it (content `calls`; PROTOCOL.md, section 14). */
export interface Told {
  readonly kind: 'audio' | 'video'
  readonly state: 'ringing' | 'active' | 'ended'
  readonly outcome?: string | undefined
  readonly reason?: string | undefined
  readonly durationMs?: number | undefined
  readonly history: readonly { readonly what: string; readonly user: string }[]
}

/** How a call was for the person who looks. */
export interface Account {
  readonly text: string
  /** What there is to say besides: how long it was, or why it failed. */
  readonly detail: string | undefined
  /** They were called and were not there. */
  readonly isMissed: boolean
  readonly isFailed: boolean
  readonly isGoing: boolean
}

/** `3 min 12 s` */
export const durationText = (ms: number, words: Words): string => {
  const seconds = Math.round(ms / 1_000)
  return words.duration(Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60)
}

/** `3:12`, or `1:03:12`. */
export const durationClock = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`
}

/** Why it failed. */
export const reasonText = (reason: string | undefined, words: Words): string => {
  const known: Readonly<Record<string, string>> = words.reasons
  return known[reason ?? ''] ?? words.reasons.unknown
}

type Entry = keyof Words['entry']

const ownEntries: Readonly<Record<string, Entry>> = {
  completed: 'outgoing',
  missed: 'noAnswer',
  declined: 'declined',
  busy: 'busy',
  cancelled: 'cancelled',
  failed: 'failed',
}

const entryOf = ({ state, outcome = '', history }: Told, me: string, isOwn: boolean): Entry => {
  if (state !== 'ended') return state
  if (isOwn) return ownEntries[outcome] ?? 'outgoing'
  const did = (what: string): boolean => history.some((one) => one.what === what && one.user === me)
  if (did('receive_call')) return outcome === 'failed' ? 'failed' : 'incoming'
  return did('reject_call') ? 'declined' : 'missed'
}

/** What to say of a call to `me`; `isOwn`: they called. */
export const accountOf = (call: Told, me: string, isOwn: boolean, words: Words): Account => {
  const entry = entryOf(call, me, isOwn)
  const hasDuration = (entry === 'outgoing' || entry === 'incoming') && call.durationMs !== undefined
  const duration = hasDuration ? durationText(call.durationMs ?? 0, words) : undefined
  return {
    text: words.entry[entry][call.kind],
    detail: entry === 'failed' ? reasonText(call.reason, words) : duration,
    isMissed: entry === 'missed',
    isFailed: entry === 'failed',
    isGoing: call.state !== 'ended',
  }
}

/** A message, as much of it as a line of its own needs. */
interface Said {
  readonly from: string
  readonly data: { readonly text?: string; readonly content?: Content; readonly entities?: readonly TextEntity[] }
}

/** What a message says in a line of its own: what became of a call, in the language of whoever reads, or its text. */
export const spoken = ({ from, data }: Said, me: string, words: Words): string => {
  const call = toldBy(data.content)
  return call ? accountOf(call, me, from === me, words).text : veil(data.text ?? '', data.entities)
}

/** The call that a message is about; `undefined` for any other message. */
export const toldBy = (content: Content | undefined): Told | undefined => {
  if (content?.kind !== 'calls') return undefined
  const { kind, state, history } = content.data
  const isCall = (kind === 'audio' || kind === 'video') && (state === 'ringing' || state === 'active' || state === 'ended')
  return isCall && Array.isArray(history) ? (content.data as unknown as Told) : undefined
}
