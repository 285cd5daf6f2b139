// Which test files there are, in which stage each runs, and what a stage needs of the machine.
import { join } from 'node:path'
import type { PackageName } from '../../test/support/packages.ts'

const root = join(import.meta.dir, '../..')

/** Test files that run together. */
export interface Group {
  readonly name: string
  readonly holds: (file: string) => boolean
  /** Options of `bun test`. */
  readonly options: readonly string[]
  readonly limitMs: number
  readonly needs: readonly PackageName[]
}

const below = (folder: string) => (file: string) => file.startsWith(folder)

/**
 * A file belongs to the first group that holds it, so the last takes what is left; it runs first. Two groups run at once: the
 * long ones come first, so that neither lane ends long before the other. The limits are for a group that hangs.
 */
const special: readonly Group[] = [
  {
    name: 'browser',
    holds: (file) => below('test/e2e/')(file) && !below('test/e2e/calls/')(file),
    options: [],
    limitMs: 480_000,
    needs: ['chromium', 'chinese'],
  },
  { name: 'calls', holds: below('test/e2e/calls/'), options: [], limitMs: 480_000, needs: ['chromium', 'coturn'] },
  { name: 'house', holds: below('test/house/'), options: ['--timeout=180000'], limitMs: 360_000, needs: ['postgres'] },
  { name: 'speed', holds: below('test/bench/'), options: [], limitMs: 360_000, needs: ['compiler'] },
  { name: 'faults', holds: below('test/fault/'), options: [], limitMs: 300_000, needs: ['postgres'] },
  { name: 'forms', holds: below('test/forms/'), options: [], limitMs: 360_000, needs: ['buildah', 'debootstrap'] },
]

const ordinary: Group = {
  name: 'units, contracts, plugins, protocol',
  holds: (file) => !special.some((group) => group.holds(file)),
  options: ['--parallel=2'],
  limitMs: 600_000,
  needs: ['postgres', 'coturn'],
}

/** Every group, in the order in which they begin. */
export const groups: readonly Group[] = [ordinary, ...special]

const ignored = /(^|\/)(node_modules|dist|data|\.cache)\//

/** Every test file below the repository, as paths relative to it; sorted. */
export const testFiles = async (): Promise<string[]> => {
  const found = await Array.fromAsync(new Bun.Glob('**/*.test.{ts,tsx}').scan({ cwd: root }))
  return found.filter((file) => !ignored.test(file)).sort()
}

/** `./test/contract/` and `test/contract` mean the same. */
const normal = (path: string): string => path.replace(/^\.\//, '')

/** The files that one of `paths` is part of; all of them without any. */
export const select = (files: readonly string[], paths: readonly string[]): string[] =>
  files.filter((file) => paths.length === 0 || paths.some((path) => file.includes(normal(path))))
