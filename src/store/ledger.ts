// Which migrations a database has seen: table parley_migrations, one row per plugin and migration. A single
// high-water mark would skip the migrations of a plugin that is switched on later.
import { createHash } from 'node:crypto'
import { core } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Migration } from './migrate.ts'
import type { Store } from './store.ts'

/** The same text on both databases. Times are milliseconds since 1970. */
export const createLedger = `create table if not exists parley_migrations (
  plugin text not null,
  name text not null,
  checksum text not null,
  applied_at bigint not null,
  primary key (plugin, name)
)`

/** A row of the ledger. */
export interface Applied {
  readonly name: string
  readonly checksum: string
}

/** Who writes the ledger. */
export interface Scribe {
  readonly now: () => number
  /** Called before a step is applied; `applied`: what the plugin's tables have seen before it. */
  readonly announce: (step: Step, applied: readonly Applied[]) => void
}

/** One migration in one dialect, ready to be applied. */
export interface Step extends Applied {
  readonly plugin: string
  readonly statements: readonly string[]
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1)

// Line ends are those of whoever checked the file out, so they do not count.
const checksum = (text: string): string => createHash('sha256').update(text.replace(/\r\n/g, '\n')).digest('hex')

const split = (text: string): string[] =>
  text
    .split('--> statement-breakpoint')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

/** For the migrations of one plugin. It says which it is at if the tables are in use: large ones take their time, new ones need no words. */
export const scribe = (log: Log, now: () => number): Scribe => {
  let isInUse: boolean | undefined
  return {
    now,
    announce: ({ plugin, name }, applied) => {
      isInUse ??= applied.length > 0
      if (isInUse) log.info({ plugin, migration: name }, 'the database is being brought up to date')
    },
  }
}

const stepsOf = (plugin: string, migrations: readonly Migration[], dialect: Store['dialect']): Step[] =>
  migrations
    .map((migration) => {
      const text = migration[dialect]
      return { plugin, name: migration.name, checksum: checksum(text), statements: split(text) }
    })
    .sort(byName)

/**
 * What is left to apply, in order. Throws `CORE_DATABASE_NEWER` for a row without a migration and
 * `CORE_MIGRATION_CHANGED` for a migration that is not what was applied, also one that was slipped in before.
 */
export const pendingSteps = (
  plugin: string,
  migrations: readonly Migration[],
  dialect: Store['dialect'],
  applied: readonly Applied[],
): readonly Step[] => {
  const steps = stepsOf(plugin, migrations, dialect)
  const known = new Set(steps.map((step) => step.name))
  const unknown = applied.find((row) => !known.has(row.name))
  if (unknown) throw core.DATABASE_NEWER({ plugin, name: unknown.name })
  const sums = new Map(applied.map((row) => [row.name, row.checksum]))
  // Names sort in the order of application, so the applied ones are the first ones.
  const changed = steps.slice(0, applied.length).find((step) => sums.get(step.name) !== step.checksum)
  if (changed) throw core.MIGRATION_CHANGED({ plugin, name: changed.name })
  return steps.slice(applied.length)
}
