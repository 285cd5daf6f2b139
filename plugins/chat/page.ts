// A page of long texts must not fill a reader's buffer: it is cut to this many characters, and `more` says so.
export const pageLength = 200_000
/** What an entry costs beside its text. */
export const entryLength = 300

/** As many of `rows` as make a page, at least one; from the front (`oldest`), or from the end (`newest`). */
export const fitPage = <R extends { readonly text: string }>(rows: readonly R[], keep: 'oldest' | 'newest'): readonly R[] => {
  const ordered = keep === 'oldest' ? rows : rows.toReversed()
  let length = 0
  let count = 0
  for (const { text } of ordered) {
    length += text.length + entryLength
    if (count > 0 && length > pageLength) break
    count++
  }
  return keep === 'oldest' ? rows.slice(0, count) : rows.slice(rows.length - count)
}
