// What Parley needs of the program it runs in. One file per runtime answers it: bun.ts, deno.ts.
// Nothing else in src/ names a runtime.

/** A value that SQLite stores. */
export type SqliteValue = string | number | bigint | null | Uint8Array

/** A compiled statement. Parameters are positional. */
export interface SqliteStatement {
  /** Run it for its effect. */
  run(params: readonly SqliteValue[]): void
  /** Every row as an array of columns in select order. Integers come back as numbers. */
  values(params: readonly SqliteValue[]): unknown[][]
  /** Every row as an object by column name. */
  all(params: readonly SqliteValue[]): Record<string, unknown>[]
}

/** One synchronous connection to an SQLite file. */
export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

/** A WebSocket as the runtime sees it. */
export interface Socket<D> {
  readonly data: D
  /** Queue one text frame. `dropped`: the buffer is over its limit and the frame is lost for this peer. */
  send(frame: string): 'sent' | 'queued' | 'dropped'
  /**
   * Queue one text frame that need not go at once: with whatever else this turn of the event loop brings the
   * socket it may share one write. It keeps its place among the frames of `send` and of topics.
   */
  sendSoon(frame: string): void
  /** Send several frames with as few system calls as the runtime can. */
  batch(send: () => void): void
  /** Native topics, where the runtime has them; see `Listener.publish`. */
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /** As `Listener.publish`, to everyone but this socket. */
  publish(topic: string, frame: string): void
  ping(): void
  close(code: number, reason: string): void
  /** End it at once, without a close frame. */
  terminate(): void
  /** Bytes waiting to be sent. */
  buffered(): number
}

/** What the server does with sockets. None of these may throw; the runtime file does not catch. */
export interface SocketEvents<D> {
  open(socket: Socket<D>): void
  /** `frame` is `undefined` for a binary frame. */
  message(socket: Socket<D>, frame: string | undefined): void
  /** Once per socket. */
  close(socket: Socket<D>, code: number): void
  ping(socket: Socket<D>): void
  pong(socket: Socket<D>): void
}

/** Turns the current HTTP request into a socket, or says that it cannot (a bad handshake). */
export type Upgrade<D> = (data: D, headers: Record<string, string>) => Response | undefined

/** How and where to listen. */
export interface ListenOptions<D> extends SocketEvents<D> {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Largest incoming frame, bytes; a larger one closes its socket with 1009. */
  readonly maxFrameBytes: number
  /** Largest HTTP body, bytes; a larger one answers 413 before the handler runs. */
  readonly maxBodyBytes: number
  /** Outgoing bytes one socket may have waiting before frames to it are dropped. */
  readonly maxBufferBytes: number
  /** Answers every HTTP request; `upgrade` works only before the first await on Deno, any time on Bun. */
  fetch(request: Request, peerIp: string, upgrade: Upgrade<D>): Response | Promise<Response>
}

/** A listening server. */
export interface Listener {
  readonly port: number
  /** One frame to every socket subscribed to `topic`, in call order per topic. */
  publish(topic: string, frame: string): void
  /** Refuse new connections; open ones stay. */
  pause(): void
  /** Close the port and every socket that is left, without waiting for peers. */
  stop(): Promise<void>
}

/** The one small door between Parley and its runtime. */
export interface Runtime {
  readonly name: 'bun' | 'deno'
  readonly version: string
  /** Whether topics are native. If not, `publish` does nothing and the hub keeps its own sets. */
  readonly hasTopics: boolean
  listen<D>(options: ListenOptions<D>): Promise<Listener>
  openSqlite(path: string, mode: 'read' | 'write'): Promise<SqliteDatabase>
  /** Argon2id, as a PHC string. */
  hashPassword(password: string): Promise<string>
  /** False for a wrong password; throws for a string that is no hash. */
  verifyPassword(password: string, hash: string): Promise<boolean>
}
