import { AppError } from '../errors.ts'

/** What came of looking at one thing. `note`: it works, but deserves a look. `FAIL`: the server would not start, or not work. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'FAIL'
  readonly what: string
  readonly text: string
  /** On the port: this very server is running there. */
  readonly isRunning?: boolean
}

/** What `run` may find: a line, a line that deserves a look, or more about it. Throws what has to be mended. */
export type Found = string | { readonly note: string } | { readonly text: string; readonly isRunning: boolean }

/** One thing to look at. */
export interface Task {
  readonly what: string
  run(): Promise<Found>
}

const patience = 10_000

/** Look at one thing; never rejects, and never takes longer than `patienceMs`, ten seconds. */
export const look = async ({ what, run }: Task, patienceMs = patience): Promise<Finding> => {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`nothing was heard for ${patienceMs / 1_000} s`)), patienceMs)
  try {
    const found = await Promise.race([run(), deadline])
    if (typeof found === 'string') return { level: 'ok', what, text: found }
    return 'note' in found ? { level: 'note', what, text: found.note } : { level: 'ok', what, ...found }
  } catch (failure) {
    return { level: 'FAIL', what, text: wordsOf(failure) }
  } finally {
    clearTimeout(timer)
  }
}

const wordsOf = (failure: unknown): string => {
  if (failure instanceof AppError) return `${failure.message} (${failure.code})`
  return failure instanceof Error ? failure.message : String(failure)
}
