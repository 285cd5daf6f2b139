// Another wire beside PROTOCOL.md, on a path of its own. Its peers are peers like all others: the same tokens, limits,
// hooks, topics and errors; only what is said on the line is put into other words.
import type { Connection } from './connection.ts'
import type { Line } from './line.ts'

/** What one peer of a dialect says and hears. Made when its socket opens; what it has to remember is its own. */
export interface Translator {
  /** The frames of PROTOCOL.md that a text of the peer means; what it cannot read, it hands on as it is, for the error. */
  hear(text: string): readonly string[]
  /** What to tell the peer in place of a frame of PROTOCOL.md; nothing, if the dialect has no word for it. */
  say(frame: string): readonly string[]
}

/** What a translator may do by itself, at any time; nothing happens once the peer has gone. */
export interface Wire {
  /** Send the peer a text as it is. */
  tell(text: string): void
  /** Hand in a frame of PROTOCOL.md, as if the peer had meant it. */
  mean(frame: string): void
  /** Something has failed: it is logged, and the peer loses its connection. */
  fail(failure: unknown): void
}

/**
 * A way to speak with clients that were made for another server. A socket opens with `GET <path>`, an Authorization
 * header, `?ticket=…`, or the subprotocol `auth.<token>` beside `parley.v1`, which here need not be offered.
 */
export interface Dialect {
  /** Such as `/wss`. Not `/ws`, and nothing below `/api/`. */
  readonly path: string
  /** `query` is what the peer's address carried. */
  translate(connection: Connection, query: URLSearchParams, wire: Wire): Translator
}

/** A line whose peer hears another wire. It has no topics of the runtime: those would carry frames as they are. */
export const translatedLine = (line: Line, translator: Translator, fail: (failure: unknown) => void): Line => {
  // Publications reach one peer after the other: a translator that throws may not keep them from the next.
  const inWords = (frame: string): readonly string[] => {
    try {
      return translator.say(frame)
    } catch (failure) {
      fail(failure)
      return []
    }
  }
  return {
    send: (frame) => {
      for (const text of inWords(frame)) line.send(text)
    },
    sendSoon: (frame) => {
      for (const text of inWords(frame)) line.sendSoon(text)
    },
    batch: (send) => line.batch(send),
    ping: () => line.ping(),
    close: (code, reason) => line.close(code, reason),
    terminate: () => line.terminate(),
    buffered: () => line.buffered(),
  }
}
