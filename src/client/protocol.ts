// The wire as the client sees it (PROTOCOL.md), and how a plugin's schemas become the types of its messages.
import type { WireError } from '../errors.ts'
import type { AddressOf, MessageSpec, Reply, Sent } from '../message.ts'

/** What may be sent and received, by type: `Protocol<[typeof chat, typeof rooms]>` is one. */
export interface ProtocolTypes {
  readonly messages: unknown
  readonly events: unknown
}

/** A protocol in which every type is allowed and nothing about it is known. */
export interface AnyProtocol {
  readonly messages: Readonly<Record<string, MessageSpec>>
  readonly events: Readonly<Record<string, unknown>>
}

/** The types a client of protocol `P` may send. */
export type MessageType<P extends ProtocolTypes> = keyof P['messages'] & string
/** The types a client of protocol `P` may be sent. */
export type EventType<P extends ProtocolTypes> = keyof P['events'] & string
/** The `data` of a message. */
export type MessageData<P extends ProtocolTypes, K extends MessageType<P>> = Sent<P['messages'][K]>
/** The `data` of its ack. */
export type ReplyData<P extends ProtocolTypes, K extends MessageType<P>> = Reply<P['messages'][K]>

/** Where a request goes and how long it may take. */
export interface RequestOptions {
  /** The room it is about. */
  readonly room?: string
  /** The user or group it is for. */
  readonly to?: string
  /** How long to wait for the answer, ms; 10,000 if absent. */
  readonly timeoutMs?: number
}

type IsAny<T> = 0 extends 1 & T ? true : false
type Timeout = Pick<RequestOptions, 'timeoutMs'>
// A message without `address` is inferred as `unknown`.
type IsNone<A> = unknown extends A ? true : [A] extends [undefined] ? true : false
type Addressed<A> =
  IsAny<A> extends true
    ? [options?: RequestOptions]
    : IsNone<A> extends true
      ? [options?: Timeout]
      : [A] extends ['room']
        ? [options: Timeout & { readonly room: string }]
        : [A] extends ['to']
          ? [options: Timeout & { readonly to: string }]
          : [options?: RequestOptions]

/** The options of a request: the routing field that the message declared is required, the other refused. */
export type RequestArguments<P extends ProtocolTypes, K extends MessageType<P>> = Addressed<AddressOf<P['messages'][K]>>

/** A whole event as it came. */
export interface EventFrame<D = unknown> {
  readonly type: string
  readonly room?: string
  readonly from?: string
  readonly to?: string
  /** Position in the log or room that it belongs to. */
  readonly seq?: number
  /** RFC 3339 with milliseconds; for people, order comes from `seq`. */
  readonly time: string
  readonly data: D
}

/** Anything a server sends. */
export interface ServerFrame extends EventFrame {
  readonly id?: string
  readonly error?: WireError
}

/** A person, as rooms and the welcome name them. */
export interface Member {
  readonly id: string
  readonly name?: string
}

/** What the server says about this connection once it is signed in (PROTOCOL.md, section 2). */
export interface Welcome {
  readonly connection: string
  readonly user: Member
  readonly session: string
  /** When the token ends, RFC 3339; absent when it does not. */
  readonly expiresAt?: string
  /** The server lets something be heard at least this often. */
  readonly heartbeatMs: number
  readonly limits: Readonly<Record<string, number>> & { readonly frameBytes: number }
  /** Ids of the plugins that are switched on. */
  readonly plugins: readonly string[]
  readonly server: { readonly name: string; readonly version: string }
  readonly protocol: number
}

/** The data of `core.heartbeat`: what moved since the one before, by plugin; a part is absent when nothing did. */
export interface Heartbeat {
  readonly chat?: Epochal & {
    /** The last seq of each conversation that has a new one, by the other user or the group. */
    readonly heads: Readonly<Record<string, number>>
    /** There are others, not in the list. */
    readonly more?: boolean
  }
}

/** One entry of a conversation's log: a message, a change of one, or a change of the group. */
export interface Entry extends EventFrame<EntryData> {
  readonly from: string
  /** The user or group that it was sent to. */
  readonly to: string
  readonly seq: number
}

