// A change of a group as one line of text.
import type { Dictionary } from '../i18n/en.ts'

type Change = Readonly<Record<string, unknown>>

const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string')

/** What somebody did to a group; `nameOf` names people, ourselves as `you`. */
export const changeText = (change: Change, from: string, nameOf: (id: string) => string, words: Dictionary): string => {
  const who = nameOf(from)
  const people = (value: unknown): string => texts(value).map(nameOf).join(words.listComma)
  if (change.created !== undefined) return words.groupCreated(who, String(change.created))
  if (change.added !== undefined) return words.groupAdded(who, people(change.added))
  if (change.removed !== undefined) return words.groupRemoved(who, people(change.removed))
  if (change.left !== undefined) return words.groupLeft(who)
  if (change.joined !== undefined) return words.groupJoined(who)
  if (change.dismissed !== undefined) return words.groupDismissed(who)
  if (change.promoted !== undefined) return words.groupPromoted(who, people(change.promoted))
  if (change.name !== undefined) return words.groupRenamed(who, String(change.name))
  return words.groupChanged(who)
}
