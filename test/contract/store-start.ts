// The tables of the store's own tests, and what those begin with.
import { sql } from 'drizzle-orm'
import { AppError } from '../../src/errors.ts'
import type { Kit } from '../../src/store/columns.ts'
import type { Migration } from '../../src/store/migrate.ts'
import type { Db, Statement, Store } from '../../src/store/store.ts'
import type { Open } from '../support/stores.ts'

/** A log of messages, and one row with every kind of column. */
export const tables = (k: Kit) => ({
  messages: k.table(
    'test_messages',
    {
      conversation: k.int('conversation').notNull(),
      seq: k.int('seq').notNull(),
      client: k.text('client').notNull(),
      body: k.text('body'),
    },
    (t) => [k.unique('test_messages_seq').on(t.conversation, t.seq), k.unique('test_messages_client').on(t.conversation, t.client)],
  ),
  columns: k.table('test_columns', {
    id: k.id().primaryKey(),
    text: k.text('text'),
    int: k.int('int'),
    bool: k.bool('bool'),
    time: k.time('time'),
    json: k.json<unknown>('json'),
    bytes: k.bytes('bytes'),
  }),
})

/** What `tables` makes. */
export type Tables = ReturnType<typeof tables>

const messages = `create table test_messages (conversation bigint not null, seq bigint not null, client text not null, body text);
--> statement-breakpoint
create unique index test_messages_seq on test_messages (conversation, seq);
--> statement-breakpoint
create unique index test_messages_client on test_messages (conversation, client)`

/** The migration that makes them. */
export const migrations: readonly Migration[] = [
  {
    name: '0001_init',
    sqlite: `${messages};
--> statement-breakpoint
create table test_columns (id text primary key not null, text text, int integer, bool integer, time integer, json text, bytes blob)`,
    postgres: `${messages};
--> statement-breakpoint
create table test_columns (id text primary key not null, text text, int bigint, bool boolean, time timestamptz(3), json jsonb, bytes bytea)`,
  },
]

/** A stored message. */
export type Row = Tables['messages']['$inferSelect']
/** What is needed to append one. */
export type Draft = { conversation: number; client: string; body: string }

/** Appends under the next number of the conversation; no row comes back for a client id that is known. */
export const appender = (store: Store, { messages: m }: Tables): Statement<Draft, Row> =>
  store.statement<Draft, Row>('test.append', (db: Db) =>
    db
      .insert(m)
      .values({
        conversation: sql.placeholder('conversation'),
        seq: sql`(select coalesce(max(${m.seq}), 0) + 1 from ${m} where ${m.conversation} = ${sql.placeholder('conversation')})`,
        client: sql.placeholder('client'),
        body: sql.placeholder('body'),
      })
      .onConflictDoNothing()
      .returning(),
  )

/** A store on an empty database with these tables. */
export const start = async (open: Open, given: Parameters<Open>[0] = {}) => {
  const { store, url } = await open(given)
  await store.migrate('test', migrations)
  const t = tables(open.kit)
  const append = appender(store, t)
  const all = async (): Promise<Row[]> => store.read.select().from(t.messages).orderBy(t.messages.conversation, t.messages.seq)
  return { store, url, t, append, all }
}

/** A message to append. */
export const draft = (client: string, conversation = 1): Draft => ({ conversation, client, body: `body of ${client}` })

/** What the unit rejects with. */
export const failureOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('It should have been refused')
}

/** The code that it rejects with. */
export const codeOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  const error = await failureOf(work)
  return error instanceof AppError ? error.code : String(error)
}
