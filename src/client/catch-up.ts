// What changed while there was no line: from the inbox, at a cost of what has changed; without one, or after a reset of it, from
// the list of all conversations.
import { ClientError, isLineLoss } from './errors.ts'
import type { Persistence } from './persistence.ts'
import type { ConversationList, InboxAnswer } from './protocol.ts'

/** Where one conversation stands. */
export type Listed = ConversationList['conversations'][number]

/** One message that was deleted for oneself. */
export interface Hidden {
  readonly to: string
  readonly target: number
}

/** What was found. */
export interface Findings {
  readonly epoch: string | undefined
  readonly conversations: readonly Listed[]
  /** Conversations that have left the list, by the other user or the group. */
  readonly gone: readonly string[]
  /** Messages that were deleted for oneself. */
  readonly hidden: readonly Hidden[]
  /** `changed`: whatever is missing stands where it stood. `all`: whatever is missing is empty. `some`: nobody knows. */
  readonly extent: 'changed' | 'all' | 'some'
}

const pageSize = 200
const pagesAtMost = 10

/** Asks what there is, and keeps the place in the inbox. */
export class CatchUp {
  readonly #persistence: Persistence
  #since: Pick<InboxAnswer, 'epoch' | 'position'> | undefined

  constructor(persistence: Persistence) {
    this.#persistence = persistence
  }

  /** Something is about to be read: from here on the inbox knows what becomes of it. */
  async begin(hasInbox: boolean): Promise<void> {
    if (!hasInbox || this.#since) return
    const end = (await this.#ask('inbox.sync', { now: true }).catch(() => undefined)) as InboxAnswer | undefined
    if (end) this.#since ??= { epoch: end.epoch, position: end.position }
  }

  /** What has changed since the last time, or all that there is; `undefined` if the line broke. */
  async find(userId: string, hasInbox: boolean): Promise<Findings | undefined> {
    try {
      if (!hasInbox) this.#since = undefined
      return (await this.#changed(userId)) ?? (await this.#all(hasInbox))
    } catch (error) {
      if (!(error instanceof ClientError) || isLineLoss(error)) return undefined
      return { epoch: undefined, conversations: [], gone: [], hidden: [], extent: 'some' }
    }
  }

  async #changed(userId: string): Promise<Findings | undefined> {
    let since = this.#since
    const conversations: Listed[] = []
    const gone: string[] = []
    const hidden: Hidden[] = []
    for (let more = since !== undefined; more; ) {
      const answer = (await this.#ask('inbox.sync', { since })) as InboxAnswer
      if (answer.reset) return undefined
      for (const { kind, key, data } of answer.entries) {
        if (kind === 'chat-hidden' && data) hidden.push(data as unknown as Hidden)
        if (kind !== 'chat') continue
        if (data) conversations.push(data as unknown as Listed)
        else gone.push(otherOf(key, userId))
      }
      since = { epoch: answer.epoch, position: answer.position }
      more = answer.more
    }
    if (!since) return undefined
    this.#since = since
    return { epoch: undefined, conversations, gone, hidden, extent: 'changed' }
  }

  // The end of the inbox is asked for first: what changes while the list is read is found the next time.
  async #all(hasInbox: boolean): Promise<Findings> {
    const end = hasInbox ? ((await this.#ask('inbox.sync', { now: true })) as InboxAnswer) : undefined
    const conversations: Listed[] = []
    let epoch: string | undefined
    let cursor: string | undefined
    for (let page = 0; page < pagesAtMost && (page === 0 || cursor !== undefined); page++) {
      const data = { limit: pageSize, folder: 'all', ...(cursor !== undefined && { cursor }) }
      const list = (await this.#ask('chat.list', data)) as ConversationList
      conversations.push(...list.conversations)
      epoch = list.epoch
      cursor = list.next
    }
    this.#since = end && { epoch: end.epoch, position: end.position }
    return { epoch, conversations, gone: [], hidden: [], extent: cursor === undefined ? 'all' : 'some' }
  }

  #ask(type: string, data: object): Promise<unknown> {
    return this.#persistence.ask('background', { type, data })
  }
}

const otherOf = (key: string, userId: string): string => key.split(':').find((user) => user !== userId) ?? userId
