// Pinned messages of a conversation: a short list beside the log, so that they are found wherever they stand.
import { and, desc, eq, gt, lte } from 'drizzle-orm'
import type { Db, Handlers, Store } from '#core'
import { errors } from './errors.ts'
import { frameOf } from './frames.ts'
import type { Log } from './log.ts'
import type { messages } from './messages.ts'
import type { Tables } from './tables.ts'
import type { Views } from './views.ts'

/** What pins need. */
export interface PinsOptions {
  readonly store: Store
  readonly tables: Tables
  readonly log: Log
  readonly views: Views
}

/** As many as `chat.pins` tells: the newest. */
const mostPins = 100

/** Keeps which messages are pinned. */
export class Pins {
  readonly #options: PinsOptions

  constructor(options: PinsOptions) {
    this.#options = options
  }

  handlers(): Pick<Handlers<typeof messages>, 'pins'> {
    return { pins: (_, { userId, to }) => this.#list(userId, to) }
  }

  /** Inside a unit with the conversation's key: pin the message at `seq`, or unpin it; a second time does nothing. */
  async set(tx: Db, conversation: number, seq: number, on: boolean): Promise<void> {
    const { pins } = this.#options.tables
    if (on) await tx.insert(pins).values({ conversation, seq }).onConflictDoNothing()
    else await tx.delete(pins).where(and(eq(pins.conversation, conversation), eq(pins.seq, seq)))
  }

  async #list(user: string, to: string) {
    const { store, tables, log, views } = this.#options
    const view = await views.of(store.read, user, to)
    if (!view) {
      if (to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
      return { messages: [] }
    }
    const { pins } = tables
    const { conversation, floor, ceiling } = view
    const seen = [gt(pins.seq, floor), ceiling === undefined ? undefined : lte(pins.seq, ceiling)]
    const found = await store.read
      .select({ seq: pins.seq })
      .from(pins)
      .where(and(eq(pins.conversation, conversation), ...seen))
      .orderBy(desc(pins.seq))
      .limit(mostPins)
    if (found.length === 0) return { messages: [] }
    const seqs = found.map(({ seq }) => seq)
    const rows = (await views.veil(store.read, view, await log.at(store.read, conversation, seqs))).filter(({ extra }) => !extra?.hidden)
    // In a direct conversation an entry is addressed to the one who did not send it.
    return { messages: rows.reverse().map((row) => frameOf(row, to.startsWith('G') || row.sender === user ? to : user)) }
  }
}
