// What plugins put into conversations. The core keeps none; a plugin that does provides this token, so that those who have
// something to say there need it only if it is there.
import type { InferInput, InferOutput } from 'valibot'
import type { Schema } from './message.ts'
import { defineService } from './service.ts'
import type { Db } from './store/store.ts'

/** What a message of a kind is about to be stored as. */
export interface ContentPost<D> {
  readonly user: string
  /** Whom the user addresses: `U…` or `G…`. */
  readonly to: string
  readonly data: D
  /** Whether it is copied from another message, which the user may read. */
  readonly isForward: boolean
}

/** A kind of content that messages may carry: a poll, a place, a file, a call. */
export interface ContentKind<S extends Schema = Schema> {
  /** Lower-case letters, digits and hyphens, at most 32; the plugin's id, or beginning with it. For ever, as it stands in logs. */
  readonly kind: string
  /** Checks and types the data. Use `v.strictObject`; what it gives is stored, as JSON. */
  readonly data: S
  /** What stands for it where the kind is not known, and what a search finds: one short line, never empty. */
  text(data: InferOutput<S>): string
  /** Characters that the data may have as JSON; 4,096 if absent, at most 16,384. */
  readonly maxLength?: number
  /** Who makes such messages: `people`, by their clients (the default), or only the plugin itself, by `post`. */
  readonly by?: 'people' | 'plugin'
  /** Inside the unit that stores a message of this kind: throw to refuse it. May run more than once, as units do. */
  check?(tx: Db, post: ContentPost<InferOutput<S>>): void | Promise<void>
}

/** A stored entry. */
export interface PostedContent {
  readonly id: string
  /** Its position in the conversation. */
  readonly seq: number
  /** RFC 3339. */
  readonly time: string
  /** True when the same `clientId` had stored it before. */
  readonly dup?: true
}

/** A message with content, said in a user's name. */
export interface ContentMessage<S extends Schema = Schema> {
  readonly user: string
  readonly to: string
  readonly data: InferInput<S>
  /** 1 to 64 characters of `A–Z a–z 0–9 _ - . :`; the same one is stored once per user and conversation. */
  readonly clientId: string
  /** Instead of the kind's own. */
  readonly text?: string
}

/** What `define` gives: the way to put messages of one kind into conversations. */
export interface ContentChannel<S extends Schema = Schema> {
  /**
   * Store a message and tell everybody in the conversation, as if the user had sent it, with all that can keep a user from
   * it (`CHAT_REFUSED`, `CHAT_MUTED`, …). Durable when it resolves. Inside `store.write` it joins the unit.
   */
  post(message: ContentMessage<S>): Promise<PostedContent>
  /**
   * Give the user's own message at `seq` other data, whenever: also when they are out of the group by now, or nobody is in
   * it. An entry of the log says so, and devices that were away learn of it. `undefined` when the message is not there any
   * more, or is none of this kind and user.
   */
  update(message: ContentMessage<S> & { readonly seq: number }): Promise<PostedContent | undefined>
}

/** Conversations for other plugins. */
export interface Messaging {
  /** Once per kind, in `setup`: let messages carry it. Throws for a kind that is none, or that there is already. */
  define<S extends Schema>(kind: ContentKind<S>): ContentChannel<S>
  /**
   * Who is in the conversation that `user` addresses as `to`, the user too. Rejects with `CHAT_NO_SUCH_CONVERSATION` for a
   * group that is not theirs; two people always are one.
   */
  people(user: string, to: string): Promise<readonly string[]>
  /**
   * Once, in `setup`: hear of those who are out of a group from now on: they left, were put out, or it was dismissed. After
   * the commit, on the node that made it, at most once: whoever needs to be sure asks `people` at its start. A listener
   * returns at once and does not throw.
   */
  onGone(listener: (group: string, users: readonly string[]) => void): void
}

/** The token under which a plugin provides conversations. At most one may. */
export const Messaging = defineService<Messaging>('core.messaging')
