// One's calls, newest first: asked for after every welcome, and again after each call that ends.
import { computed, effect, signal } from '@preact/signals'
import type { CallInfo } from '../../src/client/calls/index.ts'
import { accountOf } from '../text/call-account.ts'
import { type PageClient, request } from '../wire.ts'
import { isOnline } from './connection.ts'
import { texts } from './settings.ts'
import { readJson, writeJson } from './storage.ts'

const pageSize = 40

/** The calls of one person. */
export class CallList {
  readonly calls = signal<readonly CallInfo[]>([])
  readonly hasMore = signal(false)
  readonly isLoaded = signal(false)
  /** How many were missed since the list was looked at here. */
  readonly missed = computed(() => {
    const seen = this.#seen.value
    return this.calls.value.filter((call) => call.startedAt > seen && this.account(call).isMissed).length
  })
  readonly #client: PageClient
  readonly #me: string
  readonly #key: string
  readonly #seen = signal('')
  readonly #ends: (() => void)[]

  constructor(client: PageClient, me: string) {
    this.#client = client
    this.#me = me
    this.#key = `parley.calls.seen.${me}`
    const kept = readJson(this.#key)
    if (typeof kept === 'string') this.#seen.value = kept
    const reload = (): void => void this.#load().catch(() => undefined)
    this.#ends = [client.on('calls.ended', reload), effect(() => void (isOnline.value && reload()))]
  }

  /** What became of a call, in words. */
  account(call: CallInfo): ReturnType<typeof accountOf> {
    return accountOf(call, this.#me, call.caller === this.#me, texts.value.calls)
  }

  /** It has been looked at, up to the newest. */
  see(): void {
    const newest = this.calls.peek()[0]?.startedAt
    if (newest === undefined || newest <= this.#seen.peek()) return
    this.#seen.value = newest
    writeJson(this.#key, newest)
  }

  /** Those before the ones that are there. Rejects as `request` does. */
  async loadMore(): Promise<void> {
    const last = this.calls.peek().at(-1)
    const page = await this.#ask(last && { before: last.id })
    this.calls.value = [...this.calls.peek(), ...page]
  }

  close(): void {
    for (const end of this.#ends) end()
  }

  async #load(): Promise<void> {
    this.calls.value = await this.#ask()
    this.isLoaded.value = true
  }

  async #ask(from: { readonly before?: string } = {}): Promise<readonly CallInfo[]> {
    const answer = await request(this.#client, 'calls.list', { limit: pageSize, ...from })
    this.hasMore.value = answer.more
    return answer.calls as readonly CallInfo[]
  }
}
