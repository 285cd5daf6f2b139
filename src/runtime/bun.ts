import type { Server, ServerWebSocket } from 'bun'
import { openSqlite } from './bun-sqlite.ts'
import type { Listener, ListenOptions, Runtime, Socket } from './runtime.ts'

type BunServer<D> = Pick<Server<BunSocket<D>>, 'publish'>
let sockets = 0
// Bun ignores it: the handshake has been answered.
const upgraded = new Response(null)

class BunSocket<D> implements Socket<D> {
  readonly data: D
  readonly #server: BunServer<D>
  #ws: ServerWebSocket<BunSocket<D>> | undefined
  #ownTopic = ''

  constructor(data: D, server: BunServer<D>) {
    this.data = data
    this.#server = server
  }

  /** The handshake is over. */
  open(ws: ServerWebSocket<BunSocket<D>>): void {
    this.#ws = ws
  }

  // Bun answers bytes sent, −1 for queued behind others, 0 for lost.
  send(frame: string): 'sent' | 'queued' | 'dropped' {
    const status = this.#ws?.sendText(frame) ?? 0
    if (status > 0) return 'sent'
    return status === -1 ? 'queued' : 'dropped'
  }

  // Publications to a socket wait for the end of the turn and leave in one write; `send` would make one of its own
  // and push those that wait before itself. A message that is published and acknowledged costs a third less so.
  sendSoon(frame: string): void {
    if (this.#ownTopic === '') {
      this.#ownTopic = `#${++sockets}`
      this.#ws?.subscribe(this.#ownTopic)
    }
    this.#server.publish(this.#ownTopic, frame)
  }

  batch(send: () => void): void {
    this.#ws?.cork(send)
  }

  subscribe(topic: string): void {
    this.#ws?.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.#ws?.unsubscribe(topic)
  }

  publish(topic: string, frame: string): void {
    this.#ws?.publishText(topic, frame)
  }

  ping(): void {
    this.#ws?.ping()
  }

  close(code: number, reason: string): void {
    this.#ws?.close(code, reason)
  }

  terminate(): void {
    this.#ws?.terminate()
  }

  buffered(): number {
    return this.#ws?.getBufferedAmount() ?? 0
  }
}

const listen = <D>(options: ListenOptions<D>): Promise<Listener> => {
  const server = Bun.serve<BunSocket<D>>({
    hostname: options.host,
    port: options.port,
    development: false,
    idleTimeout: 10,
    maxRequestBodySize: options.maxBodyBytes,
    fetch(request, self) {
      const upgrade = (data: D, headers: Record<string, string>): Response | undefined =>
        self.upgrade(request, { data: new BunSocket(data, self), headers }) ? upgraded : undefined
      return options.fetch(request, self.requestIP(request)?.address ?? '', upgrade)
    },
    error: () =>
      new Response('{"error":{"code":"CORE_INTERNAL","kind":"internal","message":"Something went wrong on the server.","retry":true}}', {
        status: 500,
        headers: { 'content-type': 'application/json' },
      }),
    websocket: {
      perMessageDeflate: false,
      maxPayloadLength: options.maxFrameBytes,
      backpressureLimit: options.maxBufferBytes,
      closeOnBackpressureLimit: true,
      // The sweep does heartbeats: Bun's own timer is reset by every send, so it never notices a dead reader.
      idleTimeout: 120,
      sendPings: false,
      open: (ws) => {
        ws.data.open(ws)
        options.open(ws.data)
      },
      message: ({ data }, frame) => options.message(data, typeof frame === 'string' ? frame : undefined),
      close: ({ data }, code) => options.close(data, code),
      ping: ({ data }) => options.ping(data),
      pong: ({ data }) => options.pong(data),
    },
  })
  return Promise.resolve({
    port: server.port ?? options.port,
    publish: (topic, frame) => void server.publish(topic, frame),
    pause: () => void server.stop(),
    stop: () => server.stop(true),
  })
}

/** Parley's door to Bun. */
export const bunRuntime: Runtime = {
  name: 'bun',
  get version() {
    return Bun.version
  },
  hasTopics: true,
  listen,
  openSqlite,
  hashPassword: (password) => Bun.password.hash(password, { algorithm: 'argon2id' }),
  verifyPassword: (password, hash) => Bun.password.verify(password, hash),
}
