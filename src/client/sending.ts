import type { WireError } from '../errors.ts'
import { Emitter } from './emitter.ts'
import { ClientError, clientError } from './errors.ts'
import type { Entry, EntryData } from './protocol.ts'
import type { Sending, SendingKind, SendingState, Undo } from './types.ts'

/** What a change says beside its client id. */
export type Fields = Pick<EntryData, 'text' | 'target' | 'emoji' | 'on' | 'entities' | 'reply' | 'content'> & {
  readonly from?: string
  readonly draft?: string
}

/** What is kept of an unsent text. */
export interface Draft {
  readonly clientId: string
  readonly to: string
  readonly text: string
  /** Absent for a message. */
  readonly kind?: SendingKind
  /** What it says beside its text; absent for a message that is nothing but text. */
  readonly data?: Fields
  readonly createdAt: number
  /** Why it failed for good; absent while it waits. */
  readonly error?: WireError
}

/** What a sending asks of the outbox that holds it. */
export interface SendingOwner {
  changed(sending: Outgoing): void
  retry(sending: Outgoing): void
  drop(sending: Outgoing): void
}

/** A text on its way; the outbox moves it. */
export class Outgoing implements Sending {
  readonly clientId: string
  readonly to: string
  readonly kind: SendingKind
  readonly fields: Fields
  readonly createdAt: number
  posted: Entry | undefined
  error: ClientError | undefined
  /** Whether a try may have reached the server. */
  wasTried: boolean
  #state: SendingState
  #done: PromiseWithResolvers<Entry>
  readonly #owner: SendingOwner
  readonly #changes = new Emitter<Sending>()

  constructor(draft: Draft, owner: SendingOwner, wasTried: boolean) {
    this.clientId = draft.clientId
    this.to = draft.to
    this.kind = draft.kind ?? 'send'
    this.fields = draft.data ?? { text: draft.text }
    this.createdAt = draft.createdAt
    this.wasTried = wasTried
    this.#owner = owner
    this.#state = draft.error ? 'failed' : 'queued'
    this.error = draft.error && new ClientError(draft.error)
    this.#done = promise()
    if (this.error) this.#done.reject(this.error)
  }

  get text(): string {
    return this.fields.text ?? ''
  }

  get entities(): Fields['entities'] {
    return this.fields.entities
  }

  get reply(): number | undefined {
    return this.fields.reply
  }

  get target(): number | undefined {
    return this.fields.target
  }

  get state(): SendingState {
    return this.#state
  }

  get done(): Promise<Entry> {
    return this.#done.promise
  }

  onChange(listener: (sending: Sending) => void): Undo {
    return this.#changes.add(listener)
  }

  retry(): void {
    if (this.#state !== 'failed') return
    this.#done = promise()
    this.error = undefined
    this.move('queued')
    this.#owner.retry(this)
  }

  cancel(): boolean {
    if (this.#state === 'sent' || this.#state === 'cancelled') return false
    const isCertain = this.#state === 'failed' || !this.wasTried
    this.#owner.drop(this)
    this.move('cancelled')
    this.#done.reject(clientError('CLIENT_CANCELLED'))
    return isCertain
  }

  /** The server has it. */
  succeed(posted: Entry): void {
    this.posted = posted
    this.move('sent')
    this.#done.resolve(posted)
  }

  /** It is certainly not stored. */
  fail(error: ClientError): void {
    this.error = error
    this.wasTried = false
    this.move('failed')
    this.#done.reject(error)
  }

  move(state: SendingState): void {
    if (this.#state === state) return
    this.#state = state
    this.#changes.emit(this)
    this.#owner.changed(this)
  }

  /** What has to be kept of it. */
  get draft(): Draft {
    const { clientId, to, text, kind, fields, createdAt, error } = this
    const isPlain = kind === 'send' && fields.text !== undefined && Object.keys(fields).length === 1
    const more = { ...(kind !== 'send' && { kind }), ...(!isPlain && { data: fields }) }
    return { clientId, to, text, createdAt, ...more, ...(error && { error: error.wire }) }
  }
}

/** A promise that nobody has to handle: its outcome is also in `state`. */
const promise = (): PromiseWithResolvers<Entry> => {
  const made = withResolvers<Entry>()
  made.promise.catch(() => {})
  return made
}

// Promise.withResolvers is missing in Node 20.
const withResolvers = <T>(): PromiseWithResolvers<T> => {
  let resolve!: PromiseWithResolvers<T>['resolve']
  let reject!: PromiseWithResolvers<T>['reject']
  const made = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise: made, resolve, reject }
}
