// Whether one may write in a conversation, as far as that is known.
import { minute } from './clock.ts'
import { contactOf } from './contacts.ts'
import { governs, infoOf } from './group-info.ts'
import { membersOf } from './groups.ts'

/** Why nobody, or not oneself, may write here; `until` in ms since 1970. */
export type Silence = { readonly why: 'frozen' | 'broadcast' | 'blocked' } | { readonly why: 'muted'; readonly until: number }

/** Why one may not write here at the moment; `undefined` where one may. */
export const silenceIn = (peer: string, me: string): Silence | undefined => {
  const info = infoOf(peer)
  // Nothing that is said to somebody whom one has blocked gets there.
  if (!info) return contactOf(peer).blocked ? { why: 'blocked' } : undefined
  if (info.frozen) return { why: 'frozen' }
  if (governs(info.role)) return undefined
  if (info.kind === 'broadcast') return { why: 'broadcast' }
  const own = membersOf(peer).find(({ id }) => id === me)?.mutedUntil
  const until = Math.max(...[info.mutedUntil, own].map((time) => (time === undefined ? 0 : Date.parse(time))))
  // The minute: what is over is noticed without anybody doing anything.
  return until > Math.max(minute.value, Date.now()) ? { why: 'muted', until } : undefined
}
