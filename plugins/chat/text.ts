import { errors } from './errors.ts'

/** What a text must keep to. */
export interface TextRules {
  /** Characters (UTF-16 units) of one message. */
  readonly maxText: number
}

/** The text as it is stored: well-formed, without NUL, which Postgres cannot keep. Throws `CHAT_TEXT_EMPTY`, `CHAT_TEXT_TOO_LONG`. */
export const checkText = (text: string, { maxText }: TextRules): string => {
  const wellFormed = text.toWellFormed().replaceAll('\0', '\uFFFD')
  if (wellFormed.trim() === '') throw errors.TEXT_EMPTY().with({ path: '/data/text' })
  if (text.length > maxText) throw errors.TEXT_TOO_LONG({ length: text.length, limit: maxText }).with({ path: '/data/text' })
  return wellFormed
}
