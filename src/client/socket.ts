import type { Environment, WebSocketLike } from './environment.ts'
import type { ServerFrame } from './protocol.ts'
import type { CloseInfo } from './types.ts'

/** What a socket tells; nothing any more after `drop`. */
export interface SocketEvents {
  frame(frame: ServerFrame): void
  /** Once; 1006 when the handshake failed or the network broke. */
  end(info: CloseInfo): void
}

/** `ws(s)://…/ws` from what an app writes; `http(s)` becomes `ws(s)`, a bare host gets `/ws`. Throws `TypeError` on no URL. */
export const socketUrl = (url: string): string => {
  const parsed = new URL(url)
  parsed.protocol = parsed.protocol.replace(/^http/, 'ws')
  if (parsed.pathname === '/') parsed.pathname = '/ws'
  return parsed.href
}

const parse = (data: unknown): ServerFrame | undefined => {
  if (typeof data !== 'string') return
  try {
    const frame: unknown = JSON.parse(data)
    if (typeof frame === 'object' && frame !== null && typeof (frame as ServerFrame).type === 'string') return frame as ServerFrame
  } catch {}
}

/** One WebSocket from its handshake to its end. */
export class Socket {
  readonly #socket: WebSocketLike
  #isDropped = false

  /** Throws what the platform throws for a URL or a token that cannot be sent. */
  constructor(env: Environment, url: string, token: string, events: SocketEvents) {
    this.#socket = new env.WebSocket(url, ['parley.v1', `auth.${token}`])
    this.#socket.addEventListener('message', ({ data }) => {
      const frame = parse(data)
      if (frame && !this.#isDropped) events.frame(frame)
    })
    this.#socket.addEventListener('close', ({ code, reason }) => {
      if (this.#isDropped) return
      this.#isDropped = true
      events.end({ code: code || 1006, reason: typeof reason === 'string' ? reason : '' })
    })
    // Every error is followed by a close; without a listener the package `ws` would throw it.
    this.#socket.addEventListener('error', () => {})
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  /** Let go of it without waiting for the peer, who may be gone. */
  drop(): void {
    this.#isDropped = true
    try {
      this.#socket.close(1000)
    } catch {}
  }
}
