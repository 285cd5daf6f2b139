// One unit of work on Postgres, from its acceptance to its answer.
//
// Whatever happens it is answered in time. Until the commit is sent, giving up means losing the connection, and
// the server undoes what was done on it: certainly nothing is stored. From then on nobody knows, and the answer
// says so (CORE_STORAGE_UNKNOWN).
import { core } from '../errors.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { isCertain, mayRetry, refusal } from './postgres-failure.ts'
import type { PostgresPool } from './postgres-pool.ts'
import { postgresDb, type Run } from './postgres-session.ts'
import { lockNumber } from './serial.ts'
import type { Db } from './store.ts'
import { type Attempt, doom, type Units } from './unit.ts'

const attemptsAtMost = 4
const retryMs = 20

/** What units work with. */
export interface UnitOptions {
  readonly pool: PostgresPool
  readonly units: Units
  /** Where statements prepared elsewhere find the connection of a transaction. */
  readonly runs: WeakMap<Db, Run>
  readonly timeoutMs: number
  /** Runs the effects of a committed attempt. */
  readonly onCommit: (attempt: Attempt) => void
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A unit that was accepted. */
export class PostgresUnit {
  readonly #options: UnitOptions
  readonly #work: (tx: Db) => unknown
  readonly #serial: string | undefined
  readonly #timer: ReturnType<typeof setTimeout>
  readonly answer: Promise<unknown>
  #resolve: (value: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #connection: PostgresConnection | undefined
  #attempt: Attempt | undefined
  #isCommitting = false
  #isOver = false
  readonly #gone = Promise.withResolvers<never>()

  constructor(options: UnitOptions, work: (tx: Db) => unknown, serial: string | undefined) {
    this.#options = options
    this.#work = work
    this.#serial = serial
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(() => this.#expire(), options.timeoutMs)
    this.#gone.promise.catch(() => {})
  }

  /** Run it until it is answered. Never rejects. */
  async run(): Promise<void> {
    for (let attempt = 1; !this.#isOver; attempt++) {
      try {
        const value = await this.#options.pool.use('write', (connection) => this.#on(connection))
        return this.#end(() => this.#resolve(value))
      } catch (error) {
        if (!mayRetry(error) || attempt === attemptsAtMost) return this.#end(() => this.#reject(error))
        await pause(Math.random() * retryMs * attempt)
      }
    }
  }

  async #on(connection: PostgresConnection): Promise<unknown> {
    // It was given up while it waited for its turn.
    if (this.#isOver) return undefined
    this.#connection = connection
    try {
      await this.#begin(connection)
      const attempt = this.#start(connection)
      const value = await this.#perform(attempt)
      await this.#commit(connection)
      this.#options.onCommit(attempt)
      return value
    } catch (error) {
      if (!connection.isLost) await connection.query('rollback', [], 'objects').catch((failed) => connection.lose(failed))
      throw error
    } finally {
      this.#connection = undefined
      this.#isCommitting = false
    }
  }

  async #begin(connection: PostgresConnection): Promise<void> {
    const lock = this.#serial === undefined ? '' : `; select pg_advisory_xact_lock(${lockNumber(this.#serial)})`
    try {
      await connection.query(`begin${lock}`, [], 'objects')
    } catch (error) {
      throw refusal(error)
    }
  }

  #start(connection: PostgresConnection): Attempt {
    const run: Run = async (text, params, shape) => {
      if (!attempt.isOpen) throw new Error('This unit of work has ended; its transaction is closed')
      try {
        return await connection.query(text, params, shape)
      } catch (error) {
        const shown = refusal(error)
        doom(attempt, shown)
        throw shown
      }
    }
    const attempt = this.#options.units.start(postgresDb(run))
    this.#options.runs.set(attempt.tx, run)
    this.#attempt = attempt
    return attempt
  }

  async #perform(attempt: Attempt): Promise<unknown> {
    try {
      // A unit that hangs must not hang its connection.
      const value = await Promise.race([this.#options.units.inside(attempt, () => this.#work(attempt.tx)), this.#gone.promise])
      if (attempt.failure) throw attempt.failure.error
      return value
    } catch (error) {
      // Whatever the unit made of it, that it lost against another one is a reason to run it again.
      throw mayRetry(attempt.failure?.error) ? attempt.failure?.error : error
    } finally {
      attempt.isOpen = false
    }
  }

  async #commit(connection: PostgresConnection): Promise<void> {
    if (this.#isOver) throw new Error('The unit of work was given up')
    this.#isCommitting = true
    let command: string
    try {
      command = (await connection.query('commit', [], 'objects')).command
    } catch (error) {
      throw isCertain(error) ? refusal(error) : core.STORAGE_UNKNOWN(error)
    }
    // The server answers a commit of a failed transaction with a rollback, and without an error.
    if (command !== 'COMMIT') throw new Error(`The database answered a commit with ${command}`)
  }

  #expire(): void {
    const cause = Object.assign(new Error('The unit of work did not end in time'), { code: 'TIMEOUT' })
    const shown = this.#isCommitting ? core.STORAGE_UNKNOWN(cause) : core.STORAGE_BUSY(cause)
    this.#end(() => this.#reject(shown))
    if (this.#attempt) this.#attempt.isOpen = false
    this.#connection?.lose(cause)
    this.#gone.reject(cause)
  }

  #end(answer: () => void): void {
    clearTimeout(this.#timer)
    if (!this.#isOver) answer()
    this.#isOver = true
  }
}
