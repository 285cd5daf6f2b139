// What a person may look up: contacts, requests, blocks, and how they are shown in the inbox.
import type { Describe, Handlers, Store, Users } from '#core'
import type { messages, View } from './messages.ts'
import type { RelationStore } from './store.ts'
import { blank, isNothing, type Pair, type Row, viewOf } from './view.ts'

/** What lists need. */
export interface ListsOptions {
  readonly store: Store
  readonly relations: RelationStore
  readonly users: Users | undefined
}

/** Read-only handlers. */
export const createLists = (options: ListsOptions): Pick<Handlers<typeof messages>, 'list' | 'blocked' | 'requests'> => {
  const { relations } = options
  const { read } = options.store
  return {
    list: async ({ after = '', limit }, { userId: user }) => {
      const { views, more } = await show(options, await relations.page(read, 'since', { user, after, limit: limit + 1 }), limit)
      return { contacts: views, more }
    },
    blocked: async ({ after = '', limit }, { userId: user }) => {
      const { views, more } = await show(options, await relations.page(read, 'blockedAt', { user, after, limit: limit + 1 }), limit)
      return { blocked: views, more }
    },
    requests: async ({ direction, before, limit }, { userId: user }) => {
      const rows = await relations[direction](read, user, before, limit + 1)
      const { views, more } = await show(options, rows, limit, user)
      return { requests: views, more }
    },
  }
}

/** How the inbox shows relations: as they are now, and not at all where nothing is left of them. */
export const describeRelations =
  ({ store, relations, users }: ListsOptions): Describe =>
  async (user, others) => {
    const pairs = await relations.pairs(store.read, user, others)
    const names = await users?.names(others)
    const views = pairs.map((pair) => viewOf(pair, names?.get(pair.mine.other)))
    return new Map(views.filter((view) => !isNothing(view)).map((view) => [view.user.id, view]))
  }

// A row of one's own says all there is to a contact, a block and a request of one's own; one of somebody else's is a
// request to oneself, and then there is no row of one's own that would say anything.
const show = async (
  { users }: ListsOptions,
  rows: readonly Row[],
  limit: number,
  user = rows[0]?.user,
): Promise<{ views: View[]; more: boolean }> => {
  const pairs = rows.slice(0, limit).map((row): Pair => {
    const turnedRow = blank(row.other, row.user)
    return row.user === user ? { mine: row, theirs: turnedRow } : { mine: turnedRow, theirs: row }
  })
  const names = await users?.names(pairs.map(({ mine }) => mine.other))
  return { views: pairs.map((pair) => viewOf(pair, names?.get(pair.mine.other))), more: rows.length > limit }
}
