// The plugin contract. The manifest is data that tools can read without running it; `setup` returns behaviour.
import type { Hono } from 'hono'
import type { InferInput, InferOutput } from 'valibot'
import type { Ambient } from './ambient.ts'
import type { Connection, Connections, Identity } from './connection.ts'
import type { Dialect } from './dialect.ts'
import type { ErrorInfo } from './errors.ts'
import type { Limit, LimitTable } from './limit.ts'
import type { Log } from './log.ts'
import type { AddressOf, Events, Messages, Received, Reply, Schema } from './message.ts'
import type { Resolved, Services } from './service.ts'
import type { Kit } from './store/columns.ts'
import type { Migration } from './store/migrate.ts'
import type { Store } from './store/store.ts'

type Awaitable<T> = T | Promise<T>

/**
 * What a plugin may do beyond its own namespace. `authenticate`: say who a connection is.
 * `transport`: attach connections of its own, and speak other wires. `all-messages`, `all-publications`: its hooks see
 * other plugins' traffic too. `broker`: carry publications between nodes.
 */
export type Capability = 'authenticate' | 'transport' | 'all-messages' | 'all-publications' | 'broker'

/** A message being handled. */
export interface Request<A = undefined> {
  /** The client's own id for it; unique per connection as long as the client keeps it so. */
  readonly id: string
  /** The full type, `plugin.verb`. */
  readonly type: string
  readonly connection: Connection
  /** Who sent it; for a message `from: 'anyone'` it may be the empty string. */
  readonly userId: string
  readonly room: A extends 'room' ? string : undefined
  readonly to: A extends 'to' ? string : undefined
}

/** Any request, where its address no longer matters. */
export type AnyRequest = Request<any>

/** A handler after its types have been checked at its declaration. */
export type AnyHandler = (input: any, request: AnyRequest) => unknown

/** What somebody presents in order to sign in. */
export interface Credentials {
  readonly token?: string
  /** A single-use ticket from the query string. */
  readonly ticket?: string
  /** Canonical address of the peer. */
  readonly ip: string
  /** The page's origin; absent for programs that are not browsers. */
  readonly origin?: string
}

/** Where a plugin may take part in what the core does. All are called with the plugin's own traffic only, unless it has the capability. */
export interface Hooks {
  /** Say who presents these credentials, or `undefined` if they are not yours; throw to refuse. Needs `authenticate`. */
  authenticate?(credentials: Credentials): Awaitable<Identity | undefined>
  /** After a connection is signed in and before its welcome. To throw refuses it. */
  onConnect?(connection: Connection): Awaitable<void>
  /** Once for every connection that `onConnect` saw, whatever ended it. */
  onDisconnect?(connection: Connection, code: number): Awaitable<void>
  /**
   * At most every 25 s per connection: what its heartbeat shall say under this plugin's id, so that a peer notices what it
   * lost since `sinceMs` (`monotonic`) without traffic; `undefined`, the ordinary answer, for nothing. Synchronous, and
   * asked for every connection that there is: it may cost a few look-ups. It may be told the same time twice.
   */
  onHeartbeat?(connection: Connection, sinceMs: number): object | undefined
  /** Before the handler. To throw refuses the message. */
  onMessage?(request: AnyRequest): Awaitable<void>
  /** Before a publication is encoded: return it, another, or `null` to drop it. Synchronous. */
  beforePublish?(publication: Publication): Publication | null
}

/** The routing fields that a frame may carry beside its data. */
export interface Addressing {
  readonly room?: string
  readonly from?: string
  readonly to?: string
  /** Position in the log or room that the event belongs to. */
  readonly seq?: number
  /** RFC 3339 with milliseconds; now, if absent. */
  readonly time?: string
}

/** An event on its way to everyone subscribed to a topic. */
export interface Publication extends Addressing {
  readonly topic: string
  /** The full type, `plugin.event`. */
  readonly type: string
  readonly data: unknown
}

