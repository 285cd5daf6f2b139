// Who is mentioned where. Only messages that mention somebody cost more than others; what is unread is counted when asked.
import { and, eq, gt, inArray, lte, ne, notExists } from 'drizzle-orm'
import type { Db } from '#core'
import { errors } from './errors.ts'
import type { Row } from './log.ts'
import { isGovernor, type Place } from './places.ts'
import type { Entity, Tables } from './tables.ts'
import type { View } from './views.ts'

/** Stands for everybody in a group. */
export const everybody = '*'

/** As many as `chat.mentions` tells: the oldest; a list counts no further either. */
const mostTold = 100

type Entities = readonly Entity[] | undefined

/** What a message holds from now on, and what it held until now. */
interface Wording {
  readonly entities?: Entities
  readonly before?: Entities
}

/** Whether anybody is mentioned. */
export const mentions = (entities: Entities): boolean => entities?.some(({ type }) => type === 'mention' || type === 'all') ?? false

/** Keeps who is mentioned. */
export class Mentions {
  readonly #mentions: Tables['mentions']
  readonly #hidden: Tables['hidden']

  constructor({ mentions, hidden }: Tables) {
    this.#mentions = mentions
    this.#hidden = hidden
  }

  /**
   * Inside a unit: the message at `seq` by `sender` mentions these from now on.
   * Who is not in the conversation is mentioned without hearing of it. Throws `CHAT_NOT_ALLOWED` for a new @all of
   * somebody who does not govern the group.
   */
  async set(tx: Db, place: Place, { seq, sender }: Pick<Row, 'seq' | 'sender'>, { entities, before }: Wording): Promise<void> {
    if (!mentions(entities) && !mentions(before)) return
    const all = toAll(entities)
    if (all && !toAll(before) && !isGovernor(place)) throw errors.NOT_ALLOWED().with({ path: '/data/entities' })
    if (before) await this.erase(tx, place.conversation, seq)
    const named = new Set(entities?.flatMap(({ type, user }) => (type === 'mention' && user !== undefined ? [user] : [])))
    const users = [...named].filter((user) => user !== sender && place.people.includes(user))
    const rows = [...users, ...(all ? [everybody] : [])].map((user) => ({ conversation: place.conversation, seq, user, sender }))
    if (rows.length > 0) await tx.insert(this.#mentions).values(rows)
  }

  /** Inside a unit: the message mentions nobody. */
  async erase(tx: Db, conversation: number, seq: number): Promise<void> {
    const t = this.#mentions
    await tx.delete(t).where(and(eq(t.conversation, conversation), eq(t.seq, seq)))
  }

  /** Where the unread messages stand that mention whose view this is, the oldest first. */
  async unread(db: Db, { conversation, member, floor, ceiling }: View): Promise<number[]> {
    const [t, h] = [this.#mentions, this.#hidden]
    const hidden = db
      .select({ seq: h.seq })
      .from(h)
      .where(and(eq(h.user, member.user), eq(h.conversation, conversation), eq(h.seq, t.seq)))
    const mine = and(eq(t.conversation, conversation), inArray(t.user, [member.user, everybody]), ne(t.sender, member.user))
    const open = and(gt(t.seq, Math.max(member.read, floor)), ceiling === undefined ? undefined : lte(t.seq, ceiling))
    const rows = await db
      .selectDistinct({ seq: t.seq })
      .from(t)
      .where(and(mine, open, notExists(hidden)))
      .orderBy(t.seq)
      .limit(mostTold)
    return rows.map(({ seq }) => seq)
  }
}

const toAll = (entities: Entities): boolean => entities?.some(({ type }) => type === 'all') ?? false
