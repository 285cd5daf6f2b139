import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testUnless } from '../../test/support/skip.ts'
import { inLanes } from './lanes.ts'
import { tryAgain } from './second-try.ts'
import { type Outcome, runStage as runAloud, type Stage } from './stage.ts'
import { groups, select, testFiles } from './stages.ts'
import { closingLine, Failures, readSummary } from './summary.ts'
import { Turns } from './turns.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-runner-'))
afterAll(() => rmSync(folder, { recursive: true }))

const stage = (command: readonly string[], counts = true, limitMs = 20_000): Stage => ({ name: 'sample', command, limitMs, counts })

/** A test file of its own, run by `bun test` as a stage would. */
const suite = (name: string, body: string): Stage => {
  const file = join(folder, `${name}.test.ts`)
  writeFileSync(file, `import { expect, test } from 'bun:test'\n${body}\n`)
  return stage([process.execPath, 'test', file])
}

// Nobody hears them: what fails in there would look like a failure of ours.
const runStage = (sample: Stage): Promise<Outcome> => runAloud(sample, {}, new Turns(() => {}).take())

/** Run a stage as `npm test` does, with a second try; `said` gets what the runner says. */
const runTwice = async (sample: Stage, said: string[] = []): Promise<Outcome> => {
  const voice = new Turns((_, part) => void (typeof part === 'string' && said.push(part))).take()
  return tryAgain(sample, await runAloud(sample, {}, voice), { env: {}, voice })
}

test('the closing lines are counted: todo is skipped, an error is failed', () => {
  const text = '(pass) a\n\n 13 pass\n 2 skip\n 1 todo\n 3 fail\n 1 error\n 12 expect() calls\nRan 20 tests across 3 files. [815.00ms]\n'
  expect(readSummary(text)).toEqual({ passed: 13, failed: 4, skipped: 3 })
})

test('colours do not hide the counts', () => {
  const text = '\x1b[32m 2 pass\x1b[0m\n\x1b[0m 0 fail\x1b[0m\nRan 2 tests across 1 file. \x1b[2m[9ms]\x1b[0m\n'
  expect(readSummary(text)).toEqual({ passed: 2, failed: 0, skipped: 0 })
})

test('the summary of a run inside a run is not taken for its own', () => {
  const text =
    ' 1 pass\n 1 todo\n 0 fail\nRan 2 tests across 1 file. [3.00ms]\n(pass) a\n\n 5 pass\n 0 fail\nRan 5 tests across 1 file. [9.00ms]\n'
  expect(readSummary(text)).toEqual({ passed: 5, failed: 0, skipped: 0 })
})

test('output without closing lines has no summary', () => {
  expect(readSummary('(pass) a\n 3 pass\n')).toBeUndefined()
})

test('the last line reads N passed, N failed, N skipped', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 1 })).toBe('3 passed, 0 failed, 1 skipped')
})

test('a stage that passes counts what it passed', async () => {
  const outcome = await runStage(suite('good', `test('one', () => expect(1).toBe(1)); test.todo('two')`))
  expect(outcome).toEqual({ passed: 1, failed: 0, skipped: 1 })
})

test('a failing test fails the stage once', async () => {
  const outcome = await runStage(suite('bad', `test('one', () => expect(1).toBe(2)); test('two', () => expect(1).toBe(1))`))
  expect(outcome).toMatchObject({ passed: 1, failed: 1, skipped: 0 })
  expect([...(outcome.failures?.values() ?? [])]).toEqual([['one']])
})

test('failures are found with their files, however the output is cut', () => {
  const text =
    '\na.test.ts:\n(pass) good [1ms]\n\nx/b.test.tsx:\n\x1b[31m(fail)\x1b[0m g > bad [12.50ms]\n(fail) worse\n\nc.test.ts:\n# Unhandled error between tests\n'
  const failures = new Failures()
  for (const part of text.match(/.{1,7}/gs) ?? []) failures.add(part)
  expect([...failures.files]).toEqual([
    ['x/b.test.tsx', ['g > bad', 'worse']],
    ['c.test.ts', ['Unhandled error between tests']],
  ])
})

test('what fails at first and passes alone counts as passed, and is named', async () => {
  const mark = join(folder, 'mark')
  const once = `import { existsSync, writeFileSync } from 'node:fs'
test('steady', () => expect(1).toBe(1))
test('unsteady', () => { const was = existsSync('${mark}'); writeFileSync('${mark}', ''); expect(was).toBe(true) })`
  const said: string[] = []
  expect(await runTwice(suite('once', once), said)).toEqual({ passed: 2, failed: 0, skipped: 0 })
  expect(said.at(-1)).toMatch(/unsteady, passed only at the second try: .*once\.test\.ts > unsteady\n$/)
})

test('among many tests, where what failed is listed once more at the end, there is a second try too', async () => {
  const mark = join(folder, 'mark-of-many')
  const many = `import { existsSync, writeFileSync } from 'node:fs'
for (let i = 0; i < 30; i++) test('steady ' + i, () => expect(1).toBe(1))
test('unsteady', () => { const was = existsSync('${mark}'); writeFileSync('${mark}', ''); expect(was).toBe(true) })`
  expect(await runTwice(suite('many', many))).toEqual({ passed: 31, failed: 0, skipped: 0 })
})

