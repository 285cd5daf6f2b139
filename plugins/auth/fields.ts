// Fields that several routes take or give.
import * as v from 'valibot'
import { cleanName, loginPattern } from './names.ts'

/** A name that people see. */
export const name = v.pipe(
  v.string(),
  v.check((text) => cleanName(text) !== undefined, 'a name has 1–40 readable characters, without control or direction marks'),
  v.transform((text) => cleanName(text) ?? ''),
)
/** What an account is signed in to with. */
export const login = v.pipe(
  v.string(),
  v.regex(loginPattern, 'a login has 3–64 characters of a–z 0–9 . _ - @ +'),
  v.transform((text) => text.toLowerCase()),
)
/** Somebody, as they are told about themselves. */
export const user = v.object({ id: v.string(), name: v.string(), guest: v.boolean() })
