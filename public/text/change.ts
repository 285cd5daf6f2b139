// A change of a group as one line of text.
import type { Dictionary } from '../i18n/en.ts'

type Change = Readonly<Record<string, unknown>>

const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string')

/** What somebody did to a group; `nameOf` names people, ourselves as `you`, who did it or to whom it was done. */
export const changeText = (change: Change, from: string, nameOf: (id: string, isSubject: boolean) => string, words: Dictionary): string => {
  const who = nameOf(from, true)
  const people = (value: unknown): string =>
    texts(value)
      .map((id) => nameOf(id, false))
      .join(words.listComma)
  if (change.created !== undefined) return words.groupCreated(who, String(change.created))
  if (change.added !== undefined) return words.groupAdded(who, people(change.added))
  if (change.removed !== undefined) return words.groupRemoved(who, people(change.removed))
  if (change.left !== undefined) return words.groupLeft(who)
  if (change.joined !== undefined) return words.groupJoined(who)
  if (change.frozen !== undefined) return change.frozen === true ? words.groupFrozen : words.groupThawed
  if (change.dismissed !== undefined) return words.groupDismissed(who)
  if (change.promoted !== undefined) {
    const say = { owner: words.groupHandedOver, admin: words.groupMadeAdmin }[String(change.role)] ?? words.groupMadeMember
    return say(who, people(change.promoted))
  }
  if (change.name !== undefined) return words.groupRenamed(who, String(change.name))
  if (change.muted !== undefined) {
    const isAll = change.muted === 'everybody'
    const whom = isAll ? words.everybody : people(change.muted)
    return change.until === null ? words.groupUnmuted(who, whom) : words.groupMuted(who, whom)
  }
  if (change.notice !== undefined) return words.groupNoticed(who, String(change.notice))
  if (change.avatar !== undefined) return words.groupSigned(who)
  return words.groupChanged(who)
}
