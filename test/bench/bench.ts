// What every row of the benchmark works with: how long, how often, and a database of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinned } from './load.ts'
import { hostSecret, tokenOf } from './people.ts'
import { type ServerProcess, startProcess } from './server.ts'

/** How much is measured. */
export interface Effort {
  /** Seconds of load before anything counts. */
  readonly warm: number
  /** Seconds of each measured phase. */
  readonly secs: number
  /** How often each figure is taken; the median counts. */
  readonly repeats: number
  /** Connections of the row about connecting. */
  readonly connects: number
  /** Connections of the row about idle ones. */
  readonly idleConns: number
  /** Seconds for which those are held. */
  readonly idleSecs: number
  /** Messages of the row about searching. */
  readonly searchMessages: number
  /** Messages of a conversation that has become long. */
  readonly longLength: number
  /** Conversations of a device that comes back. */
  readonly conversations: number
  /** Starts per form. */
  readonly starts: number
  /** Milliseconds after a start until the memory at rest is read: the collector has been over what the start left. */
  readonly restMs: number
}

/** Enough for figures that may be told. */
export const fullEffort: Effort = {
  warm: 1,
  secs: 4,
  repeats: 5,
  connects: 5_000,
  idleConns: 15_000,
  idleSecs: 30,
  longLength: 1_000_000,
  conversations: 1_000,
  searchMessages: 1_000_000,
  starts: 10,
  restMs: 3_000,
}
/** Enough to see that everything works; its figures say nothing. */
export const quickEffort: Effort = {
  warm: 0,
  secs: 1,
  repeats: 1,
  connects: 500,
  idleConns: 200,
  idleSecs: 1,
  searchMessages: 3_000,
  longLength: 2_000,
  conversations: 50,
  starts: 1,
  restMs: 100,
}

/** One run of the benchmark. */
export interface Bench extends Effort, Disposable {
  readonly folder: string
  /** The database that Parley runs on; kept from row to row, so its people are known. */
  readonly databaseUrl: string
  /** A file for wsload's `--lines`: a line per connection, columns by tabs. */
  lines(rows: readonly (readonly string[])[]): string
}

/** Begin a run with a temporary folder, which is removed at its end. */
export const startBench = (effort: Effort): Bench => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  let files = 0
  return {
    ...effort,
    folder,
    databaseUrl: `sqlite:${join(folder, 'bench.db')}`,
    lines: (rows) => {
      const file = join(folder, `lines-${++files}.tsv`)
      writeFileSync(file, rows.map((row) => `${row.join('\t')}\n`).join(''))
      return file
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The settings of Parley in every row: no rates, tokens by the host application's secret. */
export const parleySettings = ({ databaseUrl }: Bench): Record<string, string> => ({
  PORT: '0',
  HOST: '127.0.0.1',
  DATABASE_URL: databaseUrl,
  PARLEY_LIMITS: 'off',
  PARLEY_AUTH_SECRET: 'a-secret-of-the-server-itself-for-load-tests',
  PARLEY_AUTH_HOST_SECRET: hostSecret,
})

/** How Parley is started: from source, unless `PARLEY_BENCH_COMMAND` names another form. */
export const parleyCommand = (): string[] => process.env.PARLEY_BENCH_COMMAND?.split(' ') ?? [process.execPath, 'src/main.ts']

/** Parley alone on the first core. */
export const startParley = (bench: Bench): Promise<ServerProcess> =>
  startProcess({ command: pinned(0, parleyCommand()), env: parleySettings(bench) })

/** A file of one token per connection, of the people from number `from` on. */
export const tokenLines = (bench: Bench, count: number, from = 0): string =>
  bench.lines(Array.from({ length: count }, (_, index) => [tokenOf(from + index)]))
