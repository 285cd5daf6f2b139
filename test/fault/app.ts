// Somebody's app: the client library over a real line. What it hands to the app is what people see.
import { type Conversation, createClient, type WebSocketClass } from '../../src/client/index.ts'
import { shaOf } from './check/event.ts'
import type { Person } from './device.ts'
import type { History } from './history.ts'

/** What an app shows. */
export interface AppOptions {
  readonly person: Person
  readonly history: History
  /** Where the server is now: it has another port after each start. */
  readonly url: () => string
}

/** Shows some conversations, and records each entry as it comes into view. */
export class App {
  readonly #options: AppOptions
  readonly #client: ReturnType<typeof createClient>
  readonly #shown = new Map<string, number>()
  readonly #waiting = new Set<() => void>()
  readonly #sending = new Set<Promise<void>>()

  constructor(options: AppOptions) {
    this.#options = options
    const { person, url } = options
    const here = class extends WebSocket {
      constructor(_: string, protocols?: string[]) {
        super(`${url().replace('http', 'ws')}/ws`, protocols as string[])
      }
    }
    this.#client = createClient({ url: url(), token: async () => person.token, WebSocket: here as unknown as WebSocketClass })
    this.#client.start()
  }

  /** Show a conversation from its newest entries on. */
  open(conv: string, to: string): void {
    this.#client.chat.conversation(to, { recent: 50 }).onChange((conversation) => this.#show(conv, conversation))
  }

  /** Write something; the library keeps it and tries until it is stored. */
  say(conv: string, to: string, text: string): void {
    const { history, person } = this.#options
    const { clientId: cid, done } = this.#client.chat.send(to, text)
    const about = { f: 'send', proc: `${person.id}/app`, conv, user: person.id, cid } as const
    history.add({ ...about, type: 'invoke', sha: shaOf(text) })
    const over = done.then(
      ({ seq, data: { id } }) => history.add({ ...about, type: 'ok', id, seq, dup: false }),
      (failure: { code?: string }) => history.add({ ...about, type: 'fail', code: failure.code ?? '' }),
    )
    this.#sending.add(over)
    void over.then(() => this.#sending.delete(over))
  }

  /** Resolves when everything that it wrote is stored, or never will be. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending)
  }

  /** Do not wait any longer for the next try. */
  hurry(): void {
    this.#client.retryNow()
  }

  /** Resolves when a conversation is shown up to a position. */
  reached(conv: string, seq: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if ((this.#shown.get(conv) ?? -1) < seq) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  stop(): void {
    this.#client.stop()
  }

  // A list that is not whole is written down as it is, so that the checker stumbles over it.
  #show(conv: string, { entries, isLoaded, head }: Conversation): void {
    if (!isLoaded) return
    const { history, person } = this.#options
    const about = { type: 'ok', proc: `${person.id}/app`, device: `${person.id}/app`, conv } as const
    const before = this.#shown.get(conv) ?? 0
    const isWhole = entries.every(({ seq }, index) => index === 0 || seq === (entries[index - 1]?.seq ?? 0) + 1)
    for (const { seq, data } of isWhole ? entries.filter((entry) => entry.seq > before) : entries) {
      history.add({ f: 'shown', ...about, seq, id: data.id })
    }
    const seq = entries.at(-1)?.seq ?? head
    if (seq !== before) history.add({ f: 'cursor', ...about, seq })
    this.#shown.set(conv, seq)
    for (const check of [...this.#waiting]) check()
  }
}
