// Conversations as the specification tells them, in lists that are gone through from the start each time: what the plugin
// chat is compared with. It knows nothing of how anything is stored.
import type { Loose } from './socket.ts'

/** What somebody asks for; `at` is the place's address as the person uses it. */
export interface Command {
  readonly user: string
  readonly at: string
  readonly verb: 'send' | 'edit' | 'recall' | 'react' | 'pin' | 'forward' | 'hide' | 'clear' | 'read' | 'personalize'
  readonly data: Loose
}

interface Entry {
  readonly seq: number
  readonly from: string
  readonly type: string
  readonly data: Loose
  readonly time: string
  readonly ack?: Loose
}

/** A group, or two people, and what each of them has done for themselves alone. */
interface Place {
  readonly key: string
  readonly people: readonly string[]
  readonly governors: readonly string[]
  readonly entries: Entry[]
  readonly own: Map<string, { read: number; cleared: number; hidden: Set<number>; pin: boolean; archive: boolean }>
}

const events: Readonly<Record<string, string>> = {
  send: 'chat.posted',
  forward: 'chat.posted',
  edit: 'chat.edited',
  recall: 'chat.recalled',
  react: 'chat.reacted',
  pin: 'chat.pinned',
}

/** Why something is not done. */
class No extends Error {}

const keyOf = (user: string, at: string): string => (at.startsWith('G') ? at : [user, at].sort().join(':'))
const named = (entities: Loose[] | undefined, type: string): Loose[] => (entities ?? []).filter((entity) => entity.type === type)

/** The conversations of a few people. */
export class NaiveChat {
  readonly #places = new Map<string, Place>()

  /** A place whose log may have begun already. */
  open(key: string, people: readonly string[], governors: readonly string[], entries: readonly Entry[]): void {
    const fresh = () => ({ read: 0, cleared: 0, hidden: new Set<number>(), pin: false, archive: false })
    const own = new Map(people.map((user) => [user, fresh()]))
    this.#places.set(key, { key, people, governors, entries: [...entries], own })
  }

  length(user: string, at: string): number {
    return this.#place(user, at).entries.length
  }

  /** What must be answered: the code of a refusal, `dup` with the first ack, or `new`, after which `stored` is to be told. */
  expect(
    command: Command,
  ): { readonly is: 'new' } | { readonly is: 'dup'; readonly ack: Loose } | { readonly is: 'refused'; readonly code: string } {
    const { user, at, data, verb } = command
    const place = this.#place(user, at)
    const first = events[verb] && place.entries.find((entry) => entry.from === user && entry.data.clientId === data.clientId)
    if (first) return { is: 'dup', ack: first.ack }
    try {
      this.#check(command, place)
      return { is: 'new' }
    } catch (refusal) {
      return { is: 'refused', code: (refusal as Error).message }
    }
  }

  /** It was done; `ack` is what the server said. */
  stored({ user, at, verb, data }: Command, ack: Loose): void {
    const place = this.#place(user, at)
    const own = this.#own(place, user)
    const head = place.entries.length
    if (verb === 'read') own.read = Math.max(own.read, Math.min(data.seq, head))
    if (verb === 'hide') for (const seq of data.targets) own.hidden.add(seq)
    if (verb === 'personalize') Object.assign(own, data)
    if (verb === 'clear')
      Object.assign(own, { cleared: Math.max(own.cleared, Math.min(data.seq ?? head, head)), pin: false, archive: false })
    const type = events[verb]
    if (!type) return
    const { clientId, ...said } = verb === 'forward' ? this.#copy(user, data) : data
    place.entries.push({ seq: head + 1, from: user, type, data: { clientId, ...said }, time: ack.time, ack })
  }

