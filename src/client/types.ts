// What an app sees of the client.
import type { WireError } from '../errors.ts'
import type { Surroundings } from './environment.ts'
import type { ClientError } from './errors.ts'
import type {
  AnyProtocol,
  Content,
  Entry,
  EventFrame,
  EventType,
  Member,
  MessageData,
  MessageType,
  Posted,
  ProtocolTypes,
  Publication,
  Receipt,
  ReplyData,
  RequestArguments,
  RoomPosition,
  SearchPage,
  TextEntity,
  Welcome,
} from './protocol.ts'

/** How to reach the server, and what the client takes from its surroundings. */
export interface ClientOptions extends Surroundings {
  /** `wss://host/ws`, or `https://host`, to which `/ws` is added. */
  readonly url: string
  /**
   * The access token: asked for every connection and every renewal, so it should give a fresh one.
   * `undefined` means that nobody can be signed in: the client closes. A rejection is tried again.
   */
  readonly token: () => Promise<string | undefined>
  /** The user's id, if the app knows it: then unsent messages are there before the first connection. */
  readonly user?: string
}

/** Why a line ended. */
export interface CloseInfo {
  /** A WebSocket close code; 1006 when there was none. */
  readonly code: number
  readonly reason: string
  /** What the server said before it closed, if it did. */
  readonly error?: WireError
}

/** Where a client stands; `waiting` comes back by itself, `closed` needs `start()`. */
export type ClientState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'online'; readonly welcome: Welcome }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAt: number; readonly reason: CloseInfo }
  | { readonly kind: 'closed'; readonly reason: CloseInfo | undefined }

/** Ends what it was returned for, such as a listener. Calling it again does nothing. */
export type Undo = () => void

/** A connection that stays up, for one user. Made by `createClient`. */
export interface Client<P extends ProtocolTypes = AnyProtocol> {
  readonly state: ClientState
  /** Connect and stay connected. Does nothing unless idle or closed. */
  start(): void
  /** Close and stay closed. Unsent messages stay queued, rooms and conversations stay open for the next `start`. */
  stop(): void
  /** Skip the waiting. Browsers' `online` event and a page that comes to the front do it by themselves. */
  retryNow(): void
  /** Called after every change of `state`, not for the present one. */
  onState(listener: (state: ClientState) => void): Undo
  /**
   * Send one message and resolve with its ack's data. At most once: nothing is sent again. Rejects with
   * `ClientError`: the server's (certainly without effect), `CLIENT_OFFLINE`, `CLIENT_TOO_LARGE` (nothing
   * was sent), `CLIENT_TIMEOUT` or `CLIENT_CLOSED` (outcome unknown).
   */
  request<K extends MessageType<P>>(type: K, data: MessageData<P, K>, ...options: RequestArguments<P, K>): Promise<ReplyData<P, K>>
  /** Called for every event of a type as it comes: at most once, with holes where the line broke. */
  on<K extends EventType<P>>(type: K, listener: (frame: EventFrame<P['events'][K]>) => void): Undo
  /** Called for every event, the core's own too. */
  onAny(listener: (frame: EventFrame) => void): Undo
  readonly rooms: Rooms
  readonly chat: Chat
}

/** Rooms that are joined again after every break. */
export interface Rooms {
  /**
   * Be in a room from now on, now or as soon as there is a line. One handle per room: a second one throws
   * `CLIENT_ALREADY_JOINED` until the first has left.
   */
  join<D = Record<string, unknown>>(room: string, options?: JoinOptions<D>): RoomHandle
}

/** What an app wants to hear of a room. */
export interface JoinOptions<D = Record<string, unknown>> {
  /** How many earlier publications to be given at first, 0–100; 0 if absent. */
  readonly recent?: number
  /** Every publication once and in rising `seq`, over breaks too, unless `onReset` says otherwise. */
  readonly onMessage?: (frame: Publication<D>) => void
  /** Who is here, after every change; at most 200 members, `count` is all of them. */
  readonly onMembers?: (members: readonly Member[], count: number) => void
  /** The server could not say what was missed; the next message comes after `info.offset`. */
  readonly onReset?: (info: RoomPosition) => void
  /** Somebody deleted the room; this handle has left it. */
  readonly onDeleted?: () => void
  /** The room could not be joined, such as `ROOMS_FULL`. Tried again with the next connection. */
  readonly onError?: (error: ClientError) => void
}

/** One joined room. */
export interface RoomHandle {
  readonly room: string
  /** Whether the server has us in the room now. */
  readonly isJoined: boolean
  /** As last heard; kept while the line is down. */
  readonly members: readonly Member[]
  readonly count: number
  /** Say something to everybody in the room. Not kept: rejects as `request` does. */
  send(data: object): Promise<{ readonly seq: number; readonly time: string }>
  /** Leave for good. Resolves when the server knows, or at once if there is no line; never rejects. */
  leave(): Promise<void>
}

