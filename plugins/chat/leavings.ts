// Other plugins hear here of those who are out of a group.
import type { Store } from '#core'

type Listener = (group: string, users: readonly string[]) => void

/** Tells who is out of which group. */
export class Leavings {
  readonly #store: Store
  readonly #listeners: Listener[] = []

  constructor(store: Store) {
    this.#store = store
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** Inside the unit by which these are out. */
  tell(group: string, users: readonly string[]): void {
    this.#store.afterCommit(() => {
      for (const listener of this.#listeners) listener(group, users)
    })
  }
}
