// A machine that does much else at the moment can make a test of a running program fail. What failed is run once more
// on its own; what passes then counts as passed, and is named, because a test that is unsteady is a defect to mend.
import { resolve } from 'node:path'
import { type Outcome, runStage, type Stage } from './stage.ts'
import type { Voice } from './turns.ts'

// More than this is no accident.
const fileLimit = 4

const isFile = (argument: string): boolean => /\.test\.tsx?$/.test(argument)

/** What failed of a stage, by file. A test may have run another `bun test` of its own, whose files are none of the stage's. */
const failedOf = (stage: Stage, { failures }: Outcome): ReadonlyMap<string, readonly string[]> => {
  const names = new Map([...(failures ?? [])].map(([file, list]) => [resolve(file), list]))
  const files = stage.command.filter((argument) => isFile(argument) && names.has(resolve(argument)))
  return new Map(files.map((file) => [file, names.get(resolve(file)) ?? []]))
}

/** The same stage with the files of `failed` only, one after the other; `undefined` where they do not account for `count` failures. */
const again = (stage: Stage, failed: ReadonlyMap<string, readonly string[]>, count: number): Stage | undefined => {
  const files = [...failed.keys()]
  const known = [...failed.values()].flat().length
  if (files.length === 0 || files.length > fileLimit || known !== count) return undefined
  const rest = stage.command.filter((argument) => !isFile(argument) && !argument.startsWith('--parallel'))
  return { ...stage, command: [...rest, ...files] }
}

/** How a run is done: with what in its environment, and who hears of it. */
export interface Hearing {
  readonly env: Readonly<Record<string, string>>
  readonly voice: Voice
}

/** Run once more what failed of a stage, when nothing else runs; `first` itself where there is nothing to try again. */
export const tryAgain = async (stage: Stage, first: Outcome, { env, voice }: Hearing): Promise<Outcome> => {
  const failed = failedOf(stage, first)
  const retry = first.problem === undefined ? again(stage, failed, first.failed) : undefined
  if (!retry) return first
  const say = (text: string): void => voice.write('stderr', `test: ${text}\n`)
  say(`${stage.name}: once more, ${[...failed.keys()].join(', ')}`)
  const second = await runStage(retry, env, voice)
  if (second.failed > 0) return first
  for (const [file, names] of failed) {
    for (const name of names) say(`⚠ unsteady, passed only at the second try: ${file} > ${name}`)
  }
  return { passed: first.passed + first.failed, failed: 0, skipped: first.skipped }
}
