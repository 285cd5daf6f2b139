import {
  type AnyProtocol,
  type Client,
  type ClientOptions,
  type ClientState,
  type Conversation,
  createClient,
  type KeyValueStorage,
} from '../../../src/client/index.ts'
import { FakeClock } from './clock.ts'
import { FakeServer } from './fake-server.ts'

/** A storage that outlives its clients, as a browser's does. */
export class MemoryStorage implements KeyValueStorage {
  readonly values = new Map<string, string>()

  get(key: string): string | null {
    return this.values.get(key) ?? null
  }

  set(key: string, value: string): void {
    this.values.set(key, value)
  }

  remove(key: string): void {
    this.values.delete(key)
  }
}

/** A fake server with a clock that stands still, and clients on it. */
export class World {
  readonly clock = new FakeClock()
  readonly server: FakeServer
  /** What `random` gives to clients, after the two numbers that tell them apart. */
  random: () => number = () => 0.5
  #clients = 0

  constructor(users: readonly string[] = ['U1', 'U2', 'U3']) {
    this.server = new FakeServer(this.clock, users)
  }

  /** A client that is not started. Its token is its user's id unless the options say otherwise. */
  client(userId: string, options: Partial<ClientOptions> = {}): Client<AnyProtocol> {
    const own = [++this.#clients / 1_000, this.#clients / 1_000]
    return createClient({
      url: 'https://chat.example',
      token: async () => userId,
      WebSocket: this.server.network.WebSocket,
      clock: this.clock,
      random: () => own.pop() ?? this.random(),
      ...options,
    })
  }

  /** A client that is online. */
  async online(userId: string, options: Partial<ClientOptions> = {}): Promise<Client<AnyProtocol>> {
    const client = this.client(userId, options)
    client.start()
    await this.pass(10)
    return client
  }

  /** Messages from somebody who is not connected here. */
  post(count: number, from = 'U2', to = 'U1'): void {
    for (let index = 0; index < count; index++) this.server.post(from, to, `${from} ${index}`)
  }

  /** Let time pass. */
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  /** Break every line, so that the client hears of it at once. */
  async cut(): Promise<void> {
    for (const link of this.server.network.open) link.cut(0, 0)
    await this.pass(0)
  }
}

/** The seqs that a conversation shows. */
export const seqsOf = ({ messages }: Conversation): number[] => messages.map(({ seq }) => seq)

/** first … last. */
export const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Every state a client goes through from now on. */
export const statesOf = (client: Client<AnyProtocol>): ClientState[] => {
  const states: ClientState[] = []
  client.onState((state) => states.push(state))
  return states
}
