import { CatchUp, type Listed } from './catch-up.ts'
import { ThreadView } from './conversation.ts'
import { Emitter } from './emitter.ts'
import type { ThreadLinks } from './links.ts'
import { isPosted } from './messages.ts'
import type { Entry, Epochal, EventFrame, Heartbeat, Posted, Receipt, SendAck, Welcome } from './protocol.ts'
import { type Lost, Thread } from './thread.ts'
import type { Conversation, Undo } from './types.ts'

/** How far somebody is, who may keep what they have read to themselves. */
type Heard = Partial<Receipt> & { readonly user: string; readonly delivered: number }

/** Every conversation that somebody follows: those that are open, and all of them while `onEntry` has a listener. */
export class Conversations {
  readonly #links: ThreadLinks
  readonly #entries = new Emitter<Entry>()
  readonly #typing = new Emitter<Thread>()
  readonly #threads = new Map<string, Thread>()
  readonly #views = new Set<ThreadView>()
  #userId: string | undefined
  readonly #catching: CatchUp
  #isOnline = false
  #hasInbox = false
  /** Whether every conversation was listed once since all are followed: then one never heard of was empty. */
  #hasAll = false
  /** Which life of the server's log all seqs here belong to, once it has said so. */
  #epoch: string | undefined

  constructor(links: ThreadLinks) {
    this.#links = links
    this.#catching = new CatchUp(links.persistence)
  }

