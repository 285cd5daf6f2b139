// Pinned messages of a conversation: a short list beside the log, so that they are found wherever they stand.
import { and, desc, eq, gt, lte } from 'drizzle-orm'
import type { Db, Handlers, Store } from '#core'
import { errors } from './errors.ts'
import { frameOf } from './frames.ts'
import type { Log } from './log.ts'
import type { messages } from './messages.ts'
import { placeKey } from './places.ts'
import type { Rosters } from './rosters.ts'
import type { Tables } from './tables.ts'

/** What pins need. */
export interface PinsOptions {
  readonly store: Store
  readonly tables: Tables
  readonly log: Log
  readonly rosters: Rosters
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
    const { store, tables, log, rosters } = this.#options
    const member = await rosters.find(store.read, placeKey(user, to), user)
    if (!member) {
      if (to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
      return { messages: [] }
    }
    const { conversation } = member
    const { pins } = tables
    const seen = [gt(pins.seq, Math.max(member.since, member.cleared)), member.until === null ? undefined : lte(pins.seq, member.until)]
    const found = await store.read
      .select({ seq: pins.seq })
      .from(pins)
      .where(and(eq(pins.conversation, conversation), ...seen))
      .orderBy(desc(pins.seq))
      .limit(mostPins)
    if (found.length === 0) return { messages: [] }
    const seqs = found.map(({ seq }) => seq)
    const rows = await log.at(store.read, conversation, seqs)
    // In a direct conversation an entry is addressed to the one who did not send it.
    return { messages: rows.reverse().map((row) => frameOf(row, to.startsWith('G') || row.sender === user ? to : user)) }
  }
}
