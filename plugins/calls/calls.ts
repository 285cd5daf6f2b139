// Every change of a call is one unit of work: read it, let the machine decide, write it, and after the commit tell its people.
// Locks are always taken in this order: the group's, people's, the call's.
import type { Connection, Context, Db, Relations, Users } from '#core'
import type { Call, Kind, Media } from './call.ts'
import { Chores } from './chores.ts'
import type { Conversations } from './entries.ts'
import { errors } from './errors.ts'
import { announced, type Live, type Lost } from './live.ts'
import { type Act, admit, apply, begin, type Draft, farewell, find, type News, type Rules, restart, type Step, tick } from './machine.ts'
import type { events } from './messages.ts'
import type { CallStore, Stored } from './store.ts'

type Wiring = Pick<
  Context<unknown, typeof events, Record<never, never>, unknown>,
  'store' | 'publish' | 'userTopic' | 'now' | 'id' | 'log' | 'connections'
>

/** What calls need. */
export interface CallsOptions extends Wiring {
  readonly calls: CallStore
  readonly live: Live
  readonly users: Users | undefined
  readonly relations: Relations | undefined
  readonly conversations: Conversations | undefined
  readonly rules: Rules
  /** Milliseconds that a call rings, unless its caller says otherwise. */
  readonly ringMs: number
  /** People of a group who are rung; in a larger one nobody is. */
  readonly ringAtMost: number
}

/** How somebody calls. */
export interface Invitation {
  readonly user: string
  readonly to: string
  readonly clientId: string
  readonly device: string
  readonly kind: Kind
  readonly media: Media
  readonly ringMs?: number
}

/** Calls that may ring somebody at once. */
const ringsAtOnce = 3

/** All verbs of calls. */
export class Calls {
  readonly #options: CallsOptions
  readonly #ticking = new Set<string>()
  /** What must be done, though nobody waits for it. */
  readonly chores: Chores

  constructor(options: CallsOptions) {
    this.#options = options
    this.chores = new Chores(options.log)
  }

  /** Whether time changes nothing here. */
  get isIdle(): boolean {
    return this.#options.live.isEmpty && this.chores.isEmpty
  }

