// Finding messages by their words, in what the searcher may read now. What the index says is a hint: each message is looked at as
// it is, so that nobody finds what was edited away, recalled, cleared or hidden, nor what came when they were not in the group.
import { and, eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Handlers, Statement, Store } from '#core'
import { errors } from '../errors.ts'
import { frameOf } from '../frames.ts'
import { kinds, type Row } from '../log.ts'
import type { messages } from '../messages.ts'
import { placeKey } from '../places.ts'
import type { MemberRow, Rosters } from '../rosters.ts'
import type { Tables } from '../tables.ts'
import type { Behind, Indexer } from './indexer.ts'
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
  readonly limit: number
}

interface Found {
  readonly rows: ReadonlyMap<string, Row>
  readonly seats: ReadonlyMap<number, Seat>
}

/** Entries that a search indexes itself before it answers. */
const tailLimit = 5_000
/** How many that the index names are looked at for one answer; after these the searcher is told how to go on. */
const lookLimit = 1_000
/** Characters of theirs that are looked at, and told: a frame has to fit a slow reader's buffer, and others are waiting. */
const lookLength = 100_000
const pageSize = 100

/** Answers `chat.search`. */
export class Search {
  readonly #options: SearchOptions
  readonly #behind: Statement<{ user: string; key: string }, Behind>
  readonly #groups: Statement<{ user: string }, { key: string }>

  constructor(options: SearchOptions) {
    this.#options = options
    this.#behind = behindStatement(options)
    this.#groups = groupsStatement(options)
  }

  handlers(): { readonly search: Handler } {
    return { search: (question, { userId }) => this.#answer(userId, question) }
  }

  async #answer(user: string, { text, to, from, before, limit }: Question): Promise<Awaited<ReturnType<Handler>>> {
    const terms = termsOf(text)
    if (terms.length === 0) throw errors.NOTHING_TO_FIND().with({ path: '/data/text' })
    if (to !== undefined && !(await this.#isThere(user, to))) return { hits: [] }
    await this.#reach(user, to)
    const scope = to === undefined ? [await this.#everywhere(user)] : placesOfConversation(user, to).map((place) => [place])
    const sender = from === undefined ? [] : [[fromPlace(from)]]
    const wanted = [...terms.flatMap(wordsOfTerm).map((word) => [word]), ...scope, ...sender]
    return this.#collect({ user, terms, limit }, wanted, before?.slice(1))
  }

  async #isThere(user: string, to: string): Promise<boolean> {
    const { store, rosters } = this.#options
    const member = await rosters.find(store.read, placeKey(user, to), user)
    if (!member && to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/data/to' })
    return member !== undefined
  }

  // What was acknowledged is found: what the index has not come to yet is brought in first, where the searcher looks.
  async #reach(user: string, to: string | undefined): Promise<void> {
    const { store, indexer } = this.#options
    const behind = await this.#behind(store.read, { user, key: to === undefined ? '' : placeKey(user, to) })
    if (behind.length > 0 && !(await indexer.reach(behind, tailLimit))) throw errors.SEARCH_BEHIND().with({ retryAfterMs: 2_000 })
  }

  /** All direct conversations of somebody, and each of their groups. */
  async #everywhere(user: string): Promise<string[]> {
    const groups = await this.#groups(this.#options.store.read, { user })
    return [ownPlace(user), ...groups.flatMap(({ key }) => placesOfConversation(user, key))]
  }

  async #collect(task: Task, wanted: Wanted, start: string | undefined): Promise<{ hits: Hit[]; next?: string }> {
    const hits: Hit[] = []
    let before = start
    let length = 0
    for (let looked = 0; looked < lookLimit && length < lookLength; ) {
      const docs = await this.#options.index.find(wanted, { before, limit: pageSize })
      const found = await this.#look(task.user, docs)
      for (const doc of docs) {
        before = doc.n
        length += found.rows.get(placeOf(doc))?.text.length ?? 0
        const hit = this.#hit(task, doc, found)
        if (hit) hits.push(hit)
        if (hits.length === task.limit || length >= lookLength) return { hits, next: `M${before}` }
      }
      if (docs.length < pageSize) return { hits }
      looked += docs.length
    }
    return { hits, ...(before !== undefined && { next: `M${before}` }) }
  }

  #hit({ user, terms }: Task, doc: Doc, { rows, seats }: Found): Hit | undefined {
    const seat = seats.get(doc.conversation)
    const row = rows.get(placeOf(doc))
    if (!seat || row?.kind !== kinds.message || row.recalledAt || !isReadable(seat.member, doc.seq)) return undefined
    const highlights = spansOf(row.text, terms)
    if (!highlights) return undefined
    const to = otherOf(seat.key, user)
    const message = frameOf(row, to.startsWith('G') || row.sender === user ? to : user)
    return { to, message, highlights: [...highlights] }
  }

  /** What the index named, as it is now: the messages, and the searcher's seats where they stand. */
  async #look(user: string, docs: readonly Doc[]): Promise<Found> {
    if (docs.length === 0) return { rows: new Map(), seats: new Map() }
    const { store, tables } = this.#options
    const { members, conversations } = tables
    const ids = [...new Set(docs.map(({ conversation }) => conversation))]
    const seats = await store.read
      .select({ key: conversations.key, member: members })
      .from(members)
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .where(and(eq(members.user, user), inArray(members.conversation, ids)))
    return { rows: await this.#rows(user, docs), seats: new Map(seats.map((seat) => [seat.member.conversation, seat])) }
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
    return new Map(rows.map((row) => [placeOf(row), row]))
  }
}

const placeOf = ({ conversation, seq }: Pick<Doc, 'conversation' | 'seq'>): string => `${conversation} ${seq}`

const p = (name: string): SQL => sql`${sql.placeholder(name)}`

/** The searcher's conversations that the index has not come to the end of; all of them, or the one with a key. */
const behindStatement = ({ store, tables }: SearchOptions): Statement<{ user: string; key: string }, Behind> => {
  const { members, conversations, cursors, messages: t } = tables
  const head = sql<number>`coalesce((select max(${t.seq}) from ${t} where ${t.conversation} = ${members.conversation}), 0)`.mapWith(Number)
  const indexed = sql<number>`coalesce(${cursors.seq}, 0)`.mapWith(Number)
  return store.statement('chat_search_behind', (db) =>
    db
      .select({ conversation: members.conversation, head, indexed })
      .from(members)
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .leftJoin(cursors, eq(cursors.conversation, members.conversation))
      .where(sql`${members.user} = ${p('user')} and ${p('key')} in ('', ${conversations.key}) and ${head} > ${indexed}`),
  )
}

// Groups that somebody has left too: what they could read then they can still find.
const groupsStatement = ({
  store,
  tables: { members, conversations, groups },
}: SearchOptions): Statement<{ user: string }, { key: string }> =>
  store.statement('chat_search_groups', (db) =>
    db
      .select({ key: conversations.key })
      .from(members)
      .innerJoin(groups, eq(groups.conversation, members.conversation))
      .innerJoin(conversations, eq(conversations.id, members.conversation))
      .where(sql`${members.user} = ${p('user')}`),
  )

const isReadable = ({ since, cleared, until }: MemberRow, seq: number): boolean =>
  seq > Math.max(since, cleared) && (until === null || seq <= until)

const otherOf = (key: string, user: string): string => {
  if (key.startsWith('G')) return key
  const [first = '', second = ''] = key.split(':')
  return first === user ? second : first
}
