// Which units make a group: all that arrive in one turn of the event loop, and while one group runs the next
// gathers. Among many writers it is given a moment more for that. How a group runs is in group-runner.ts.
import { core } from '../errors.ts'
import { type GroupOptions, GroupRunner, rejectAll } from './group-runner.ts'
import type { Db } from './store.ts'
import type { Waiting } from './unit-runner.ts'

// After a group of so many, those whose ack has just gone out are about to write again: to wait for them costs less than a
// commit for a few of them (as PostgreSQL's commit_delay and commit_siblings). One person's writes never wait, and a group
// that is large anyway has nothing to win.
const restMs = 4
const restAfter = { atLeast: 8, below: 64 }

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, restMs))
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Accepts units and runs them in groups over one writer. */
export class GroupCommit {
  readonly #options: Omit<GroupOptions, 'broken'>
  readonly #runner: GroupRunner
  readonly #breaks: (() => void)[] = []
  readonly #idlers: (() => void)[] = []
  readonly #queue: Waiting[] = []
  #isRunning = false
  #fatal: unknown

  constructor(options: Omit<GroupOptions, 'broken'>) {
    this.#options = options
    this.#runner = new GroupRunner({ ...options, onFatal: (error) => this.break(error), broken: () => this.#fatal })
  }

  /** True once nothing may be acknowledged any more. */
  get isBroken(): boolean {
    return this.#fatal !== undefined
  }

  /** Queue one unit; settles after its group's commit. */
  add<T>(work: (tx: Db) => T | Promise<T>): Promise<T> {
    if (this.isBroken) return Promise.reject(core.STORAGE_BUSY(this.#fatal))
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, resolve, reject })
      this.#wake()
    })
  }

  /** Run `work` while no group is open. */
  between<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#breaks.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
      this.#wake()
    })
  }

  /** Resolves when nothing is queued or running. */
  idle(): Promise<void> {
    return this.#isRunning ? new Promise((resolve) => this.#idlers.push(resolve)) : Promise.resolve()
  }

  /** Acknowledge nothing from now on, and say that the process must end. */
  break(error: unknown): void {
    if (this.isBroken) return
    this.#fatal = error
    rejectAll(this.#queue.splice(0), core.STORAGE_BUSY(error))
    this.#options.onFatal(error)
  }

  // A group starts at the end of the turn, when all that this turn brings is there.
  #wake(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    setImmediate(() => void this.#options.units.outside(() => this.#flush()))
  }

  async #runOne(): Promise<void> {
    const { length } = this.#queue
    await this.#runner.run(this.#queue)
    if (length >= restAfter.atLeast && length < restAfter.below) await rest()
  }

  async #flush(): Promise<void> {
    this.#runner.watch()
    try {
      while (this.#queue.length > 0 || this.#breaks.length > 0) {
        for (const work of this.#breaks.splice(0)) work()
        if (this.isBroken) rejectAll(this.#queue.splice(0), core.STORAGE_BUSY(this.#fatal))
        else if (this.#queue.length > 0) await this.#runOne()
        if (this.#queue.length > 0) await nextTurn()
      }
    } catch (error) {
      this.break(error)
    }
    this.#runner.stop()
    this.#isRunning = false
    for (const resolve of this.#idlers.splice(0)) resolve()
  }
}
