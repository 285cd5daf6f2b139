// What people read: histories and lists. Nothing here writes.
import type { Context, Handlers, Relations, Store } from '#core'
import type { Epoch } from './epoch.ts'
import { errors } from './errors.ts'
import { frameOf } from './frames.ts'
import type { Log, Row } from './log.ts'
import type { Mentions } from './mentions.ts'
import type { EntryFrame, events, messages } from './messages.ts'
import { fitPage } from './page.ts'
import { readCursor, type Summaries } from './summaries.ts'
import type { View, Views } from './views.ts'

type Wiring = Pick<Context<unknown, typeof events, Record<never, never>, unknown>, 'publish' | 'topic' | 'userTopic'>

/** What reading needs. */
export interface ReadingOptions extends Wiring {
  readonly store: Store
  readonly log: Log
  readonly relations: Relations | undefined
  readonly views: Views
  readonly summaries: Summaries
  readonly mentions: Mentions
  readonly epoch: Epoch
}

type Names = 'history' | 'list' | 'mentions' | 'typing'

/** The handlers that read. */
export class Reading {
  readonly #options: ReadingOptions

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  handlers(): Pick<Handlers<typeof messages>, Names> {
    return {
      history: (range, { userId, to }) => this.#history(userId, to, range),
      list: async ({ limit, folder, cursor }, { userId }) => {
        const { summaries, epoch } = this.#options
        const range = { limit, folder, cursor: cursor === undefined ? undefined : readCursor(cursor) }
        return { ...(await summaries.list(userId, range)), epoch: epoch.value }
      },
      mentions: async (_, { userId, to }) => {
        const { store, views, mentions } = this.#options
        const view = await views.of(store.read, userId, to)
        if (!view && to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        return { mentions: view ? await mentions.unread(store.read, view) : [] }
      },
      typing: async ({ on }, { userId, to, connection }) => {
        const { store, publish, topic, userTopic, views } = this.#options
        const view = await views.of(store.read, userId, to)
        const options = { from: userId, to, except: connection }
        if (to.startsWith('G')) {
          if (!view || view.ceiling !== undefined) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
          publish(topic('group', to), 'typed', { on }, options)
        } else if (view && (await this.#mayDisturb(userId, to, view))) publish(userTopic(to), 'typed', { on }, options)
        return {}
      },
    }
  }

  // Who is out of reach is not disturbed, nor is anybody by a conversation that only a draft has opened; and nobody learns of it.
  async #mayDisturb(user: string, to: string, { conversation }: View): Promise<boolean> {
    const { store, log, relations } = this.#options
    if ((await log.head(store.read, conversation)) === 0) return false
    return relations ? store.write((tx) => relations.mayReach(tx, user, to, 'presence')) : true
  }

  async #history(
    user: string,
    to: string,
    range: {
      before?: number | undefined
      after?: number | undefined
      around?: number | undefined
      limit: number
      epoch?: string | undefined
    },
  ) {
    const { store, log, views } = this.#options
    const epoch = this.#options.epoch.value
    const isOther = range.epoch !== undefined && range.epoch !== epoch
    const view = await views.of(store.read, user, to)
    if (!view) {
      if (to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
      return { messages: [], head: 0, more: false, epoch, ...((isOther || range.after) && { reset: { epoch, head: 0, oldest: 1 } }) }
    }
    const { conversation, ...bounds } = view
    if (isOther || (await this.#isBeyond(conversation, range.after, bounds.ceiling))) {
      const head = Math.min(await log.head(store.read, conversation), bounds.ceiling ?? Number.MAX_SAFE_INTEGER)
      return { messages: [], head, more: false, epoch, reset: { epoch, head, oldest: bounds.floor + 1 } }
    }
    const found = fitPage(await this.#rows(conversation, range, bounds), range.after === undefined ? 'newest' : 'oldest')
    const rows = await views.veil(store.read, view, found)
    const top = await log.head(store.read, conversation)
    const head = Math.max(Math.min(top, bounds.ceiling ?? top), rows.at(-1)?.seq ?? 0)
    const last = rows.at(-1)?.seq ?? Math.max(range.after ?? 0, bounds.floor)
    const more = range.after !== undefined ? last < head : (rows[0]?.seq ?? bounds.floor + 1) > bounds.floor + 1
    return { messages: rows.map((row) => this.#frame(row, user, to)), head, more, epoch }
  }

  // Who has left was told of that, one position above what they may read; what came later is not for them to find out.
  async #isBeyond(conversation: number, after: number | undefined, ceiling: number | undefined): Promise<boolean> {
    if (after === undefined || after === 0) return false
    const { store, log } = this.#options
    return after > (ceiling === undefined ? await log.head(store.read, conversation) : ceiling + 1)
  }

  async #rows(
    conversation: number,
    {
      before,
      after,
      around,
      limit,
    }: { before?: number | undefined; after?: number | undefined; around?: number | undefined; limit: number },
    bounds: { floor: number; ceiling: number | undefined },
  ): Promise<Row[]> {
    const { log } = this.#options
    if (around === undefined) return log.range(conversation, { before, after, limit, ...bounds })
    const half = Math.ceil(limit / 2)
    const older = await log.range(conversation, { before: around, limit: half, ...bounds })
    const newer = await log.range(conversation, { after: around - 1, limit: limit - half + 1, ...bounds })
    return [...older, ...newer].slice(0, limit)
  }

  // In a direct conversation an entry is addressed to the one who did not send it.
  #frame(row: Row, user: string, to: string): EntryFrame {
    return frameOf(row, to.startsWith('G') || row.sender === user ? to : user)
  }
}
