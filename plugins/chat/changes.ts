// Changes of messages: each is an entry of its own, and the message shows it from then on.
import type { Handlers } from '#core'
import type { Contents } from './contents.ts'
import { errors } from './errors.ts'
import { kinds, type Log, type Row } from './log.ts'
import type { Mentions } from './mentions.ts'
import type { messages } from './messages.ts'
import type { Pins } from './pins.ts'
import { isGovernor } from './places.ts'
import type { Posting } from './posting.ts'
import type { Extra } from './tables.ts'
import { checkEntities, checkText, type TextRules } from './text.ts'

/** What changes need. */
export interface ChangesOptions extends TextRules {
  readonly posting: Posting
  readonly log: Log
  readonly pins: Pins
  readonly mentions: Mentions
  readonly contents: Contents
  /** Milliseconds after which a message can no longer be edited or recalled by its sender. */
  readonly windowMs: number
}

type Names = 'edit' | 'recall' | 'react' | 'pin'

/** The handlers of changes. */
export const createChanges = (options: ChangesOptions): Pick<Handlers<typeof messages>, Names> => ({
  ...createRewordings(options),
  ...createMarks(options),
})

/** Those of what a message says. */
const createRewordings = (options: ChangesOptions): Pick<Handlers<typeof messages>, 'edit' | 'recall'> => {
  const { posting, log, pins, mentions, contents, windowMs, maxText } = options
  const checkWindow = (target: Row, now: Date): void => {
    if (now.getTime() - target.time.getTime() > windowMs) throw errors.TOO_LATE()
  }
  // A forward has somebody else's words in it, and what only a plugin says is not its user's to reword.
  const isOwn = ({ sender, extra }: Row, user: string): boolean =>
    sender === user && !extra?.forward && (!extra?.content || contents.ofPeople(extra.content.kind) !== undefined)
  return {
    edit: ({ target, text: raw, clientId, entities }, { userId: user, to }) => {
      const text = checkText(raw, { maxText })
      if (entities) checkEntities(entities, text)
      const extra = entities ? { entities } : undefined
      return posting.post(
        { user, to, clientId, kind: kinds.edit, text, target, extra },
        {
          effect: async (tx, { place, target: row, now }) => {
            if (!row || !isOwn(row, user)) throw errors.NOT_YOURS()
            checkWindow(row, now)
            const { entities: before, ...kept } = row.extra ?? {}
            await mentions.set(tx, place, row, { entities, before })
            await log.amend(tx, place.conversation, target, { text, extra: { ...kept, ...extra }, editedAt: now })
          },
        },
      )
    },
    recall: ({ target, clientId }, { userId: user, to }) =>
      posting.post(
        { user, to, clientId, kind: kinds.recall, target },
        {
          effect: async (tx, { place, target: row, now }) => {
            if (!row) return
            if (row.sender === user) checkWindow(row, now)
            else if (!isGovernor(place)) throw errors.NOT_YOURS()
            await mentions.set(tx, place, row, { before: row.extra?.entities })
            await log.erase(tx, place.conversation, target, now)
            await pins.set(tx, place.conversation, target, false)
          },
        },
      ),
  }
}

/** Those of what others put on it. */
const createMarks = ({ posting, log, pins }: ChangesOptions): Pick<Handlers<typeof messages>, 'react' | 'pin'> => ({
  react: ({ target, emoji, on, clientId }, { userId: user, to }) =>
    posting.post(
      { user, to, clientId, kind: kinds.reaction, target, extra: { change: { emoji, on } } },
      {
        effect: async (tx, { place, target: row }) => {
          const { reactions: before, ...extra } = row?.extra ?? {}
          const reactions = reacted(before, emoji, user, on)
          if (!reactions) return
          const isAny = Object.keys(reactions).length > 0
          await log.amend(tx, place.conversation, target, { extra: { ...extra, ...(isAny && { reactions }) } })
        },
      },
    ),
  pin: ({ target, on, clientId }, { userId: user, to }) =>
    posting.post(
      { user, to, clientId, kind: kinds.pin, target, extra: { change: { on } } },
      {
        effect: async (tx, { place, target: row }) => {
          if (place.group && !isGovernor(place)) throw errors.NOT_ALLOWED()
          const { pinned: _, ...extra } = row?.extra ?? {}
          await log.amend(tx, place.conversation, target, { extra: { ...extra, ...(on && { pinned: true as const }) } })
          await pins.set(tx, place.conversation, target, on)
        },
      },
    ),
})

/** A message shows this many different emoji; more stand in the log only. */
const mostEmoji = 50

/** The reactions after one more; `undefined` where there is nothing new to show. */
const reacted = (reactions: Extra['reactions'], emoji: string, user: string, on: boolean): Extra['reactions'] => {
  const { [emoji]: known, ...others } = reactions ?? {}
  // An emoji may be called like something that every object has.
  const users = reactions && Object.hasOwn(reactions, emoji) ? (known ?? []) : []
  if (on === users.includes(user) || (users.length === 0 && Object.keys(others).length >= mostEmoji)) return undefined
  const next = on ? [...users, user] : users.filter((one) => one !== user)
  return next.length > 0 ? { ...others, [emoji]: next } : others
}
