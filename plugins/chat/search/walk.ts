// Finding on Postgres, the newest first. Its index of words knows no order: to find the newest of many it reads them all. So the
// newest at the places that are searched are gone through first, one by one, which soon finds what many messages hold; what few
// hold is left to the index. FTS5 needs none of that: its lists are in the order of time.
import { type SQL, sql } from 'drizzle-orm'
import { type Db, planAnew } from '#core'
import type { Doc, Page } from './word-index.ts'

const largest = '9223372036854775807'

interface Walked {
  readonly docs: readonly Doc[]
  /** Below this number nothing was looked at; 0 if everything was. */
  readonly floor: string
}

/** Where and how far to look. */
export interface Route {
  /** No message may stand at two of them. */
  readonly places: readonly string[]
  /** How many are gone through, all places together. */
  readonly length: number
}

/** The newest at the places of `route` that match `query`, a tsquery. */
export const findOnPostgres = async (db: Db, route: Route, query: string, page: Page): Promise<Doc[]> => {
  const { docs, floor } = await walk(db, route, query, page)
  if (docs.length === page.limit || floor === '0') return [...docs]
  const there = `(${query})&(${route.places.map((place) => `'${place}'`).join('|')})`
  return [...docs, ...(await match(db, there, { before: floor, limit: page.limit - docs.length }))]
}

const walk = async (db: Db, { places, length }: Route, query: string, { before = largest, limit }: Page): Promise<Walked> => {
  const each = Math.ceil(length / places.length)
  // A place that has more than `each` is known down to the last of them, and the places together down to the highest of those.
  const walking = sql`(
    with walked as materialized (
      select one.place, one.n
      from unnest(${`{${places.join(',')}}`}::text[]) as searched (place)
      cross join lateral (
        select place, n from chat_places
        where chat_places.place = searched.place and n < ${before}::bigint
        order by n desc limit ${each}::bigint
      ) one
    ),
    bottom as (
      select coalesce(max(lowest), 0) as floor
      from (select min(n) as lowest from walked group by place having count(*) = ${each}::bigint) cut
    )
    select bottom.floor, hit.n, hit.conversation, hit.seq
    from bottom left join lateral (
      select chat_docs.n, chat_docs.conversation, chat_docs.seq
      from (select n from walked where n >= bottom.floor order by n desc) newest
      join chat_words on chat_words.rowid = newest.n
      join chat_docs on chat_docs.n = newest.n
      where ${planAnew} chat_words.words @@ ${query}::tsquery
      order by newest.n desc limit ${limit}::bigint
    ) hit on true
    order by hit.n desc
  ) found`
  const rows = await db.select({ floor: asText('found.floor'), ...docColumns('found') }).from(walking)
  const docs = rows.flatMap(({ n, conversation, seq }) => (n === null ? [] : [{ n, conversation, seq }]))
  return { docs, floor: rows[0]?.floor ?? '0' }
}

// Fenced, because the planner would go back through all messages of everybody until it has enough.
const match = async (db: Db, query: string, { before = largest, limit }: Page): Promise<Doc[]> => {
  const matching = sql`(
    with matching as materialized (
      select rowid as n from chat_words where ${planAnew} words @@ ${query}::tsquery and rowid < ${before}::bigint
    )
    select chat_docs.n, chat_docs.conversation, chat_docs.seq
    from (select n from matching order by n desc limit ${limit}::bigint) newest
    join chat_docs on chat_docs.n = newest.n
    order by newest.n desc
  ) found`
  return db.select(docColumns('found')).from(matching) as Promise<Doc[]>
}

const asText = (column: string): SQL<string | null> => sql<string | null>`cast(${sql.raw(column)} as text)`
const docColumns = (from: string) => ({
  n: asText(`${from}.n`),
  conversation: sql<number>`${sql.raw(from)}.conversation`,
  seq: sql<number>`${sql.raw(from)}.seq`,
})
