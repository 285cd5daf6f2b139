// Finding messages by their words, in what the searcher may read now. What the index says is a hint: each message is looked at as
// it is, so that nobody finds what was edited away, recalled, cleared or hidden, nor what came when they were not in the group.
import { and, eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Handlers, Statement, Store } from '#core'
import { otherOf } from '../conversations.ts'
import { errors } from '../errors.ts'
import { frameOf } from '../frames.ts'
import { kinds, type Row } from '../log.ts'
import type { messages } from '../messages.ts'
import { placeKey } from '../places.ts'
import type { MemberRow, Rosters } from '../rosters.ts'
import type { Tables } from '../tables.ts'
import type { Behind } from './cursors.ts'
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

interface Task {
  readonly user: string
  readonly terms: readonly Term[]
  readonly limit: number
  readonly places: readonly string[]
  readonly wanted: Wanted
}

/** What the index named, as it is now, and the searcher's seat where it stands. */
interface Found {
  readonly row: Row
  readonly key: string
  readonly member: MemberRow
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
  readonly #behind: Statement<{ user: string }, Behind>
  readonly #behindIn: Statement<{ user: string; key: string }, Behind>
  readonly #groups: Statement<{ user: string }, { key: string }>

  constructor(options: SearchOptions) {
    this.#options = options
    this.#behind = behindStatement(options, 'chat_search_behind')
    this.#behindIn = behindStatement(options, 'chat_search_behind_in', inConversation(options))
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
    const [own, ...others] = to === undefined ? [] : placesOfConversation(user, to)
    const places = own === undefined ? await this.#everywhere(user) : [own]
    const more = from === undefined ? others : [...others, fromPlace(from)]
    const wanted = [...terms.flatMap(wordsOfTerm), ...more].map((word) => [word])
    return this.#collect({ user, terms, limit, places, wanted }, before?.slice(1))
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
    const behind =
      to === undefined ? await this.#behind(store.read, { user }) : await this.#behindIn(store.read, { user, key: placeKey(user, to) })
    if (behind.length > 0 && !(await indexer.reach(behind, tailLimit))) throw errors.SEARCH_BEHIND().with({ retryAfterMs: 2_000 })
  }

  /** All direct conversations of somebody, and each of their groups. */
  async #everywhere(user: string): Promise<string[]> {
    const groups = await this.#groups(this.#options.store.read, { user })
    return [ownPlace(user), ...groups.flatMap(({ key }) => placesOfConversation(user, key))]
  }

  async #collect(task: Task, start: string | undefined): Promise<{ hits: Hit[]; next?: string }> {
    const hits: Hit[] = []
    let before = start
    let length = 0
    for (let looked = 0; looked < lookLimit && length < lookLength; ) {
      const docs = await this.#options.index.find(task.places, task.wanted, { before, limit: pageSize })
      const found = await this.#look(task.user, docs)
      for (const doc of docs) {
        before = doc.n
        const message = found.get(placeOf(doc))
        length += message?.row.text.length ?? 0
        const hit = message && this.#hit(task, message)
        if (hit) hits.push(hit)
        if (hits.length === task.limit || length >= lookLength) return { hits, next: `M${before}` }
      }
      if (docs.length < pageSize) return { hits }
      looked += docs.length
    }
    return { hits, ...(before !== undefined && { next: `M${before}` }) }
  }

  #hit({ user, terms }: Task, { row, key, member }: Found): Hit | undefined {
    if (row.kind !== kinds.message || row.recalledAt || !isReadable(member, row.seq)) return undefined
    const highlights = spansOf(row.text, terms)
    if (!highlights) return undefined
    const to = otherOf(key, user)
    const message = frameOf(row, to.startsWith('G') || row.sender === user ? to : user)
    return { to, message, highlights: [...highlights] }
  }

  /** Those of `docs` that stand where the searcher is or was, and that they have not hidden. */
  async #look(user: string, docs: readonly Doc[]): Promise<ReadonlyMap<string, Found>> {
    if (docs.length === 0) return new Map()
    const { store, tables } = this.#options
    const { messages: t, hidden: h, members, conversations } = tables
    const isHidden = sql`exists (select 1 from ${h} where ${h.user} = ${user} and ${h.conversation} = ${t.conversation} and ${h.seq} = ${t.seq})`
    const isSeat = and(eq(members.conversation, t.conversation), eq(members.user, user), eq(conversations.id, t.conversation))
    // A cross join, because SQLite keeps to its order: it would look through everything that the searcher may read.
    const found = await store.read
      .select({ row: t, key: conversations.key, member: members })
      .from(t)
      .crossJoin(members)
      .crossJoin(conversations)
      .where(and(this.#isOneOf(docs), isSeat, sql`not ${isHidden}`))
    return new Map(found.map((one) => [placeOf(one.row), one]))
  }

  #isOneOf(docs: readonly Doc[]): SQL | undefined {
    const { store, tables } = this.#options
    const { messages: t } = tables
    if (store.dialect === 'postgres') {
      const [conversations, seqs] = [docs.map(({ conversation }) => conversation), docs.map(({ seq }) => seq)].map(arrayOf)
      return sql`(${t.conversation}, ${t.seq}) in (select * from unnest(${conversations}::bigint[], ${seqs}::bigint[]))`
    }
    const here = [...Map.groupBy(docs, ({ conversation }) => conversation)].map(([conversation, those]) => {
      const seqs = those.map(({ seq }) => seq)
      return and(eq(t.conversation, conversation), inArray(t.seq, seqs))
    })
    return or(...here)
  }
}

const arrayOf = (numbers: readonly number[]): string => `{${numbers.join(',')}}`

const placeOf = ({ conversation, seq }: Pick<Doc, 'conversation' | 'seq'>): string => `${conversation} ${seq}`

const p = (name: string): SQL => sql`${sql.placeholder(name)}`

/** The searcher's conversations that the index has not come to the end of. */
const behindStatement = <V extends { user: string }>({ store, tables }: SearchOptions, name: string, where?: SQL): Statement<V, Behind> => {
  const { members, cursors, messages: t } = tables
  const head = sql<number>`(select max(${t.seq}) from ${t} where ${t.conversation} = ${members.conversation})`.mapWith(Number)
  const indexed = sql<number>`coalesce(${cursors.seq}, 0)`.mapWith(Number)
  const isMore = sql`exists (select 1 from ${t} where ${t.conversation} = ${members.conversation} and ${t.seq} > ${indexed})`
  return store.statement(name, (db) =>
    db
      .select({ conversation: members.conversation, head, indexed })
      .from(members)
      .leftJoin(cursors, eq(cursors.conversation, members.conversation))
      .where(and(sql`${members.user} = ${p('user')}`, where, isMore)),
  )
}

const inConversation = ({ tables: { members, conversations } }: SearchOptions): SQL =>
  sql`${members.conversation} = (select ${conversations.id} from ${conversations} where ${conversations.key} = ${p('key')})`

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