/** Addressing, and who is left out. */
export interface PublishOptions extends Addressing {
  /** This connection does not get it. */
  readonly except?: Connection
}

/** What SSE, gRPC or a test offers so that the core can treat it like a socket. */
export interface Transport {
  readonly kind: string
  readonly ip: string
  /** Takes one frame. `dropped` means the peer's buffer is over its limit. */
  write(frame: string): 'sent' | 'queued' | 'dropped'
  close(code: number, reason: string): void
}

/** The way in for a transport's frames; what `attach` returns. */
export interface Inbound {
  readonly connection: Connection
  receive(frame: string): void
  closed(code: number): void
}

/** Password hashing by the runtime. */
export interface Passwords {
  /** A PHC string with its own salt. */
  hash(password: string): Promise<string>
  /** False for a wrong password; throws for a string that is no hash. */
  verify(password: string, hash: string): Promise<boolean>
}

/** One thing that `parley doctor` tries for a plugin. */
export interface Check {
  /** What is tried, in a word or two. */
  readonly what: string
  /**
   * Try it, without changing anything, and say in one line what was found; a `note` is for what works but
   * deserves a look. Throws what an operator has to mend; cut off after ten seconds.
   */
  run(): Awaitable<string | { readonly note: string }>
}

/** Everything `setup` gets: a plugin needs nothing else of the server. */
export interface Context<C, E extends Events, U extends Services, T> extends Ambient {
  readonly config: C
  readonly use: Resolved<U>
  readonly tables: T
  readonly store: Store
  readonly log: Log
  readonly connections: Connections
  /** True when this is a production deployment (`NODE_ENV=production`). */
  readonly production: boolean
  /** True when the operator says that the database was put back to an earlier state: positions that clients hold may be of another one. */
  readonly restored: boolean
  /** False when rate limits are switched off for a load test (`PARLEY_LIMITS=off`). */
  readonly limits: boolean
  /**
   * Take `cost` tokens (1) from the bucket of `key` of a limit in this plugin's manifest: 0, or the milliseconds after
   * which there will be enough; answer `coreErrors.RATE_LIMITED().with({ retryAfterMs })` then. Always 0 when limits are
   * off. Counted in memory, per node.
   */
  take(limit: Limit, key: string, cost?: number): number
  /** Argon2id, off the event loop where the runtime can. */
  readonly password: Passwords

  /** A topic in this plugin's namespace: `topic('room', id)` of plugin `rooms` is `rooms/room/<id>`. */
  topic(...parts: readonly string[]): string

  /** The topic that every connection of a user is subscribed to from its welcome on. */
  userTopic(userId: string): string

  /** The topic that every signed-in connection is subscribed to. */
  readonly everyoneTopic: string

  /**
   * Deliver one event to everyone subscribed to `topic`. At most once, and in call order per topic on
   * this node; across nodes order is by `seq` only. Inside `store.write` it waits for the commit and is
   * dropped on rollback. Returns at once; a full peer buffer loses the frame for that peer, who sees a
   * gap in `seq`. Does nothing after shutdown began. `data` is encoded once, so it must not differ per
   * receiver.
   */
  publish<K extends keyof E & string>(topic: string, event: K, data: InferInput<E[K]>, options?: PublishOptions): void

  /** Send one event to one connection only: the path for frames that differ per receiver. Promises as `publish`. */
  send<K extends keyof E & string>(connection: Connection, event: K, data: InferInput<E[K]>, options?: Addressing): void

  /** Who makes this HTTP request, by its `Authorization: Bearer` token. Throws `CORE_AUTH_REQUIRED`, `CORE_BAD_TOKEN`, `CORE_TOKEN_EXPIRED`. */
  identify(request: globalThis.Request): Promise<Identity>

  /** Make a connection out of something that is not a socket. Needs the capability `transport`. */
  attach(transport: Transport, identity: Identity): Promise<Inbound>
}

