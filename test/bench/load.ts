// Drives a server with wsload: builds it, runs it on the second core, reads what it prints.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { packages } from '../support/packages.ts'

const root = join(import.meta.dir, '../..')
const source = join(import.meta.dir, 'wsload.c')
const program = join(root, '.cache/bench/wsload')

/** Options of wsload by their names without the dashes; a list is given as often as it is long. */
export type LoadOptions = Readonly<Record<string, string | number | readonly string[]>>

/** What wsload prints. A figure whose phase did not run is absent. */
export interface LoadResult {
  readonly conns: number
  readonly failed: number
  readonly connect_cpu_us: number
  readonly connects_per_s: number
  readonly idle_cpu_pct: number
  readonly idle_rss_kib_per_conn: number
  readonly idle_closed: number
  readonly published_per_s: number
  readonly delivered_per_s: number
  readonly counted_per_s: number
  readonly lost: number
  readonly p50_us: number
  readonly p99_us: number
  readonly server_cpu_pct: number
  readonly cpu_us_per_publish: number
  readonly cpu_us_per_delivery: number
  readonly dropped: number
}

/** Why there is no load generator; `undefined` when it can be built. */
export const noLoad = packages.compiler.find() === undefined ? 'there is no C compiler (Debian: apt-get install gcc libc6-dev)' : undefined

/** A command on one core, where the machine has more than one to tell apart. */
export const pinned = (core: 0 | 1, command: readonly string[]): string[] => {
  const canPin = Bun.which('taskset') !== null && navigator.hardwareConcurrency > 1
  return canPin ? ['taskset', '-c', String(core), ...command] : [...command]
}

/** Build wsload if it is not there or older than its source; its path. */
export const buildLoad = async (): Promise<string> => {
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program
  mkdirSync(join(program, '..'), { recursive: true })
  const compiler = packages.compiler.find()
  if (compiler === undefined) throw new Error(noLoad)
  const built = Bun.spawnSync([compiler, '-O2', '-o', program, source])
  if (!built.success) throw new Error(`wsload could not be built:\n${built.stderr}`)
  return program
}

const argumentsOf = (options: LoadOptions): string[] =>
  Object.entries(options).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${name}`, String(one)]))

/** A load that goes on until it is cut. */
export interface RunningLoad {
  /** Resolves when all connections are there. */
  readonly arrived: Promise<void>
  /** `kill -9`: its connections break in one moment. */
  cut(): void
}

/** Start a load that is to be cut. */
export const startLoad = async (options: LoadOptions): Promise<RunningLoad> => {
  const child = Bun.spawn(pinned(1, [await buildLoad(), ...argumentsOf(options)]), { stdout: 'pipe', stderr: 'inherit' })
  const arrive = async (): Promise<void> => {
    for await (const part of child.stdout) if (new TextDecoder().decode(part).includes('connect_cpu_us')) return
    throw new Error('wsload ended before its connections were there')
  }
  return { arrived: arrive(), cut: () => child.kill('SIGKILL') }
}

/** Run one load to its end. Rejects when a connection was refused or the program failed. */
export const runLoad = async (options: LoadOptions): Promise<LoadResult> => {
  const child = Bun.spawn(pinned(1, [await buildLoad(), ...argumentsOf(options)]), { stdout: 'pipe', stderr: 'pipe' })
  const [text, complaint, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  if (code !== 0) throw new Error(`wsload ended with ${code}: ${complaint}`)
  const result = JSON.parse(text) as LoadResult
  if (result.failed > 0) throw new Error(`${result.failed} connections did not get ready: ${text}`)
  return result
}
