// What changed for a person while a device was away. A plugin notes that something of its own has changed for somebody; a
// device that comes back asks once, and pays for what changed, not for all there is.
import { defineService } from './service.ts'
import type { Db } from './store/store.ts'

/** The current state of those of `keys` that the user may still see; a key that is missing is gone for the user. */
export type Describe = (user: string, keys: readonly string[]) => Promise<ReadonlyMap<string, object>>

/** A durable log of changes per user, compacted: one entry per thing, at the position of its last change. */
export interface Inbox {
  /**
   * Inside a unit: what `kind` and `key` name has changed for `users`. Costs a write only where one of their devices
   * may have been told of the last change already. Durable with the unit.
   */
  touch(tx: Db, users: readonly string[], kind: string, key: string): void | Promise<void>
  /** Once, in `setup`: how entries of `kind` are shown to a device that asks. */
  describe(kind: string, describe: Describe): void
}

/** The token under which a plugin provides the inbox. At most one may. */
export const Inbox = defineService<Inbox>('core.inbox')
