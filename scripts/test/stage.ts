// One stage of the test run: a program with a time limit, whose output is passed on and whose result is counted.
import { add, type Counts, Failures, none, readSummary } from './summary.ts'
import { endGroup, sweep } from './sweep.ts'
import { type Stream, Turns, type Voice } from './turns.ts'

/** A program to run and how its end is to be read. */
export interface Stage {
  readonly name: string
  readonly command: readonly string[]
  readonly limitMs: number
  /** `bun test`: read its closing lines. Otherwise the whole program is one test, passed if it exits with 0. */
  readonly counts: boolean
}

/** What came of it; `problem` says in words what the counts alone do not. */
export interface Outcome extends Counts {
  readonly problem?: string
  /** Of `bun test`: the files in which something failed, and what it was. */
  readonly failures?: ReadonlyMap<string, readonly string[]>
}

/** Pass a stream on and keep its end, where the summary is. */
const tee = async (from: ReadableStream<Uint8Array>, pass: (part: Uint8Array) => void, failures: Failures): Promise<string> => {
  const keep = 64 * 1024
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of from) {
    pass(part)
    const added = decoder.decode(part, { stream: true })
    failures.add(added)
    text = (text + added).slice(-keep)
  }
  return text
}

/** A stage that ended by itself. An exit code that its counts do not explain is a failure of its own. */
export const judge = (stage: Stage, code: number, text: string): Outcome => {
  const failure = { ...none, failed: 1 }
  if (!stage.counts) return code === 0 ? { ...none, passed: 1 } : { ...failure, problem: `exit code ${code}` }
  const counts = readSummary(text)
  if (!counts) return { ...failure, problem: `ended with code ${code} before it could sum up` }
  if (code === 0 || counts.failed > 0) return counts
  return { ...add(counts, failure), problem: `exit code ${code} although no test failed` }
}

/** Run one stage to its end or its limit; nothing it started outlives it. */
export const runStage = async (
  stage: Stage,
  env: Readonly<Record<string, string>> = {},
  voice: Voice = new Turns().take(),
): Promise<Outcome> => {
  const run = crypto.randomUUID()
  const child = Bun.spawn([...stage.command], {
    env: { ...process.env, ...env, PARLEY_TEST_RUN: run },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  })
  const stop = () => endGroup(child.pid, run)
  const expiry = Promise.withResolvers<'expired'>()
  const timer = setTimeout(expiry.resolve, stage.limitMs, 'expired')
  process.on('exit', stop)
  const failures = new Failures()
  const pass = (to: Stream) => (part: Uint8Array) => voice.write(to, part)
  const texts = Promise.all([tee(child.stdout, pass('stdout'), new Failures()), tee(child.stderr, pass('stderr'), failures)])
  const ended = await Promise.race([child.exited, expiry.promise])
  clearTimeout(timer)
  process.off('exit', stop)
  if (ended === 'expired') stop()
  else sweep(run)
  const [, text] = await texts
  if (ended !== 'expired') {
    const outcome = judge(stage, ended, text)
    return failures.files.size > 0 ? { ...outcome, failures: failures.files } : outcome
  }
  return { ...add(readSummary(text) ?? none, { ...none, failed: 1 }), problem: `not finished after ${stage.limitMs / 1000} s, ended` }
}