  /** What a history shows after a position, without ids and times. */
  history(user: string, at: string, after: number, limit: number): Loose[] {
    const place = this.#place(user, at)
    const { cleared } = this.#own(place, user)
    return place.entries
      .filter(({ seq }) => seq > Math.max(after, cleared))
      .slice(0, limit)
      .map((entry) => ({ seq: entry.seq, from: entry.from, type: entry.type, data: this.#shown(place, user, entry) }))
  }

  /** The list: what each conversation looks like, in its order. */
  list(user: string, folder: 'main' | 'archive'): Loose[] {
    const mine = [...this.#places.values()].filter(({ people }) => people.includes(user))
    return mine
      .filter((place) => this.#own(place, user).archive === (folder === 'archive'))
      .flatMap((place) => this.#summary(place, user))
      .sort((a, b) => Number(b.pin) - Number(a.pin) || b.at.localeCompare(a.at))
      .map(({ at: _, pin: __, ...summary }) => summary)
  }

  #summary(place: Place, user: string): Loose[] {
    const { read, cleared, hidden, pin } = this.#own(place, user)
    const seen = place.entries.filter(({ type, seq }) => type === 'chat.posted' && seq > cleared && !hidden.has(seq))
    const last = seen.at(-1)
    const isGroup = place.key.startsWith('G')
    if (!last && !(isGroup && cleared === 0)) return []
    const news = seen.filter(({ seq, from }) => seq > read && from !== user && !this.#isRecalled(place, seq))
    const isMentioned = ({ seq }: Entry): boolean => this.#mentioned(place, seq).includes(user)
    return [
      {
        to: isGroup ? place.key : (place.people.find((other) => other !== user) ?? user),
        head: place.entries.length,
        read,
        cleared: cleared || undefined,
        unread: news.length,
        mentions: news.filter(isMentioned).length,
        mentioned: news.filter(isMentioned).map(({ seq }) => seq),
        last: last?.seq,
        at: last?.time ?? place.entries[0]?.time ?? '',
        pin,
      },
    ]
  }

  #check({ user, verb, data }: Command, place: Place): void {
    const own = this.#own(place, user)
    const isGovernor = place.governors.includes(user)
    if (verb === 'hide') for (const seq of data.targets) if (!this.#message(place, seq, own.cleared)) throw new No('CHAT_NO_SUCH_MESSAGE')
    if (verb === 'forward') this.#checkSource(user, data)
    const target = verb === 'forward' ? undefined : (data.target ?? data.reply)
    if (target !== undefined) this.#checkTarget({ user, verb }, place, target)
    const before = verb === 'edit' ? this.#said(place, data.target).entities : []
    this.#checkAll(isGovernor, data, before)
  }

  #checkTarget({ user, verb }: Pick<Command, 'user' | 'verb'>, place: Place, target: number): void {
    const own = this.#own(place, user)
    const isGovernor = place.governors.includes(user)
    const message = this.#message(place, target, own.cleared)
    if (!message) throw new No('CHAT_NO_SUCH_MESSAGE')
    if (this.#isRecalled(place, target)) throw new No('CHAT_RECALLED')
    if (verb === 'edit' && (message.from !== user || message.data.forward)) throw new No('CHAT_NOT_YOURS')
    if (verb === 'recall' && message.from !== user && !isGovernor) throw new No('CHAT_NOT_YOURS')
    if (verb === 'pin' && place.key.startsWith('G') && !isGovernor) throw new No('CHAT_NOT_ALLOWED')
  }

  #checkAll(isGovernor: boolean, { entities }: Loose, before: Loose[] | undefined): void {
    const isNew = named(entities, 'all').length > 0 && named(before, 'all').length === 0
    if (isNew && !isGovernor) throw new No('CHAT_NOT_ALLOWED')
  }

  #checkSource(user: string, { from, target }: Loose): void {
    const place = this.#place(user, from)
    const { cleared, hidden } = this.#own(place, user)
    if (!this.#message(place, target, cleared) || hidden.has(target)) throw new No('CHAT_NO_SUCH_MESSAGE')
    if (this.#isRecalled(place, target)) throw new No('CHAT_RECALLED')
  }

  #copy(user: string, { from, target, clientId }: Loose): Loose {
    const place = this.#place(user, from)
    const { forward, ...source } = this.#said(place, target)
    const { from: sender } = place.entries[target - 1] as Entry
    return { clientId, ...source, forward: forward ?? { from: sender } }
  }

  #message(place: Place, seq: number, above: number): Entry | undefined {
    const entry = place.entries[seq - 1]
    return entry?.type === 'chat.posted' && seq > above ? entry : undefined
  }

  #changes(place: Place, type: string, target: number): Entry[] {
    return place.entries.filter((entry) => entry.type === type && entry.data.target === target)
  }

  #isRecalled(place: Place, seq: number): boolean {
    return this.#changes(place, 'chat.recalled', seq).length > 0
  }

  /** What a message says now. */
  #said(place: Place, seq: number): Loose {
    const { text, entities, forward } = place.entries[seq - 1]?.data ?? {}
    const edit = this.#changes(place, 'chat.edited', seq).at(-1)
    const now = edit ? edit.data : { text, entities }
    return { text: now.text, ...(now.entities && { entities: now.entities }), ...(forward && { forward }) }
  }

  #mentioned(place: Place, seq: number): readonly string[] {
    const { entities, forward } = this.#said(place, seq)
    if (forward || this.#isRecalled(place, seq)) return []
    return named(entities, 'all').length > 0 ? place.people : named(entities, 'mention').map(({ user }) => user)
  }

  #shown(place: Place, user: string, { seq, type, data }: Entry): Loose {
    const target = data.target ?? seq
    const base = { clientId: data.clientId, prev: seq - 1, ...(data.target !== undefined && { target }) }
    const isWording = type === 'chat.posted' || type === 'chat.edited'
    if (isWording && this.#own(place, user).hidden.has(target)) return { ...base, text: '', hidden: true }
    if (type === 'chat.edited' && this.#isRecalled(place, target)) return { ...base, text: '' }
    if (type !== 'chat.posted') return { ...data, prev: seq - 1 }
    const editedAt = this.#changes(place, 'chat.edited', seq).length > 0 || undefined
    if (this.#isRecalled(place, seq)) return { ...base, text: '', editedAt, recalledAt: true }
    const marks = { reactions: this.#reactions(place, seq), pinned: this.#changes(place, 'chat.pinned', seq).at(-1)?.data.on || undefined }
    return { ...base, ...this.#said(place, seq), reply: data.reply, editedAt, ...marks }
  }

  #reactions(place: Place, seq: number): Loose {
    const users = new Map<string, string[]>()
    for (const { from, data } of this.#changes(place, 'chat.reacted', seq)) {
      const others = (users.get(data.emoji) ?? []).filter((user) => user !== from)
      users.set(data.emoji, data.on ? [...others, from] : others)
    }
    const left = [...users].filter(([, those]) => those.length > 0).map(([emoji, those]) => [emoji, those.toSorted()])
    return left.length > 0 ? Object.fromEntries(left) : undefined
  }

  #place(user: string, at: string): Place {
    return this.#places.get(keyOf(user, at)) as Place
  }

  #own(place: Place, user: string) {
    return place.own.get(user) as { read: number; cleared: number; hidden: Set<number>; pin: boolean; archive: boolean }
  }
}