/** Durable messages, between two people (`to` is a user's id) or in a group (a group's). */
export interface Chat {
  /**
   * Send a text; kept until the server has it. Tried over breaks (and with `storage` over reloads) with the
   * same client id, so it is stored once; in call order per addressee: the next one goes when this one is
   * acknowledged or has failed for good.
   */
  send(to: string, text: string, more?: SendOptions): Sending
  /**
   * Copy the message at `target` of the conversation `from` into another one. As `send`; what is copied is known to the server
   * only, so `posted` has no text.
   */
  forward(to: string, from: string, target: number): Sending
  /** Give a message of one's own another text. As `send`, in the same order: kept, tried over breaks, stored once. */
  edit(to: string, target: number, text: string, more?: Pick<SendOptions, 'entities'>): Sending
  /** Take a message back, for everyone. As `edit`. */
  recall(to: string, target: number): Sending
  /** Put a reaction on a message, or with `on` false take it off. As `edit`. */
  react(to: string, target: number, emoji: string, on?: boolean): Sending
  /** What is not sent yet, or failed, in call order. */
  unsent(): readonly Sending[]
  /** Called after every change of `unsent()` or of the state of one in it. */
  onUnsent(listener: (unsent: readonly Sending[]) => void): Undo
  /** Follow a conversation; the list arrives whole. Close it when it is no longer shown. */
  conversation(to: string, options?: { readonly recent?: number }): Conversation
  /**
   * Called for every new message of any conversation, own ones too: once, rising without holes per
   * conversation, what came while the line was down included.
   */
  onPosted(listener: (frame: Posted) => void): Undo
  /** As `onPosted`, for every entry of the logs: messages, edits, recalls, reactions, pins, changes of groups. */
  onEntry(listener: (entry: Entry) => void): Undo
  /**
   * Find messages by their words, newest first, in all that one may read. Characters of scripts without spaces are found
   * in a row, other words whole. With `next` there may be more: ask again with it as `before`. Rejects as `request` does.
   */
  search(text: string, options?: SearchOptions): Promise<SearchPage>
  /** Called when who is typing in a conversation that is followed changes; `users` is empty when nobody is. */
  onTyping(listener: (to: string, users: readonly string[]) => void): Undo
}

/** Which messages a search looks at. */
export interface SearchOptions {
  /** One conversation only. */
  readonly to?: string
  /** What this person said only. */
  readonly from?: string
  /** Those before this message: the `next` of the page before. */
  readonly before?: string
  /** 1–50, 20 if absent. */
  readonly limit?: number
}

/** What a message holds beside its text. */
export interface SendOptions {
  /** What parts of the text are: mentions, bold, code… */
  readonly entities?: readonly TextEntity[]
  /** The seq of the message that it answers. */
  readonly reply?: number
  /** Of a kind that a plugin has added; an empty text leaves it to the plugin what stands for it. */
  readonly content?: Content
  /** The text was the draft of this time (RFC 3339), which ends with it. */
  readonly draft?: string
}

/** `queued`: waits for its turn or for a line. `sending`: may have arrived. `failed`: certainly not stored. */
export type SendingState = 'queued' | 'sending' | 'sent' | 'failed' | 'cancelled'

/** What is sent: a message, or a change of one. */
export type SendingKind = 'send' | 'forward' | 'edit' | 'recall' | 'react'

/** One text, or one change of a message, on its way. */
export interface Sending {
  readonly clientId: string
  readonly to: string
  readonly kind: SendingKind
  /** The message's text, or its new one; empty for what has none. */
  readonly text: string
  readonly entities: readonly TextEntity[] | undefined
  /** The seq of the message that it answers. */
  readonly reply: number | undefined
  /** The seq of the message that it changes; `undefined` for a message. */
  readonly target: number | undefined
  /** When it was written, ms since 1970. */
  readonly createdAt: number
  readonly state: SendingState
  /** Why it failed; absent in every other state. */
  readonly error: ClientError | undefined
  /** The stored entry, once it is `sent`. */
  readonly posted: Entry | undefined
  /** Resolves when stored, rejects when failed or cancelled; a new promise after `retry`. Needs no handler. */
  readonly done: Promise<Entry>
  onChange(listener: (sending: Sending) => void): Undo
  /** Try a failed one again, after those queued for the same addressee. Does nothing in another state. */
  retry(): void
  /** Give it up. True if it certainly was not and will not be stored; false if it may have been. */
  cancel(): boolean
}

/** The log of one conversation: no hole, no repeat, and the messages that it shows. */
export interface Conversation {
  /** The other user, or the group. */
  readonly userId: string
  /**
   * The messages in order, as they are now: edited, recalled, with reactions. A new array after every change. A message
   * stays in it, unless the server's log itself was reset, or we come back to a group that we had left.
   */
  readonly messages: readonly Posted[]
  /** The log itself, rising by one: messages as they were sent, and what changed them. */
  readonly entries: readonly Entry[]
  /** The seq of the newest entry known, 0 for none. */
  readonly head: number
  /** Whether the first page has come. */
  readonly isLoaded: boolean
  /** Whether there are entries before the first in the list. */
  readonly hasOlder: boolean
  /** Why the conversation cannot be loaded; `undefined` when it can. */
  readonly error: ClientError | undefined
  onChange(listener: (conversation: Conversation) => void): Undo
  /** How far the others are, by user, as heard since this client began. */
  readonly receipts: ReadonlyMap<string, Receipt>
  /** Who is typing; nobody stays in it for longer than 6 s without saying so again. */
  readonly typing: readonly string[]
  /** Put up to `limit` (1–200, 50 if absent) earlier entries in front; whether there are still more. Rejects as `request` does. */
  loadOlder(limit?: number): Promise<boolean>
  /** Everything up to `seq` has been read here. Told at most once a second, also after a break; never goes back. */
  markRead(seq: number): void
  /** We are typing, or have stopped. Told at most once in 3 s; call it after every key. */
  setTyping(on: boolean): void
  /** Stop following. The list stays as it is. */
  close(): void
}
