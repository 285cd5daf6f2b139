import type { Users } from '#core'
import { Lru } from './lru.ts'
import type { AuthStore } from './store.ts'

/** Milliseconds for which a name is not asked for again: so long a change on another node may not show. */
const freshMs = 60_000
const remembered = 50_000

interface Seen {
  readonly name: string
  readonly atMs: number
}

/** The service `Users` over the store, and a way to tell it of somebody who has just signed in. */
export class KnownUsers implements Users {
  readonly #seen = new Lru<Seen>(remembered)
  readonly #store: Pick<AuthStore, 'names'>
  readonly #monotonic: () => number

  constructor(store: Pick<AuthStore, 'names'>, monotonic: () => number) {
    this.#store = store
    this.#monotonic = monotonic
  }

  async find(id: string): Promise<{ id: string; name: string } | undefined> {
    const name = (await this.names([id])).get(id)
    return name === undefined ? undefined : { id, name }
  }

  async names(ids: readonly string[]): Promise<Map<string, string>> {
    const names = new Map<string, string>()
    const unknown: string[] = []
    for (const id of new Set(ids)) {
      const name = this.#fresh(id)
      if (name === undefined) unknown.push(id)
      else names.set(id, name)
    }
    if (unknown.length === 0) return names
    for (const [id, name] of await this.#store.names(unknown)) {
      this.learn(id, name)
      names.set(id, name)
    }
    return names
  }

  exists(id: string): boolean | Promise<boolean> {
    return this.#seen.get(id) !== undefined || this.find(id).then((user) => user !== undefined)
  }

  /** Remember that there is such a user, and the name. */
  learn(id: string, name: string): void {
    this.#seen.set(id, { name, atMs: this.#monotonic() })
  }

  #fresh(id: string): string | undefined {
    const seen = this.#seen.get(id)
    return seen && this.#monotonic() - seen.atMs < freshMs ? seen.name : undefined
  }
}
