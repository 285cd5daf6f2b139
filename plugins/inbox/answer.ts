// From entries to an answer: each kind's own plugin is asked once what its things look like now.
import { createHash } from 'node:crypto'
import type { Describe } from '#core'
import type { ChangeLog, Entry } from './log.ts'

/** An entry with what it stands for; `null` when that is gone for the user. */
export interface Shown extends Entry {
  readonly data: Readonly<Record<string, unknown>> | null
}

/** How far a device has come. */
export interface Cursor {
  readonly epoch: string
  readonly position: number
}

/** The ack of `inbox.sync`. */
export interface Answer extends Cursor {
  readonly entries: Shown[]
  readonly more: boolean
  readonly reset?: true
}

/** What answers are made with. */
export interface AnswersOptions {
  readonly log: Pick<ChangeLog, 'page' | 'end'>
  /** The identity of the database's log. */
  readonly epoch: string
  /** Characters that the data of one answer may have; one entry always fits. */
  readonly pageLength: number
}

const kindPattern = /^[a-z][a-z0-9-]{0,31}$/

/** Answers devices that come back. */
export class Answers {
  readonly #options: AnswersOptions
  readonly #describers = new Map<string, Describe>()
  #epoch: string | undefined

  constructor(options: AnswersOptions) {
    this.#options = options
  }

  /** See `Inbox.describe`. */
  describe(kind: string, describe: Describe): void {
    if (!kindPattern.test(kind)) throw new Error(`"${kind}" is no kind of entry: lower-case letters, digits and hyphens`)
    if (this.#describers.has(kind)) throw new Error(`Two plugins describe entries of the kind ${kind}`)
    this.#describers.set(kind, describe)
    this.#epoch = undefined
  }

  knows(kind: string): boolean {
    return this.#describers.has(kind)
  }

  /** Where the log of `user` ends, for a device that learns everything of before in another way, from now on. */
  async now(user: string): Promise<Answer> {
    return { epoch: this.#currentEpoch(), position: await this.#options.log.end(user), entries: [], more: false }
  }

  /** What has changed for `user` since a cursor, at most `limit` things. */
  async answer(user: string, since: Cursor | undefined, limit: number): Promise<Answer> {
    const epoch = this.#currentEpoch()
    const position = since?.epoch === epoch ? since.position : undefined
    const page = await this.#options.log.page(user, position, limit)
    const { entries, end } = this.#cut(await this.#show(user, page.entries), page.position)
    const isCut = end < page.position
    return { epoch, position: end, entries, more: page.more || isCut, ...(page.isReset && { reset: true as const }) }
  }

  // Entries of a plugin that is switched off are not shown. When it is on again, devices have to begin anew, so the kinds
  // that are known are part of the epoch.
  #currentEpoch(): string {
    const kinds = [...this.#describers.keys()].sort().join(' ')
    this.#epoch ??= `${this.#options.epoch}-${createHash('sha256').update(kinds).digest('hex').slice(0, 8)}`
    return this.#epoch
  }

  async #show(user: string, entries: readonly Entry[]): Promise<Shown[]> {
    const known = entries.filter(({ kind }) => this.knows(kind))
    const described = new Map<string, ReadonlyMap<string, object>>()
    for (const [kind, those] of Map.groupBy(known, ({ kind }) => kind)) {
      const keys = those.map(({ key }) => key)
      described.set(kind, (await this.#describers.get(kind)?.(user, keys)) ?? new Map())
    }
    return known.map((entry) => ({ ...entry, data: (described.get(entry.kind)?.get(entry.key) as Shown['data']) ?? null }))
  }

  // A frame that is larger than a socket's buffer never arrives, however often it is asked for.
  #cut(shown: readonly Shown[], position: number): { entries: Shown[]; end: number } {
    let length = 0
    const count = shown.findIndex(({ data }, i) => {
      length += JSON.stringify(data).length
      return i > 0 && length > this.#options.pageLength
    })
    if (count < 0) return { entries: [...shown], end: position }
    const entries = shown.slice(0, count)
    return { entries, end: entries.at(-1)?.position ?? position }
  }
}