test('what fails in a run inside a run is not named: it is no test of the stage', async () => {
  const [inner, mark] = [join(folder, 'inner.test.ts'), join(folder, 'mark-of-two')]
  writeFileSync(inner, `import { expect, test } from 'bun:test'\ntest('fails', () => expect(1).toBe(2))`)
  const runs = `const { status } = spawnSync('${process.execPath}', ['test', '${inner}'], { stdio: 'inherit' })`
  const outer = suite('outer', `import { spawnSync } from 'node:child_process'\ntest('one', () => { ${runs}; expect(status).toBe(1) })`)
  const once = `import { existsSync, writeFileSync } from 'node:fs'
test('unsteady', () => { const was = existsSync('${mark}'); writeFileSync('${mark}', ''); expect(was).toBe(true) })`
  const both = { ...outer, command: [...outer.command, ...suite('second', once).command.slice(2)] }
  const said: string[] = []
  expect(await runTwice(both, said)).toEqual({ passed: 2, failed: 0, skipped: 0 })
  expect(said.filter((text) => text.includes('unsteady'))).toEqual([expect.stringContaining('second.test.ts > unsteady')])
})

test('what fails twice is a failure', async () => {
  const outcome = await runTwice(suite('twice', `test('one', () => expect(1).toBe(2)); test('two', () => expect(1).toBe(1))`))
  expect(outcome).toMatchObject({ passed: 1, failed: 1, skipped: 0 })
})

/** Three pieces of work that end when they are told to, and what becomes of them. */
const works = () => {
  const begun: string[] = []
  const ends = new Map(['a', 'b', 'c'].map((name) => [name, Promise.withResolvers<string>()]))
  const run = async (name: string): Promise<string> => {
    begun.push(name)
    return (await ends.get(name)?.promise) ?? ''
  }
  const end = (name: string): void => ends.get(name)?.resolve(name.toUpperCase())
  return { begun, end, done: inLanes([...ends.keys()], 2, run) }
}

test('two stages run at once, and the next begins when one of them ends; results keep the order of the stages', async () => {
  const { begun, end, done } = works()
  expect(begun).toEqual(['a', 'b'])
  end('b')
  while (begun.length < 3) await new Promise(setImmediate)
  expect(begun).toEqual(['a', 'b', 'c'])
  end('c')
  end('a')
  expect(await done).toEqual(['A', 'B', 'C'])
})

test('what stages say at once is heard one after the other: the first as it speaks, the next when it is over', () => {
  const heard: string[] = []
  const turns = new Turns((to, part) => void heard.push(`${to} ${part}`))
  const [a, b, c] = [turns.take(), turns.take(), turns.take()]
  a.write('stdout', 'a1')
  b.write('stderr', 'b1')
  c.write('stdout', 'c1')
  c.end()
  a.write('stderr', 'a2')
  expect(heard).toEqual(['stdout a1', 'stderr a2'])
  a.end()
  b.write('stdout', 'b2')
  expect(heard.slice(2)).toEqual(['stderr b1', 'stdout b2'])
  b.end()
  expect(heard.slice(4)).toEqual(['stdout c1'])
})

test('a stage that dies before its summary is a failure with a reason', async () => {
  const outcome = await runStage(suite('dead', `test('one', () => process.exit(0))`))
  expect(outcome).toMatchObject({ passed: 0, failed: 1, problem: 'ended with code 0 before it could sum up' })
})

test('a program that is one test fails by its exit code', async () => {
  expect(await runStage(stage([process.execPath, '-e', 'process.exit(3)'], false))).toMatchObject({ failed: 1, problem: 'exit code 3' })
  expect(await runStage(stage([process.execPath, '-e', '0'], false))).toEqual({ passed: 1, failed: 0, skipped: 0 })
})

test('a stage that hangs is ended at its limit and counted as a failure', async () => {
  const outcome = await runStage(stage(['sh', '-c', 'tail -f /dev/null'], true, 200))
  expect(outcome).toMatchObject({ failed: 1, problem: 'not finished after 0.2 s, ended' })
})

const isOver = (state: string): boolean => ['gone', 'Z', 'X'].includes(state)
const onLinux = testUnless(process.platform === 'linux' ? undefined : 'processes are found through /proc, which only Linux has')

onLinux('nothing that a stage started outlives it, not even in a process group of its own', async () => {
  const file = join(folder, 'pid')
  await runStage(
    stage(['sh', '-c', `setsid sh -c 'echo $$ > ${file}; exec tail -f /dev/null' </dev/null >/dev/null 2>&1 & wait`], false, 300),
  )
  const pid = readFileSync(file, 'utf8').trim()
  const state = (): string => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] ?? ''
    } catch {
      return 'gone'
    }
  }
  // It was killed; on a machine with much else to do it takes a moment to die.
  const endsAt = performance.now() + 5_000
  while (!isOver(state()) && performance.now() < endsAt) await new Promise(setImmediate)
  expect(state()).toSatisfy(isOver)
})

test('every test file belongs to exactly one stage', async () => {
  const files = await testFiles()
  expect(files).toContain('scripts/test/runner.test.ts')
  for (const file of files) expect(groups.filter((group) => group.holds(file)).length).toBe(1)
})

test('a path selects the files below it, with or without ./', () => {
  const files = ['test/contract/a.test.ts', 'test/e2e/b.test.ts']
  expect(select(files, ['./test/contract'])).toEqual(['test/contract/a.test.ts'])
  expect(select(files, [])).toEqual(files)
})
