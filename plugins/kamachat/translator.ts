// One client of KamaChat: its frames in, the server's frames out, in the order in which either said them.
import { AppError, type Connection, type Translator, type Users, type Wire } from '#core'
import { type Ask, type Call, OldCalls, type Outcome, type Signalled } from './calls.ts'
import { contentOf, fieldsOf, kinds } from './contents.ts'
import { errors } from './errors.ts'
import { blank, type OldFrame, oldTime, readFrame, readSignal, types } from './frames.ts'

/** What a translator works with. */
export interface TranslatorOptions {
  readonly connection: Connection
  readonly users: Users | undefined
  /** Who the address says that this is. */
  readonly clientId: string | undefined
  readonly newId: () => string
  /** A description is told as an object with `type` and `sdp`, as browsers make it, or as its text alone. */
  readonly sdpForm: 'object' | 'text'
  readonly wire: Wire
}

/** A frame of the server; only what is read here. */
interface Frame {
  readonly type: string
  readonly id?: string
  readonly from?: string
  readonly to?: string
  readonly time?: string
  readonly data?: unknown
  readonly error?: object
}

interface Posted {
  readonly text: string
  readonly content?: { readonly kind: string; readonly data: unknown }
}

/** Speaks for one client. */
export class OldTranslator implements Translator {
  readonly #options: TranslatorOptions
  readonly #calls: OldCalls
  readonly #asked = new Map<string, Ask>()
  readonly #names = new Map<string, string>()
  #count = 0
  // As the client itself numbers calls; 2 until it has.
  #callType: number = types.file
  // What is told waits for the names in what was to be told before.
  #tail: Promise<void> = Promise.resolve()

  constructor(options: TranslatorOptions) {
    this.#options = options
    this.#calls = new OldCalls(options.newId(), options.newId)
  }

  hear(text: string): readonly string[] {
    try {
      const frame = readFrame(text)
      const { av_data } = frame
      if (av_data || frame.type === types.call) {
        this.#callType = frame.type === types.call ? types.call : types.file
        return this.#carryOut(this.#calls.hear(frame.receive_id, readSignal(av_data ?? '')))
      }
      return [this.#ask({ type: 'chat.send', to: frame.receive_id, data: { ...this.#said(frame), clientId: this.#options.newId() } })]
    } catch (failure) {
      if (!(failure instanceof AppError)) throw failure
      this.#complain(failure)
      return []
    }
  }

  say(text: string): readonly string[] {
    const frame = JSON.parse(text) as Frame
    const { data } = frame
    switch (frame.type) {
      case 'core.welcome':
        this.#welcome(data as { readonly user: { readonly id: string; readonly name?: string }; readonly plugins: readonly string[] })
        break
      case 'ack':
      case 'error':
        this.#answer(frame)
        break
      case 'chat.posted':
        this.#post(frame, data as Posted)
        break
      case 'calls.invited':
        this.#follow(this.#calls.invited((data as { call: Call }).call, this.#me))
        break
      case 'calls.changed':
        this.#follow(this.#calls.changed((data as { call: Call }).call, this.#me))
        break
      case 'calls.ended':
        this.#follow(this.#calls.ended((data as { call: Call }).call, this.#me))
        break
      case 'calls.signalled':
        this.#follow(this.#calls.signalled(data as Signalled, frame.from ?? '', (type, sdp) => this.#shape(type, sdp)))
        break
      default: // KamaChat has no word for it.
    }
    return []
  }

  get #me(): string {
    return this.#options.connection.userId
  }

  #said(frame: OldFrame): object {
    if (frame.type === types.text) return { text: frame.content ?? '' }
    return { content: { kind: frame.type === types.voice ? kinds[types.voice] : kinds[types.file], data: contentOf(frame) } }
  }

  #welcome({
    user,
    plugins,
  }: {
    readonly user: { readonly id: string; readonly name?: string }
    readonly plugins: readonly string[]
  }): void {
    const { clientId, connection } = this.#options
    if (user.name !== undefined) this.#names.set(user.id, user.name)
    if (clientId !== undefined && clientId !== user.id) {
      this.#complain(errors.NOT_YOURSELF())
      // Behind what was just told.
      this.#later(() => connection.close(4_503, 'KAMACHAT_NOT_YOURSELF'))
    } else if (plugins.includes('calls')) this.#follow({ asks: [{ type: 'calls.current', data: {} }], tells: [] })
  }

  #answer({ id = '', data, error }: Frame): void {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if (error) this.#later(() => this.#options.wire.tell(JSON.stringify({ error })))
    if (asked) this.#follow(error ? this.#calls.refused(asked) : this.#calls.answered(asked, data, this.#me))
  }

  #post({ from = '', to = '', time = '' }: Frame, { text, content }: Posted): void {
    // Of a call its signals have told already.
    if (content?.kind === 'calls') return
    const said = (content && fieldsOf(content)) ?? { type: types.text, content: text }
    this.#tell(from, { receive_id: to, created_at: oldTime(new Date(time)), ...said })
  }

  /** Frames of the server that the client's own word leads to; what it is told leaves by itself. */
  #carryOut({ asks, tells }: Outcome): readonly string[] {
    const created_at = oldTime(new Date())
    for (const { from, signal } of tells) {
      const av_data = JSON.stringify({ messageId: 'PROXY', ...signal })
      this.#tell(from, { receive_id: this.#me, type: this.#callType, created_at, av_data })
    }
    return asks.map((one) => this.#ask(one))
  }

  /** The same where it is the server's word that leads to something. */
  #follow(outcome: Outcome): void {
    for (const frame of this.#carryOut(outcome)) this.#options.wire.mean(frame)
  }

  #ask(one: Ask): string {
    const id = `k${++this.#count}`
    this.#asked.set(id, one)
    return JSON.stringify({ id, type: one.type, to: one.to, data: one.data })
  }

  #shape(type: string, sdp: string): unknown {
    return this.#options.sdpForm === 'object' ? { type, sdp } : sdp
  }

  #tell(from: string, fields: object): void {
    const frame = { ...blank, send_id: from, ...fields }
    this.#later(async () => this.#options.wire.tell(JSON.stringify({ ...frame, send_name: await this.#nameOf(from) })))
  }

  #complain({ code, kind, message, detail }: AppError): void {
    this.#later(() => this.#options.wire.tell(JSON.stringify({ error: { code, kind, message, retry: false, ...detail } })))
  }

  #later(work: () => void | Promise<void>): void {
    this.#tail = this.#tail.then(work).catch((failure: unknown) => this.#options.wire.fail(failure))
  }

  async #nameOf(user: string): Promise<string> {
    const known = this.#names.get(user)
    if (known !== undefined) return known
    const found = await this.#options.users?.find(user)
    if (this.#names.size >= namesLimit) this.#names.clear()
    this.#names.set(user, found?.name ?? '')
    return found?.name ?? ''
  }
}

const namesLimit = 1_000