  open(userId: string, recent = 50): Conversation {
    const thread = this.#threads.get(userId) ?? this.#begin(userId)
    const view = new ThreadView(thread, recent, (closed) => this.#close(closed, thread))
    this.#views.add(view)
    thread.timeline.keep()
    if (this.#isOnline) {
      this.#beginCatching()
      thread.load(recent)
    }
    return view
  }

  onPosted(listener: (frame: Posted) => void): Undo {
    return this.onEntry((entry) => isPosted(entry) && listener(entry))
  }

  onEntry(listener: (entry: Entry) => void): Undo {
    const undo = this.#entries.add(listener)
    if (this.#entries.size === 1 && this.#isOnline) void this.#catchUp()
    return () => {
      undo()
      if (this.#entries.size > 0) return
      this.#hasAll = false
      for (const thread of [...this.#threads.values()]) this.#release(thread)
    }
  }

  onTyping(listener: (to: string, users: readonly string[]) => void): Undo {
    return this.#typing.add(({ userId, typing }) => listener(userId, typing.users))
  }

  /** A live event of chat. What has no place in a log, and is not of one, is the app's business alone. */
  receive(frame: EventFrame): void {
    const { type, from = '', seq } = frame
    if (type === 'chat.reset') this.#meet((frame.data as Epochal).epoch)
    if (type === 'chat.hidden' || type === 'chat.cleared') this.#threads.get(frame.to ?? '')?.lose(frame.data as Lost)
    if (seq === undefined && type !== 'chat.receipt' && type !== 'chat.typed') return
    const thread = this.#threadOf(frame)
    if (!thread) return
    if (type === 'chat.receipt') this.#receipt(thread, frame.data as Heard)
    else if (seq !== undefined) thread.receive([frame as Entry])
    else if (from !== this.#userId) thread.typing.hear(from, (frame.data as { readonly on: boolean }).on)
  }

  /** Where the server says that conversations stand: what we have less of was lost on its way. */
  compare(moved: Heartbeat['chat']): void {
    if (!moved || !this.#isOnline) return
    this.#meet(moved.epoch)
    for (const [to, head] of Object.entries(moved.heads)) {
      const thread = this.#threads.get(to) ?? (this.#isFollowingAll ? this.#begin(to) : undefined)
      if (thread && head > (thread.timeline.head ?? head)) thread.hear(head)
    }
    if (moved.more) void this.#catchUp()
  }

  /** An own message was acknowledged. A repeated ack may be old, so it does not say where the log stands. */
  stored(posted: Entry, { dup, epoch }: SendAck): void {
    this.#meet(epoch)
    const thread = this.#threadOf(posted)
    if (!thread || (dup && thread.timeline.head === undefined)) return
    // What the server has put into it (the text of a forward) has to be asked for, if the event is not here already.
    if (isPosted(posted) && posted.data.text === undefined) thread.hear(posted.seq)
    else thread.receive([posted])
  }

  own(userId: string): void {
    this.#userId = userId
  }

  online(welcome: Welcome): void {
    this.#isOnline = welcome.plugins.includes('chat')
    this.#hasInbox = welcome.plugins.includes('inbox')
    if (!this.#isOnline) return
    for (const thread of this.#threads.values()) thread.resume()
    void this.#catchUp()
  }

  lost(): void {
    this.#isOnline = false
  }

  get #isFollowingAll(): boolean {
    return this.#entries.size > 0
  }

  #begin(userId: string): Thread {
    const thread = new Thread(userId, this.#links, {
      entry: (entry) => this.#entry(thread, entry),
      typing: (changed) => this.#typing.emit(changed),
      epoch: () => this.#epoch,
      met: (epoch) => this.#meet(epoch),
    })
    if (this.#hasAll) thread.timeline.head = 0
    this.#threads.set(userId, thread)
    return thread
  }

  /** The logs of another epoch are other logs: what we have of the one before means nothing in it. */
  #meet(epoch: string | undefined): void {
    const before = this.#epoch
    this.#epoch = epoch ?? before
    if (before === undefined || before === this.#epoch) return
    for (const thread of this.#threads.values()) thread.reset()
    if (this.#isOnline) void this.#catchUp()
  }

  #entry({ delivered, typing }: Thread, entry: Entry): void {
    // Whoever did something has stopped typing, also by leaving.
    typing.hear(entry.from, false)
    if (isPosted(entry) && entry.from !== this.#userId) delivered.reach(entry.seq)
    this.#entries.emit(entry)
  }

  #receipt(thread: Thread, { user, read = 0, delivered }: Heard): void {
    if (user === this.#userId) {
      thread.read.known(read)
      thread.delivered.known(delivered)
    } else thread.receipt(user, { read, delivered })
  }

  #threadOf({ from, to = '' }: EventFrame): Thread | undefined {
    const other = from === this.#userId || to.startsWith('G') ? to : (from ?? '')
    return this.#threads.get(other) ?? (this.#isFollowingAll ? this.#begin(other) : undefined)
  }

  #viewsOf({ userId }: Thread): readonly ThreadView[] {
    return [...this.#views].filter((view) => view.userId === userId)
  }

  #close(view: ThreadView, thread: Thread): void {
    this.#views.delete(view)
    this.#release(thread)
  }

  /** Forget what nobody follows any more. */
  #release(thread: Thread): void {
    if (this.#viewsOf(thread).length > 0) return
    thread.forget()
    if (!this.#isFollowingAll) this.#threads.delete(thread.userId)
  }

  #known(): readonly Thread[] {
    return [...this.#threads.values()].filter(({ timeline }) => timeline.head !== undefined)
  }

  // From here on the inbox is to tell what changes. Not while something is known that may have changed before: as long as
  // that was not caught up with, a place in the inbox would hide it.
  #beginCatching(): void {
    if (!this.#isFollowingAll && this.#known().length === 0) void this.#catching.begin(this.#hasInbox)
  }

  /** After a welcome: load what is open, and ask once what has changed instead of once per conversation. */
  async #catchUp(): Promise<void> {
    if (this.#views.size > 0) this.#beginCatching()
    for (const view of this.#views) this.#threads.get(view.userId)?.loadUnlessLoaded(view.recent)
    const known = this.#known()
    if (known.length === 0 && !this.#isFollowingAll) return
    const found = await this.#catching.find(this.#userId ?? '', this.#hasInbox)
    if (!found) return
    this.#meet(found.epoch)
    for (const one of found.conversations) this.#learn(one)
    for (const { to, target } of found.hidden) this.#threads.get(to)?.lose({ targets: [target] })
    // Whatever was in those is deleted.
    for (const to of found.gone) this.#threads.get(to)?.lose({ cleared: this.#threads.get(to)?.timeline.head ?? 0 })
    const seen = new Set(found.conversations.map(({ to }) => to))
    // What is missing among all of them may have ended without us: a group that put us out while the line was down.
    const isLeftOut = ({ userId, timeline }: Thread): boolean =>
      found.extent !== 'changed' && !seen.has(userId) && (found.extent === 'some' || timeline.head !== 0)
    const isMissed = (thread: Thread): boolean => thread.timeline.hasGap || found.gone.includes(thread.userId) || isLeftOut(thread)
    for (const thread of known) if (isMissed(thread)) void thread.sync()
    this.#hasAll ||= found.extent === 'all' && this.#isFollowingAll
  }

  #learn({ to, head, read, delivered, unread, cleared }: Listed): void {
    const thread = this.#threads.get(to) ?? (this.#isFollowingAll ? this.#begin(to) : undefined)
    if (!thread) return
    if (cleared !== undefined) thread.lose({ cleared })
    thread.read.known(read)
    thread.delivered.known(delivered)
    // What the list counts has arrived with it, as far as anybody else is concerned.
    if (unread > 0 && this.#isFollowingAll) thread.delivered.reach(head)
    if (thread.timeline.head !== undefined) {
      if (thread.timeline.head !== head) thread.hear(head)
    } else if (this.#viewsOf(thread).length === 0) thread.timeline.head = head
  }
}
