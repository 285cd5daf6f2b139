// What has to happen though nobody waits for it: somebody's connection is gone, somebody is blocked. A database that does not
// answer for a while must not leave a call without its end, so it is tried until it works.
import { AppError, type Log } from '#core'

type Work = () => Promise<unknown>

/** Does what must be done, later if not now. */
export class Chores {
  readonly #open = new Set<Work>()
  readonly #running = new Set<Work>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Whether nothing is left to do. */
  get isEmpty(): boolean {
    return this.#open.size === 0
  }

  /** Try it now, and with each `retry` until it works. Never rejects. */
  async do(work: Work): Promise<void> {
    this.#open.add(work)
    await this.#try(work, true)
  }

  /** Try again what did not work. Never rejects. */
  async retry(): Promise<void> {
    for (const work of this.#open) await this.#try(work, false)
  }

  async #try(work: Work, isFirst: boolean): Promise<void> {
    if (this.#running.has(work)) return
    this.#running.add(work)
    try {
      await work()
      this.#open.delete(work)
    } catch (failure) {
      const code = failure instanceof AppError ? failure.code : ''
      const isTemporary = code.startsWith('CORE_STORAGE_')
      if (!isTemporary) this.#open.delete(work)
      if (isTemporary && isFirst) this.#log.warn({ err: failure }, 'a call could not be changed, and will be')
      // After the next start everybody is away and has to come back, so nothing is owed to a server that stops.
      if (!isTemporary && code !== 'CORE_SHUTTING_DOWN') this.#log.error({ err: failure }, 'a call could not be changed')
    } finally {
      this.#running.delete(work)
    }
  }
}
