// How entries look on the wire.
import { rfc3339 } from '#core'
import { kinds, type Row } from './log.ts'
import type { EntryFrame } from './messages.ts'

const types: Readonly<Record<number, EntryFrame['type']>> = {
  [kinds.message]: 'chat.posted',
  [kinds.edit]: 'chat.edited',
  [kinds.recall]: 'chat.recalled',
  [kinds.reaction]: 'chat.reacted',
  [kinds.pin]: 'chat.pinned',
  [kinds.group]: 'chat.grouped',
}

/** An entry as a whole frame. `to` is whom its sender addressed. */
export const frameOf = (row: Row, to: string): EntryFrame => ({
  type: types[row.kind] ?? 'chat.posted',
  from: row.sender,
  to,
  seq: row.seq,
  time: rfc3339(row.time.getTime()),
  data: { id: row.id, clientId: row.clientId, ...bodyOf(row), prev: row.seq - 1 },
})

const bodyOf = ({ kind, text, target, extra, editedAt, recalledAt }: Row): Record<string, unknown> => {
  const { change, origin: _, ...rest } = extra ?? {}
  if (kind === kinds.group) return { change: change ?? {} }
  if (kind === kinds.edit) return { target, text, ...rest }
  if (kind !== kinds.message) return { target, ...change }
  return {
    text,
    ...rest,
    ...(editedAt && { editedAt: editedAt.toISOString() }),
    ...(recalledAt && { recalledAt: recalledAt.toISOString() }),
  }
}
