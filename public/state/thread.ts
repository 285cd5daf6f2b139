// The messages of conversations that are or were open.
import { type Signal, signal } from '@preact/signals'
import type { ClientError, Conversation, Entry, Posted } from '../../src/client/index.ts'
import type { PageClient } from '../wire.ts'
import { client } from './connection.ts'

/** One conversation as the page shows it. */
export interface Thread {
  readonly peer: string
  readonly log: Signal<readonly Posted[]>
  /** What changed in a group, in the same order of positions. */
  readonly notices: Signal<readonly Entry[]>
  readonly isLoaded: Signal<boolean>
  readonly hasOlder: Signal<boolean>
  readonly isLoadingOlder: Signal<boolean>
  readonly error: Signal<ClientError | undefined>
  /** Put earlier messages in front. Does nothing while that is under way or when there are none. */
  loadOlder(): Promise<void>
  /** Everything up to this position has been read. */
  markRead(seq: number): void
  /** We are typing, or have stopped. */
  setTyping(on: boolean): void
}

// Going back and forth between a few people should not load anything again; more than this would only cost memory.
const mostOpen = 12
const pageSize = 60

const open = new Map<string, { readonly thread: Thread; readonly conversation: Conversation }>()
let owner: PageClient | undefined

const noticesOf = ({ entries }: Conversation): readonly Entry[] => entries.filter(({ type }) => type === 'chat.grouped')

const makeThread = (conversation: Conversation): Thread => {
  const thread = {
    peer: conversation.userId,
    log: signal(conversation.messages),
    notices: signal(noticesOf(conversation)),
    isLoaded: signal(conversation.isLoaded),
    hasOlder: signal(conversation.hasOlder),
    isLoadingOlder: signal(false),
    error: signal(conversation.error),
    loadOlder: async () => {
      if (thread.isLoadingOlder.peek() || !conversation.hasOlder) return
      thread.isLoadingOlder.value = true
      // Offline, or lost on the way: scrolling up again asks again.
      await conversation.loadOlder(pageSize).catch(() => false)
      thread.isLoadingOlder.value = false
    },
    markRead: (seq: number) => conversation.markRead(seq),
    setTyping: (on: boolean) => conversation.setTyping(on),
  }
  conversation.onChange(() => {
    thread.log.value = conversation.messages
    thread.notices.value = noticesOf(conversation)
    thread.isLoaded.value = conversation.isLoaded
    thread.hasOlder.value = conversation.hasOlder
    thread.error.value = conversation.error
  })
  return thread
}

const closeAll = (): void => {
  for (const { conversation } of open.values()) conversation.close()
  open.clear()
}

/** The conversation with `peer`, followed from now on; the least recently used one is let go. */
export const threadWith = (peer: string): Thread | undefined => {
  const here = client.peek()
  if (owner !== here) {
    closeAll()
    owner = here
  }
  if (!here) return undefined
  const known = open.get(peer)
  const found = known ?? newThread(here, peer)
  open.delete(peer)
  open.set(peer, found)
  const [oldest] = open.keys()
  if (open.size > mostOpen && oldest !== undefined) {
    open.get(oldest)?.conversation.close()
    open.delete(oldest)
  }
  return found.thread
}

const newThread = (here: PageClient, peer: string): { thread: Thread; conversation: Conversation } => {
  const conversation = here.chat.conversation(peer, { recent: pageSize })
  return { thread: makeThread(conversation), conversation }
}
