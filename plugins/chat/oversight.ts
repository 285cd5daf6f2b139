// What whoever runs the server may do with all groups, whether they are in them or not.
import { asc, eq, gt } from 'drizzle-orm'
import type { Hono } from 'hono'
import * as v from 'valibot'
import { coreErrors, type Identity, route, type Store } from '#core'
import { errors } from './errors.ts'
import type { Groups } from './groups.ts'
import type { Memberships } from './memberships.ts'
import type { Rosters } from './rosters.ts'
import type { Tables } from './tables.ts'

/** What a host application's token must allow. */
const scope = 'chat.admin'
const states = ['open', 'frozen', 'dismissed'] as const
type State = (typeof states)[number]

const groupId = v.pipe(v.string(), v.regex(/^G\d{1,19}$/, 'a group'))
const overview = v.object({
  id: v.string(),
  name: v.string(),
  avatar: v.string(),
  owner: v.string(),
  kind: v.string(),
  count: v.number(),
  state: v.picklist(states),
  createdAt: v.string(),
})
/** The type of `overview`. */
export type Overview = v.InferOutput<typeof overview>

/** What oversight needs. */
export interface OversightOptions {
  readonly store: Store
  readonly tables: Tables
  readonly rosters: Rosters
  readonly memberships: Memberships
  readonly groups: Groups
  readonly now: () => number
}

/** The operator's view of groups, and hand on them. */
export class Oversight {
  readonly #options: OversightOptions

  constructor(options: OversightOptions) {
    this.#options = options
  }

  /** All groups by id, from `after` on, those that were dismissed too. */
  async list(after: string, limit: number): Promise<{ groups: Overview[]; more: boolean }> {
    const { store, tables } = this.#options
    const { groups, conversations } = tables
    const rows = await store.read
      .select({ id: conversations.key, group: groups })
      .from(groups)
      .innerJoin(conversations, eq(conversations.id, groups.conversation))
      .where(gt(conversations.key, after))
      .orderBy(asc(conversations.key))
      .limit(limit + 1)
    const shown = rows.slice(0, limit).map(({ id, group }) => {
      const { name, avatar, owner, kind, count, createdAt } = group
      return { id, name, avatar, owner, kind, count, state: stateOf(group), createdAt: createdAt.toISOString() }
    })
    return { groups: shown, more: rows.length > limit }
  }

  /** Put groups into a state; returns those that were in another one. What was dismissed stays so. */
  async put(operator: string, ids: readonly string[], state: State): Promise<string[]> {
    const changed: string[] = []
    for (const id of new Set(ids)) if (await this.#putOne(operator, id, state)) changed.push(id)
    return changed
  }

  #putOne(operator: string, id: string, state: State): Promise<boolean> {
    const { memberships, groups, rosters, now } = this.#options
    const put = memberships.oversee(operator, id, async (tx, place) => {
      if (state === 'dismissed') return { ...(await groups.end(tx, place, operator)), result: true }
      const isFrozen = state === 'frozen'
      if (isFrozen === (place.group.roster.group.frozenAt !== null)) return { result: false }
      await rosters.change(tx, place.conversation, { frozenAt: isFrozen ? new Date(now()) : null })
      return { result: true, change: { frozen: isFrozen } }
    })
    return put.catch((failure: unknown) => {
      // Of a list, what is not there is no reason to leave the rest undone.
      if ((failure as { code?: unknown }).code === errors.NO_SUCH_CONVERSATION.code) return false
      throw failure
    })
  }
}

const stateOf = ({ dismissedAt, frozenAt }: Tables['groups']['$inferSelect']): State => {
  if (dismissedAt) return 'dismissed'
  return frozenAt ? 'frozen' : 'open'
}

/** Throws `CORE_FORBIDDEN` for whoever does not run the server. */
export const checkOperator = ({ scope: given }: Identity): void => {
  if (!given.includes(scope)) throw coreErrors.FORBIDDEN()
}

/** The routes below `/api/chat`; PROTOCOL.md section 11. */
export const addOversight = (app: Hono, oversight: Oversight): void => {
  const limit = v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.minValue(1), v.maxValue(200))
  route(
    app,
    {
      method: 'get',
      path: '/groups',
      summary: 'All groups, by id. Needs the scope chat.admin.',
      signedIn: true,
      query: v.strictObject({ after: v.optional(groupId), limit: v.optional(limit, '100') }),
      reply: v.object({ groups: v.array(overview), more: v.boolean() }),
      errors: [coreErrors.FORBIDDEN],
    },
    ({ identity, query }) => {
      checkOperator(identity)
      return oversight.list(query.after ?? '', query.limit)
    },
  )
  route(
    app,
    {
      method: 'post',
      path: '/groups',
      summary: 'Freeze groups, open or dismiss them. Needs the scope chat.admin.',
      signedIn: true,
      body: v.strictObject({ groups: v.pipe(v.array(groupId), v.minLength(1), v.maxLength(200)), state: v.picklist(states) }),
      reply: v.object({ changed: v.array(v.string()) }),
      errors: [coreErrors.FORBIDDEN],
    },
    async ({ identity, body }) => {
      checkOperator(identity)
      return { changed: await oversight.put(identity.userId, body.groups, body.state) }
    },
  )
}
