/** A part of a text, and whether it is what was searched for. */
export interface Excerpt {
  readonly text: string
  readonly isHit: boolean
}

const before = 24
const most = 160

/** Not in the middle of a word, where there is another one before the hit. */
const startFor = (text: string, hit: number): number => {
  const start = Math.max(0, hit - before)
  if (start === 0 || /\s/.test(text[start - 1] ?? '')) return start
  const space = text.slice(start, hit).search(/\s/)
  return space < 0 ? start : start + space + 1
}

/** The part of a text around its first hit, cut into hits and what is between them. */
export const excerpt = (text: string, hits: readonly { readonly offset: number; readonly length: number }[]): readonly Excerpt[] => {
  const start = startFor(text, hits[0]?.offset ?? 0)
  const end = Math.min(text.length, start + most)
  const parts: Excerpt[] = start > 0 ? [{ text: '…', isHit: false }] : []
  let at = start
  for (const { offset, length } of hits) {
    if (offset < at || offset >= end) continue
    parts.push({ text: text.slice(at, offset), isHit: false }, { text: text.slice(offset, Math.min(end, offset + length)), isHit: true })
    at = Math.min(end, offset + length)
  }
  return [...parts, { text: text.slice(at, end), isHit: false }].filter((part) => part.text !== '')
}
