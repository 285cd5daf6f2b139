// What rows about chat share: people with a socket each, and conversations of any length.
import { Database } from 'bun:sqlite'
import { TestSocket } from '../support/socket.ts'
import { tokenOf } from './people.ts'

/** A signed-in socket of the host's user number `index`. */
export const socketOf = async (url: string, index: number): Promise<TestSocket> => {
  const socket = await TestSocket.open(url, ['parley.v1', `auth.${tokenOf(index)}`])
  await socket.next('core.welcome')
  return socket
}

// A connection may have 256 requests unanswered.
const atOnce = 100
let sent = 0

/** Send one message to each of `ids`, in that order. */
export const writeTo = async (socket: Pick<TestSocket, 'request'>, ids: readonly string[]): Promise<void> => {
  for (let at = 0; at < ids.length; at += atOnce) {
    const some = ids.slice(at, at + atOnce)
    await Promise.all(some.map((to) => socket.request('chat.send', { text: 'hello', clientId: `w${++sent}` }, { to })))
  }
}

const columns = 'conversation, seq, id, sender, client_id, text, time, kind'
// Their clients' ids come before those of the load, as those of older messages do.
const clientId = (number: string): string => `substr(cast(10000000000000000 + ${number} as text), 2)`
const row = (number: string): string =>
  `conversation, ${number}, 'M' || (100000000000 + ${number}), sender, ${clientId(number)}, 'a message like many others, number ' || ${number}, time, 0`
const last = 'chat_messages where seq = (select max(seq) from chat_messages) limit 1'

/** Make the longest conversation of an SQLite database that nobody has open `count` messages longer, as if they were indexed. */
export const fillSqlite = (databaseUrl: string, count: number): void => {
  const db = new Database(databaseUrl.replace('sqlite:', ''))
  const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})`
  db.run(`${numbers} insert into chat_messages (${columns}) select ${row('seq + n.i')} from n, (select * from ${last})`)
  db.run('insert or replace into chat_cursors (conversation, seq) select conversation, max(seq) from chat_messages group by conversation')
  db.run('pragma wal_checkpoint(truncate)')
  db.close()
}

/** The same on Postgres, as one statement. */
export const fillPostgres = (count: number): string =>
  `insert into chat_messages (${columns}) select ${row('seq + n.i')} from generate_series(1, ${count}) as n(i), (select * from ${last}) as l`
