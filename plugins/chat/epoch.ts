// Which life of the database this is. Positions mean something within one epoch only: after a backup was put back, or a
// failover lost the last commits, the same position may stand for another message.
import { eq } from 'drizzle-orm'
import type { Store } from '#core'
import type { Tables } from './tables.ts'

/** What the epoch needs. */
export interface EpochOptions {
  readonly store: Store
  readonly tables: Tables
  /** Called with each new one that is not the first. */
  readonly onRenewed: (epoch: string) => void
}

/** The identity of all logs here. */
export class Epoch {
  readonly #options: EpochOptions
  #value = ''
  #renewing: Promise<void> | undefined

  constructor(options: EpochOptions) {
    this.#options = options
  }

  get value(): string {
    return this.#value
  }

  /** Read it, or give the first one; a new one if the database was put back to an earlier state. */
  async open(isRestored: boolean): Promise<void> {
    this.#value = await this.#store(isRestored)
  }

  /** The logs are not what they were: from now on all clients begin anew. */
  renew(): Promise<void> {
    this.#renewing ??= this.#store(true)
      .then((epoch) => this.#set(epoch))
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  /** Another node may have renewed it. */
  async refresh(): Promise<void> {
    const { store, tables } = this.#options
    const [row] = await store.read.select().from(tables.epochs).where(eq(tables.epochs.id, 1))
    if (row) this.#set(row.epoch)
  }

  #set(epoch: string): void {
    if (epoch === this.#value) return
    this.#value = epoch
    this.#options.onRenewed(epoch)
  }

  #store(isNew: boolean): Promise<string> {
    const { store, tables } = this.#options
    const { epochs } = tables
    const epoch = crypto.randomUUID().replaceAll('-', '').slice(0, 16)
    return store.write(async (tx) => {
      const insert = tx.insert(epochs).values({ id: 1, epoch })
      await (isNew ? insert.onConflictDoUpdate({ target: epochs.id, set: { epoch } }) : insert.onConflictDoNothing())
      const [row] = await tx.select().from(epochs).where(eq(epochs.id, 1))
      return row?.epoch ?? epoch
    })
  }
}
