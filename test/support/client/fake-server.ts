// A server in memory that speaks PROTOCOL.md, with every way to fail that a test can ask for.
import type { EventFrame } from '../../../src/client/index.ts'
import type { WireError } from '../../../src/errors.ts'
import type { FakeClock } from './clock.ts'
import { FakeChat } from './fake-chat.ts'
import { FakeInbox } from './fake-inbox.ts'
import { FakeRooms } from './fake-rooms.ts'
import { FakeNetwork, type ServerLink } from './network.ts'
import { decode, only, Refusal, type WireRequest } from './wire.ts'

/** One line as the server sees it. */
export interface FakeConnection {
  readonly userId: string
  readonly token: string
  readonly link: ServerLink
  isOpen: boolean
  expiresAt: number | undefined
  /** When its last request takes effect: the next one does not overtake it. */
  workAt: number
  /** When it was last told what had moved. */
  beatAt: number
}

/** What becomes of a request: it is answered, handled without an answer, or refused. */
export type Verdict = 'answer' | 'swallow answer' | 'ignore' | WireError

/** What becomes of a push for one connection: after how many ms each copy leaves; none is a loss. */
export type PushPlan = readonly number[]

export class FakeServer {
  readonly #clock: FakeClock
  readonly network: FakeNetwork
  readonly chat: FakeChat
  readonly rooms: FakeRooms
  readonly inbox: FakeInbox
  readonly connections = new Set<FakeConnection>()
  /** Every request that reached it, in order. */
  readonly requests: WireRequest[] = []
  judge: (request: WireRequest, connection: FakeConnection) => Verdict = () => 'answer'
  plan: (frame: EventFrame, connection: FakeConnection) => PushPlan = () => [0]
  /** How long a request waits before it takes effect, ms; it does even if its line is gone by then. */
  workMs: () => number = () => 0
  /** How long an answer waits after it was made, while events overtake it, ms. */
  answerMs: () => number = () => 0
  /** Says with which code a token is refused. */
  refuse: (token: string) => number | undefined = () => undefined
  /** How long tokens last; for ever if absent. */
  tokenLifeMs: number | undefined
  plugins: readonly string[] = ['auth', 'rooms', 'chat']
  heartbeatMs = 25_000
  sendsHeartbeats = true
  #posts = 0

  constructor(clock: FakeClock, users: readonly string[]) {
    this.#clock = clock
    const now = (): string => new Date(clock.now()).toISOString()
    this.network = new FakeNetwork(clock, (link) => this.#accept(link))
    this.chat = new FakeChat(users, now)
    this.rooms = new FakeRooms(now)
    this.inbox = new FakeInbox(this.chat)
    this.chat.onEvent = (frame, people) => {
      if (frame.type !== 'chat.typed') this.inbox.touch(people, frame.from ?? '', frame.to ?? '')
      this.#tell(frame, people)
    }
    this.rooms.onEvent = (frame, to) => {
      for (const connection of to) this.push(frame, connection as FakeConnection)
    }
  }

  /** Requests of one type. */
  of(type: string): readonly WireRequest[] {
    return this.requests.filter((request) => request.type === type)
  }

  /** Send an event to one connection, as the plan says. */
  push(frame: EventFrame, connection: FakeConnection): void {
    for (const delayMs of this.plan(frame, connection)) {
      if (delayMs === 0) this.#write(connection, frame)
      else this.#clock.setTimeout(() => this.#write(connection, frame), delayMs)
    }
  }

  /** A message from somebody who is not connected here. */
  post(from: string, to: string, text: string): void {
    this.chat.answer(from, { id: 'x', type: 'chat.send', to, data: { text, clientId: `s-${++this.#posts}` } })
  }

  close(connection: FakeConnection, code: number, reason = ''): void {
    if (!connection.isOpen) return
    connection.link.close(code, reason)
    this.#gone(connection)
  }

  closeAll(code: number, reason = ''): void {
    for (const connection of [...this.connections]) this.close(connection, code, reason)
  }

  #accept(link: ServerLink): void {
    const token = link.protocols.find((name) => name.startsWith('auth.'))?.slice(5) ?? ''
    const code = link.protocols[0] === 'parley.v1' ? this.refuse(token) : 1002
    if (code !== undefined) {
      link.send(JSON.stringify({ type: 'error', error: { code: 'CORE_BAD_TOKEN', kind: 'unauthenticated', message: 'bad', retry: false } }))
      link.close(code, '')
    } else this.#admit(link, token)
  }

