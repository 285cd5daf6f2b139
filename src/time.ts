let lastMs = Number.NaN
let lastText = ''

/** Milliseconds since 1970 as RFC 3339 in UTC, with milliseconds. Many events share one, so its text is made once. */
export const rfc3339 = (ms: number): string => {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}
