// Every change between two people goes through one unit: read both directions, decide, write, and tell each of the two, if
// and only if what they see of the other has changed. So nobody can learn from being told, or from not being told, what
// they are not shown.
import type { Context, Db, Inbox, Users } from '#core'
import { errors } from './errors.ts'
import type { events, View } from './messages.ts'
import type { Reach } from './reach.ts'
import type { RelationStore } from './store.ts'
import { isAsked, type Pair, type Row, turned, viewOf } from './view.ts'

/** What `inbox.sync` calls a relation. */
export const entryKind = 'contact'

type Wiring = Pick<Context<unknown, typeof events, Record<never, never>, unknown>, 'store' | 'publish' | 'userTopic' | 'now'>

/** What contacts need. */
export interface ContactsOptions extends Wiring {
  readonly relations: RelationStore
  readonly reach: Reach
  readonly users: Users | undefined
  readonly inbox: Inbox | undefined
  readonly limits: Limits
}

/** How many of each one person may have. */
export interface Limits {
  readonly contacts: number
  readonly requests: number
  readonly blocked: number
}

type EventName = 'requested' | 'accepted' | 'refused' | 'removed' | 'changed'

/** What a verb makes of two people, and how each of them is told of it. `undefined` leaves all as it is. */
interface Outcome {
  readonly mine?: Partial<Row>
  readonly theirs?: Partial<Row>
  readonly event: EventName
  /** How the other one is told, if not by the same event. */
  readonly theirEvent?: EventName
}

type Verb = (pair: Pair, tx: Db, now: Date) => Outcome | undefined | Promise<Outcome | undefined>

const answered = { requestedAt: null, note: null } as const
const parted = { since: null, remark: null } as const

/** All verbs between two people, as one of them may use them. */
export class Contacts {
  readonly #options: ContactsOptions

  constructor(options: ContactsOptions) {
    this.#options = options
  }

