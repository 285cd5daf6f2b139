// The messages of conversations that are or were open.
import { signal } from '@preact/signals'
import type { Conversation } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { client } from './connection.ts'
import { type AskHistory, LogWindow } from './log-window.ts'
import type { Page } from './span.ts'

/** One conversation as the page shows it. */
export class Thread extends LogWindow {
  readonly peer: string
  readonly #conversation: Conversation

  constructor(conversation: Conversation, ask: AskHistory) {
    super(conversation, ask)
    this.peer = conversation.userId
    this.#conversation = conversation
  }

  /** Everything up to this position has been read. */
  markRead(seq: number): void {
    this.#conversation.markRead(seq)
  }

  /** We are typing, or have stopped. */
  setTyping(on: boolean): void {
    this.#conversation.setTyping(on)
  }
}

// Going back and forth between a few people should not load anything again; more than this would only cost memory.
const mostOpen = 12
const pageSize = 60

const open = new Map<string, { readonly thread: Thread; readonly conversation: Conversation }>()
let owner: PageClient | undefined

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

/** Counts conversations that were opened again, so that whoever shows one takes the new thread. */
export const reopened = signal(0)

/** Begin anew with a conversation that could not be read before. */
export const reopen = (peer: string): void => {
  open.get(peer)?.conversation.close()
  open.delete(peer)
  reopened.value++
}

const newThread = (here: PageClient, peer: string): { thread: Thread; conversation: Conversation } => {
  const conversation = here.chat.conversation(peer, { recent: pageSize })
  const ask: AskHistory = async (range) => (await request(here, 'chat.history', range, { to: peer })) as unknown as Page
  return { thread: new Thread(conversation, ask), conversation }
}
