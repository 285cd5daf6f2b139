// Who may sign in no more. Their own sessions are revoked, but a host application may go on signing tokens for them, so their
// ids are kept in memory, where every sign-in looks.
import { coreErrors, type Log } from '#core'
import type { Revocations } from './revocations.ts'
import type { AuthStore } from './store.ts'

/** What this works with. */
export interface DisabledOptions {
  readonly store: Pick<AuthStore, 'disabledUsers' | 'disable' | 'enable'>
  readonly revocations: Pick<Revocations, 'add'>
  readonly log: Log
  readonly now: () => number
}

/** The disabled users, as this node knows them. */
export class Disabled {
  readonly #options: DisabledOptions
  #users: ReadonlySet<string> = new Set()
  /** Counts changes made here, so that a look which began before one does not undo it. */
  #changes = 0

  constructor(options: DisabledOptions) {
    this.#options = options
  }

  /** The same identity. Throws `CORE_SESSION_REVOKED` for somebody who is disabled: no token of theirs is worth anything. */
  check<I extends { readonly userId: string }>(identity: I): I {
    if (this.#users.has(identity.userId)) throw coreErrors.SESSION_REVOKED()
    return identity
  }

  /** Disable users, and close their sockets; returns who was not disabled before. */
  async add(ids: readonly string[]): Promise<string[]> {
    const { store, revocations, now } = this.#options
    const atMs = now()
    const { changed, ended } = await store.disable(ids, new Date(atMs))
    this.#changes++
    this.#users = new Set([...this.#users, ...changed])
    for (const id of ended) revocations.add({ id, atMs })
    return changed
  }

  /** Let users sign in again; returns who was disabled. */
  async remove(ids: readonly string[]): Promise<string[]> {
    const changed = await this.#options.store.enable(ids)
    this.#changes++
    this.#users = new Set([...this.#users].filter((user) => !changed.includes(user)))
    return changed
  }

  /** Learn who is disabled, here or by other nodes. Rejects if the database does. */
  async sync(): Promise<void> {
    const before = this.#changes
    const users = await this.#options.store.disabledUsers()
    if (before === this.#changes) this.#users = new Set(users)
  }

  /** `sync`, for a timer: a failure is logged, and the next look covers it. */
  async poll(): Promise<void> {
    try {
      await this.sync()
    } catch (failure) {
      this.#options.log.warn({ err: failure }, 'who is disabled could not be read')
    }
  }
}
