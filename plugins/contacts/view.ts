// What one of two people sees of the other. Everything that anybody is told about a relation is made here, so this is where
// a block hides: who is blocked sees nothing of it, and who blocks sees no request of whom they blocked.
import type { View } from './messages.ts'
import type { Tables } from './tables.ts'

/** A row of contacts_relations: what `user` has to do with `other`. */
export type Row = Readonly<Tables['relations']['$inferSelect']>

/** Both directions between two people. */
export interface Pair {
  readonly mine: Row
  readonly theirs: Row
}

/** Nothing yet. */
export const blank = (user: string, other: string): Row => ({
  user,
  other,
  since: null,
  remark: null,
  blockedAt: null,
  requestedAt: null,
  note: null,
})

/** The same two people from the other side. */
export const turned = ({ mine, theirs }: Pair): Pair => ({ mine: theirs, theirs: mine })

/** Whether the other one has asked, as far as one can know. */
export const isAsked = ({ mine, theirs }: Pair): boolean => theirs.requestedAt !== null && mine.blockedAt === null

/** How `mine.user` sees `mine.other`, who is called `name`. */
export const viewOf = (pair: Pair, name: string | undefined): View => {
  const { mine } = pair
  return {
    user: { id: mine.other, ...(name !== undefined && { name }) },
    ...stateOf(pair),
    ...(mine.remark && { remark: mine.remark }),
    ...(mine.blockedAt && { blocked: true as const }),
  }
}

const stateOf = (pair: Pair): Pick<View, 'state' | 'time' | 'note'> => {
  const { mine, theirs } = pair
  if (mine.since) return { state: 'contact', time: mine.since.toISOString() }
  if (mine.requestedAt) return asked('outgoing', mine)
  return isAsked(pair) ? asked('incoming', theirs) : { state: 'none' }
}

const asked = (state: 'incoming' | 'outgoing', { requestedAt, note }: Row): Pick<View, 'state' | 'time' | 'note'> => ({
  state,
  ...(requestedAt && { time: requestedAt.toISOString() }),
  ...(note && { note }),
})

/** Whether there is anything to see at all. */
export const isNothing = ({ state, blocked, remark }: View): boolean => state === 'none' && !blocked && !remark
