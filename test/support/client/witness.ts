// Watches what one client hands to its app, and objects at once to a hole, a repeat or another order.
import type { AnyProtocol, Client, Conversation, Entry, Publication, RoomHandle, Sending } from '../../../src/client/index.ts'

const follows = (list: readonly number[]): boolean => list.every((seq, index) => index === 0 || seq === (list[index - 1] as number) + 1)

/** An open conversation, and the last list that it handed over. */
class Watched {
  readonly conversation: Conversation
  #last: readonly Entry[] = []

  constructor(conversation: Conversation, object: (fault: string) => void) {
    this.conversation = conversation
    conversation.onChange(({ messages, entries, head, userId }) => {
      const seqs = entries.map(({ seq }) => seq)
      if (!follows(seqs)) object(`the list with ${userId} is ${seqs}`)
      if (entries.length > 0 && head !== seqs.at(-1)) object(`its head is ${head}, its last ${seqs.at(-1)}`)
      const at = entries.indexOf(this.#last[0] as Entry)
      const isKept = this.#last.every((frame, index) => frame === entries[at + index])
      if (!isKept) object(`the list with ${userId} lost what it had`)
      const posted = entries.filter(({ type }) => type === 'chat.posted').map(({ seq }) => seq)
      if (messages.map(({ seq }) => seq).join() !== posted.join()) object(`the list with ${userId} shows other messages than its log`)
      this.#last = entries
    })
  }
}

export class Witness {
  readonly client: Client<AnyProtocol>
  readonly faults: string[] = []
  readonly conversations = new Map<string, Watched>()
  /** Seqs heard by `onEntry`, by the other user or the group. */
  readonly heard = new Map<string, number[]>()
  /** What a room handed over since the last reset. */
  roomSeqs: number[] = []
  readonly room: RoomHandle
  readonly sendings: Sending[] = []
  resets = 0

  constructor(client: Client<AnyProtocol>, userId: string) {
    this.client = client
    client.chat.onEntry(({ from, to, seq }) => this.#entry(from === userId || to.startsWith('G') ? to : from, seq))
    this.room = client.rooms.join('lobby', {
      onMessage: (frame) => this.#publication(frame),
      onReset: ({ offset }) => {
        this.resets++
        this.roomSeqs = [offset]
      },
    })
  }

  open(userId: string): void {
    if (this.conversations.has(userId)) return
    const conversation = this.client.chat.conversation(userId, { recent: 3 })
    this.conversations.set(userId, new Watched(conversation, (fault) => this.faults.push(fault)))
  }

  close(userId: string): void {
    this.conversations.get(userId)?.conversation.close()
    this.conversations.delete(userId)
  }

  #entry(other: string, seq: number): void {
    const heard = this.heard.get(other) ?? []
    if (heard.length > 0 && seq !== (heard.at(-1) as number) + 1) this.faults.push(`heard ${other} ${heard.at(-1)}, then ${seq}`)
    this.heard.set(other, [...heard, seq])
  }

  #publication({ seq }: Publication): void {
    const last = this.roomSeqs.at(-1)
    if (last !== undefined && seq !== last + 1) this.faults.push(`the room said ${last}, then ${seq}`)
    this.roomSeqs.push(seq)
  }
}
