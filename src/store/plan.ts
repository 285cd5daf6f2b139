import { type SQL, sql } from 'drizzle-orm'

const mark = '/* plan anew */'

/**
 * For a query whose best plan depends on its values: `where ${planAnew} …`. Postgres keeps one plan for all values after
 * some runs (https://www.postgresql.org/docs/current/sql-prepare.html); a query with this is planned for each. SQLite
 * plans by the shape of a query alone.
 */
export const planAnew: SQL = sql.raw(mark)

/** Whether the text of a query asks for that. */
export const isPlannedAnew = (text: string): boolean => text.includes(mark)
