/** The beginning of a text, about `length` characters: cut between words where it can be, never inside a character. */
export const shorten = (text: string, length: number): string => {
  if (text.length <= length) return text
  const characters = Array.from(text.slice(0, length + 1))
    .slice(0, -1)
    .join('')
  // Chinese has no spaces and a pasted key has none either: then the cut is where it is.
  const space = characters.lastIndexOf(' ')
  return (space > Math.max(0, length - 40) ? characters.slice(0, space) : characters).trimEnd()
}
