// A process with a store of its own, for the tests that need a second one or one that dies:
//   bun store-process.ts <url> hold      opens the database, says its pid, and holds it until it is ended
//   bun store-process.ts <url> die       is killed in the middle of a migration
import { openSqlite } from '../../src/runtime/bun-sqlite.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { openStore } from '../../src/store/open.ts'
import { storeOptions } from '../support/stores.ts'

const [url = '', what] = process.argv.slice(2)

/** Kills the process with the power of `kill -9` when it is about to run a statement that says so. */
const mortal: Runtime['openSqlite'] = async (path, mode) => {
  const db = await openSqlite(path, mode)
  const exec = (text: string): void => {
    if (text.includes('here it dies')) process.kill(process.pid, 'SIGKILL')
    db.exec(text)
  }
  return { ...db, exec }
}

const store = await openStore({ ...storeOptions({ runtime: { openSqlite: mortal } }), url })
if (what === 'die') {
  const statements = ['create table demo_a (n bigint)', 'insert into demo_a values (1)', '/* here it dies */ insert into demo_a values (2)']
  const text = statements.join('--> statement-breakpoint\n')
  await store.migrate('demo', [{ name: '0001_init', sqlite: text, postgres: text }])
}
console.log(process.pid)
setInterval(() => {}, 1000)
