import { core } from '../errors.ts'
import type { SqliteDatabase } from '../runtime/runtime.ts'
import { type Applied, createLedger, pendingSteps, type Scribe, type Step } from './ledger.ts'
import type { Migration } from './migrate.ts'

const appliedOf = (db: SqliteDatabase, plugin: string): Applied[] =>
  db.prepare('select name, checksum from parley_migrations where plugin = ? order by name').all([plugin]) as unknown as Applied[]

const applyInTransaction = (db: SqliteDatabase, step: Step, now: number): void => {
  db.exec('begin immediate')
  try {
    for (const statement of step.statements) db.exec(statement)
    // Foreign keys are off meanwhile, so what they would have refused is looked for here.
    const broken = db.prepare('pragma foreign_key_check').values([])
    if (broken.length > 0) throw new Error(`${broken.length} rows refer to rows that are not there`)
    db.prepare('insert into parley_migrations (plugin, name, checksum, applied_at) values (?, ?, ?, ?)').run([
      step.plugin,
      step.name,
      step.checksum,
      now,
    ])
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    throw core.MIGRATION_FAILED(
      { plugin: step.plugin, name: step.name, reason: error instanceof Error ? error.message : String(error) },
      error,
    )
  }
}

/** Apply what is missing, each migration in a transaction of its own with its ledger row. */
export const migrateSqlite = (db: SqliteDatabase, plugin: string, migrations: readonly Migration[], { now, announce }: Scribe): void => {
  db.exec(createLedger)
  const applied = appliedOf(db, plugin)
  const steps = pendingSteps(plugin, migrations, 'sqlite', applied)
  if (steps.length === 0) return
  // To change a table SQLite makes a new one and drops the old, which would delete what refers to it. The
  // switch works only outside a transaction (https://sqlite.org/lang_altertable.html#otheralter).
  db.exec('pragma foreign_keys = off')
  try {
    for (const step of steps) {
      announce(step, applied)
      applyInTransaction(db, step, now())
    }
  } finally {
    db.exec('pragma foreign_keys = on')
  }
}
