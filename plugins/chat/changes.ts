// Changes of messages: each is an entry of its own, and the message shows it from then on.
import type { Handlers } from '#core'
import { errors } from './errors.ts'
import { kinds, type Log, type Row } from './log.ts'
import type { messages } from './messages.ts'
import type { Pins } from './pins.ts'
import type { Place } from './places.ts'
import type { Posting } from './posting.ts'
import type { Extra } from './tables.ts'
import { checkText, type TextRules } from './text.ts'

/** What changes need. */
export interface ChangesOptions extends TextRules {
  readonly posting: Posting
  readonly log: Log
  readonly pins: Pins
  /** Milliseconds after which a message can no longer be edited or recalled by its sender. */
  readonly windowMs: number
}

type Names = 'edit' | 'recall' | 'react' | 'pin'

/** The handlers of changes. */
export const createChanges = ({ posting, log, pins, windowMs, maxText }: ChangesOptions): Pick<Handlers<typeof messages>, Names> => {
  const checkWindow = (target: Row, now: Date): void => {
    if (now.getTime() - target.time.getTime() > windowMs) throw errors.TOO_LATE()
  }
  return {
    edit: ({ target, text: raw, clientId, entities }, { userId: user, to }) => {
      const text = checkText(raw, { maxText })
      const extra = entities ? { entities } : undefined
      return posting.post({ user, to, clientId, kind: kinds.edit, text, target, extra }, async (tx, { conversation }, row, now) => {
        if (row?.sender !== user) throw errors.NOT_YOURS()
        checkWindow(row, now)
        const { entities: _, ...kept } = row.extra ?? {}
        await log.amend(tx, conversation, target, { text, extra: { ...kept, ...extra }, editedAt: now })
      })
    },
    recall: ({ target, clientId }, { userId: user, to }) =>
      posting.post({ user, to, clientId, kind: kinds.recall, target }, async (tx, place, row, now) => {
        if (!row) return
        if (row.sender === user) checkWindow(row, now)
        else if (!isGovernor(place)) throw errors.NOT_YOURS()
        await log.erase(tx, place.conversation, target, now)
        await pins.set(tx, place.conversation, target, false)
      }),
    react: ({ target, emoji, on, clientId }, { userId: user, to }) =>
      posting.post(
        { user, to, clientId, kind: kinds.reaction, target, extra: { change: { emoji, on } } },
        async (tx, { conversation }, row) => {
          const reactions = reacted(row?.extra?.reactions, emoji, user, on)
          if (reactions) await log.amend(tx, conversation, target, { extra: { ...row?.extra, reactions } })
        },
      ),
    pin: ({ target, on, clientId }, { userId: user, to }) =>
      posting.post({ user, to, clientId, kind: kinds.pin, target, extra: { change: { on } } }, async (tx, place, row) => {
        if (place.group && !isGovernor(place)) throw errors.NOT_ALLOWED()
        const { pinned: _, ...extra } = row?.extra ?? {}
        await log.amend(tx, place.conversation, target, { extra: { ...extra, ...(on && { pinned: true as const }) } })
        await pins.set(tx, place.conversation, target, on)
      }),
  }
}

/** A message shows this many different emoji; more stand in the log only. */
const mostEmoji = 50

/** The reactions after one more; `undefined` where there is nothing new to show. */
const reacted = (reactions: Extra['reactions'], emoji: string, user: string, on: boolean): Extra['reactions'] => {
  const { [emoji]: users = [], ...others } = reactions ?? {}
  if (on === users.includes(user) || (users.length === 0 && Object.keys(others).length >= mostEmoji)) return undefined
  const next = on ? [...users, user] : users.filter((one) => one !== user)
  return next.length > 0 ? { ...others, [emoji]: next } : others
}

/** Whether the person may govern the group: its owner and admins. */
export const isGovernor = ({ group }: Place): boolean => group !== undefined && group.seat.role !== 'member'
