// Puts the parts together: what a line brings goes to the parts first, then to the app.
import { Connection } from './connection.ts'
import { Conversations } from './conversations.ts'
import { Emitter } from './emitter.ts'
import { type Environment, environmentOf } from './environment.ts'
import { Outbox } from './outbox.ts'
import { onPageEvents } from './page-events.ts'
import { Persistence } from './persistence.ts'
import type { AnyProtocol, EventFrame, Heartbeat, ProtocolTypes, RequestOptions, SearchPage, ServerFrame, Welcome } from './protocol.ts'
import { Renewal } from './renewal.ts'
import { Requests } from './requests.ts'
import { JoinedRooms } from './rooms.ts'
import type { Client, ClientOptions, Undo } from './types.ts'

class Parts {
  readonly connection: Connection
  readonly requests: Requests
  readonly outbox: Outbox
  readonly rooms: JoinedRooms
  readonly conversations: Conversations
  readonly #persistence: Persistence
  readonly #renewal: Renewal
  readonly #all = new Emitter<EventFrame>()
  readonly #byType = new Map<string, Emitter<EventFrame>>()
  #endPageEvents: Undo | undefined

  constructor(env: Environment, options: ClientOptions) {
    this.connection = new Connection(env, options, {
      welcome: (welcome, time) => this.#welcome(welcome, time),
      frame: (frame) => this.#receive(frame),
      lost: () => this.#lost(),
    })
    this.requests = new Requests(env.clock, this.connection)
    this.#persistence = new Persistence(env, this.requests)
    this.#renewal = new Renewal(env.clock, this.requests, options.token)
    this.conversations = new Conversations({ persistence: this.#persistence, requests: this.requests, clock: env.clock })
    this.outbox = new Outbox(env, this.#persistence, (posted, ack) => this.conversations.stored(posted, ack))
    this.rooms = new JoinedRooms(this.requests, this.#persistence)
    if (options.user !== undefined) this.#own(options.user)
  }

  start(): void {
    this.#endPageEvents ??= onPageEvents({
      wake: () => {
        this.connection.retryNow()
        this.connection.probe()
      },
      doubt: () => this.connection.probe(),
    })
    this.connection.start()
  }

  stop(): void {
    this.#endPageEvents?.()
    this.#endPageEvents = undefined
    this.connection.stop()
  }

  on(type: string, listener: (frame: EventFrame) => void): Undo {
    let emitter = this.#byType.get(type)
    if (!emitter) {
      emitter = new Emitter()
      this.#byType.set(type, emitter)
    }
    return emitter.add(listener)
  }

  onAny(listener: (frame: EventFrame) => void): Undo {
    return this.#all.add(listener)
  }

  #own(userId: string): void {
    this.outbox.own(userId)
    this.conversations.own(userId)
  }

  #welcome(welcome: Welcome, time: string): void {
    this.#own(welcome.user.id)
    this.#renewal.begin(time, welcome.expiresAt)
    this.rooms.online()
    this.conversations.online(welcome)
    this.outbox.online()
  }

  #lost(): void {
    this.outbox.lost()
    this.conversations.lost()
    this.rooms.lost()
    this.#renewal.lost()
    this.requests.lost()
    this.#persistence.lost()
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'ack' || frame.type === 'error') this.requests.answer(frame)
    else this.#event(frame)
  }

  #event(frame: ServerFrame): void {
    if (frame.type === 'core.token_expiring') this.#renewal.remind()
    else if (frame.type === 'core.heartbeat') this.conversations.compare((frame.data as Heartbeat).chat)
    else if (frame.type.startsWith('chat.')) this.conversations.receive(frame)
    else if (frame.type.startsWith('rooms.')) this.rooms.receive(frame)
    this.#byType.get(frame.type)?.emit(frame)
    this.#all.emit(frame)
  }
}

/**
 * Make a client; it does nothing until `start()`. One client speaks for one user: for another one make another.
 * `P` says what may be sent and received: `createClient<Protocol<[typeof chat, typeof rooms]>>(…)`.
 * Throws `TypeError` for a URL that is none, or without a WebSocket class.
 */
export const createClient = <P extends ProtocolTypes = AnyProtocol>(options: ClientOptions): Client<P> => {
  const parts = new Parts(environmentOf(options), options)
  const { connection, requests, outbox, conversations, rooms } = parts
  const client: Client<AnyProtocol> = {
    get state() {
      return connection.state
    },
    start: () => parts.start(),
    stop: () => parts.stop(),
    retryNow: () => connection.retryNow(),
    onState: (listener) => connection.onState(listener),
    request: (type: string, data: object, address?: RequestOptions) => requests.ask(type, data, address),
    on: (type, listener) => parts.on(type, listener),
    onAny: (listener) => parts.onAny(listener),
    rooms,
    chat: {
      send: (to, text, more) => outbox.send(to, 'send', { ...(text === '' && more?.content ? {} : { text }), ...more }),
      forward: (to, from, target) => outbox.send(to, 'forward', { from, target }),
      edit: (to, target, text, more) => outbox.send(to, 'edit', { target, text, ...more }),
      recall: (to, target) => outbox.send(to, 'recall', { target }),
      react: (to, target, emoji, on = true) => outbox.send(to, 'react', { target, emoji, on }),
      unsent: () => outbox.unsent,
      onUnsent: (listener) => outbox.onUnsent(listener),
      conversation: (to, { recent } = {}) => conversations.open(to, recent),
      onPosted: (listener) => conversations.onPosted(listener),
      onEntry: (listener) => conversations.onEntry(listener),
      search: (text, search = {}) => requests.ask('chat.search', { text, ...search }) as Promise<SearchPage>,
      onTyping: (listener) => conversations.onTyping(listener),
    },
  }
  // The types of P exist for the compiler only; the wire is the same for all of them.
  return client as unknown as Client<P>
}
