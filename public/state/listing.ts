// How the list of conversations is asked for: page by page, once; afterwards, where there is an inbox, only what has changed.
import { signal } from '@preact/signals'
import type { ClientError, Member, Posted } from '../../src/client/index.ts'

/** A row of the server's list, as far as it is used here; named, so that this compiles where the plugin is not in the catalogue. */
export interface Listed {
  readonly to: string
  readonly user?: Member
  readonly group?: Member & { readonly avatar: string; readonly count: number }
  readonly head: number
  readonly read: number
  readonly unread: number
  readonly mentions?: number
  readonly mute?: true | string
  readonly pin?: boolean
  readonly archive?: boolean
  readonly marked?: boolean
  readonly draft?: { readonly text: string; readonly time: string }
  readonly reached?: { readonly read?: number; readonly delivered: number }
  readonly last?: Posted
}

/** Where what was told goes. */
export interface ListingSink {
  /** The first page of the list in its order, one behind it, or conversations that have changed. */
  take(listed: readonly Listed[], what: 'first' | 'next' | 'changed'): void
  /** These are not in the list any more. */
  drop(peers: readonly string[]): void
  /** Who is in it so far. */
  peers(): readonly string[]
}

/** How it is asked for. */
export interface ListingOptions {
  readonly me: string
  readonly sink: ListingSink
  /** Sends one message; resolves with its ack's data, and rejects as the client's `request` does. */
  ask(type: string, data: object): Promise<unknown>
  hasInbox(): boolean
  /** Resolves when the page has nothing better to do. */
  idle(): Promise<void>
  /** Resolves when a server that was too busy may be asked again. */
  pause(): Promise<void>
}

/** The ack of `chat.list`. */
interface Page {
  readonly conversations: readonly Listed[]
  readonly next?: string
}

/** The ack of `inbox.sync`. */
interface Changes {
  readonly epoch: string
  readonly position: number
  readonly entries: readonly { readonly kind: string; readonly key: string; readonly data: unknown }[]
  readonly more: boolean
  readonly reset?: boolean
}

type Place = Pick<Changes, 'epoch' | 'position'>

/** The first page is small, so that there is something to see soon. */
const firstPage = 60
/** The most that the server gives. */
const pageSize = 200
/** So many pages are asked for without anybody having scrolled there, for counts and names to be whole. */
const unaskedPages = 10

const otherOf = (key: string, me: string): string => key.split(':').find((id) => id !== me) ?? me

/** Follows the list of conversations of one person. */
export class Listing {
  /** Whether every conversation has been told. */
  readonly isWhole = signal(false)
  readonly #options: ListingOptions
  #since: Place | undefined
  #cursor: string | undefined
  /** What has been told since the first page, to find what is gone; `before` is what was known then. */
  #told = new Set<string>()
  #before: readonly string[] = []
  #pages = 0
  #wanted = unaskedPages
  /** One question at a time; what is wanted meanwhile is asked behind it. */
  #isRunning = false
  #isDue = false
  #isEnded = false

  constructor(options: ListingOptions) {
    this.#options = options
  }

  /** Learn what has changed, or begin, or go on where a line broke. What goes wrong is asked for with the next call. */
  refresh(): void {
    this.#isDue = true
    this.#run()
  }

  /** Somebody is near the end of what was told. */
  more(): void {
    if (this.isWhole.peek() || this.#pages < this.#wanted) return
    this.#wanted = this.#pages + 1
    this.#run()
  }

  /** The list is another one now. */
  restart(): void {
    this.#since = undefined
    this.#begin()
    this.refresh()
  }

  end(): void {
    this.#isEnded = true
  }

  #run(): void {
    if (!this.#isRunning) void this.#go()
  }

  async #go(): Promise<void> {
    this.#isRunning = true
    try {
      while (!this.#isEnded && (this.#isDue || (!this.isWhole.peek() && this.#pages < this.#wanted))) {
        await (this.#isDue ? this.#catchUp() : this.#next())
      }
    } catch (error) {
      // What a broken line has taken is asked for after the next welcome.
      const { code = '', retry } = error as Partial<ClientError>
      if (retry && !code.startsWith('CLIENT_')) void this.#options.pause().then(() => this.refresh())
    }
    this.#isRunning = false
  }

  async #catchUp(): Promise<void> {
    this.#isDue = false
    const hasInbox = this.#options.hasInbox()
    if (this.#since && hasInbox && (await this.#changes(this.#since))) return
    const end = hasInbox ? ((await this.#ask('inbox.sync', { now: true })) as Changes) : undefined
    this.#begin()
    await this.#next()
    // Only now: with a list that was never begun, there is nothing to which changes could be applied.
    this.#since = end && { epoch: end.epoch, position: end.position }
  }

  /** Take what has changed since; whether that was to be had. */
  async #changes(since: Place): Promise<boolean> {
    const answer = (await this.#ask('inbox.sync', { since })) as Changes
    if (answer.reset) return false
    const chats = answer.entries.filter(({ kind }) => kind === 'chat')
    const { sink, me } = this.#options
    if (this.#isEnded) return true
    sink.take(
      chats.flatMap(({ data }) => (data ? [data as Listed] : [])),
      'changed',
    )
    sink.drop(chats.flatMap(({ key, data }) => (data ? [] : [otherOf(key, me)])))
    this.#since = { epoch: answer.epoch, position: answer.position }
    return answer.more ? this.#changes(this.#since) : true
  }

  #begin(): void {
    this.isWhole.value = false
    this.#cursor = undefined
    this.#pages = 0
    this.#told = new Set()
    this.#before = this.#options.sink.peers()
  }

  async #next(): Promise<void> {
    if (this.#pages > 0 && this.#wanted === unaskedPages) await this.#options.idle()
    const range = { limit: this.#pages === 0 ? firstPage : pageSize, folder: 'all' }
    const page = (await this.#ask('chat.list', { ...range, ...(this.#cursor !== undefined && { cursor: this.#cursor }) })) as Page
    if (this.#isEnded) return
    const listed = page.conversations
    for (const { to } of listed) this.#told.add(to)
    this.#pages++
    this.#cursor = page.next
    this.#options.sink.take(listed, this.#pages === 1 ? 'first' : 'next')
    if (page.next !== undefined) return
    this.isWhole.value = true
    this.#options.sink.drop(this.#before.filter((peer) => !this.#told.has(peer)))
  }

  #ask(type: string, data: object): Promise<unknown> {
    return this.#options.ask(type, data)
  }
}
