// From the start of the process to its listening, on a database that exists, and what it holds in memory then.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, parleySettings } from '../bench.ts'
import { pinned } from '../load.ts'
import { atMost, type Check, type Figures, median, type Report } from '../report.ts'
import { startProcess } from '../server.ts'

interface Form {
  readonly name: string
  readonly command: readonly string[]
  readonly limitMs: number
}

const root = join(import.meta.dir, '../../..')

const forms = ({ folder }: Bench): readonly Form[] => [
  { name: 'source', command: [process.execPath, 'src/main.ts'], limitMs: 200 },
  { name: 'bundle', command: [process.execPath, join(folder, 'parley.js')], limitMs: 200 },
  { name: 'executable', command: [join(folder, 'parley')], limitMs: 100 },
]

const residentLimitMib = 90

const build = ({ folder }: Bench): void => {
  const built = Bun.spawnSync([process.execPath, 'scripts/build.ts', '--outdir', folder], { cwd: root, stdout: 'ignore', stderr: 'pipe' })
  if (!built.success) throw new Error(`the build failed:\n${built.stderr}`)
}

const residentMib = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024

const startMs = async (bench: Bench, { command }: Form): Promise<number> => {
  await using server = await startProcess({ command: pinned(0, command), env: parleySettings(bench) })
  return server.startMs
}

const restingMib = async (bench: Bench, { command }: Form): Promise<number> => {
  await using server = await startProcess({ command: pinned(0, command), env: parleySettings(bench) })
  await new Promise((resolve) => setTimeout(resolve, bench.restMs))
  return residentMib(server.pid)
}

const measure = async (bench: Bench, form: Form): Promise<Figures> => {
  const starts: number[] = []
  // The first one makes the database, or fills the system's cache.
  await startMs(bench, form)
  for (let turn = 0; turn < bench.starts; turn++) starts.push(await startMs(bench, form))
  return { 'start ms': starts, 'resident MiB': [await restingMib(bench, form)] }
}

/** Starts of the three forms that are one process on Bun. */
export const start = async (bench: Bench): Promise<Report> => {
  build(bench)
  const figures: Record<string, Figures> = {}
  const checks: Check[] = []
  for (const form of forms(bench)) {
    const found = await measure(bench, form)
    figures[form.name] = found
    checks.push(atMost(`start, ${form.name}`, median(found['start ms'] ?? []), form.limitMs, 'ms'))
    checks.push(atMost(`resident at rest, ${form.name}`, median(found['resident MiB'] ?? []), residentLimitMib, 'MiB'))
  }
  return { row: 'start', work: 'start to listening, existing database', figures, checks }
}
