// Everything that takes a position in a conversation goes through here: checks, the entry, what it changes, and the news of it,
// in one unit of work. Nothing is awaited before `store.write`, so units begin in the order in which their messages came.
import type { Context, Db, Inbox } from '#core'
import type { Epoch } from './epoch.ts'
import { errors } from './errors.ts'
import { frameOf } from './frames.ts'
import type { Heads } from './heads.ts'
import { type Entry, kinds, type Log, type Row } from './log.ts'
import type { events, logEvents } from './messages.ts'
import { type Place, type Places, placeKey } from './places.ts'
import type { Extra } from './tables.ts'

type Wiring = Pick<
  Context<unknown, typeof events, Record<never, never>, unknown>,
  'store' | 'publish' | 'topic' | 'userTopic' | 'id' | 'now'
>

/** What posting needs. */
export interface PostingOptions extends Wiring {
  readonly log: Log
  readonly places: Places
  readonly heads: Heads
  readonly epoch: Epoch
  readonly inbox: Inbox | undefined
}

/** Who does what, where. */
export interface Act {
  readonly user: string
  readonly to: string
  readonly clientId: string
  readonly kind: number
  readonly text?: string
  readonly target?: number
  readonly extra?: Extra | undefined
}

/** The ack of an entry. */
export interface Ack {
  readonly id: string
  readonly seq: number
  readonly time: string
  /** Of the log that the position belongs to. */
  readonly epoch: string
  readonly dup?: true
}

/** Checks and effects of one kind of entry, inside its unit. */
export type Effect = (tx: Db, place: Place, target: Row | undefined, now: Date) => void | Promise<void>

/** Stores entries and tells of them. */
export class Posting {
  readonly #options: PostingOptions

  constructor(options: PostingOptions) {
    this.#options = options
  }

  /** Store one entry of a client, in call order per conversation; `effect` runs in the same unit, once per entry. */
  post(act: Act, effect?: Effect): Promise<Ack> {
    const { store, places, now, epoch } = this.#options
    const entry = this.entryOf(act)
    const time = new Date(now())
    return store.write(
      async (tx) => {
        const place = await places.speak(tx, act.user, act.to, time)
        const target = act.target === undefined ? undefined : await this.#target(tx, place, act.target)
        if (act.kind === kinds.message && act.extra?.reply !== undefined) await this.#target(tx, place, act.extra.reply)
        const { row, isDuplicate } = await this.record(tx, place, entry)
        if (!isDuplicate) await effect?.(tx, place, target, time)
        return { id: row.id, seq: row.seq, time: row.time.toISOString(), epoch: epoch.value, ...(isDuplicate && { dup: true as const }) }
      },
      { serial: `chat/${placeKey(act.user, act.to)}` },
    )
  }

  entryOf({ user, clientId, kind, text = '', target, extra }: Act): Entry {
    const { id, now } = this.#options
    return { id: id('M'), sender: user, clientId, text, time: new Date(now()), kind, target: target ?? null, extra: extra ?? null }
  }

  /** Inside a unit of the place: append, and tell everybody in it after the commit. */
  async record(tx: Db, place: Place, entry: Entry): Promise<{ row: Row; isDuplicate: boolean }> {
    const recorded = await this.#options.log.append(tx, place.conversation, entry)
    if (recorded.isDuplicate) return recorded
    this.#announce(place, recorded.row)
    const touched = this.#options.inbox?.touch(tx, place.people, 'chat', placeKey(entry.sender, place.to))
    if (touched !== undefined) await touched
    return recorded
  }

  #announce({ to, people, group }: Place, row: Row): void {
    const { store, publish, topic, userTopic, heads } = this.#options
    const { type, from, seq, time, data } = frameOf(row, to)
    const event = type.slice('chat.'.length) as keyof typeof logEvents
    const options = { from, to, seq, time }
    const topics = group ? [topic('group', to)] : people.map(userTopic)
    for (const each of topics) publish(each, event, data as never, options)
    store.afterCommit(() => heads.changed({ to, people, isGroup: group !== undefined }, seq))
  }

  async #target(tx: Db, place: Place, seq: number): Promise<Row> {
    const row = await this.#options.log.find(tx, place.conversation, seq)
    if (!row || row.kind !== kinds.message) throw errors.NO_SUCH_MESSAGE()
    if (row.recalledAt) throw errors.RECALLED()
    return row
  }
}
