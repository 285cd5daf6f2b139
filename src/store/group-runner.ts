// Group commit: units that wait together share one transaction and one fsync.
//
// A group runs its units one after another without savepoints, because nearly all of them succeed. When one
// fails after it wrote, the whole group is rolled back and run again with a savepoint around each unit; when
// even the commit is refused (a deferred constraint), each unit runs alone. What a discarded run returned,
// threw or wanted to do after the commit is forgotten, since it may rest on rows that never were. Hence no
// unit is settled before its group's commit, and then in order: all effects first, then the promises.
import { core } from '../errors.ts'
import type { Log } from '../log.ts'
import { failureOf, refusal } from './sqlite-failure.ts'
import type { Writer } from './sqlite-writer.ts'
import { runEffects, type Units } from './unit.ts'
import { hasFailed, UnitRunner, type Waiting } from './unit-runner.ts'

/** What the group commit works with. */
export interface GroupOptions {
  readonly writer: Writer
  readonly units: Units
  readonly log: Log
  readonly monotonic: () => number
  readonly unitTimeoutMs: number
  /** Nobody knows whether a commit is on the disk: the process must end. */
  readonly onFatal: (error: unknown) => void
  /** Why nothing may be acknowledged any more, or `undefined`. */
  readonly broken: () => unknown
  /** After each commit. */
  readonly onCommit: () => void
}

// A group ends after this long, so that sockets and timers get their turn. The commit comes on top.
const groupMs = 8
const groupUnits = 1000
// Somebody else may hold the write lock for a moment: a backup, a shell. Waiting inside SQLite would stop the
// event loop, so it is done here.
const lockedMs = 5000
const lockedRetryMs = 20

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Tell a whole group the same. */
export const rejectAll = (group: readonly Waiting[], error: unknown): void => {
  for (const waiting of group) waiting.reject(error)
}

/** Runs one group after another over one writer. */
export class GroupRunner {
  readonly #options: GroupOptions
  readonly #writer: Writer
  readonly #runner: UnitRunner

  constructor(options: GroupOptions) {
    this.#options = options
    this.#writer = options.writer
    this.#runner = new UnitRunner({ ...options, gate: options.writer })
  }

  /** Look after units that hang, from now until `stop`. */
  watch(): void {
    this.#runner.watch()
  }

  stop(): void {
    this.#runner.stop()
  }

  /** Run a group from the front of `queue`, without savepoints, and settle it. Those it did not come to stay there. */
  async run(queue: Waiting[]): Promise<void> {
    const refused = await this.#begin()
    if (refused) return this.#abandon(queue.splice(0), refused)
    const group = await this.#gather(queue)
    if (this.#writer.fault()) return this.#abandon(group, this.#writer.fault())
    if (!this.#mustUndo(group.at(-1))) return this.#conclude(group)
    this.#writer.admit(undefined)
    this.#writer.rollback()
    if (group.length === 1) this.#settle(group)
    else await this.#apart(group)
  }

  /** Take units from the queue and run them until there are no more, it is enough, or one must be undone. */
  async #gather(queue: Waiting[]): Promise<Waiting[]> {
    const { monotonic } = this.#options
    const until = monotonic() + groupMs
    const group = queue.splice(0, groupUnits)
    let taken = 0
    while (taken < group.length) {
      const waiting = group[taken++] as Waiting
      const pending = this.#runner.run(waiting)
      if (pending !== undefined) await pending
      if (this.#mustUndo(waiting) || monotonic() > until) break
    }
    queue.unshift(...group.splice(taken))
    return group
  }

  /** Whether the unit that ran last has failed and left something behind. */
  #mustUndo(waiting: Waiting | undefined): boolean {
    if (!waiting || !hasFailed(waiting)) return false
    return waiting.isLost === true || this.#writer.hasWritten() || this.#writer.fault() !== undefined
  }

  /** Run a group again, each unit behind a savepoint. */
  async #apart(group: readonly Waiting[]): Promise<void> {
    const refused = await this.#begin()
    if (refused) return this.#abandon(group, refused)
    for (const waiting of group) {
      if (waiting.isLost) continue
      this.#writer.savepoint()
      await this.#runner.run(waiting)
      if (this.#writer.fault()) return this.#abandon(group, this.#writer.fault())
      if (hasFailed(waiting)) this.#writer.undo()
      this.#writer.release()
    }
    return this.#conclude(group)
  }

  async #begin(): Promise<unknown> {
    const until = this.#options.monotonic() + lockedMs
    for (;;) {
      try {
        this.#writer.begin()
        return undefined
      } catch (error) {
        if (failureOf(error) !== 'busy' || this.#options.monotonic() > until) return error
        await pause(lockedRetryMs)
      }
    }
  }

  async #conclude(group: readonly Waiting[]): Promise<void> {
    this.#writer.admit(undefined)
    // Broken from outside while a unit was waiting: the file is gone.
    const broken = this.#options.broken()
    if (broken) return this.#abandon(group, broken)
    try {
      this.#writer.commit()
    } catch (error) {
      return this.#commitFailed(group, error)
    }
    this.#settle(group)
    this.#options.onCommit()
  }

  async #commitFailed(group: readonly Waiting[], error: unknown): Promise<void> {
    const failure = failureOf(error)
    if (failure === 'full' || failure === 'busy') return this.#abandon(group, error)
    if (failure === 'foreign_key') {
      this.#writer.rollback()
      if (group.length === 1) return rejectAll(group, refusal(error))
      for (const waiting of group) await this.#apart([waiting])
      return
    }
    // After a failed fsync nobody knows what the disk holds, and the next fsync would say that all is well.
    rejectAll(group, core.STORAGE_UNKNOWN(error))
    this.#options.onFatal(error)
  }

  /** The database refused the whole group before its commit: certainly nothing of it is stored. */
  #abandon(group: readonly Waiting[], error: unknown): void {
    this.#writer.admit(undefined)
    this.#writer.rollback()
    rejectAll(group, failureOf(error) === undefined ? core.STORAGE_BUSY(error) : refusal(error))
    if (failureOf(error) === 'unavailable') this.#options.onFatal(error)
  }

  #settle(group: readonly Waiting[]): void {
    for (const { attempt, outcome } of group) {
      if (attempt && attempt.effects.length > 0 && outcome && 'value' in outcome) runEffects(attempt.effects, this.#options.log)
    }
    for (const { outcome, resolve, reject } of group) {
      if (outcome && 'value' in outcome) resolve(outcome.value as never)
      else reject(outcome?.error)
    }
  }
}
