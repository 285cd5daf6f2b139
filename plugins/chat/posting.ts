// Everything that takes a position in a conversation goes through here: checks, the entry, what it changes, and the news of it,
// in one unit of work. Nothing is awaited before `store.write`, so units begin in the order in which their messages came.
import { AppError, type Context, coreErrors, type Db, type Inbox, rfc3339 } from '#core'
import type { Conversations } from './conversations.ts'
import type { Epoch } from './epoch.ts'
import { errors } from './errors.ts'
import { frameOf } from './frames.ts'
import type { Heads } from './heads.ts'
import { type Entry, isSame, kinds, type Log, type Row } from './log.ts'
import type { events, logEvents } from './messages.ts'
import { type Place, type Places, placeKey } from './places.ts'
import type { Indexer } from './search/indexer.ts'
import type { Extra } from './tables.ts'
import { isWithin, type Views } from './views.ts'

type Wiring = Pick<
  Context<unknown, typeof events, Record<never, never>, unknown>,
  'store' | 'publish' | 'topic' | 'userTopic' | 'id' | 'now'
>

/** What posting needs. */
export interface PostingOptions extends Wiring {
  readonly log: Log
  readonly conversations: Conversations
  readonly places: Places
  readonly views: Views
  readonly heads: Heads
  readonly epoch: Epoch
  readonly indexer: Indexer
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
  /** Done for the user by the program, so that nothing which keeps users from writing keeps it away. */
  readonly isProgram?: boolean
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

/** Where an act happens, as it was before it. */
export interface Scene {
  readonly place: Place
  /** The message that is changed; absent for a message. */
  readonly target: Row | undefined
  readonly now: Date
}

/** What an act does beside its entry, in the same unit. */
export interface Steps {
  /** Before the entry: more checks, and what it says where that is known only here. Not asked of what was stored before. */
  prepare?(tx: Db, scene: Scene): Promise<Pick<Entry, 'text' | 'extra'> | undefined>
  /** After the entry, once: checks that a second try need not pass again, and what changes by it. */
  effect?(tx: Db, scene: Scene, row: Row): void | Promise<void>
}

interface Admitted {
  readonly scene: Scene
  readonly entry: Entry
}

/** Stores entries and tells of them. */
export class Posting {
  readonly #options: PostingOptions

  constructor(options: PostingOptions) {
    this.#options = options
  }

  /** Store one entry of a client, in call order per conversation. */
  post(act: Act, steps?: Steps): Promise<Ack> {
    const entry = this.entryOf(act)
    return this.#options.store.write((tx) => this.#run(tx, act, entry, steps), { serial: `chat/${placeKey(act.user, act.to)}` })
  }

  /** As `post`, perhaps inside a unit of somebody else, which does not hold the conversation. */
  join(act: Act, steps?: Steps): Promise<Ack> {
    const { store } = this.#options
    const entry = this.entryOf(act)
    const key = `chat/${placeKey(act.user, act.to)}`
    return store.write(
      async (tx) => {
        await store.lock(tx, key)
        return this.#run(tx, act, entry, steps)
      },
      { serial: key },
    )
  }

  entryOf({ user, clientId, kind, text = '', target, extra }: Act): Entry {
    const { id, now } = this.#options
    return { id: id('M'), sender: user, clientId, text, time: new Date(now()), kind, target: target ?? null, extra: extra ?? null }
  }

  /** Inside a unit of the place: append, and tell everybody in it after the commit. */
  async record(tx: Db, place: Place, entry: Entry): Promise<{ row: Row; isDuplicate: boolean }> {
    const key = placeKey(entry.sender, place.to)
    const recorded = await this.#options.log.append(tx, place.conversation, entry)
    if (recorded.isDuplicate) return recorded
    if (recorded.key !== undefined && recorded.key !== key) throw this.#misled(key)
    this.#announce(place, recorded.row)
    const touched = this.#options.inbox?.touch(tx, place.people, 'chat', key)
    if (touched !== undefined) await touched
    return recorded
  }

  // After a failover that lost commits the number of a conversation may be another one's, whose people must not read this.
  // Nothing is stored; a second try asks for the number again.
  #misled(key: string): AppError {
    this.#options.conversations.forget()
    return coreErrors.STORAGE_BUSY(new Error(`the conversation ${key} has another number than was known`))
  }

  async #run(tx: Db, act: Act, given: Entry, steps: Steps | undefined): Promise<Ack> {
    let admitted: Admitted
    try {
      admitted = await this.#admit(tx, act, given, steps)
    } catch (failure) {
      // A refusal says that nothing is stored, so it is never said of what an earlier try has stored.
      const earlier = failure instanceof AppError ? await this.#earlier(tx, act, given) : undefined
      if (earlier) return this.#ack(earlier, true)
      throw failure
    }
    const { entry, scene } = admitted
    const { row, isDuplicate } = await this.record(tx, scene.place, entry)
    if (!isDuplicate && steps?.effect) await steps.effect(tx, scene, row)
    return this.#ack(row, isDuplicate)
  }

  async #admit(tx: Db, act: Act, entry: Entry, steps: Steps | undefined): Promise<Admitted> {
    const { places } = this.#options
    const { user, to, extra, isProgram } = act
    const now = entry.time
    const place = isProgram ? await places.revisit(tx, user, to) : await places.speak(tx, user, to, now)
    const target = act.target === undefined ? undefined : await this.#target(tx, act, place, act.target)
    if (act.kind === kinds.message && extra?.reply !== undefined) await this.#target(tx, act, place, extra.reply)
    const scene = { place, target, now }
    const said = steps?.prepare && (await steps.prepare(tx, scene))
    return { scene, entry: said ? { ...entry, ...said } : entry }
  }

  async #earlier(tx: Db, { user, to }: Act, entry: Entry): Promise<Row | undefined> {
    const row = await this.#options.log.earlierIn(tx, placeKey(user, to), entry)
    return row && isSame(row, entry) ? row : undefined
  }

  #announce({ conversation, to, people, group }: Place, row: Row): void {
    const { store, publish, topic, userTopic, heads, indexer } = this.#options
    const { type, from, seq, time, data } = frameOf(row, to)
    const event = type.slice('chat.'.length) as keyof typeof logEvents
    const options = { from, to, seq, time }
    const topics = group ? [topic('group', to)] : people.map(userTopic)
    for (const each of topics) publish(each, event, data as never, options)
    store.afterCommit(() => {
      heads.changed({ to, people, isGroup: group !== undefined }, seq)
      indexer.note(conversation)
    })
  }

  async #target(tx: Db, { user, isProgram }: Act, { conversation, to }: Place, seq: number): Promise<Row> {
    const { log, views } = this.#options
    const row = await log.find(tx, conversation, seq)
    const view = isProgram ? undefined : await views.of(tx, user, to)
    if (row?.kind !== kinds.message || (view && !isWithin(view, seq))) throw errors.NO_SUCH_MESSAGE()
    if (row.recalledAt) throw errors.RECALLED()
    return row
  }

  #ack({ id, seq, time }: Row, isDuplicate: boolean): Ack {
    return { id, seq, time: rfc3339(time.getTime()), epoch: this.#options.epoch.value, ...(isDuplicate && { dup: true as const }) }
  }
}
