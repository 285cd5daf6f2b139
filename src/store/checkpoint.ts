// Moves the pages of the write-ahead log into the database file between groups, so that no commit has to do
// it on the way. Each run is small enough (some 10 ms) not to be felt, and the log starts over after it.
import type { Log } from '../log.ts'
import type { SqliteDatabase } from '../runtime/runtime.ts'

/** What the checkpoints work with. */
export interface CheckpointOptions {
  readonly db: SqliteDatabase
  readonly log: Log
  /** Runs its argument while no transaction is open. */
  readonly between: (work: () => void) => Promise<void>
  /** The longest that committed pages wait, milliseconds. */
  readonly everyMs: number
}

const pagesAtMost = 8000
const alarmBytes = 256 * 1024 * 1024
const pageBytes = 4096

/** Keeps the write-ahead log short. */
export class Checkpoints {
  readonly #options: CheckpointOptions
  readonly #look: () => unknown[][]
  readonly #move: () => unknown[][]
  readonly #timer: ReturnType<typeof setInterval>
  #isDue = false
  /** Until it has been seen that nothing waits; an idle server is left alone. */
  #mayHaveBacklog = true
  #trouble = ''

  constructor(options: CheckpointOptions) {
    this.#options = options
    const look = options.db.prepare('pragma wal_checkpoint(noop)')
    const move = options.db.prepare('pragma wal_checkpoint(passive)')
    this.#look = () => look.values([])
    this.#move = () => move.values([])
    this.#timer = setInterval(() => {
      if (this.#mayHaveBacklog) this.#demand()
    }, options.everyMs)
    this.#timer.unref()
  }

  /** Call after each commit. */
  committed(): void {
    this.#mayHaveBacklog = true
    if (!this.#isDue && this.#backlog(this.#look()) >= pagesAtMost) this.#demand()
  }

  /** Stop the timer and empty the log. */
  close(): void {
    clearInterval(this.#timer)
    this.#options.db.prepare('pragma wal_checkpoint(truncate)').values([])
  }

  // Inside a transaction SQLite refuses even to look at the log.
  #demand(): void {
    if (this.#isDue) return
    this.#isDue = true
    void this.#options.between(() => this.#run())
  }

  #run(): void {
    this.#isDue = false
    let sizeBytes = 0
    try {
      if (this.#backlog(this.#look()) > 0) sizeBytes = this.#backlog(this.#move()) * pageBytes
      this.#mayHaveBacklog = sizeBytes > 0
    } catch (error) {
      // A full disk, most likely. The log keeps everything until it works.
      this.#warn('a checkpoint failed', { err: error })
      return
    }
    // Somebody who reads for very long keeps the pages that he still sees in the log.
    if (sizeBytes > alarmBytes) this.#warn('the write-ahead log cannot be shortened', { sizeBytes })
    else this.#trouble = ''
  }

  /** Pages that are in the log only. */
  #backlog(result: unknown[][]): number {
    const [, inLog = 0, moved = 0] = (result[0] ?? []) as number[]
    return inLog - moved
  }

  /** Say it once, not every second. */
  #warn(message: string, fields: object): void {
    if (this.#trouble !== message) this.#options.log.warn(fields, message)
    this.#trouble = message
  }
}
