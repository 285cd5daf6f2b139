import { openSqlite } from './deno-sqlite.ts'
import type { Listener, ListenOptions, Runtime, Socket } from './runtime.ts'

// The part of Deno's API that is used here, so that the types of another runtime need not be installed.
interface DenoServer {
  readonly addr: { readonly port: number }
  readonly finished: Promise<void>
  shutdown(): Promise<void>
}
interface DenoApi {
  readonly version: { readonly deno: string }
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen: () => void },
    handler: (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>,
  ): DenoServer
  upgradeWebSocket(request: Request, options: { protocol?: string; idleTimeout: number }): { socket: WebSocket; response: Response }
}
const api = (): DenoApi => (globalThis as unknown as { Deno: DenoApi }).Deno

// Deno shows neither pings nor pongs and cuts off peers that do not answer its own: the socket counts as
// alive for as long as it is open.
class DenoSocket<D> implements Socket<D> {
  readonly data: D
  readonly #ws: WebSocket
  readonly #options: ListenOptions<D>
  #isOver = false

  constructor(data: D, ws: WebSocket, options: ListenOptions<D>) {
    this.data = data
    this.#ws = ws
    this.#options = options
  }

  send(frame: string): 'sent' | 'queued' | 'dropped' {
    if (this.#ws.readyState !== 1) return 'dropped'
    if (this.#ws.bufferedAmount > this.#options.maxBufferBytes) {
      this.terminate()
      return 'dropped'
    }
    this.#ws.send(frame)
    return 'sent'
  }

  sendSoon(frame: string): void {
    this.send(frame)
  }

  batch(send: () => void): void {
    send()
  }

  subscribe(): void {}
  unsubscribe(): void {}
  publish(): void {}

  ping(): void {
    if (this.#ws.readyState === 1) this.#options.pong(this)
  }

  close(code: number, reason: string): void {
    // The WebSocket API lets a page send 1000 and 3000–4999 only; 1012 and 1013 become their own words.
    if (this.#ws.readyState > 1) return
    try {
      this.#ws.close(code, reason)
    } catch {
      this.#ws.close(4091, reason)
    }
    this.end(code)
  }

  /** The socket is of no more use, whether or not its other end ever answers the close frame. */
  end(code: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.close(this, code)
  }

  receive(frame: unknown): void {
    if (this.#isOver) return
    if (typeof frame !== 'string') this.#options.message(this, undefined)
    else if (isLonger(frame, this.#options.maxFrameBytes)) this.close(1009, 'too large')
    else this.#options.message(this, frame)
  }

  terminate(): void {
    this.close(4090, 'cut off')
  }

  buffered(): number {
    return this.#ws.bufferedAmount
  }
}

// UTF-8 has at least one byte and at most three for each of JavaScript's characters.
const isLonger = (text: string, maxBytes: number): boolean =>
  text.length > maxBytes || (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes)

const wire = <D>(ws: WebSocket, data: D, options: ListenOptions<D>): void => {
  const socket = new DenoSocket(data, ws, options)
  ws.binaryType = 'arraybuffer'
  ws.onopen = () => options.open(socket)
  ws.onmessage = ({ data: frame }: MessageEvent<unknown>) => socket.receive(frame)
  ws.onclose = ({ code }) => socket.end(code)
  ws.onerror = () => {}
}

const listen = <D>(options: ListenOptions<D>): Promise<Listener> =>
  new Promise((resolve) => {
    const stopping = new AbortController()
    let isPaused = false
    const server = api().serve(
      { hostname: options.host, port: options.port, signal: stopping.signal, onListen: () => queueMicrotask(() => resolve(listener)) },
      (request, info) => {
        if (isPaused) return new Response(null, { status: 503, headers: { 'retry-after': '1', connection: 'close' } })
        return options.fetch(request, info.remoteAddr.hostname, (data, headers) => {
          const protocol = headers['Sec-WebSocket-Protocol']
          try {
            const { socket, response } = api().upgradeWebSocket(request, { idleTimeout: 30, ...(protocol !== undefined && { protocol }) })
            wire(socket, data, options)
            return response
          } catch {
            return undefined
          }
        })
      },
    )
    const listener: Listener = {
      get port() {
        return server.addr.port
      },
      publish: () => {},
      pause: () => {
        isPaused = true
      },
      stop: async () => {
        stopping.abort()
        await server.finished
      },
    }
  })

// Deno has no argon2 of its own; hash-wasm reads and writes the same PHC strings as Bun.
const argon2 = () => import('hash-wasm')

/** Parley's door to Deno. */
export const denoRuntime: Runtime = {
  name: 'deno',
  get version() {
    return api().version.deno
  },
  hasTopics: false,
  listen,
  openSqlite,
  hashPassword: async (password) => {
    const salt = crypto.getRandomValues(new Uint8Array(16))
    const cost = { parallelism: 1, iterations: 2, memorySize: 65_536, hashLength: 32 }
    return (await argon2()).argon2id({ password, salt, ...cost, outputType: 'encoded' })
  },
  verifyPassword: async (password, hash) => (await argon2()).argon2Verify({ password, hash }),
}
