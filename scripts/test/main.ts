// `npm test`: the packages that tests need, then every stage, then one line that sums up. See stages.ts.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inLanes } from './lanes.ts'
import { providePackages } from './packages.ts'
import { tryAgain } from './second-try.ts'
import { type Outcome, runStage, type Stage } from './stage.ts'
import { type Group, groups, select, testFiles } from './stages.ts'
import { add, type Counts, closingLine, none } from './summary.ts'
import { Turns, type Voice } from './turns.ts'

const say = (text: string): void => {
  process.stderr.write(`test: ${text}\n`)
}

/** Paths come first; from the first option on, everything is for `bun test`. */
const split = (args: readonly string[]): { paths: readonly string[]; options: readonly string[] } => {
  const at = args.findIndex((arg) => arg.startsWith('-'))
  return at === -1 ? { paths: args, options: [] } : { paths: args.slice(0, at), options: args.slice(at) }
}

const checks: readonly Stage[] = [
  { name: 'types', command: [process.execPath, 'node_modules/typescript/bin/tsc', '--noEmit'], limitMs: 60_000, counts: false },
  {
    name: 'lint',
    command: [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings'],
    limitMs: 60_000,
    counts: false,
  },
]

const stageOf = (group: Group, files: readonly string[], options: readonly string[]): Stage => ({
  name: group.name,
  command: [process.execPath, 'test', '--timeout=15000', ...group.options, ...options, ...files.map((file) => `./${file}`)],
  limitMs: group.limitMs,
  counts: true,
})

// A test that waits leaves its processor to another. More at once would only make each other late.
const lanes = 2

const runOne = async (stage: Stage, env: Readonly<Record<string, string>>, voice: Voice): Promise<Outcome> => {
  const startedAt = performance.now()
  voice.write('stderr', `test: ── ${stage.name} ──\n`)
  const outcome = await runStage(stage, env, voice)
  voice.write('stderr', `test: ${stage.name}: ${closingLine(outcome)}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  voice.end()
  return outcome
}

/** Everything once, side by side; then what failed of it once more, on a machine that does nothing else. */
const runAll = async (stages: readonly Stage[], env: Readonly<Record<string, string>>): Promise<Counts> => {
  const startedAt = performance.now()
  const turns = new Turns()
  const outcomes = await inLanes(stages, lanes, (stage) => runOne(stage, env, turns.take()))
  const voice = turns.take()
  const problems: string[] = []
  let total = none
  for (const [at, stage] of stages.entries()) {
    const outcome = await tryAgain(stage, outcomes[at] as Outcome, { env, voice })
    total = add(total, outcome)
    if (outcome.problem) problems.push(`${stage.name}: ${outcome.problem}`)
  }
  for (const problem of problems) say(`✗ ${problem}`)
  say(`everything took ${Math.round((performance.now() - startedAt) / 1000)} s`)
  return total
}

/** A folder of its own for everything that tests write; open to look through, because Postgres runs as another user. */
const withScratch = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-'))
  chmodSync(folder, 0o755)
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  try {
    return await work(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/** One Postgres for all stages, if any of them needs it and there is one to start. */
const withPostgres = async <T>(isNeeded: boolean, work: (env: Readonly<Record<string, string>>) => Promise<T>): Promise<T> => {
  if (!isNeeded || process.env.PARLEY_TEST_POSTGRES) return work({})
  // Not before now: it looks for the binaries that may just have been installed.
  const { noPostgres, startPostgres } = await import('../../test/support/postgres.ts')
  if (noPostgres !== undefined) return work({})
  const server = await startPostgres({ inMemory: true }).catch((error: unknown) => {
    say(`Postgres cannot be started, so whatever needs it will fail: ${error instanceof Error ? error.message : error}`)
  })
  if (!server) return work({})
  try {
    return await work({ PARLEY_TEST_POSTGRES: server.url })
  } finally {
    await server.stop()
  }
}

const main = async (): Promise<void> => {
  const { paths, options } = split(process.argv.slice(2))
  const files = select(await testFiles(), paths)
  if (files.length === 0) say(`there is no test file${paths.map((path) => ` ${path}`).join('')}`)
  const chosen = groups.map((group) => ({ group, files: files.filter(group.holds) })).filter((part) => part.files.length > 0)
  await providePackages([...new Set(chosen.flatMap(({ group }) => group.needs))])
  const stages = chosen.map((part) => stageOf(part.group, part.files, options))
  const all = paths.length === 0 && options.length === 0 ? [...checks, ...stages] : stages
  const needsPostgres = chosen.some(({ group }) => group.needs.includes('postgres'))
  const total = await withPostgres(needsPostgres, (env) => withScratch((folder) => runAll(all, { ...env, TMPDIR: folder })))
  process.exitCode = total.failed > 0 || total.passed === 0 || files.length === 0 ? 1 : 0
  process.stdout.write(`${closingLine(total)}\n`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
try {
  await main()
} catch (error) {
  // Whoever reads the last line is to find one, also when the runner itself is at fault.
  say(`the run broke off: ${Bun.inspect(error)}`)
  process.stdout.write(`${closingLine({ ...none, failed: 1 })}\n`)
  process.exitCode = 1
}
