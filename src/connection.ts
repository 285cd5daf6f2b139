/** Who a connection or an HTTP request speaks for. It comes from a token, never from a frame. */
export interface Identity {
  /** `U` and a snowflake. */
  readonly userId: string
  /** `S` and a snowflake: the login this connection belongs to. */
  readonly sessionId: string
  /** Display name, if the token or the account has one. */
  readonly name?: string
  /** What this session may do beyond the ordinary, e.g. `rooms.broadcast`. */
  readonly scope: readonly string[]
  /** When the token ends, milliseconds since 1970; absent when it does not. */
  readonly expiresAt?: number
}

/** One open line to a device, over whatever transport. */
export interface Connection {
  /** Unique in this process, for ever. */
  readonly id: string
  /** `websocket`, or the kind that the attached transport names. */
  readonly kind: string
  readonly ip: string
  /** `undefined` until the connection is signed in. */
  readonly identity: Identity | undefined
  /** The signed-in user, or the empty string before that. */
  readonly userId: string
  readonly isOpen: boolean

  /**
   * Receive what is published on `topic` from now on. Nothing happens if it already does, or is closed.
   * Throws `CORE_TOO_MANY_SUBSCRIPTIONS` above the limit of one connection.
   */
  subscribe(topic: string): void
  /** As `subscribe`, for a topic that the server chose and the client did not ask for: it does not count. */
  follow(topic: string): void
  /** The end of `follow`. What was published before this call still arrives. */
  unfollow(topic: string): void
  /** Receive it no longer. What was published before this call still arrives. */
  unsubscribe(topic: string): void
  /**
   * End it. 4000–4499 tell the client to come back, 4500–4999 not to without a new token. Frames sent
   * before arrive first, unless the peer has stopped reading. Does nothing on a closed one.
   */
  close(code: number, reason: string): void
}

/** The signed-in connections of this process. */
export interface Connections extends Iterable<Connection> {
  readonly count: number
  /** Every device of one user; empty when offline here. A copy. */
  ofUser(userId: string): readonly Connection[]
  /** Every connection of one login. A copy; looks through all connections. */
  ofSession(sessionId: string): readonly Connection[]
}
