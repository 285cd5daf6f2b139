// Where the conversations stand that moved lately, for the heartbeats: a device that lost the last event of one notices it there,
// without any more traffic. Only in memory: whoever connects later asks for everything anyway.
import type { Connection } from '#core'

/** What a heartbeat says of chat: the last position of each conversation that moved since the one before. */
export interface Digest {
  readonly epoch: string
  readonly heads: Readonly<Record<string, number>>
  /** There were more than one heartbeat says. */
  readonly more?: true
}

/** A conversation that moved: a group's address and nobody, or the two people of a direct one. */
export interface Moved {
  readonly to: string
  readonly people: readonly string[]
  readonly isGroup: boolean
}

interface Head {
  seq: number
  atMs: number
  /** The last one that this node gave; 0 for none. */
  own: number
}

/** Heads by user and by group, since some time. */
class Generation {
  readonly direct = new Map<string, Map<string, Head>>()
  readonly groups = new Map<string, Head>()
}

// Longer than there is between two heartbeats, one of which may be told twice.
const generationMs = 60_000
const digestLimit = 200
// Two connections to the database may be heard in another order than they committed; nothing is lost and written anew so fast.
const orderMs = 1_000

/** What heads need. */
export interface HeadsOptions {
  readonly monotonic: () => number
  readonly epoch: () => string
  /** A position was given a second time: the database has lost what it had acknowledged. */
  readonly onSetBack: () => void
}

/** Remembers what moved in the last minute or two. */
export class Heads {
  readonly #options: HeadsOptions
  #now = new Generation()
  #before = new Generation()
  #beganMs: number
  readonly #followed = new WeakMap<Connection, Set<string>>()

  constructor(options: HeadsOptions) {
    this.#options = options
    this.#beganMs = options.monotonic()
  }

  /** From its welcome on, and as it changes: which groups a connection is told of. */
  follow(connection: Connection, group: string, isIn: boolean): void {
    const groups = this.#followed.get(connection)
    if (!isIn) groups?.delete(group)
    else if (groups) groups.add(group)
    else this.#followed.set(connection, new Set([group]))
  }

  /** After the commit: this conversation stands at `seq`. */
  changed({ to, people, isGroup }: Moved, seq: number): void {
    const atMs = this.#turn()
    const [first = '', second = first] = people
    const known = this.#headOf(isGroup ? undefined : first, isGroup ? to : second)
    if (known && known.own >= seq) {
      if (atMs - known.atMs < orderMs) return
      this.#options.onSetBack()
    }
    if (isGroup) raise(this.#now.groups, to, { seq, atMs, own: seq })
    else this.#raise(first, second, { seq, atMs, own: seq })
    if (!isGroup && second !== first) this.#raise(second, first, { seq, atMs, own: seq })
  }

  /** The conversation with this key stands at `seq`, whoever brought it there; nothing new if that is known. */
  seen(key: string, seq: number): void {
    const isGroup = key.startsWith('G')
    const [first = '', second = first] = key.split(':')
    const known = this.#headOf(isGroup ? undefined : first, isGroup ? key : second)
    if (known && known.seq >= seq) return
    const head = { seq, atMs: this.#turn(), own: known?.own ?? 0 }
    if (isGroup) raise(this.#now.groups, key, head)
    else this.#raise(first, second, head)
    if (!isGroup && second !== first) this.#raise(second, first, { ...head })
  }

  /** What moved for a connection since a time; `undefined` for nothing. */
  digest(connection: Connection, sinceMs: number): Digest | undefined {
    this.#turn()
    const heads: Record<string, number> = {}
    const followed = this.#followed.get(connection)
    for (const { direct, groups } of [this.#before, this.#now]) {
      const own = direct.get(connection.userId)
      if (own) collect(heads, own, own.keys(), sinceMs)
      if (followed && groups.size > 0) collect(heads, groups, followed, sinceMs)
    }
    const all = Object.entries(heads)
    if (all.length === 0) return undefined
    const epoch = this.#options.epoch()
    return all.length <= digestLimit ? { epoch, heads } : { epoch, heads: Object.fromEntries(all.slice(-digestLimit)), more: true }
  }

  #raise(user: string, other: string, head: Head): void {
    const own = this.#now.direct.get(user)
    if (own) raise(own, other, head)
    else this.#now.direct.set(user, new Map([[other, head]]))
  }

  #headOf(user: string | undefined, to: string): Head | undefined {
    const headIn = ({ direct, groups }: Generation): Head | undefined => (user === undefined ? groups : direct.get(user))?.get(to)
    return headIn(this.#now) ?? headIn(this.#before)
  }

  #turn(): number {
    const nowMs = this.#options.monotonic()
    if (nowMs - this.#beganMs < generationMs) return nowMs
    this.#before = this.#now
    this.#now = new Generation()
    this.#beganMs = nowMs
    return nowMs
  }
}

const raise = (heads: Map<string, Head>, to: string, head: Head): void => {
  const known = heads.get(to)
  if (known) Object.assign(known, head)
  else heads.set(to, { ...head })
}

const collect = (into: Record<string, number>, heads: ReadonlyMap<string, Head>, names: Iterable<string>, sinceMs: number): void => {
  for (const to of names) {
    const head = heads.get(to)
    if (head && head.atMs >= sinceMs) into[to] = head.seq
  }
}
