/** A part of a text, and whether it is what was searched for. */
export interface Excerpt {
  readonly text: string
  readonly isHit: boolean
}

const before = 24
const most = 160

/** The part of a text around its first hit, cut into hits and what is between them. */
export const excerpt = (text: string, hits: readonly { readonly offset: number; readonly length: number }[]): readonly Excerpt[] => {
  const start = Math.max(0, (hits[0]?.offset ?? 0) - before)
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
