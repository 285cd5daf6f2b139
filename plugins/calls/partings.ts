// Who may no longer talk to each other, or be rung, by what happens outside of calls: a block between two people, the end of
// somebody's time in a group. Heard of after its commit, and looked for again at the start: news may be lost with a server.
import type { Relations, Store } from '#core'
import { type Calls, groupKey, personKey } from './calls.ts'
import type { Conversations } from './entries.ts'
import { expel, sever } from './machine.ts'
import type { CallStore, Stored } from './store.ts'

/** What partings need. */
export interface PartingsOptions {
  readonly store: Store
  readonly calls: CallStore
  readonly machine: Calls
  readonly relations: Relations | undefined
  readonly conversations: Conversations | undefined
}

/** Ends what may not go on. */
export class Partings {
  readonly #options: PartingsOptions

  constructor(options: PartingsOptions) {
    this.#options = options
  }

  /** Hear of what happens from now on. */
  listen(): void {
    const { relations, conversations, machine } = this.#options
    relations?.onBlock?.((by, other) => void machine.chores.do(() => this.#sever(by, other)))
    conversations?.onGone((group, users) => void machine.chores.do(() => this.#expel(group, users)))
  }

  /** Look for what happened without anybody hearing of it. Never rejects. */
  async review(found: readonly Stored[]): Promise<void> {
    for (const stored of found) await this.#options.machine.chores.do(() => this.#review(stored))
  }

  // Under the locks under which a call between them would begin: it has begun by then, or sees what parts them.
  #sever(by: string, other: string): Promise<void> {
    const { machine, calls } = this.#options
    return machine.change(
      [personKey(by), personKey(other)],
      (tx) => calls.openOf(tx, [by]),
      (call, nowMs) => sever(call, by, other, nowMs),
    )
  }

  #expel(group: string, users: readonly string[]): Promise<void> {
    const { machine, calls } = this.#options
    return machine.change(
      [groupKey(group)],
      async (tx) => {
        const call = await calls.openAt(tx, group)
        return call ? [call] : []
      },
      (call, nowMs) => expel(call, users, nowMs),
    )
  }

  async #review({ call, to }: Stored): Promise<void> {
    const { store, relations, conversations } = this.#options
    const { group, caller } = call
    if (group === undefined) {
      const mayReach = (await store.write((tx) => relations?.mayReach(tx, caller, to, 'call'))) ?? true
      return mayReach ? undefined : this.#sever(caller, to)
    }
    const gone: string[] = []
    for (const { user } of call.people) if (conversations && !(await conversations.has(user, group))) gone.push(user)
    if (gone.length > 0) await this.#expel(group, gone)
  }
}
