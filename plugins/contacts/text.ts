// What people write here stands beside names, so it must not be able to pass for something else.

// Controls, line and paragraph separators, and everything that changes the direction of the text around it (Unicode 16,
// Bidi_Control).
const forbidden = /[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffb\p{Bidi_Control}]/u
// More than eight marks on one letter are no letter of any language: they paint over the lines around them.
const manyMarks = /\p{M}{9,}/u
// Ignorable characters (zero-width ones, fillers that count as letters), marks without a base, spaces, Braille without dots.
const invisible = /[\p{Default_Ignorable_Code_Point}\p{M}\s\u2800]/gu
const breaks = /[\t\n]/g

/** Whether it may stand in one line with a name: nothing at all, or something that one sees. */
export const isLine = (text: string): boolean =>
  text.isWellFormed() && !forbidden.test(text) && !manyMarks.test(text) && (text === '' || text.replace(invisible, '') !== '')

/** As `isLine`, but of several lines. */
export const isNote = (text: string): boolean => isLine(text.replace(breaks, ' '))
