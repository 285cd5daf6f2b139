import { custom, type GenericSchema, type InferInput, type InferOutput } from 'valibot'
import type { Limit } from './limit.ts'

/** Any valibot schema. */
export type Schema = GenericSchema<any, any>

/**
 * Any JSON object, passed on as it came. valibot's own `record` and `looseObject` also take lists, and drop keys
 * such as `constructor` without a word.
 */
export const anyObject = custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Invalid type: Expected Object',
)

/** Which routing field of the envelope a message needs. */
export type Address = 'room' | 'to'

/** One message type that a client may send, as data. */
export interface MessageSpec<In extends Schema = Schema, Out extends Schema = Schema, A extends Address | undefined = Address | undefined> {
  /** The shape of `data`. Use `v.strictObject`: unknown fields are refused, not ignored. */
  readonly input: In
  /** The shape of the ack's `data`. */
  readonly reply: Out
  /** The routing field this message needs; the envelope is refused without it. */
  readonly address?: A
  /** Who may send it: `user` (the default) or `anyone`, also before signing in. */
  readonly from?: 'user' | 'anyone'
  /**
   * A limit of the plugin's manifest that it takes from, beside what every message takes from its connection and its
   * user. Several messages may share one. Over it the answer is `CORE_RATE_LIMITED`.
   */
  readonly limit?: Limit
  /** Tokens it takes of each of its buckets; 1 unless said otherwise. For messages that are many times dearer than others. */
  readonly cost?: number
  /** One line for the generated protocol description. */
  readonly summary?: string
}

/** Declare a message: what comes in and what goes back. */
export const message = <In extends Schema, Out extends Schema, const A extends Address | undefined = undefined>(
  spec: MessageSpec<In, Out, A>,
): MessageSpec<In, Out, A> => spec

/** Any message, where its shapes no longer matter. */
export type AnyMessage = MessageSpec<any, any, any>

/** Messages by verb: `send` of plugin `chat` is the type `chat.send`. */
export type Messages = Readonly<Record<string, AnyMessage>>
/** Events by past-tense name: `posted` of plugin `chat` is the type `chat.posted`. The schema is of `data`. */
export type Events = Readonly<Record<string, Schema>>

/** What a handler receives: the input after validation. */
export type Received<S> = S extends MessageSpec<infer I, any, any> ? InferOutput<I> : never
/** What a client sends. */
export type Sent<S> = S extends MessageSpec<infer I, any, any> ? InferInput<I> : never
/** What the ack carries. */
export type Reply<S> = S extends MessageSpec<any, infer O, any> ? InferOutput<O> : never
/** The routing field that a message declared, or `undefined`. */
export type AddressOf<S> = S extends MessageSpec<any, any, infer A> ? A : never
