// What was written and not sent, kept over reloads: one JSON array per user under `parley.outbox.<user id>`.
import type { KeyValueStorage } from './environment.ts'
import type { Draft } from './sending.ts'

const isDraft = (value: unknown): value is Draft => {
  const draft = value as Draft | null
  return typeof draft === 'object' && draft !== null && [draft.clientId, draft.to, draft.text].every((part) => typeof part === 'string')
}

/**
 * Unsent texts of one user. Every change reads the stored list again, because another tab of the same user may
 * have changed it. A storage that is full or forbidden is done without: the texts live as long as the client.
 */
export class Drafts {
  readonly #storage: KeyValueStorage
  readonly #key: string

  constructor(storage: KeyValueStorage, userId: string) {
    this.#storage = storage
    this.#key = `parley.outbox.${userId}`
  }

  /** In the order in which they were written. What cannot be read is left out. */
  load(): readonly Draft[] {
    try {
      const stored: unknown = JSON.parse(this.#storage.get(this.#key) ?? '[]')
      return Array.isArray(stored) ? stored.filter(isDraft) : []
    } catch {
      return []
    }
  }

  /** Keep it, in its old place if it was there. */
  put(draft: Draft): void {
    const drafts = [...this.load()]
    const at = drafts.findIndex(({ clientId }) => clientId === draft.clientId)
    drafts.splice(at < 0 ? drafts.length : at, at < 0 ? 0 : 1, draft)
    this.#save(drafts)
  }

  remove(clientId: string): void {
    this.#save(this.load().filter((draft) => draft.clientId !== clientId))
  }

  #save(drafts: readonly Draft[]): void {
    try {
      if (drafts.length === 0) this.#storage.remove(this.#key)
      else this.#storage.set(this.#key, JSON.stringify(drafts))
    } catch {}
  }
}
