import { core } from '../errors.ts'
import { type Applied, createLedger, pendingSteps, type Scribe, type Step } from './ledger.ts'
import type { Migration } from './migrate.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { lockNumber } from './serial.ts'

// Another node may be migrating: wait for it as long as it takes, and then find its work done. Only who else uses the tables is
// waited for no longer than a minute.
const begin = `begin; set local statement_timeout = 0; set local lock_timeout = 0;
  select pg_advisory_xact_lock(${lockNumber('parley/migrations')}); set local lock_timeout = '60s'`

const apply = async (connection: PostgresConnection, step: Step, now: number): Promise<void> => {
  try {
    for (const statement of step.statements) await connection.query(statement, [], 'objects')
  } catch (error) {
    throw core.MIGRATION_FAILED({ plugin: step.plugin, name: step.name, reason: (error as Error).message }, error)
  }
  const row = [step.plugin, step.name, step.checksum, now]
  await connection.query('insert into parley_migrations (plugin, name, checksum, applied_at) values ($1, $2, $3, $4)', row, 'objects')
}

/** Look at the ledger and apply the next step, in one transaction; false when there was none. */
const applyNext = async (
  connection: PostgresConnection,
  plugin: string,
  migrations: readonly Migration[],
  { now, announce }: Scribe,
): Promise<boolean> => {
  await connection.query(begin, [], 'objects')
  try {
    await connection.query(createLedger, [], 'objects')
    const { rows } = await connection.query('select name, checksum from parley_migrations where plugin = $1', [plugin], 'objects')
    const [step] = pendingSteps(plugin, migrations, 'postgres', rows as Applied[])
    if (step) {
      announce(step, rows as Applied[])
      await apply(connection, step, now())
    }
    await connection.query('commit', [], 'objects')
    return step !== undefined
  } catch (error) {
    if (!connection.isLost) await connection.query('rollback', [], 'objects')
    throw error
  }
}

/** Apply what is missing, each migration in a transaction of its own with its ledger row, one node at a time. */
export const migratePostgres = async (
  connection: PostgresConnection,
  plugin: string,
  migrations: readonly Migration[],
  scribe: Scribe,
): Promise<void> => {
  while (await applyNext(connection, plugin, migrations, scribe)) {
    // Each turn applies one.
  }
}