  /** Ask to be a contact. Whoever has been blocked is answered as if the other one were still thinking about it. */
  request(user: string, to: string, note: string): Promise<View> {
    return this.#between(user, to, async (pair, tx, now) => {
      const { mine } = pair
      if (mine.since) throw errors.ALREADY()
      if (mine.blockedAt) throw errors.BLOCKED()
      if (isAsked(pair)) return this.#join(pair, tx, now)
      if (!mine.requestedAt) await this.#checkRoom(tx, user, 'requestedAt')
      return { mine: { requestedAt: now, note: note || null }, event: 'requested' }
    })
  }

  /** Become contacts. To accept once more changes nothing. */
  accept(user: string, to: string): Promise<View> {
    return this.#between(user, to, (pair, tx, now) => {
      if (pair.mine.since) return undefined
      if (!isAsked(pair)) throw errors.NO_REQUEST()
      return this.#join(pair, tx, now)
    })
  }

  refuse(user: string, to: string): Promise<View> {
    return this.#between(user, to, (pair) => {
      if (!isAsked(pair)) throw errors.NO_REQUEST()
      return { theirs: answered, event: 'refused' }
    })
  }

  /** Contacts no longer; or one's own request taken back. */
  remove(user: string, to: string): Promise<View> {
    return this.#between(user, to, ({ mine }) => {
      if (mine.since) return { mine: parted, theirs: parted, event: 'removed' }
      return mine.requestedAt ? { mine: answered, event: 'removed' } : undefined
    })
  }

  remark(user: string, to: string, remark: string): Promise<View> {
    return this.#between(user, to, ({ mine }) => {
      if (!mine.since) throw errors.NOT_CONTACT()
      return { mine: { remark: remark || null }, event: 'changed' }
    })
  }

  /** What one has asked of them is taken back, as anybody may; what they have asked is hidden until the block ends. */
  block(user: string, to: string): Promise<View> {
    return this.#between(user, to, async ({ mine }, tx, now) => {
      if (mine.blockedAt) return undefined
      await this.#checkRoom(tx, user, 'blockedAt')
      this.#options.reach.blocked(user, to)
      return { mine: { blockedAt: now, ...answered }, event: 'changed', theirEvent: 'removed' }
    })
  }

  unblock(user: string, to: string): Promise<View> {
    return this.#between(user, to, ({ mine }) => (mine.blockedAt ? { mine: { blockedAt: null }, event: 'changed' } : undefined))
  }

  /** What `to` is to `user`. */
  async info(user: string, to: string): Promise<View> {
    const { store, relations } = this.#options
    const names = await this.#meet(user, to)
    return viewOf(await relations.pair(store.read, user, to), names?.get(to))
  }

  // Nothing is awaited before `store.write`, so that what one person asks for is done in that order; the lock keeps others
  // from the rows and the counts of both. The two have names of their own, because the lock must come in one order.
  #between(user: string, to: string, verb: Verb): Promise<View> {
    const { store, relations, now } = this.#options
    return store.write(
      async (tx) => {
        const names = await this.#meet(user, to)
        await store.lock(tx, `contacts/${user}`, `contacts/${to}`)
        const before = await relations.pair(tx, user, to)
        const outcome = await verb(before, tx, new Date(now()))
        if (!outcome) return viewOf(before, names?.get(to))
        const after = { mine: { ...before.mine, ...outcome.mine }, theirs: { ...before.theirs, ...outcome.theirs } }
        if (outcome.mine) await relations.save(tx, after.mine)
        if (outcome.theirs) await relations.save(tx, after.theirs)
        this.#options.reach.changed(user, to)
        const { event, theirEvent = event } = outcome
        const tellings = [
          { before, after, event },
          { before: turned(before), after: turned(after), event: theirEvent },
        ]
        // In one order for both, for the sake of the inbox.
        if (user > to) tellings.reverse()
        for (const telling of tellings) await this.#tell(tx, { ...telling, from: user, to }, names)
        return viewOf(after, names?.get(to))
      },
      { serial: `contacts/by/${user}` },
    )
  }

  async #tell(
    tx: Db,
    { before, after, event, from, to }: { before: Pair; after: Pair; event: EventName; from: string; to: string },
    names: ReadonlyMap<string, string> | undefined,
  ): Promise<void> {
    const { publish, userTopic, inbox } = this.#options
    const { user, other } = after.mine
    const contact = viewOf(after, names?.get(other))
    if (JSON.stringify(contact) === JSON.stringify(viewOf(before, names?.get(other)))) return
    publish(userTopic(user), event, { contact }, { from, to })
    await inbox?.touch(tx, [user], entryKind, other)
  }

  /** Names of both, if there is a directory; throws for somebody who cannot be met. */
  async #meet(user: string, to: string): Promise<ReadonlyMap<string, string> | undefined> {
    if (user === to) throw errors.SELF().with({ path: '/to' })
    if (!to.startsWith('U')) throw errors.NO_SUCH_USER().with({ path: '/to' })
    const names = await this.#options.users?.names([user, to])
    if (names && !names.has(to)) throw errors.NO_SUCH_USER().with({ path: '/to' })
    return names
  }

  async #join({ mine, theirs }: Pair, tx: Db, now: Date): Promise<Outcome> {
    for (const { user } of [mine, theirs]) await this.#checkRoom(tx, user, 'since')
    const joined = { since: now, ...answered }
    return { mine: joined, theirs: joined, event: 'accepted' }
  }

  async #checkRoom(tx: Db, user: string, what: 'since' | 'requestedAt' | 'blockedAt'): Promise<void> {
    const { relations, limits } = this.#options
    const count = await relations.count(tx, user, what)
    if (what === 'since' && count >= limits.contacts) throw errors.FULL({ limit: limits.contacts })
    if (what === 'requestedAt' && count >= limits.requests) throw errors.TOO_MANY_REQUESTS({ limit: limits.requests })
    if (what === 'blockedAt' && count >= limits.blocked) throw errors.TOO_MANY_BLOCKED({ limit: limits.blocked })
  }
}
