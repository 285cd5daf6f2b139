/** What carries a peer's frames: a socket of the runtime as it is, or an attached transport. */
export interface Line {
  send(frame: string): unknown
  /** As `send`, but it may wait for what else this turn of the event loop brings; the order is kept. */
  sendSoon(frame: string): void
  /** What is sent meanwhile goes in one write if possible. */
  batch(send: () => void): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  buffered(): number
}