  /** Call somebody, or meet them in the call that is there already. */
  invite(invitation: Invitation, connection: Connection): Promise<Call> {
    const { store, calls, now, id } = this.#options
    const { user, to, clientId, device, media } = invitation
    const [newId, nowMs] = [id('C'), now()]
    return store.write(async (tx) => {
      await store.lock(tx, ...(to.startsWith('G') ? [groupKey(to), personKey(user)] : [personKey(user), personKey(to)]))
      const first = await calls.byClientId(tx, user, clientId)
      if (first) return this.#again(tx, first, invitation, connection)
      const mine = await calls.openOf(tx, [user])
      const others = await this.#others(tx, user, to)
      const there = to.startsWith('G') ? await calls.openAt(tx, to) : mine.find((call) => isBetween(call, to))
      if (there && !isIn(there, user)) return this.#act(tx, there.id, { verb: 'accept', user, device, media }, { connection, nowMs })
      if (mine.some((call) => isIn(call, user))) throw errors.IN_CALL()
      const draft = { ...invitation, id: newId, caller: user, nowMs, others, busy: await this.#busy(tx, others, to) }
      return this.#begin(tx, draft, connection)
    })
  }

  /** Do something in a call, with the connection that did it. */
  do(id: string, act: Act, connection: Connection): Promise<Call> {
    const { store, now } = this.#options
    const nowMs = now()
    return this.#evenWithoutEntry((withEntry) => store.write((tx) => this.#act(tx, id, act, { connection, nowMs, withEntry })))
  }

  /** A connection is gone, whatever it was in. Never rejects. */
  async lose(connection: Connection): Promise<void> {
    const { live } = this.#options
    await Promise.all(live.detach(connection).map((lost) => this.chores.do(() => this.#drop(lost))))
  }

  /** Change calls for what happened elsewhere: under these locks, those that `which` finds. */
  change(locks: readonly string[], which: (tx: Db) => Promise<readonly Call[]>, step: (call: Call, nowMs: number) => Step): Promise<void> {
    const { store, calls, now } = this.#options
    const nowMs = now()
    return this.#evenWithoutEntry((withEntry) =>
      store.write(async (tx) => {
        await store.lock(tx, ...locks)
        for (const { id } of await which(tx)) {
          await store.lock(tx, callKey(id))
          const stored = await calls.find(tx, id)
          if (stored) await this.#keep(tx, stored, step(stored.call, nowMs), { withEntry, nowMs })
        }
      }),
    )
  }

  /** Let time pass for every call that waits for it. */
  async tick(): Promise<void> {
    const { live, now, rules } = this.#options
    await this.chores.retry()
    const due = [...live.calls()].filter((call) => !this.#ticking.has(call.id) && tick(call, now(), rules).news.length > 0)
    await Promise.all(due.map((call) => this.#tickOne(call.id)))
  }

  /** At the start: calls that were under way are found again, and their people have their time to come back. */
  async recover(): Promise<readonly Stored[]> {
    const { store, calls, live, now } = this.#options
    const nowMs = now()
    const found = await store.write(async (tx) => {
      const open = await calls.allOpen(tx)
      const waiting = open.map((one) => ({ ...one, call: restart(one.call, nowMs) }))
      for (const [index, { call }] of waiting.entries()) await calls.save(tx, open[index]?.call ?? call, call)
      return waiting
    })
    for (const { call } of found) live.adopt(call, true)
    return found
  }

  async #tickOne(id: string): Promise<void> {
    const { store, calls, now, rules } = this.#options
    this.#ticking.add(id)
    try {
      await this.#evenWithoutEntry((withEntry) =>
        store.write(async (tx) => {
          await store.lock(tx, callKey(id))
          const stored = await calls.find(tx, id)
          const nowMs = now()
          if (stored) await this.#keep(tx, stored, tick(stored.call, nowMs, rules), { nowMs, withEntry })
        }),
      )
    } finally {
      this.#ticking.delete(id)
    }
  }

  async #drop({ call, user, device }: Lost): Promise<void> {
    const { store, live, now } = this.#options
    const nowMs = now()
    await store.write((tx) => this.#act(tx, call, { verb: 'drop', user, device }, { nowMs }))
    // The device was back before it was known to be gone.
    if (live.isSpoken(call, user)) await store.write((tx) => this.#act(tx, call, { verb: 'resume', user, device }, { nowMs }))
  }

  async #act(tx: Db, id: string, act: Act, how: Circumstances): Promise<Call> {
    const { store, calls, rules } = this.#options
    await store.lock(tx, personKey(act.user), callKey(id))
    const stored = await calls.find(tx, id)
    if (!stored) throw errors.NO_SUCH_CALL()
    const before = act.verb === 'accept' ? await this.#enter(tx, stored, act.user) : stored.call
    const step = apply(before, act, how.nowMs, rules)
    await this.#keep(tx, stored, step, how)
    if (how.connection) this.#connect(step.call, act, how.connection)
    return step.call
  }

  // A person is in one call at a time; and a group's call is for all who are in the group now.
  async #enter(tx: Db, { call, to }: Stored, user: string): Promise<Call> {
    const { calls, conversations } = this.#options
    const others = await calls.openOf(tx, [user])
    if (others.some((other) => other.id !== call.id && isIn(other, user))) throw errors.IN_CALL()
    if (call.group === undefined || call.state === 'ended') return call
    await conversations?.people(user, to)
    return admit(call, user)
  }

  async #begin(tx: Db, draft: Omit<Draft, 'ringMs'> & Invitation, connection: Connection): Promise<Call> {
    const { calls, conversations, store, ringMs } = this.#options
    const { to, clientId } = draft
    const step = begin({ ...draft, ...(to.startsWith('G') && { group: to }), ringMs: draft.ringMs ?? ringMs })
    await calls.insert(tx, { call: step.call, clientId, to, entry: null })
    const entry = await conversations?.post(to, step.call)
    if (entry !== undefined) await calls.setEntry(tx, step.call.id, entry)
    store.afterCommit(() => this.#tell(step))
    this.#connect(step.call, { verb: 'accept', user: draft.user, device: draft.device, media: draft.media }, connection)
    return step.call
  }

  async #again(tx: Db, { call, to }: Stored, { to: wanted, user, device }: Invitation, connection: Connection): Promise<Call> {
    if (to !== wanted) throw errors.IDEMPOTENCY_CONFLICT()
    if (call.state === 'ended' || find(call, user)?.party?.device !== device) return call
    return this.#act(tx, call.id, { verb: 'resume', user, device }, { connection, nowMs: this.#options.now() })
  }

  async #others(tx: Db, user: string, to: string): Promise<readonly string[]> {
    const { users, conversations, ringAtMost } = this.#options
    if (to === user) throw errors.SELF().with({ path: '/to' })
    if (!to.startsWith('G')) {
      if (users && !(await users.exists(to))) throw errors.NO_SUCH_USER().with({ path: '/to' })
      if (!(await this.#mayCall(tx, user, to))) throw errors.REFUSED().with({ path: '/to' })
      return [to]
    }
    if (!conversations) throw errors.NO_SUCH_GROUP().with({ path: '/to' })
    const people = (await conversations.people(user, to)).filter((other) => other !== user)
    if (people.length > ringAtMost) return []
    const welcome = await Promise.all(people.map((other) => this.#mayCall(tx, user, other)))
    return people.filter((_, index) => welcome[index])
  }

  async #mayCall(tx: Db, user: string, to: string): Promise<boolean> {
    return (await this.#options.relations?.mayReach(tx, user, to, 'call')) ?? true
  }

  // Whoever is in a call is busy; so is who is rung from many sides, else their devices would never be silent.
  async #busy(tx: Db, users: readonly string[], to: string): Promise<readonly string[]> {
    if (users.length === 0) return []
    const open = await this.#options.calls.openOf(tx, users)
    return users.filter((user) => {
      const rings = open.filter((call) => find(call, user)?.state === 'invited' && call.group !== to)
      return rings.length >= ringsAtOnce || open.some((call) => isIn(call, user))
    })
  }

  /** Inside a unit: the call is as the step left it. */
  async #keep(tx: Db, { call: before, to, entry }: Stored, step: Step, { withEntry = true, nowMs }: Circumstances): Promise<void> {
    const { store, calls, live, conversations } = this.#options
    if (step.news.length === 0) {
      // Another server may have changed it meanwhile, or ended it.
      store.afterCommit(() => live.adopt(step.call))
      return
    }
    await calls.save(tx, before, step.call)
    const hasTurned = step.call.state !== before.state || step.call.history.length !== before.history.length
    if (withEntry && hasTurned && entry !== null) await conversations?.update(to, entry, step.call)
    store.afterCommit(() => {
      this.#tell(step)
      this.#dismiss(before, step.call, nowMs)
    })
  }

  // An entry that cannot be changed any more, because its group is gone or has silenced its caller, must not keep a call alive.
  async #evenWithoutEntry<T>(work: (withEntry: boolean) => Promise<T>): Promise<T> {
    const { log, conversations } = this.#options
    try {
      return await work(true)
    } catch (failure) {
      if (!conversations || !(failure instanceof Error && 'code' in failure) || !String(failure.code).startsWith('CHAT_')) throw failure
      log.warn({ err: failure }, 'the entry of a call could not be changed')
      return work(false)
    }
  }

  /** After the commit: who speaks for a party, or rings. */
  #connect(call: Call, { verb, user, device }: Act, connection: Connection): void {
    const { store, live } = this.#options
    const speaks = verb === 'accept' || verb === 'resume'
    if (!speaks && verb !== 'ring') return
    const connect = (): void => {
      const isThere = speaks ? live.attach(call.id, user, connection) : live.rings(connection, call.id, device)
      if (!isThere) void this.lose(connection)
    }
    if (!store.afterCommit(connect)) connect()
  }

  #tell({ call, news }: Step): void {
    this.#options.live.adopt(call)
    for (const item of news) this.#announce(call, item)
  }