  #admit(link: ServerLink, token: string): void {
    const connection: FakeConnection = {
      userId: token.split('~')[0] as string,
      token,
      link,
      isOpen: true,
      expiresAt: undefined,
      workAt: 0,
      beatAt: this.#clock.now(),
    }
    this.connections.add(connection)
    link.onClose = () => this.#gone(connection)
    link.onFrame = (text) => this.#receive(connection, text)
    this.#watchToken(connection)
    this.#write(connection, this.#welcome(connection))
    this.#beat(connection)
  }

  #welcome({ userId, expiresAt }: FakeConnection): object {
    return {
      type: 'core.welcome',
      time: new Date(this.#clock.now()).toISOString(),
      data: {
        connection: '1',
        user: { id: userId },
        session: 'S1',
        ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
        heartbeatMs: this.heartbeatMs,
        limits: { frameBytes: 65_536 },
        plugins: this.plugins,
        server: { name: 'fake', version: '0' },
        protocol: 1,
      },
    }
  }

  #watchToken(connection: FakeConnection): void {
    if (this.tokenLifeMs === undefined) return
    const expiresAt = this.#clock.now() + this.tokenLifeMs
    connection.expiresAt = expiresAt
    const isCurrent = (): boolean => connection.isOpen && connection.expiresAt === expiresAt
    const data = { expiresAt: new Date(expiresAt).toISOString() }
    this.#clock.after(this.tokenLifeMs - 60_000, () => {
      if (isCurrent()) this.push({ type: 'core.token_expiring', time: '', data }, connection)
    })
    this.#clock.after(this.tokenLifeMs + 30_000, () => {
      if (isCurrent()) this.close(connection, 4501)
    })
  }

  #beat(connection: FakeConnection): void {
    this.#clock.setTimeout(() => {
      if (!connection.isOpen) return
      const part = this.plugins.includes('chat') ? this.chat.digest(connection.userId, connection.beatAt) : undefined
      connection.beatAt = this.#clock.now()
      if (this.sendsHeartbeats) this.#write(connection, { type: 'core.heartbeat', time: '', data: part ? { chat: part } : {} })
      this.#beat(connection)
    }, this.heartbeatMs)
  }

  #receive(connection: FakeConnection, text: string): void {
    const request = decode(text)
    this.requests.push(request)
    const verdict = this.judge(request, connection)
    if (typeof verdict === 'object') this.#write(connection, { type: 'error', id: request.id, error: verdict })
    else if (verdict !== 'ignore') this.#schedule(connection, request, verdict)
  }

  #schedule(connection: FakeConnection, request: WireRequest, verdict: Verdict): void {
    const work = (): void => this.#handle(connection, request, verdict === 'answer')
    const now = this.#clock.monotonic()
    connection.workAt = Math.max(connection.workAt, now + this.workMs())
    if (connection.workAt === now) work()
    else this.#clock.setTimeout(work, connection.workAt - now)
  }

  #handle(connection: FakeConnection, request: WireRequest, isAnswered: boolean): void {
    try {
      const data = this.#answer(connection, request)
      const answerMs = this.answerMs()
      const ack = { type: 'ack', id: request.id, data }
      if (isAnswered && answerMs > 0) this.#clock.setTimeout(() => this.#write(connection, ack), answerMs)
      else if (isAnswered) this.#write(connection, ack)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#write(connection, { type: 'error', id: request.id, error: error.wire })
    }
  }

  #answer(connection: FakeConnection, request: WireRequest): object {
    const [plugin = ''] = request.type.split('.')
    if (request.type === 'core.ping') return { time: new Date(this.#clock.now()).toISOString() }
    if (request.type === 'core.auth') return this.#renew(connection, request)
    if (plugin === 'chat' && this.plugins.includes('chat')) return this.chat.answer(connection.userId, request)
    if (plugin === 'inbox' && this.plugins.includes('inbox')) return this.inbox.answer(connection.userId, request)
    // A room that a dead line joins late would keep a ghost: the real server looks first, too.
    if (plugin === 'rooms' && this.plugins.includes('rooms') && connection.isOpen) {
      return this.rooms.answer(connection, connection.userId, request)
    }
    throw new Refusal('CORE_UNKNOWN_TYPE', 'not_found')
  }

  #renew(connection: FakeConnection, { data }: WireRequest): object {
    only(data, 'token')
    const token = data.token as string
    if (this.refuse(token) !== undefined) throw new Refusal('CORE_BAD_TOKEN', 'unauthenticated')
    this.#watchToken(connection)
    const { expiresAt } = connection
    return { user: { id: connection.userId }, session: 'S1', ...(expiresAt && { expiresAt: new Date(expiresAt).toISOString() }) }
  }

  #tell(frame: EventFrame, people: readonly string[]): void {
    for (const connection of this.connections) if (people.includes(connection.userId)) this.push(frame, connection)
  }

  #write(connection: FakeConnection, frame: object): void {
    if (connection.isOpen) connection.link.send(JSON.stringify(frame))
  }

  #gone(connection: FakeConnection): void {
    if (!connection.isOpen) return
    connection.isOpen = false
    this.connections.delete(connection)
    this.rooms.gone(connection)
  }
}
