// From a conversation's log to what it shows: messages, with everything that was said about them since. Pure.
import type { Entry, Posted } from './protocol.ts'

/** Whether an entry is a message, and not a change of one or of the group. */
export const isPosted = (entry: Entry): entry is Posted => entry.type === 'chat.posted'

type Change = (message: Posted, entry: Entry) => Posted

const toggled = (list: readonly string[], item: string, isOn: boolean): readonly string[] =>
  isOn === list.includes(item) ? list : isOn ? [...list, item] : list.filter((other) => other !== item)

// Entries stand beside messages of a later history page, which already show them: each change may be applied again.
const changes: Readonly<Record<string, Change>> = {
  'chat.edited': ({ data: { entities: _, ...before }, ...message }, { data: { text = '', entities, content }, time }) => ({
    ...message,
    data: { ...before, text, ...(entities && { entities }), ...(content && { content }), editedAt: time },
  }),
  'chat.recalled': ({ reactions: _, isPinned: __, data: { entities: ___, content: ____, ...before }, ...message }, { time }) => ({
    ...message,
    data: { ...before, text: '', recalledAt: time },
  }),
  'chat.reacted': ({ reactions: before = {}, ...message }, { from, data: { emoji = '', on = true } }) => {
    const { [emoji]: known, ...others } = before
    // An emoji may be called like something that every object has.
    const users = Object.hasOwn(before, emoji) ? (known ?? []) : []
    const next = toggled(users, from, on)
    const reactions = next.length > 0 ? { ...others, [emoji]: next } : others
    return { ...message, ...(Object.keys(reactions).length > 0 && { reactions }) }
  },
  'chat.pinned': (message, { data }) => ({ ...message, isPinned: data.on !== false }),
}

/** A message as a history has it. */
const shown = (posted: Posted): Posted => {
  const { reactions, pinned } = posted.data
  if (reactions === undefined && pinned === undefined) return posted
  return { ...posted, ...(reactions && { reactions }), ...(pinned !== undefined && { isPinned: pinned }) }
}

/** An entry of a message that the person has deleted for themselves, as a history has it. */
export const veiled = (entry: Entry): Entry => {
  const { id, clientId, prev, target } = entry.data
  if (!isPosted(entry) && entry.type !== 'chat.edited') return entry
  return { ...entry, data: { id, clientId, prev, ...(target !== undefined && { target }), text: '', hidden: true } }
}

/** Where the message with this seq stands; -1 for nowhere. Messages rise, and a long log has many changes. */
const placeOf = (messages: readonly Posted[], wanted: number | undefined): number => {
  if (wanted === undefined) return -1
  let [low, high] = [0, messages.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((messages[middle] as Posted).seq < wanted) low = middle + 1
    else high = middle
  }
  return messages[low]?.seq === wanted ? low : -1
}

/**
 * The messages after some more entries of the log, in its order, without those that were deleted for oneself. A change of a message that is not in the list does
 * nothing; when the message is put in front later, the entries are applied again. A recalled message stays so.
 */
export const withEntries = (messages: readonly Posted[], entries: readonly Entry[]): readonly Posted[] => {
  const next = [...messages]
  for (const entry of entries) {
    const change = changes[entry.type]
    if (isPosted(entry) && !entry.data.hidden) next.push(shown(entry))
    if (!change) continue
    const at = placeOf(next, entry.data.target)
    const message = next[at]
    if (message && message.data.recalledAt === undefined) next[at] = change(message, entry)
  }
  return next
}
