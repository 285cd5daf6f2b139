// Names that people see. A name must be readable, must not reorder the text around it, and must not be
// able to look like nothing.

/** Code points of a name. */
export const maxNameLength = 40

// Controls, line and paragraph separators, interlinear marks, and everything that changes the direction of
// the text around it (Unicode 16, Bidi_Control).
const forbidden = /[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffb\p{Bidi_Control}]/u
const allForbidden = new RegExp(forbidden, 'gu')

// More than eight marks on one letter are no letter of any language: they paint over the lines around them.
const manyMarks = /\p{M}{9,}/u

// Invisible: ignorable characters (zero-width ones, fillers that count as letters), marks without a base,
// spaces, and the Braille pattern without dots.
const invisible = /[\p{Default_Ignorable_Code_Point}\p{M}\s\u2800]/gu

/** The name as it will be stored (trimmed, NFC), or `undefined` if it is not acceptable. */
export const cleanName = (text: string): string | undefined => {
  if (!text.isWellFormed()) return undefined
  const name = text.trim().normalize('NFC')
  if (forbidden.test(name) || manyMarks.test(name)) return undefined
  const length = [...name].length
  return length <= maxNameLength && name.replace(invisible, '') !== '' ? name : undefined
}

/** A name that a host application gave, bent until it is acceptable; `undefined` if nothing is left. */
export const fitName = (text: string): string | undefined => {
  const name = text.toWellFormed().normalize('NFC').replace(allForbidden, ' ').trim()
  return cleanName([...name].slice(0, maxNameLength).join(''))
}

/** 3–64 characters; ASCII only, so that two logins never look the same. */
export const loginPattern = /^[a-z0-9._@+-]{3,64}$/i
