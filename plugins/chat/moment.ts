// ISO 8601 knows more forms than JavaScript reads, and JavaScript more years than Postgres keeps or RFC 3339 can write.
import * as v from 'valibot'

/** A time that a client names. */
export const moment = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
  v.check((date) => date.getTime() >= 0 && date.getUTCFullYear() <= 9999, 'a time from 1970 to 9999'),
)