/** One handler per declared message: takes the checked input, returns the ack's data. */
export type Handlers<M extends Messages> = {
  readonly [K in keyof M]: (input: Received<M[K]>, request: Request<AddressOf<M[K]>>) => Awaitable<Reply<M[K]>>
}

/** What `setup` returns. `handlers` and `services` may be left out when the manifest declares none. */
export type Behaviour<M extends Messages, P extends Services> = ([keyof M] extends [never]
  ? { readonly handlers?: Handlers<M> }
  : { readonly handlers: Handlers<M> }) &
  ([keyof P] extends [never] ? { readonly services?: Resolved<P> } : { readonly services: Resolved<P> }) & {
    /** Adds HTTP routes below `/api/<plugin id>`. */
    readonly routes?: (app: Hono) => void
    readonly hooks?: Hooks
    /** Other wires, each on a path of its own. Needs the capability `transport`. */
    readonly dialects?: readonly Dialect[]
    /** Runs once at shutdown, after the last request and before the services this plugin uses. */
    readonly dispose?: () => Awaitable<void>
  }

/** A plugin's manifest and its `setup`. */
export interface Plugin<
  Id extends string = string,
  C extends Schema = any,
  M extends Messages = any,
  E extends Events = any,
  U extends Services = any,
  P extends Services = any,
  T = any,
> {
  /** Lower-case letters, digits and hyphens: prefix of its types, topics, tables, routes and settings. */
  readonly id: Id
  /** Settings: `PARLEY_<ID>_<KEY>` or `settings.<id>.<key>` in parley.config.json. `v.object({…})` with defaults. */
  readonly config?: C
  readonly messages?: M
  readonly events?: E
  readonly errors?: Readonly<Record<string, ErrorInfo>>
  readonly tables?: (kit: Kit) => T
  readonly migrations?: readonly Migration[]
  /** Rate limits by name: `sends` of plugin `chat` is `chat.sends`, which `PARLEY_RATES` may set. */
  readonly limits?: LimitTable
  /** Services needed, by local name; `maybe(Token)` for those that are nice to have. */
  readonly uses?: U
  /** Services offered, by local name. */
  readonly provides?: P
  readonly capabilities?: readonly Capability[]
  /** What `parley doctor` tries with these settings, beyond their schema. The plugin is not set up for it. */
  readonly checks?: (settings: InferOutput<C>, surroundings: { readonly production: boolean }) => readonly Check[]
  setup(context: Context<InferOutput<C>, E, U, T>): Awaitable<Behaviour<M, P>>
}

// biome-ignore lint/complexity/noBannedTypes: an object without keys is what leaving a part out means
type None = {}

/** Declare a plugin. Does nothing but give its parts their types. */
export const definePlugin = <
  const Id extends string,
  C extends Schema,
  M extends Messages = None,
  E extends Events = None,
  U extends Services = None,
  P extends Services = None,
  T = undefined,
>(
  plugin: Plugin<Id, C, M, E, U, P, T>,
): Plugin<Id, C, M, E, U, P, T> => plugin

type Intersect<U> = (U extends any ? (k: U) => void : never) extends (k: infer I) => void ? I : never
type Wire<X> = X extends Plugin<infer Id, any, infer M, any, any, any, any> ? { [K in keyof M & string as `${Id}.${K}`]: M[K] } : never
type Push<X> =
  X extends Plugin<infer Id, any, any, infer E, any, any, any>
    ? { [K in keyof E & string as `${Id}.${K}`]: E[K] extends Schema ? InferOutput<E[K]> : never }
    : never

/** Everything a client may send (`messages`) and be sent (`events`), for one tuple of plugins. */
export interface Protocol<Ps extends readonly Plugin[]> {
  messages: Intersect<Wire<Ps[number]>>
  events: Intersect<Push<Ps[number]>>
}
