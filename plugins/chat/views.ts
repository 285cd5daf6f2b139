// What one person may read of a conversation.
import { and, eq, gte, lte } from 'drizzle-orm'
import type { Db } from '#core'
import { kinds, type Row } from './log.ts'
import { placeKey } from './places.ts'
import type { MemberRow, Rosters } from './rosters.ts'
import type { Tables } from './tables.ts'

/** A conversation in one person's eyes. */
export interface View {
  readonly conversation: number
  readonly member: MemberRow
  /** Readable are the positions above `floor` and up to `ceiling`. */
  readonly floor: number
  readonly ceiling: number | undefined
}

/** What views are made of. */
export interface ViewsOptions {
  readonly tables: Tables
  readonly rosters: Rosters
}

/** Says what people may read. */
export class Views {
  readonly #options: ViewsOptions

  constructor(options: ViewsOptions) {
    this.#options = options
  }

  /** What `user` sees of what they address as `to`; `undefined` when they never were in it, or it does not exist. */
  async of(db: Db, user: string, to: string): Promise<View | undefined> {
    const member = await this.#options.rosters.find(db, placeKey(user, to), user)
    return (
      member && {
        conversation: member.conversation,
        member,
        floor: Math.max(member.since, member.cleared),
        ceiling: member.until ?? undefined,
      }
    )
  }

  /** Those of `rows`, in rising order, that say something: what the person has hidden says nothing any more. */
  async veil(db: Db, { conversation, member }: View, rows: readonly Row[]): Promise<Row[]> {
    const seqs = rows.map(subjectOf)
    if (seqs.length === 0) return []
    const { hidden } = this.#options.tables
    const mine = and(eq(hidden.user, member.user), eq(hidden.conversation, conversation))
    const between = and(gte(hidden.seq, Math.min(...seqs)), lte(hidden.seq, Math.max(...seqs)))
    const found = await db.select({ seq: hidden.seq }).from(hidden).where(and(mine, between))
    const gone = new Set(found.map(({ seq }) => seq))
    return rows.map((row) => (gone.has(subjectOf(row)) ? veiled(row) : row))
  }
}

/** Whether the position may be read, hidden or not. */
export const isWithin = ({ floor, ceiling }: Pick<View, 'floor' | 'ceiling'>, seq: number): boolean =>
  seq > floor && (ceiling === undefined || seq <= ceiling)

/** The message that an entry is, or is about. */
const subjectOf = ({ seq, target }: Row): number => target ?? seq

const veiled = (row: Row): Row => {
  if (row.kind !== kinds.message && row.kind !== kinds.edit) return row
  return { ...row, text: '', extra: { hidden: true }, editedAt: null, recalledAt: null }
}
