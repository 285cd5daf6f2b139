import { core } from '../errors.ts'
import { PostgresConnection } from './postgres-connection.ts'

const connectionsAtMost = 10
// A unit may read beside its transaction. Some connections are never lent for units, so that such reads end.
const writersAtMost = 8
const waitingAtMost = 1000
// After a connection could not be made everybody is refused for a moment, instead of each trying for himself.
const restMs = 250

/** What a connection is wanted for. */
export type Purpose = 'read' | 'write'

interface Waiter {
  readonly purpose: Purpose
  readonly resolve: (connection: PostgresConnection) => void
  readonly reject: (error: unknown) => void
}

/** Lends connections, each to one borrower at a time, in the order of asking. */
export class PostgresPool {
  readonly #url: string
  readonly #monotonic: () => number
  readonly #idle: PostgresConnection[] = []
  readonly #lent = new Set<PostgresConnection>()
  readonly #waiting: Waiter[] = []
  #writers = 0
  #restsUntil = Number.NEGATIVE_INFINITY
  #cause: unknown

  constructor(url: string, monotonic: () => number) {
    this.#url = url
    this.#monotonic = monotonic
  }

  /** Borrow a connection for as long as `work` takes. Rejects with `CORE_STORAGE_BUSY` when too many wait, or it can reach nobody. */
  async use<T>(purpose: Purpose, work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const connection = await this.#borrow(purpose)
    try {
      return await work(connection)
    } catch (error) {
      if (connection.isLost && !connection.hasAnswered) this.#rest(error)
      throw error
    } finally {
      this.#giveBack(connection, purpose)
    }
  }

  /** Close what nobody uses. */
  async close(): Promise<void> {
    await Promise.all([...this.#idle.splice(0), ...this.#lent].map((connection) => connection.close()))
  }

  #borrow(purpose: Purpose): Promise<PostgresConnection> {
    if (this.#monotonic() < this.#restsUntil) return Promise.reject(core.STORAGE_BUSY(this.#cause))
    if (this.#waiting.length >= waitingAtMost) return Promise.reject(core.STORAGE_BUSY(new Error(`${waitingAtMost} wait already`)))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ purpose, resolve, reject })
      this.#serve()
    })
  }

  #giveBack(connection: PostgresConnection, purpose: Purpose): void {
    this.#lent.delete(connection)
    if (purpose === 'write') this.#writers--
    if (!connection.isLost) this.#idle.push(connection)
    this.#serve()
  }

  #serve(): void {
    while (this.#lent.size < connectionsAtMost) {
      const at = this.#waiting.findIndex((waiter) => waiter.purpose === 'read' || this.#writers < writersAtMost)
      if (at < 0) return
      const [waiter] = this.#waiting.splice(at, 1) as [Waiter]
      const connection = this.#idle.pop() ?? this.#connect()
      this.#lent.add(connection)
      if (waiter.purpose === 'write') this.#writers++
      waiter.resolve(connection)
    }
  }

  // It connects when it is first used.
  #connect(): PostgresConnection {
    const connection: PostgresConnection = new PostgresConnection(this.#url, () => {
      const at = this.#idle.indexOf(connection)
      if (at >= 0) this.#idle.splice(at, 1)
    })
    return connection
  }

  #rest(cause: unknown): void {
    this.#cause = cause
    this.#restsUntil = this.#monotonic() + restMs
    for (const waiter of this.#waiting.splice(0)) waiter.reject(core.STORAGE_BUSY(cause))
  }
}
