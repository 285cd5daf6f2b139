// What a unit of work costs on SQLite: CPU and time per unit at groups of about 100, fsync on, against the same
// statement run raw in one transaction per 100. Prints one JSON line: medians of five, [lowest, highest] beside.
//
//   bun test/bench/store.ts                bun:sqlite
//   bun test/bench/store.ts --driver node  node:sqlite
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { openSqlite as bunSqlite } from '../../src/runtime/bun-sqlite.ts'
import { openSqlite as nodeSqlite } from '../../src/runtime/deno-sqlite.ts'
import { sqliteKit as k } from '../../src/store/columns.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'

const driver = process.argv.includes('node') ? 'node:sqlite' : 'bun:sqlite'
const openSqlite = driver === 'node:sqlite' ? nodeSqlite : bunSqlite
const unitsPerRun = 50_000
const group = 100
const body = 'A message of ordinary length, as people write them to each other.'

const messages = k.table('bench_messages', {
  id: k.int('id').primaryKey(),
  sender: k.int('sender').notNull(),
  client: k.text('client').notNull(),
  body: k.text('body').notNull(),
  time: k.time('time').notNull(),
})
const schema = `create table bench_messages (id integer primary key, sender integer not null, client text not null, body text not null, time integer not null);
--> statement-breakpoint
create unique index bench_messages_client on bench_messages (sender, client)`

type Row = typeof messages.$inferSelect

interface Figures {
  readonly cpuMicros: number
  readonly perSecond: number
  /** The longest time between two turns of the event loop. */
  readonly longestTurnMs: number
}

const measure = async (units: number, work: () => Promise<void> | void): Promise<Figures> => {
  let last = performance.now()
  let longestTurnMs = 0
  let isOver = false
  const turn = (): void => {
    const now = performance.now()
    longestTurnMs = Math.max(longestTurnMs, now - last)
    last = now
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const cpu = process.cpuUsage()
  const from = performance.now()
  await work()
  const perSecond = (units / (performance.now() - from)) * 1000
  const used = process.cpuUsage(cpu)
  isOver = true
  return { cpuMicros: (used.user + used.system) / units, perSecond, longestTurnMs }
}

const median = (values: readonly number[]): { readonly median: number; readonly spread: readonly [number, number] } => {
  const sorted = values.map((value) => Math.round(value * 10) / 10).sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] as number, spread: [sorted[0] as number, sorted.at(-1) as number] }
}

const fiveTimes = async (units: number, work: () => Promise<void> | void) => {
  const runs: Figures[] = []
  await work()
  for (let i = 0; i < 5; i++) runs.push(await measure(units, work))
  return {
    cpuMicros: median(runs.map((run) => run.cpuMicros)),
    perSecond: median(runs.map((run) => run.perSecond)),
    longestTurnMs: median(runs.map((run) => run.longestTurnMs)),
  }
}

let lastId = 0
const nextRow = (): Row => {
  const id = ++lastId
  return { id, sender: id % 500, client: `c${id}`, body, time: new Date() }
}

const slots = {
  id: sql.placeholder('id'),
  sender: sql.placeholder('sender'),
  client: sql.placeholder('client'),
  body: sql.placeholder('body'),
}

/** `group` senders, each with one unit in flight: what arrives in one turn makes one group. */
const throughStore = (store: Store) => {
  const append = store.statement<Row, Row>('bench.append', (db) =>
    db
      .insert(messages)
      .values({ ...slots, time: sql.placeholder('time') })
      .onConflictDoNothing()
      .returning(),
  )
  return async (): Promise<void> => {
    let left = unitsPerRun
    const sender = async (): Promise<void> => {
      while (left-- > 0) {
        const row = nextRow()
        await store.write(async (tx) => (await append(tx, row))[0], { serial: 'bench' })
      }
    }
    await Promise.all(Array.from({ length: group }, sender))
  }
}

const raw = async (path: string) => {
  const db = await openSqlite(path, 'write')
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000')
  for (const statement of schema.split('--> statement-breakpoint')) db.exec(statement)
  const insert = db.prepare(
    'insert into bench_messages (id, sender, client, body, time) values (?, ?, ?, ?, ?) on conflict do nothing returning id, sender, client, body, time',
  )
  return (): void => {
    for (let n = 0; n < unitsPerRun; n += group) {
      db.exec('begin immediate')
      for (let i = 0; i < group; i++) {
        const row = nextRow()
        insert.values([row.id, row.sender, row.client, row.body, row.time.getTime()])
      }
      db.exec('commit')
    }
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
const store = await openStore({
  url: `sqlite:${folder}/store.db`,
  runtime: { openSqlite },
  log: silent,
  clock: { now: () => Date.now(), monotonic: () => performance.now() },
  onFatal: (error) => {
    throw error
  },
})
await store.migrate('bench', [{ name: '0001_init', sqlite: schema, postgres: '' }])
const units = await fiveTimes(unitsPerRun, throughStore(store))
await store.close()
const statements = await fiveTimes(unitsPerRun, await raw(`${folder}/raw.db`))
rmSync(folder, { recursive: true })
const ratio = Math.round((units.cpuMicros.median / statements.cpuMicros.median) * 100) / 100
console.log(JSON.stringify({ bench: 'store', driver, group, units, raw: statements, ratio }))
