// What a `bun test` run said at its end. The lines are on stderr:
//    13 pass
//    2 skip
//    1 todo
//    0 fail
//    1 error
//   Ran 16 tests across 3 files. [815.00ms]

/** How many tests ended how. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** No test at all. */
export const none: Counts = { passed: 0, failed: 0, skipped: 0 }

/** Both together. */
export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

/** Of these lines only the block right before `Ran …` counts: a test may have run another `bun test` of its own. */
const closing = /^ *\d+ (pass|skip|todo|fail|errors?|expect\(\) calls|filtered out)$|^ *snapshots: |^$/

/** Read the closing lines of `text`; `undefined` if the run ended before it could write them. */
export const readSummary = (text: string): Counts | undefined => {
  const lines = Bun.stripANSI(text).trimEnd().split('\n')
  const end = lines.findLastIndex((line) => /^Ran \d+ tests? across \d+ files?\./.test(line))
  if (end === -1) return undefined
  const start = lines.slice(0, end).findLastIndex((line) => !closing.test(line)) + 1
  const block = lines.slice(start, end)
  const count = (word: RegExp): number =>
    Number(
      block
        .find((line) => word.test(line))
        ?.trim()
        .split(' ')[0] ?? 0,
    )
  return {
    passed: count(/ pass$/),
    failed: count(/ fail$/) + count(/ errors?$/),
    skipped: count(/ skip$/) + count(/ todo$/),
  }
}

/** Watches the lines of a `bun test` run, however they are cut into parts, for the files in which something failed. */
export class Failures {
  /** The paths of those files, as `bun test` writes them, with the names of what failed in each. */
  readonly files = new Map<string, readonly string[]>()
  #file = ''
  #rest = ''
  /** Of many tests those that failed are listed once more at the end. */
  #isRepeating = false

  add(part: string): void {
    const lines = (this.#rest + part).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#read(Bun.stripANSI(line))
  }

  #read(line: string): void {
    const file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1]
    if (file !== undefined) this.#file = file
    if (/^\d+ tests? (failed|skipped|todo):$/.test(line)) this.#isRepeating = true
    if (/^Ran \d+ tests? across /.test(line)) this.#isRepeating = false
    const failed =
      /^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/.exec(line)?.[1] ?? (line === '# Unhandled error between tests' ? line.slice(2) : undefined)
    if (failed === undefined || this.#file === '' || this.#isRepeating) return
    const names = this.files.get(this.#file) ?? []
    this.files.set(this.#file, [...names, failed])
  }
}

/** The last line of every test run. */
export const closingLine = ({ passed, failed, skipped }: Counts): string => `${passed} passed, ${failed} failed, ${skipped} skipped`
