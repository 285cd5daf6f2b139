import type { Entry, EntryData, EventFrame, Receipt } from '../../../src/client/index.ts'
import { only, Refusal, type WireRequest } from './wire.ts'

/** How an inbox names a conversation. */
export const inboxKeyOf = (one: string, other: string): string => keyOf(one, other).replace(' ', ':')

const keyOf = (one: string, other: string): string => (other.startsWith('G') ? other : [one, other].sort().join(' '))

const otherOf = (key: string, user: string): string => (key.startsWith('G') ? key : (key.split(' ').find((one) => one !== user) ?? user))

const types: Readonly<Record<string, string>> = {
  'chat.send': 'chat.posted',
  'chat.forward': 'chat.posted',
  'chat.edit': 'chat.edited',
  'chat.recall': 'chat.recalled',
  'chat.react': 'chat.reacted',
}

/** Plugin `chat` in memory (PROTOCOL.md, section 11). */
export class FakeChat {
  readonly #logs = new Map<string, Entry[]>()
  readonly #groups = new Map<string, Set<string>>()
  readonly #marks = new Map<string, Receipt>()
  readonly #users: ReadonlySet<string>
  readonly #now: () => string
  /** Called for every stored entry, and for hints, with everybody who hears of it. */
  onEvent: (frame: EventFrame, people: readonly string[]) => void = () => {}
  /** How many conversations one heartbeat names. */
  digestLimit = 200
  #lastId = 0
  #epoch = 'e1'

  constructor(users: readonly string[], now: () => string) {
    this.#users = new Set(users)
    this.#now = now
  }

  /** Make a group; an entry says so. */
  group(id: string, owner: string, ...others: readonly string[]): void {
    this.#groups.set(id, new Set([owner, ...others]))
    this.#append(owner, id, 'chat.grouped', { clientId: `g-${id}`, change: { created: id, users: [owner, ...others] } })
  }

  /** The log between two people, or of a group, in order. */
  log(one: string, other: string): readonly Entry[] {
    return this.#logs.get(keyOf(one, other)) ?? []
  }

  /** Forget the newest messages, as a restored backup does. */
  rewind(one: string, other: string, length: number): void {
    this.#logs.set(keyOf(one, other), this.log(one, other).slice(0, length))
  }

  /** Put everything back to an earlier state, as one who knows does it: in another epoch. */
  restore(one: string, other: string, length: number): void {
    this.rewind(one, other, length)
    this.#marks.clear()
    this.#epoch = `e${Number(this.#epoch.slice(1)) + 1}`
  }

