// Who may reach whom. The core does not decide it; a plugin that keeps contacts and blocks does, and without one everybody
// may reach everybody. The token stands here, so that those who ask need no plugin to be there.
import { defineService } from './service.ts'
import type { Db } from './store/store.ts'

/** What somebody wants of somebody else. */
export type Purpose = 'message' | 'request' | 'call' | 'presence'

/** Blocks and preferences between two people. */
export interface Relations {
  /**
   * Whether `from` may reach `to` for `purpose`. Asked inside the unit of work that acts on it, through its `tx`, so
   * that a block which commits first is seen. Made for hot paths: answers from memory, without a promise, where it can.
   */
  mayReach(tx: Db, from: string, to: string, purpose: Purpose): boolean | Promise<boolean>
  /**
   * Once, in `setup`: hear of every block, with who did it and whom it keeps away, so that what the two have under way can
   * end. After its commit, on the node that made it, at most once: whoever needs to be sure asks `mayReach` at its start.
   * A listener returns at once and does not throw. Absent where nobody blocks anybody.
   */
  onBlock?(listener: (by: string, other: string) => void): void
}

/** The token under which a plugin provides relations. At most one may. */
export const Relations = defineService<Relations>('core.relations')
