// The ways in which a message comes into a conversation: sent, forwarded, or said by a plugin in somebody's name.
import {
  AppError,
  type ContentChannel,
  type ContentKind,
  type ContentMessage,
  type Handlers,
  type Messaging,
  type Schema,
  type Store,
} from '#core'
import type { Checked, Contents } from './contents.ts'
import { errors } from './errors.ts'
import type { Leavings } from './leavings.ts'
import { kinds, type Log } from './log.ts'
import { type Mentions, mentions } from './mentions.ts'
import type { messages } from './messages.ts'
import type { Personal } from './personal.ts'
import { type Places, placeKey } from './places.ts'
import type { Ack, Act, Posting, Steps } from './posting.ts'
import type { Entity, Extra } from './tables.ts'
import { checkEntities, checkText, type TextRules } from './text.ts'
import { isWithin, type Views } from './views.ts'

/** What sending needs. */
export interface SendingOptions extends TextRules {
  readonly store: Store
  readonly log: Log
  readonly posting: Posting
  readonly places: Places
  readonly views: Views
  readonly contents: Contents
  readonly mentions: Mentions
  readonly personal: Personal
  readonly leavings: Leavings
}

/** What a client sends. */
interface Sent {
  readonly text?: string | undefined
  readonly clientId: string
  readonly entities?: readonly Entity[] | undefined
  readonly reply?: number | undefined
  readonly content?: { readonly kind: string; readonly data: Readonly<Record<string, unknown>> } | undefined
  readonly draft?: Date | undefined
}

/** Whose message it is, and for whom. */
interface Address {
  readonly user: string
  readonly to: string
}

/** Makes messages. */
export class Sending {
  readonly #options: SendingOptions

  constructor(options: SendingOptions) {
    this.#options = options
  }

  handlers(): Pick<Handlers<typeof messages>, 'send' | 'forward'> {
    return {
      send: (sent, { userId: user, to }) => this.#send({ user, to }, sent),
      forward: ({ from, target, clientId }, { userId: user, to }) => this.#forward({ user, to }, { from, target, clientId }),
    }
  }

  /** The service for other plugins. */
  service(): Messaging {
    const { contents, store, places, leavings } = this.#options
    return {
      define: <S extends Schema>(kind: ContentKind<S>) => {
        contents.define(kind as unknown as ContentKind)
        return this.#channel(kind as unknown as ContentKind) as unknown as ContentChannel<S>
      },
      people: async (user, to) => {
        if (!to.startsWith('G')) return user === to ? [user] : [user, to]
        return (await store.write((tx) => places.enter(tx, user, to))).people
      },
      onGone: (listener) => leavings.listen(listener),
    }
  }

  // The way of every plain text: what only some messages need is made for those only.
  #send(address: Address, sent: Sent): Promise<Ack> {
    const { posting, contents } = this.#options
    const { clientId, entities, reply, content } = sent
    const checked = content && contents.read(content)
    const text = this.#text(sent.text, checked)
    if (entities) checkEntities(entities, text)
    const isMore = entities !== undefined || reply !== undefined || checked !== undefined
    const extra: Extra | undefined = isMore
      ? { ...(entities && { entities }), ...(reply !== undefined && { reply }), ...(checked && { content: checked.content }) }
      : undefined
    return posting.post({ ...address, clientId, kind: kinds.message, text, extra }, this.#steps(address, sent, checked))
  }

  #text(text: string | undefined, checked: Checked | undefined): string {
    return checked && (text === undefined || text.trim() === '') ? checked.text : checkText(text ?? '', this.#options)
  }

  #steps(address: Address, { entities, draft }: Sent, checked: Checked | undefined): Steps | undefined {
    const isMentioning = mentions(entities)
    if (!isMentioning && !draft && !checked?.kind.check) return undefined
    return {
      prepare: async (tx) => {
        if (checked) await checked.kind.check?.(tx, { ...address, data: checked.content.data, isForward: false })
        return undefined
      },
      effect: async (tx, { place }, { seq, sender }) => {
        if (isMentioning) await this.#options.mentions.set(tx, place, { seq, sender }, { entities })
        if (draft) await this.#options.personal.sent(tx, { ...address, conversation: place.conversation }, draft)
      },
    }
  }

  #forward({ user, to }: Address, { from, target, clientId }: { from: string; target: number; clientId: string }): Promise<Ack> {
    const { posting, store, views, log, contents } = this.#options
    const origin = `${from} ${target}`
    return posting.post(
      { user, to, clientId, kind: kinds.message, extra: { origin } },
      {
        prepare: async (tx) => {
          // Whoever takes it back meanwhile is before this, or after.
          await store.lock(tx, `chat/${placeKey(user, from)}`)
          const view = await views.of(tx, user, from)
          const found = view && isWithin(view, target) ? await log.find(tx, view.conversation, target) : undefined
          const [row] = view && found ? await views.veil(tx, view, [found]) : []
          if (row?.kind !== kinds.message || row.extra?.hidden) throw errors.NO_SUCH_MESSAGE().with({ path: '/data/target' })
          if (row.recalledAt) throw errors.RECALLED().with({ path: '/data/target' })
          const { entities, content, forward = { from: row.sender, time: row.time.toISOString() } } = row.extra ?? {}
          const taken = await contents.forward(tx, content, { user, to })
          return { text: row.text, extra: { origin, ...(entities && { entities }), ...taken, forward } }
        },
      },
    )
  }

  #channel(kind: ContentKind): ContentChannel {
    const { posting, contents, log } = this.#options
    const check = ({ data, text }: ContentMessage) => {
      const checked = contents.check(kind, data)
      return { text: this.#text(text, checked), content: checked.content }
    }
    const post = async (message: ContentMessage): Promise<Ack> => {
      const { user, to, clientId } = message
      const { text, content } = check(message)
      return posting.join({ user, to, clientId, kind: kinds.message, text, extra: { content } })
    }
    const update = async (message: ContentMessage & { readonly seq: number }): Promise<Ack | undefined> => {
      const { user, to, clientId, seq: target } = message
      const { text, content } = check(message)
      const act: Act = { user, to, clientId, kind: kinds.edit, text, target, extra: { content }, isProgram: true }
      const steps: Steps = {
        prepare: async (_, { target: row }) => {
          if (row?.sender !== user || row.extra?.content?.kind !== kind.kind) throw errors.NO_SUCH_MESSAGE()
          return undefined
        },
        effect: (tx, { place, target: row, now }) => {
          const { entities: _, ...kept } = row?.extra ?? {}
          return log.amend(tx, place.conversation, target, { text, extra: { ...kept, content }, editedAt: now })
        },
      }
      return posting.join(act, steps).catch(absent)
    }
    return { post, update }
  }
}

const gone: ReadonlySet<string> = new Set([errors.NO_SUCH_MESSAGE.code, errors.RECALLED.code, errors.NO_SUCH_CONVERSATION.code])

/** Nothing, for a message that is not there any more. */
const absent = (failure: unknown): undefined => {
  if (failure instanceof AppError && gone.has(failure.code)) return undefined
  throw failure
}
