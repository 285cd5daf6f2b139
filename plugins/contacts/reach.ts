// Who may reach whom. Asked with every message, so what is known stays in memory where nobody else writes.
import { eq, sql } from 'drizzle-orm'
import { type Db, type Purpose, type Relations, type Statement, type Store, UnitCache } from '#core'
import type { audiences } from './messages.ts'
import type { RelationStore } from './store.ts'
import type { Tables } from './tables.ts'

/** Who may write to a person. */
export type Audience = (typeof audiences)[number]
/** What two people are to each other. A block by either counts, and hides that they are contacts. */
type Tie = 'blocked' | 'contacts' | 'strangers'

/** What those who never said anything want. */
const defaultAudience: Audience = 'everyone'

/** The key of two people, the same from both sides. */
const keyOf = (a: string, b: string): string => (a < b ? `${a}:${b}` : `${b}:${a}`)

/** The core's `Relations`, from what people have said here. */
export class Reach implements Relations {
  readonly #relations: RelationStore
  readonly #settings: Tables['settings']
  readonly #audience: Statement<{ user: string }, { whoMayWrite: string }>
  readonly #ties: UnitCache<Tie>
  readonly #audiences: UnitCache<Audience>
  readonly #store: Store
  readonly #onBlock: ((by: string, other: string) => void)[] = []

  constructor(store: Store, { settings }: Tables, relations: RelationStore) {
    this.#store = store
    this.#relations = relations
    this.#settings = settings
    this.#ties = new UnitCache(store, 100_000)
    this.#audiences = new UnitCache(store, 50_000)
    this.#audience = store.statement('contacts_audience', (db) =>
      db
        .select({ whoMayWrite: settings.whoMayWrite })
        .from(settings)
        .where(eq(settings.user, sql.placeholder('user') as never)),
    )
  }

  mayReach(tx: Db, from: string, to: string, purpose: Purpose): boolean | Promise<boolean> {
    if (from === to) return true
    const tie = this.#ties.get(keyOf(from, to))
    const audience = asksAudience(purpose) ? this.#audiences.get(to) : defaultAudience
    if (tie !== undefined && audience !== undefined) return isWelcome(tie, audience)
    return this.#ask(tx, from, to, purpose)
  }

  onBlock(listener: (by: string, other: string) => void): void {
    this.#onBlock.push(listener)
  }

  /** Inside the unit that blocks somebody. */
  blocked(by: string, other: string): void {
    this.#store.afterCommit(() => {
      for (const tell of this.#onBlock) tell(by, other)
    })
  }

  /** Who may write to a user. */
  async audience(db: Db, user: string): Promise<Audience> {
    const [row] = await this.#audience(db, { user })
    return (row?.whoMayWrite as Audience | undefined) ?? defaultAudience
  }

  /** Inside a unit: change it. */
  async setAudience(tx: Db, user: string, whoMayWrite: Audience): Promise<void> {
    await tx.insert(this.#settings).values({ user, whoMayWrite }).onConflictDoUpdate({ target: this.#settings.user, set: { whoMayWrite } })
    this.#audiences.drop(user)
  }

  /** Inside a unit that changes what two people are to each other. */
  changed(user: string, other: string): void {
    this.#ties.drop(keyOf(user, other))
  }

  async #ask(tx: Db, from: string, to: string, purpose: Purpose): Promise<boolean> {
    const tie = await this.#tie(tx, from, to)
    if (tie === 'blocked' || !asksAudience(purpose)) return tie !== 'blocked'
    const audience = await this.audience(tx, to)
    this.#audiences.fill(to, audience)
    return isWelcome(tie, audience)
  }

  async #tie(tx: Db, from: string, to: string): Promise<Tie> {
    const { mine, theirs } = await this.#relations.pair(tx, from, to)
    const tie = mine.blockedAt || theirs.blockedAt ? 'blocked' : mine.since ? 'contacts' : 'strangers'
    this.#ties.fill(keyOf(from, to), tie)
    return tie
  }
}

// Whoever may not write may not ring either. To ask to be a contact is what is left to them, and to see and be seen.
const asksAudience = (purpose: Purpose): boolean => purpose === 'message' || purpose === 'call'

const isWelcome = (tie: Tie, audience: Audience): boolean =>
  tie !== 'blocked' && (audience === 'everyone' || (audience === 'contacts' && tie === 'contacts'))