/** What an entry holds; which fields there are depends on its type (PROTOCOL.md, section 11). */
export interface EntryData {
  readonly id: string
  readonly clientId: string
  /** The seq before this one. */
  readonly prev: number
  /** Text, never HTML: of a message, or the new one of an edit. */
  readonly text?: string
  /** The seq of the message that it changes. */
  readonly target?: number
  readonly emoji?: string
  /** Whether a reaction or a pin is put on; false takes it off. */
  readonly on?: boolean
  /** What changed in a group. */
  readonly change?: Readonly<Record<string, unknown>>
  /** What parts of the text are; absent for plain text. */
  readonly entities?: readonly TextEntity[]
  /** The seq of the message that it answers. */
  readonly reply?: number
  /** Where it was first said, and when. */
  readonly forward?: { readonly from: string; readonly time: string }
  /** What a plugin knows how to show; `text` stands for it. */
  readonly content?: Content
  /** Of a message in a history, or an edit of one: deleted for oneself. */
  readonly hidden?: boolean
  /** Of a message in a history: who had reacted by then, by emoji. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>
  /** Of a message in a history: whether it was pinned by then. */
  readonly pinned?: boolean
  readonly editedAt?: string
  readonly recalledAt?: string
}

/** Something of a kind that a plugin has added. */
export interface Content {
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A part of a text: `offset` and `length` in UTF-16 units; `user` of a mention, `url` of a link. */
export interface TextEntity {
  readonly type: 'mention' | 'all' | 'link' | 'code' | 'pre' | 'bold' | 'italic' | 'strike' | 'spoiler'
  readonly offset: number
  readonly length: number
  readonly user?: string
  readonly url?: string
}

/** A durable message. In a conversation it shows what was changed since. */
export interface Posted extends Entry {
  readonly data: PostedData
  /** Who reacted, by emoji. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>
  readonly isPinned?: boolean
}

/** What a durable message holds; `text` is empty once it is recalled. */
export interface PostedData extends EntryData {
  readonly text: string
}

/** How far somebody's devices have a conversation, and how far they have read it: seqs, 0 for nothing. */
export interface Receipt {
  readonly read: number
  readonly delivered: number
}

/** Something said in a room, as `rooms.sent` gives it. */
export interface Publication<D = Record<string, unknown>> extends EventFrame<D> {
  readonly room: string
  readonly from: string
  readonly seq: number
}

/** A place in a room's history: `offset` is the seq of the last publication before it. */
export interface RoomPosition {
  readonly epoch: string
  readonly offset: number
}

/** The ack of `rooms.join`. */
export interface RoomJoined extends RoomPosition {
  readonly recovered?: boolean
  readonly publications: readonly Publication[]
  readonly members: readonly Member[]
  readonly count: number
}

/** What says which life of the server's log its seqs belong to. */
export interface Epochal {
  readonly epoch?: string
}

/** The ack of `chat.history`. */
export interface HistoryPage extends Epochal {
  readonly messages: readonly Entry[]
  /** Seq of the newest entry that exists, 0 for none. */
  readonly head: number
  readonly more: boolean
  /** The position asked for is none of this log: where it begins and ends now. */
  readonly reset?: Required<Epochal> & { readonly head: number; readonly oldest: number }
}

/** The ack of `chat.list`. */
export interface ConversationList extends Epochal {
  readonly conversations: readonly (Receipt & {
    readonly to: string
    readonly head: number
    readonly unread: number
    /** Everything up to here was deleted for oneself. */
    readonly cleared?: number
  })[]
  /** There are more than these. */
  readonly next?: string
}

/** The ack of `inbox.sync`. */
export interface InboxAnswer {
  readonly epoch: string
  readonly position: number
  readonly entries: readonly { readonly kind: string; readonly key: string; readonly data: Readonly<Record<string, unknown>> | null }[]
  readonly more: boolean
  readonly reset?: boolean
}

/** The ack of `chat.search`. */
export interface SearchPage {
  readonly hits: readonly {
    /** The conversation. */
    readonly to: string
    readonly message: Posted
    /** Parts of its text that were meant, in UTF-16 units. */
    readonly highlights: readonly { readonly offset: number; readonly length: number }[]
  }[]
  readonly next?: string
}

/** The ack of `chat.send` and of everything else that takes a seq. */
export interface SendAck extends Epochal {
  readonly id: string
  readonly seq: number
  readonly time: string
  /** True when the same message was stored by an earlier try. */
  readonly dup?: boolean
}
