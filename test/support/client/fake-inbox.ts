import { type FakeChat, inboxKeyOf } from './fake-chat.ts'
import { only, type WireRequest } from './wire.ts'

/** Plugin `inbox` in memory (PROTOCOL.md, section 12), with nothing but conversations in it. */
export class FakeInbox {
  readonly #chat: FakeChat
  /** Position of the last change, by user and key. */
  readonly #logs = new Map<string, Map<string, number>>()
  readonly #told = new Map<string, { readonly kind: string; readonly data: object | null }>()
  /** Entries of one answer. */
  pageSize = 3
  epoch = 'i1'

  constructor(chat: FakeChat) {
    this.#chat = chat
  }

  /** Something happened between these two, or in this group. */
  touch(people: readonly string[], from: string, to: string): void {
    for (const user of people) {
      const log = this.#logs.get(user) ?? new Map<string, number>()
      this.#logs.set(user, log)
      log.set(inboxKeyOf(from, to), Math.max(0, ...log.values()) + 1)
    }
  }

  /** Something else to tell somebody, in the place of what the key would say. */
  tell(user: string, key: string, entry: { readonly kind: string; readonly data: object | null }): void {
    this.#told.set(`${user} ${key}`, entry)
    const log = this.#logs.get(user) ?? new Map<string, number>()
    this.#logs.set(user, log)
    log.set(key, Math.max(0, ...log.values()) + 1)
  }

  answer(user: string, { data }: WireRequest): object {
    only(data, 'now', 'since')
    const { now, since } = data as { now?: true; since?: { epoch: string; position: number } }
    const log = [...(this.#logs.get(user) ?? [])].sort(([, a], [, b]) => a - b)
    const end = log.at(-1)?.[1] ?? 0
    if (now) return { epoch: this.epoch, position: end, entries: [], more: false }
    const isReset = since?.epoch !== this.epoch || since.position > end
    const after = isReset ? 0 : since.position
    const shown = this.#chat.summaries(user)
    const due = log.filter(([, position]) => position > after)
    const page = due.slice(0, this.pageSize)
    return {
      epoch: this.epoch,
      position: page.at(-1)?.[1] ?? after,
      entries: page.map(([key, position]) => ({
        kind: 'chat',
        key,
        position,
        data: shown.get(key) ?? null,
        ...this.#told.get(`${user} ${key}`),
      })),
      more: due.length > page.length,
      ...(isReset && { reset: true }),
    }
  }
}
