import { Drafts } from './drafts.ts'
import { Emitter } from './emitter.ts'
import type { Environment } from './environment.ts'
import { ClientError, isLineLoss } from './errors.ts'
import type { Persistence } from './persistence.ts'
import type { Entry, SendAck } from './protocol.ts'
import { type Fields, Outgoing, type SendingOwner } from './sending.ts'
import type { Sending, SendingKind, Undo } from './types.ts'

// JSON can carry half a character and NUL, a database cannot: what the server would replace is replaced before, so
// that what is shown as sent is what is stored.
const storable = (text: string): string => text.replace(/\0|[\uD800-\uDFFF]/gu, '\uFFFD')

/** What an entry of each kind is called in the log. */
const events: Readonly<Record<SendingKind, string>> = {
  send: 'chat.posted',
  forward: 'chat.posted',
  edit: 'chat.edited',
  recall: 'chat.recalled',
  react: 'chat.reacted',
}

const letters = (random: () => number): string => random().toString(36).slice(2, 12)

/** Whether only another connection can help: the line broke, or its token has ended. */
const needsNextLine = (error: unknown): boolean => isLineLoss(error) || (error instanceof ClientError && error.kind === 'unauthenticated')

/**
 * Texts until the server has them. One try at a time per addressee, so that order holds after an error too:
 * a later text goes when the earlier one is acknowledged or has failed for good.
 */
export class Outbox implements SendingOwner {
  readonly #env: Environment
  readonly #persistence: Persistence
  readonly #onStored: (posted: Entry, ack: SendAck) => void
  readonly #changes = new Emitter<readonly Sending[]>()
  /** In call order; what is sent or cancelled has left. */
  #unsent: Outgoing[] = []
  readonly #busy = new Set<string>()
  /** Of all ids of this client, so that no other makes the same ones. */
  readonly #suffix: string
  #lastNumber = 0
  #userId: string | undefined
  #drafts: Drafts | undefined
  #isOnline = false
  /** Counts lines, so that a loss which is heard late does not stop the next one. */
  #line = 0

  constructor(env: Environment, persistence: Persistence, onStored: (posted: Entry, ack: SendAck) => void) {
    this.#env = env
    this.#persistence = persistence
    this.#onStored = onStored
    this.#suffix = letters(env.random) + letters(env.random)
  }

  get unsent(): readonly Sending[] {
    return [...this.#unsent]
  }

  onUnsent(listener: (unsent: readonly Sending[]) => void): Undo {
    return this.#changes.add(listener)
  }

  send(to: string, kind: SendingKind, given: Fields): Sending {
    const createdAt = this.#env.clock.now()
    // Time first, as in a UUID of version 7: what the server indexes by it comes to stand at one end.
    const clientId = `${createdAt.toString(36)}-${this.#suffix}-${++this.#lastNumber}`
    const text = storable(given.text ?? '')
    const data = given.text === undefined ? given : { ...given, text }
    const sending = new Outgoing({ clientId, to, text, kind, data, createdAt }, this, false)
    this.#unsent.push(sending)
    this.#drafts?.put(sending.draft)
    this.changed()
    void this.#flush(to)
    return sending
  }

  /** The user is known: what was kept for them comes before what was written since. */
  own(userId: string): void {
    if (this.#userId !== undefined) return
    this.#userId = userId
    if (!this.#env.storage) return
    this.#drafts = new Drafts(this.#env.storage, userId)
    const kept = this.#drafts.load().map((draft) => new Outgoing(draft, this, true))
    for (const { draft } of this.#unsent) this.#drafts.put(draft)
    this.#unsent.unshift(...kept)
    if (kept.length > 0) this.changed()
  }

  online(): void {
    this.#isOnline = true
    this.#line++
    for (const to of new Set(this.#unsent.map((sending) => sending.to))) void this.#flush(to)
  }

  lost(): void {
    this.#isOnline = false
  }

  changed(): void {
    this.#changes.emit(this.unsent)
  }

  retry(sending: Outgoing): void {
    // At the end: what was queued for the same addressee meanwhile keeps its place before it.
    this.#unsent = [...this.#unsent.filter((other) => other !== sending), sending]
    this.#drafts?.remove(sending.clientId)
    this.#drafts?.put(sending.draft)
    this.changed()
    void this.#flush(sending.to)
  }

  drop(sending: Outgoing): void {
    this.#unsent = this.#unsent.filter((other) => other !== sending)
    this.#drafts?.remove(sending.clientId)
  }

  async #flush(to: string): Promise<void> {
    if (this.#busy.has(to)) return
    this.#busy.add(to)
    try {
      for (let next = this.#next(to); next; next = this.#next(to)) await this.#try(next)
    } finally {
      this.#busy.delete(to)
    }
  }

  #next(to: string): Outgoing | undefined {
    return this.#isOnline ? this.#unsent.find((sending) => sending.to === to && sending.state === 'queued') : undefined
  }

  async #try(sending: Outgoing): Promise<void> {
    const { to, kind, fields, clientId } = sending
    const line = this.#line
    try {
      const ack = (await this.#persistence.ask('urgent', {
        type: `chat.${kind}`,
        data: { ...fields, clientId },
        address: { to },
        isWanted: () => sending.state !== 'cancelled',
        onTry: () => {
          sending.wasTried = true
          sending.move('sending')
        },
      })) as SendAck
      if (sending.state !== 'cancelled') this.#stored(sending, ack)
    } catch (error) {
      if (sending.state !== 'cancelled') this.#failed(sending, error, line)
    }
  }

  #stored(sending: Outgoing, ack: SendAck): void {
    const { id, seq, time } = ack
    const { to, kind, fields, clientId } = sending
    const { from: _, draft: __, ...said } = fields
    const data = { id, clientId, ...said, prev: seq - 1 }
    const posted = { type: events[kind], from: this.#userId ?? '', to, seq, time, data }
    this.drop(sending)
    this.#onStored(posted, ack)
    sending.succeed(posted)
  }

  #failed(sending: Outgoing, error: unknown, line: number): void {
    if (needsNextLine(error)) {
      // Until the next welcome; it may or may not have arrived, so the same client id goes out again.
      if (line === this.#line) this.#isOnline = false
      sending.move('queued')
    } else {
      sending.fail(error as ClientError)
      this.#drafts?.put(sending.draft)
    }
  }
}
