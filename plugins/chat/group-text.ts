// What a group is called and what is said to its admins stands beside names, so it must not be able to pass for something else.
import * as v from 'valibot'

// Controls, line and paragraph separators, and everything that changes the direction of the text around it (Unicode 16,
// Bidi_Control).
const forbidden = /[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffb\p{Bidi_Control}]/u
// More than eight marks on one letter are no letter of any language: they paint over the lines around them.
const manyMarks = /\p{M}{9,}/u
// Ignorable characters (zero-width ones, fillers that count as letters), marks without a base, spaces, Braille without dots.
const invisible = /[\p{Default_Ignorable_Code_Point}\p{M}\s\u2800]/gu
const breaks = /[\t\n]/g

const isLine = (text: string): boolean =>
  text.isWellFormed() && !forbidden.test(text) && !manyMarks.test(text) && (text === '' || text.replace(invisible, '') !== '')
const isNote = (text: string): boolean => isLine(text.replace(breaks, ' '))

const odd = 'Not text that can be shown beside a name'

/** One line of at most `max` characters, possibly empty. */
export const line = (max: number) => v.pipe(v.string(), v.trim(), v.maxLength(max), v.check(isLine, odd))

/** Text of several lines, of at most `max` characters, possibly empty. */
export const note = (max: number) => v.pipe(v.string(), v.trim(), v.maxLength(max), v.check(isNote, odd))