  /** What a heartbeat says: where the conversations stand that moved since a time. */
  digest(user: string, since: number): { epoch: string; heads: Record<string, number>; more?: true } | undefined {
    const heads = this.#logsOf(user).filter(([, log]) => Date.parse(log.at(-1)?.time ?? '') >= since)
    if (heads.length === 0) return undefined
    const named = heads.slice(0, this.digestLimit).map(([key, log]) => [otherOf(key, user), log.length] as const)
    return { epoch: this.#epoch, heads: Object.fromEntries(named), ...(named.length < heads.length && { more: true as const }) }
  }

  #logsOf(user: string): [string, Entry[]][] {
    const isOwn = (key: string): boolean => this.#groups.get(key)?.has(user) ?? key.split(' ').includes(user)
    return [...this.#logs].filter(([key, log]) => log.length > 0 && isOwn(key))
  }

  /** Conversations as the list shows them to somebody, by their key in an inbox. */
  summaries(user: string): ReadonlyMap<string, object> {
    const { conversations } = this.#list(user, { data: { limit: 1_000 } }) as { conversations: { to: string }[] }
    return new Map(conversations.map((one) => [inboxKeyOf(user, one.to), one]))
  }

  answer(from: string, request: WireRequest): object {
    if (request.type === 'chat.list') return this.#list(from, request)
    const to = request.to ?? ''
    if (to.startsWith('G') && !this.#groups.get(to)?.has(from)) throw new Refusal('CHAT_NO_SUCH_CONVERSATION', 'not_found')
    if (!to.startsWith('G') && !this.#users.has(to)) throw new Refusal('CHAT_NO_SUCH_USER', 'not_found')
    if (request.type === 'chat.history') return this.#history(from, to, request)
    if (request.type === 'chat.typing') return this.#typing(from, to, request)
    if (request.type === 'chat.read' || request.type === 'chat.delivered') return this.#mark(from, to, request)
    return this.#store(from, to, request)
  }

  #people(from: string, to: string): readonly string[] {
    return [...new Set(this.#groups.get(to) ?? [from, to])]
  }

  #typing(from: string, to: string, { data }: WireRequest): object {
    only(data, 'on')
    const others = this.#people(from, to).filter((user) => user !== from)
    this.onEvent({ type: 'chat.typed', from, to, time: this.#now(), data: { on: data.on } }, others)
    return {}
  }

  #mark(from: string, to: string, { type, data }: WireRequest): object {
    only(data, 'seq')
    const key = `${from} ${keyOf(from, to)}`
    const { read, delivered } = this.#marks.get(key) ?? { read: 0, delivered: 0 }
    const seq = Math.min(data.seq as number, this.log(from, to).length)
    const next = { read: type === 'chat.read' ? Math.max(read, seq) : read, delivered: Math.max(delivered, seq) }
    this.#marks.set(key, next)
    this.onEvent({ type: 'chat.receipt', from, to, time: this.#now(), data: { user: from, ...next } }, this.#people(from, to))
    return next
  }

  #store(from: string, to: string, { type, data }: WireRequest): object {
    only(data, 'text', 'clientId', 'target', 'emoji', 'on', 'entities', 'reply', 'content', 'draft', 'from')
    const { text, clientId, target } = data as unknown as EntryData
    if (!/^[A-Za-z0-9_\-.:]{1,64}$/.test(clientId)) throw new Refusal('CORE_BAD_FIELD', 'invalid', { path: '/data/clientId' })
    if (text === '') throw new Refusal('CHAT_TEXT_EMPTY', 'invalid', { path: '/data/text' })
    const old = this.log(from, to).find((frame) => frame.from === from && frame.data.clientId === clientId)
    if (old && (old.type !== types[type] || old.data.target !== target)) throw new Refusal('CHAT_IDEMPOTENCY_CONFLICT', 'conflict')
    if (old) return { id: old.data.id, seq: old.seq, time: old.time, epoch: this.#epoch, dup: true }
    if (type !== 'chat.send' && type !== 'chat.forward') this.#check(from, to, type, target)
    const { data: stored, seq, time } = this.#append(from, to, types[type] ?? type, this.#said(from, type, data))
    if (type === 'chat.edit') this.#amend(from, to, target, { text: text ?? '', editedAt: time })
    if (type === 'chat.recall') this.#amend(from, to, target, { text: '', recalledAt: time })
    return { id: stored.id, seq, time, epoch: this.#epoch }
  }

  // What the server puts into an entry, beside what its sender says.
  #said(from: string, type: string, data: WireRequest['data']): EntryData {
    const { from: source, draft: _, ...said } = data as unknown as EntryData & { from: string; draft?: string }
    if (type === 'chat.send') return { ...said, text: said.text ?? '(content)' }
    if (type !== 'chat.forward') return said
    const original = this.log(from, source).find(({ seq }) => seq === said.target)
    if (!original) throw new Refusal('CHAT_NO_SUCH_MESSAGE', 'not_found')
    const { target: __, ...rest } = said
    return { ...rest, text: original.data.text ?? '', forward: { from: original.from, time: original.time } }
  }

  /** Somebody deletes for themselves: the devices that are here are told. */
  lose(user: string, other: string, type: 'chat.hidden' | 'chat.cleared', data: object): void {
    this.onEvent({ type, from: user, to: other, time: this.#now(), data }, [user])
  }

  #check(from: string, to: string, type: string, target: number | undefined): void {
    const message = this.log(from, to).find(({ seq }) => seq === target)
    if (message?.type !== 'chat.posted') throw new Refusal('CHAT_NO_SUCH_MESSAGE', 'not_found')
    if (message.data.recalledAt) throw new Refusal('CHAT_RECALLED', 'conflict')
    if (type !== 'chat.react' && message.from !== from) throw new Refusal('CHAT_NOT_YOURS', 'forbidden')
  }

  // Frames that are on their way keep what they said.
  #amend(from: string, to: string, target: number | undefined, change: Partial<EntryData>): void {
    const log = this.log(from, to).map((entry) => (entry.seq === target ? { ...entry, data: { ...entry.data, ...change } } : entry))
    this.#logs.set(keyOf(from, to), log)
  }

  #append(from: string, to: string, type: string, data: Omit<EntryData, 'id' | 'prev'>): Entry {
    const log = this.#logs.get(keyOf(from, to)) ?? []
    this.#logs.set(keyOf(from, to), log)
    const seq = log.length + 1
    const entry = {
      type,
      from,
      to,
      seq,
      time: this.#now(),
      data: { ...data, id: `M${++this.#lastId}`, prev: seq - 1 },
    }
    log.push(entry)
    this.onEvent(entry, this.#people(from, to))
    return entry
  }

  #history(from: string, to: string, { data }: WireRequest): object {
    only(data, 'before', 'after', 'limit', 'epoch')
    const { before, after, limit = 50 } = data as { before?: number; after?: number; limit?: number }
    if (limit < 1 || limit > 200) throw new Refusal('CORE_BAD_FIELD', 'invalid', { path: '/data/limit' })
    if (before !== undefined && after !== undefined) throw new Refusal('CORE_BAD_FIELD', 'invalid', { path: '/data' })
    const log = this.log(from, to)
    const [head, epoch] = [log.length, this.#epoch]
    if ((data.epoch !== undefined && data.epoch !== epoch) || (after ?? 0) > head)
      return { messages: [], head, more: false, epoch, reset: { epoch, head, oldest: 1 } }
    if (after !== undefined) {
      const messages = log.slice(after, after + limit)
      return { messages, head, more: after + messages.length < head, epoch }
    }
    const end = Math.min(head, (before ?? head + 1) - 1)
    const start = Math.max(0, end - limit)
    return { messages: log.slice(start, end), head, more: start > 0, epoch }
  }

  #list(from: string, { data }: Pick<WireRequest, 'data'>): object {
    only(data, 'limit', 'folder', 'cursor')
    const { limit = 50, cursor = '0' } = data as { limit?: number; cursor?: string }
    const start = Number(cursor)
    const conversations = this.#logsOf(from).map(([key, log]) => {
      const last = log.at(-1) as Entry
      const to = otherOf(key, from)
      const marks = this.#marks.get(`${from} ${key}`) ?? { read: 0, delivered: 0 }
      const unread = log.filter(({ seq, type, from: author }) => seq > marks.read && type === 'chat.posted' && author !== from).length
      return { to, head: log.length, ...marks, unread, last }
    })
    conversations.sort((one, other) => Number(other.last.data.id.slice(1)) - Number(one.last.data.id.slice(1)))
    const more = conversations.length > start + limit
    return { conversations: conversations.slice(start, start + limit), epoch: this.#epoch, ...(more && { next: `${start + limit}` }) }
  }
}
