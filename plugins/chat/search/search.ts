// Finding messages by their words, in what the searcher may read now. What the index says is a hint: each message is looked at as
// it is, so that nobody finds what was edited away, recalled, cleared or hidden, nor what came when they were not in the group.
import { and, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Handlers, Store } from '#core'
import { errors } from '../errors.ts'
import { frameOf } from '../frames.ts'
import { kinds, type Row } from '../log.ts'
import type { messages } from '../messages.ts'
import { placeKey } from '../places.ts'
import type { MemberRow, Rosters } from '../rosters.ts'
import type { Tables } from '../tables.ts'
import type { Indexer } from './indexer.ts'
import { fromPlace, ownPlace, placesOfConversation } from './places.ts'
import type { Doc, Wanted, WordIndex } from './word-index.ts'
import { spansOf, type Term, termsOf, wordsOfTerm } from './words.ts'

/** What searching needs. */
export interface SearchOptions {
  readonly store: Store
  readonly tables: Tables
  readonly rosters: Rosters
  readonly index: WordIndex
  readonly indexer: Indexer
}

type Handler = Handlers<typeof messages>['search']
type Question = Parameters<Handler>[0]
type Hit = Awaited<ReturnType<Handler>>['hits'][number]

/** A conversation that the searcher may read, in part or whole. */
interface Seat {
  readonly key: string
  readonly member: MemberRow
}

interface Task {
  readonly user: string
  readonly terms: readonly Term[]
  readonly seats: ReadonlyMap<number, Seat>
  readonly limit: number
}

/** Entries that a search indexes itself before it answers. */
const tailLimit = 5_000
/** How many that the index names are looked at for one answer; after these the searcher is told how to go on. */
const lookLimit = 1_000
const pageSize = 100

/** Answers `chat.search`. */
export class Search {
  readonly #options: SearchOptions

  constructor(options: SearchOptions) {
    this.#options = options
  }

  handlers(): { readonly search: Handler } {
    return { search: (question, { userId }) => this.#answer(userId, question) }
  }

  async #answer(user: string, { text, to, from, before, limit }: Question): Promise<Awaited<ReturnType<Handler>>> {
    const terms = termsOf(text)
    if (terms.length === 0) throw errors.NOTHING_TO_FIND().with({ path: '/data/text' })
    const seats = await this.#seats(user, to)
    if (seats.size === 0) return { hits: [] }
    await this.#reach([...seats.keys()])
    const wanted = [
      ...terms.flatMap(wordsOfTerm).map((word) => [word]),
      ...scopeOf(user, to, seats),
      ...(from === undefined ? [] : [[fromPlace(from)]]),
    ]
    return this.#collect({ user, terms, seats, limit }, wanted, before?.slice(1))
  }

  // What was acknowledged is found: what the index has not come to yet is brought in first, where the searcher looks.
  async #reach(conversations: readonly number[]): Promise<void> {
    const { indexer } = this.#options
    const behind = await indexer.behind(conversations)
    if (behind.length > 0 && !(await indexer.reach(behind, tailLimit))) throw errors.SEARCH_BEHIND().with({ retryAfterMs: 2_000 })
  }

  async #seats(user: string, to: string | undefined): Promise<ReadonlyMap<number, Seat>> {
    const { store, tables, rosters } = this.#options
    const { members, conversations } = tables
    if (to === undefined) {
      const rows = await store.read
        .select({ key: conversations.key, member: members })
        .from(members)
        .innerJoin(conversations, eq(conversations.id, members.conversation))
        .where(eq(members.user, user))
      return new Map(rows.map((seat) => [seat.member.conversation, seat]))
    }
    const key = placeKey(user, to)
    const member = await rosters.find(store.read, key, user)
    if (member) return new Map([[member.conversation, { key, member }]])
    if (to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/data/to' })
    return new Map()
  }

  async #collect(task: Task, wanted: Wanted, start: string | undefined): Promise<{ hits: Hit[]; next?: string }> {
    const hits: Hit[] = []
    let before = start
    for (let looked = 0; looked < lookLimit; ) {
      const docs = await this.#options.index.find(wanted, { before, limit: pageSize })
      const rows = await this.#rows(task.user, docs)
      for (const doc of docs) {
        before = doc.n
        const hit = this.#hit(task, doc, rows)
        if (hit) hits.push(hit)
        if (hits.length === task.limit) return { hits, next: `M${before}` }
      }
      if (docs.length < pageSize) return { hits }
      looked += docs.length
    }
    return { hits, ...(before !== undefined && { next: `M${before}` }) }
  }

  #hit({ user, terms, seats }: Task, { conversation, seq }: Doc, rows: ReadonlyMap<string, Row>): Hit | undefined {
    const seat = seats.get(conversation)
    const row = rows.get(`${conversation} ${seq}`)
    if (!seat || row?.kind !== kinds.message || row.recalledAt || !isReadable(seat.member, seq)) return undefined
    const highlights = spansOf(row.text, terms)
    if (!highlights) return undefined
    const to = otherOf(seat.key, user)
    const message = frameOf(row, to.startsWith('G') || row.sender === user ? to : user)
    return { to, message, highlights: [...highlights] }
  }

  /** The messages as they are, without those that the searcher has hidden. */
  async #rows(user: string, docs: readonly Doc[]): Promise<ReadonlyMap<string, Row>> {
    if (docs.length === 0) return new Map()
    const { store, tables } = this.#options
    const { messages: t, hidden: h } = tables
    const here = [...Map.groupBy(docs, ({ conversation }) => conversation)].map(([conversation, those]) => {
      const seqs = sql.join(
        those.map(({ seq }) => sql`${seq}`),
        sql`, `,
      )
      return and(eq(t.conversation, conversation), sql`${t.seq} in (${seqs})`) as SQL
    })
    const isHidden = sql`exists (select 1 from ${h} where ${h.user} = ${user} and ${h.conversation} = ${t.conversation} and ${h.seq} = ${t.seq})`
    const rows = await store.read
      .select()
      .from(t)
      .where(and(or(...here), sql`not ${isHidden}`))
    return new Map(rows.map((row) => [`${row.conversation} ${row.seq}`, row]))
  }
}

/** Where to look: in one conversation, or in all direct ones and each group. */
const scopeOf = (user: string, to: string | undefined, seats: ReadonlyMap<number, Seat>): Wanted => {
  if (to !== undefined) return placesOfConversation(user, to).map((place) => [place])
  const groups = [...seats.values()].filter(({ key }) => key.startsWith('G')).map(({ key }) => placesOfConversation(user, key)[0] ?? '')
  return [[ownPlace(user), ...groups]]
}

const isReadable = ({ since, cleared, until }: MemberRow, seq: number): boolean =>
  seq > Math.max(since, cleared) && (until === null || seq <= until)

const otherOf = (key: string, user: string): string => {
  if (key.startsWith('G')) return key
  const [first = '', second = ''] = key.split(':')
  return first === user ? second : first
}