  // Whoever is no longer among the people of a call that goes on is told that it is over for them.
  #dismiss(before: Call, call: Call, nowMs: number): void {
    const { publish, userTopic } = this.#options
    for (const { user } of before.people) {
      if (!find(call, user)) publish(userTopic(user), 'ended', announced(farewell(before, user, nowMs)), { from: user })
    }
  }

  #announce(call: Call, { what, user }: News): void {
    const { publish, userTopic } = this.#options
    const data = announced(call)
    const isForAll = what !== 'rang' && what !== 'media'
    for (const person of call.people) {
      if (!isForAll && !person.party) continue
      const topic = userTopic(person.user)
      if (what === 'invited') publish(topic, 'invited', data, { from: user })
      else if (what === 'ended') publish(topic, 'ended', data, { from: user })
      else publish(topic, 'changed', { ...data, what }, { from: user })
    }
  }
}

/** What a change happens with. */
interface Circumstances {
  readonly nowMs: number
  readonly connection?: Connection
  readonly withEntry?: boolean
}

/** What is locked while a person begins or answers a call. */
export const personKey = (user: string): string => `calls/person/${user}`
/** What is locked while a call of a group begins. */
export const groupKey = (group: string): string => `calls/group/${group}`
const callKey = (id: string): string => `calls/state/${id}`

const isIn = (call: Call, user: string): boolean => find(call, user)?.party !== undefined
const isBetween = (call: Call, other: string): boolean => call.group === undefined && find(call, other) !== undefined
