// One joined room: its place in the room's history, and who is in it.
import { guarded } from './emitter.ts'
import { ClientError, clientError, isLineLoss } from './errors.ts'
import type { Persistence } from './persistence.ts'
import type { EventFrame, Member, Publication, RoomJoined, RoomPosition } from './protocol.ts'
import type { Requests } from './requests.ts'
import type { JoinOptions, RoomHandle } from './types.ts'

/** What a room needs of the client. */
export interface RoomContext {
  readonly requests: Requests
  readonly persistence: Persistence
  /** The handle is free for another join. */
  left(room: string): void
}

type MemberChange = EventFrame<{ readonly user: Member; readonly count: number }>

/** Hands every publication over once and in order, joining again with the last position where one is missing. */
export class Room implements RoomHandle {
  readonly room: string
  readonly #context: RoomContext
  readonly #options: JoinOptions
  #members: ReadonlyMap<string, Member> = new Map()
  #count = 0
  #position: RoomPosition | undefined
  /** `out`: no line, or refused. `joining`: events are held until the ack says where they belong. */
  #phase: 'out' | 'joining' | 'in' | 'left' = 'out'
  #held: EventFrame[] = []
  /** Counts joins, so that the answer to an earlier one says nothing. */
  #turn = 0

  constructor(room: string, options: JoinOptions, context: RoomContext) {
    this.room = room
    this.#options = options
    this.#context = context
  }

  get isJoined(): boolean {
    return this.#phase === 'in'
  }

  get members(): readonly Member[] {
    return [...this.#members.values()]
  }

  get count(): number {
    return this.#count
  }

  send(data: object): Promise<{ readonly seq: number; readonly time: string }> {
    if (this.#phase === 'left') return Promise.reject(clientError('CLIENT_LEFT'))
    return this.#context.requests.ask('rooms.send', data, { room: this.room }) as Promise<{ seq: number; time: string }>
  }

  async leave(): Promise<void> {
    if (this.#phase === 'left') return
    const wasOut = this.#phase === 'out'
    this.#end()
    if (wasOut) return
    // A refusal means that we are not in it, a broken line the same.
    await this.#context.requests.ask('rooms.leave', {}, { room: this.room }).catch(() => {})
  }

  /** There is a line: be in the room on it. */
  online(): void {
    if (this.#phase === 'out') void this.#join()
  }

  lost(): void {
    if (this.#phase !== 'left') this.#phase = 'out'
  }

  /** An event of this room. */
  receive(frame: EventFrame): void {
    if (frame.type === 'rooms.deleted') this.#deleted()
    else if (this.#phase === 'joining') this.#held.push(frame)
    else if (this.#phase === 'in') this.#apply(frame)
  }

  async #join(): Promise<void> {
    const turn = ++this.#turn
    this.#phase = 'joining'
    try {
      const joined = await this.#context.persistence.ask('urgent', {
        type: 'rooms.join',
        data: this.#position ? { since: this.#position } : { ...(this.#options.recent && { recent: this.#options.recent }) },
        address: { room: this.room },
        isWanted: () => turn === this.#turn && this.#phase === 'joining',
        // The answer covers what came before the question.
        onTry: () => {
          this.#held = []
        },
      })
      if (turn === this.#turn && this.#phase === 'joining') this.#joined(joined as RoomJoined)
    } catch (error) {
      if (turn === this.#turn && this.#phase === 'joining') this.#refused(error)
    }
  }

  #refused(error: unknown): void {
    this.#phase = 'out'
    if (error instanceof ClientError && !isLineLoss(error)) guarded(this.#options.onError, error)
  }

  #joined({ epoch, offset, recovered, publications, members, count }: RoomJoined): void {
    const wasReset = this.#position !== undefined && recovered !== true
    this.#phase = 'in'
    this.#position = { epoch, offset }
    this.#members = new Map(members.map((member) => [member.id, member]))
    this.#count = count
    if (wasReset) guarded(this.#options.onReset, { epoch, offset })
    for (const publication of publications) this.#deliver(publication)
    if (this.#phase === 'in') guarded(this.#options.onMembers, this.members, count)
    for (const frame of this.#held.splice(0)) this.receive(frame)
  }

  #apply(frame: EventFrame): void {
    if (frame.type === 'rooms.sent') this.#publication(frame as Publication)
    else if (frame.type === 'rooms.joined' || frame.type === 'rooms.left') this.#memberChange(frame as MemberChange)
  }

  #publication(frame: Publication): void {
    const { epoch, offset } = this.#position as RoomPosition
    if (frame.seq <= offset) return
    // Something is missing between: the ack of another join brings it, and this one too.
    if (frame.seq > offset + 1) return void this.#join()
    this.#position = { epoch, offset: frame.seq }
    this.#deliver(frame)
  }

  /** Not any more once the app has left, which it may do in any of its callbacks. */
  #deliver(publication: Publication): void {
    if (this.#phase === 'in') guarded(this.#options.onMessage, publication)
  }

  /** Held ones may be older than the member list of the ack: to apply them all in order gives the same end. */
  #memberChange({ type, data }: MemberChange): void {
    const members = new Map(this.#members)
    const isNews = members.has(data.user.id) !== (type === 'rooms.joined') || data.count !== this.#count
    if (type === 'rooms.joined') members.set(data.user.id, data.user)
    else members.delete(data.user.id)
    this.#members = members
    this.#count = data.count
    if (isNews) guarded(this.#options.onMembers, this.members, data.count)
  }

  #deleted(): void {
    if (this.#phase === 'left') return
    this.#end()
    guarded(this.#options.onDeleted)
  }

  #end(): void {
    this.#phase = 'left'
    this.#context.left(this.room)
  }
}
