// Every query of the plugin. A call is one row; what is looked for stands beside its state.
import { and, desc, eq, inArray, lt, or } from 'drizzle-orm'
import type { Db } from '#core'
import type { Call } from './call.ts'
import type { Report } from './messages.ts'
import type { Tables } from './tables.ts'

/** A call and what the server knows of it beyond its state. */
export interface Stored {
  readonly call: Call
  readonly clientId: string
  /** The callee or the group, as the caller named them. */
  readonly to: string
  readonly entry: number | null
}

/** Reports that one call shows: four people have few devices, but one of them may make names up. */
const reportLimit = 64

type Verdict = Pick<Report, 'verdict' | 'pairs'>

/** Reads and writes calls. */
export class CallStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async insert(tx: Db, { call, clientId, to, entry }: Stored): Promise<void> {
    const { calls } = this.#tables
    await tx.insert(calls).values({ id: call.id, caller: call.caller, clientId, to, isOpen: isOpen(call), state: call, entry })
    await this.#enter(tx, call)
  }

  /** Inside a unit: the call is like this now. */
  async save(tx: Db, before: Call, call: Call): Promise<void> {
    const { calls, people } = this.#tables
    await tx
      .update(calls)
      .set({ state: call, isOpen: isOpen(call) })
      .where(eq(calls.id, call.id))
    if (call.people.length > before.people.length) await this.#enter(tx, call)
    const gone = before.people.flatMap(({ user }) => (call.people.some((person) => person.user === user) ? [] : [user]))
    if (gone.length > 0) await tx.delete(people).where(and(inArray(people.user, gone), eq(people.call, call.id)))
    if (isOpen(call) || !isOpen(before)) return
    const users = call.people.map(({ user }) => user)
    await tx
      .update(people)
      .set({ isOpen: false })
      .where(and(inArray(people.user, users), eq(people.call, call.id)))
  }

  async setEntry(tx: Db, id: string, entry: number): Promise<void> {
    const { calls } = this.#tables
    await tx.update(calls).set({ entry }).where(eq(calls.id, id))
  }

  async find(db: Db, id: string): Promise<Stored | undefined> {
    const { calls } = this.#tables
    const [row] = await db.select().from(calls).where(eq(calls.id, id))
    return row && stored(row)
  }

  async byClientId(db: Db, caller: string, clientId: string): Promise<Stored | undefined> {
    const { calls } = this.#tables
    const [row] = await db
      .select()
      .from(calls)
      .where(and(eq(calls.caller, caller), eq(calls.clientId, clientId)))
    return row && stored(row)
  }

  /** The open calls in which any of these users is or was, or is asked into. */
  async openOf(db: Db, users: readonly string[]): Promise<Call[]> {
    const { calls, people } = this.#tables
    const rows = await db
      .select({ state: calls.state })
      .from(people)
      .innerJoin(calls, eq(calls.id, people.call))
      .where(and(eq(people.isOpen, true), inArray(people.user, [...users])))
    const byId = new Map(rows.map(({ state }) => [state.id, state]))
    return [...byId.values()]
  }

  /** The open call of a group. */
  async openAt(db: Db, group: string): Promise<Call | undefined> {
    const { calls } = this.#tables
    const [row] = await db
      .select()
      .from(calls)
      .where(and(eq(calls.isOpen, true), eq(calls.to, group)))
    return row?.state
  }

  async allOpen(db: Db): Promise<Stored[]> {
    const { calls } = this.#tables
    const rows = await db.select().from(calls).where(eq(calls.isOpen, true))
    return rows.map(stored)
  }

  /** One's calls, newest first, from before the call `before`. */
  async page(db: Db, user: string, before: string | undefined, limit: number): Promise<Call[]> {
    const { calls, people } = this.#tables
    const [last] =
      before === undefined
        ? []
        : await db
            .select()
            .from(people)
            .where(and(eq(people.user, user), eq(people.call, before)))
    if (before !== undefined && !last) return []
    const earlier = last && or(lt(people.startedAt, last.startedAt), and(eq(people.startedAt, last.startedAt), lt(people.call, last.call)))
    const rows = await db
      .select({ state: calls.state })
      .from(people)
      .innerJoin(calls, eq(calls.id, people.call))
      .where(and(eq(people.user, user), earlier))
      .orderBy(desc(people.startedAt), desc(people.call))
      .limit(limit)
    return rows.map(({ state }) => state)
  }

  async saveReport(tx: Db, row: { call: string; user: string; device: string; report: Verdict; time: Date }): Promise<void> {
    const { reports } = this.#tables
    const { report, time } = row
    const target = [reports.call, reports.user, reports.device]
    await tx.insert(reports).values(row).onConflictDoUpdate({ target, set: { report, time } })
  }

  /** What was reported of one call, or lately of any. */
  async reports(db: Db, of: { readonly call: string } | { readonly limit: number }): Promise<(Report & { call: string })[]> {
    const { reports } = this.#tables
    const asked = db.select().from(reports)
    const rows =
      'call' in of
        ? (await asked.where(eq(reports.call, of.call)).orderBy(desc(reports.time)).limit(reportLimit)).reverse()
        : await asked.orderBy(desc(reports.time)).limit(of.limit)
    return rows.map(({ call, user, report, time }) => ({ call, user, ...report, time: time.toISOString() }))
  }

  async #enter(tx: Db, call: Call): Promise<void> {
    const startedAt = new Date(call.startedMs)
    const rows = call.people.map(({ user }) => ({ user, call: call.id, startedAt, isOpen: isOpen(call) }))
    await tx.insert(this.#tables.people).values(rows).onConflictDoNothing()
  }
}

const isOpen = ({ state }: Call): boolean => state !== 'ended'

const stored = (row: { state: Call; clientId: string; to: string; entry: number | null }): Stored => ({
  call: row.state,
  clientId: row.clientId,
  to: row.to,
  entry: row.entry,
})
