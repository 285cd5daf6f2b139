// What stands for a person who has no picture: one or two letters on one of twelve colours.

/** How many colours `styles/avatar.css` has. */
export const avatarColours = 12

const graphemes = (text: string): string[] =>
  typeof Intl.Segmenter === 'function' ? Array.from(new Intl.Segmenter().segment(text), (part) => part.segment) : Array.from(text)

/** One or two letters for a name: `Ann Lee` → `AL`, `王小明` → `小明`, `` → `?`. */
export const initials = (name: string): string => {
  const words = name
    .trim()
    .split(/[\s_.\-/]+/u)
    .filter((word) => /[\p{Letter}\p{Number}\p{Extended_Pictographic}]/u.test(word))
    .map((word) => word.replace(/^\p{Punctuation}+/u, ''))
  const first = graphemes(words[0] ?? '')
  if (first.length === 0) return graphemes(name.trim())[0] ?? '?'
  // A Chinese given name is the last two characters; a single Latin word gives one letter.
  if (words.length === 1 && first.every((char) => /\p{Script=Han}/u.test(char))) return first.slice(-2).join('')
  const last = words.length > 1 ? (graphemes(words[words.length - 1] as string)[0] ?? '') : ''
  return ((first[0] as string) + last).toLocaleUpperCase()
}

/** The colour of a person, 0 … `avatarColours` − 1; the same for an id on every device. */
export const colourOf = (id: string): number => {
  // FNV-1a: neighbouring ids, which differ in the last digits only, get different colours.
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) % avatarColours
}
